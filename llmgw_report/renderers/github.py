"""Workflow commands of GitHub Actions: annotations on the run's page.

A step shows ten of them and drops the rest without a word, so there are ten at most: the verdict, then the
problems, the worst first, and a line that says how many more there are. In full, what follows from them counts as well.
"""

from collections.abc import Iterator

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.renderers import _digest, _finding_texts
from llmgw_report.units import abbreviated, count, moment, plural

#: Chosen by `--format` or `-o github=FILE` alone: no file is called after it.
EXTENSIONS: tuple[str, ...] = ()

MAX_ANNOTATIONS = 10
#: Of an error pattern: a step shows the first lines of an annotation.
MAX_CHARACTERS = 90


def render(report: Report, *, brief: bool = True) -> str:
    """The annotations, one per line, ending in a newline."""
    bad = _finding_texts.bad(report.findings)
    roots = {one.fingerprint for one in bad}
    found = [one for one in bad if one.derived_from not in roots] if brief else bad
    shown = found[: MAX_ANNOTATIONS - 1]
    lines = [_verdict(report), *(_annotation(finding, report) for finding in shown)]
    if len(found) > len(shown):
        lines.append(f"+{len(found) - len(shown)} more: a step shows {MAX_ANNOTATIONS} annotations")
    return "\n".join(lines) + "\n"


def _verdict(report: Report) -> str:
    waived = [abbreviated(_finding_texts.name(finding)) for finding in report.findings if finding.waived]
    parts = [report.exit.reason, f"at {moment(report.at)}", f"checks: {_finding_texts.tally(report.findings)}"]
    if waived:
        parts.append(f"{plural(len(waived), 'finding')} waived: {', '.join(waived)}")
    return _command("notice", f"{report.tool.name}: {report.verdict.status.upper()}", [*parts, *_shown(report)])


def _shown(report: Report) -> Iterator[str]:
    """The instances that are not ok, and the most frequent errors."""
    for row in _digest.not_ok(report.sections.instances)[: _digest.SHORT]:
        yield f"{abbreviated(row.instance)} {row.health}: {count(row.attempts)} attempts, {_digest.ended(row)}"
    for error in _digest.most_frequent(report)[: _digest.SHORT]:
        yield f"{count(error.count)} × {error.level}: {_digest.shortened(error.pattern, MAX_CHARACTERS)}"


def _annotation(finding: Finding, report: Report) -> str:
    level = "error" if finding.status == "fail" else "warning"
    problem, more = _finding_texts.problem(finding, report), abbreviated(_finding_texts.more(finding))
    parts = [problem, more, abbreviated(_finding_texts.advice(finding)), finding.why, _finding_texts.measured(finding)]
    return _command(level, abbreviated(_finding_texts.name(finding)), parts)


def _command(level: str, title: str, parts: list[str]) -> str:
    message = "\n".join(filter(None, parts))
    return f"::{level} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Colons and commas end a property; in a message they are text."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
