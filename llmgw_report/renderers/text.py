"""Plain text for a terminal: the verdict, what is wrong, one line per other finding, and the traffic totals."""

import re
from collections.abc import Mapping, Sequence

from llmgw_report.messages import ENGLISH, Language, join, msg
from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import ErrorRatio, OutcomeCounts
from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, Totals
from llmgw_report.renderers import _digest, _finding_texts
from llmgw_report.renderers._digest import SHORT
from llmgw_report.renderers._view import head
from llmgw_report.renderers._view.cells import state
from llmgw_report.renderers._view.findings import MAX_IN_FULL, MAX_UNDER_A_CAUSE
from llmgw_report.renderers._wrapping import columns, wrapped
from llmgw_report.units import abbreviated, clock, count, ratio_interval, seconds, text

EXTENSIONS: tuple[str, ...] = ("txt",)

#: Codes of ISO 6429: bold and a colour.
_COLOURS = {
    msg("PASS"): "1;32",
    msg("WARN"): "1;33",
    msg("FAIL"): "1;31",
    msg("UNKNOWN"): "1;35",
    msg("WAIVED"): "1;36",
}


#: Instances and error patterns that are listed, and characters of one of them.
MAX_ROWS, MAX_CHARACTERS = 10, 72


def render(report: Report, language: Language = ENGLISH, *, brief: bool = False, width: int | None = None) -> str:
    """The report without any colour, ending in a newline; a `brief` one without what passed or was skipped.

    Prose is broken into lines of at most `width` columns, if there is a width.
    """
    bad = _finding_texts.bad(report.findings)
    roots = [one for one in bad if not _follows(one, bad)]
    full, further = _in_full(roots[:MAX_IN_FULL], bad, report), roots[MAX_IN_FULL:]
    if further:
        full.append([(MARGIN, _elsewhere(len(further), brief=brief))])
    prose = [_head(report), *full, _traffic(report)]
    seen = [_instances(report, brief=brief), _patterns(report, SHORT if brief else MAX_ROWS)]
    rest = [one for one in _finding_texts.worst_first(report.findings) if one not in bad or one in further]
    paragraphs = (
        *([each for line in lines for each in _text(line, language, width)] for lines in prose),
        *(_titled(title, rows, language, width) for title, rows in seen if rows),
        *([] if brief else _listed(rest, report, language, width)),
    )
    return "\n\n".join("\n".join(paragraph) for paragraph in paragraphs if paragraph) + "\n"


def _in_full(roots: Sequence[Finding], bad: Sequence[Finding], report: Report) -> list[list["Line"]]:
    """The lines of each, without what those above it have said."""
    full, said = [], dict[str, Finding]()
    for one in roots:
        full.append(_full(one, report, [each for each in bad if _follows(each, [one])], said))
        said = {_finding_texts.advice(one): one, one.why: one, **said}
    return full


def _elsewhere(left: int, *, brief: bool) -> str:
    if brief:
        return msg("{n} more problems, a line each in the full report.", n=count(left))
    return msg("{n} more problems, a line each below.", n=count(left))


def _follows(one: Finding, from_: Sequence[Finding]) -> bool:
    """Whether it stands under one of these; what is worse than its cause stands by itself."""
    return any(
        each.fingerprint == one.derived_from and _finding_texts.urgency(each) <= _finding_texts.urgency(one)
        for each in from_
    )


def colour(text: str, language: Language = ENGLISH) -> str:
    """What `render` returned, its states coloured for a terminal; the words stay the same."""
    codes = {language.text(word): code for word, code in _COLOURS.items()}
    # Only where this module itself puts a state: text from outside never begins a line.
    states = re.compile(rf"^({'|'.join(codes)})(?=\s)", re.MULTILINE)
    return states.sub(lambda found: f"\x1b[{codes[found[1]]}m{found[1]}\x1b[0m", text)


#: A line that begins with a state, with the margin, or with nothing.
Line = tuple[str, str]
MARGIN = "  "


def _text(line: Line, language: Language, width: int | None) -> list[str]:
    begin, text = line
    if begin.strip():
        return wrapped(f"{language.text(begin)} {language.text(text)}", width, MARGIN)
    return wrapped(f"{begin}{language.text(text)}", width, begin + MARGIN)


def _loosened(report: Report) -> str:
    return msg("Loosened by {file}: {lines}", file=report.setup.config_file, lines="; ".join(report.setup.loosened))


def _head(report: Report) -> list[Line]:
    return [
        (msg(report.verdict.status.upper()), report.exit.reason),
        (MARGIN, head.subject(report)),
        *((MARGIN, line) for line in head.lines(report)),
        *(((MARGIN, _loosened(report)),) if report.setup.loosened else ()),
        *([(MARGIN, msg("Not redacted: it may hold keys and tokens"))] if report.setup.redacted == "no" else []),
    ]


def _full(finding: Finding, report: Report, derived: Sequence[Finding], said: Mapping[str, Finding]) -> list[Line]:
    """The lines of one finding, without what was `said` above it, by which finding."""
    do = _finding_texts.advice(finding)
    if do and (same := said.get(do)):
        do = _finding_texts.as_above(same.check, _finding_texts.subject(same))
    left = len(derived) - MAX_UNDER_A_CAUSE
    texts = (
        (msg("Measured"), _finding_texts.measured(finding)),
        (msg("Observed"), abbreviated(_finding_texts.more(finding))),
        (msg("Reason"), _finding_texts.reason(finding)),
        (msg("What to do"), abbreviated(do)),
        (msg("Why it matters"), "" if finding.why in said else finding.why),
        (msg("Check"), abbreviated(_finding_texts.name(finding))),
        *(
            (msg("Follows from it"), _finding_texts.following(one, finding, report))
            for one in derived[:MAX_UNDER_A_CAUSE]
        ),
        (msg("Follows from it"), msg("+{n} more", n=count(left)) if left > 0 else ""),
    )
    return [
        (msg(finding.status.upper()), _finding_texts.heading(finding, report)),
        *((MARGIN, msg("{label}: {text}", label=label, text=text)) for label, text in texts if text),
    ]


def _listed(findings: Sequence[Finding], report: Report, language: Language, width: int | None) -> list[list[str]]:
    """What does not count, a row each, and the names of what was skipped."""
    rows = [_row(one, report, language) for one in findings if one.status != "skip"]
    skipped = join(", ", dict.fromkeys(one.check for one in findings if one.status == "skip"))
    names = _text(("", msg("Skipped: {names}", names=skipped)), language, width) if skipped else []
    return [_table(rows, width), names]


def _row(finding: Finding, report: Report, language: Language) -> tuple[str, str, str]:
    """One finding that does not count on one line; what is a sentence elsewhere has no full stop here."""
    parts = (
        abbreviated(finding.seen),
        _finding_texts.measured(finding),
        _finding_texts.reason(finding) or "",
        _finding_texts.waiver(finding.waived, report) if finding.waived else "",
    )
    details = join("; ", (language.text(part).rstrip(".。") for part in parts))
    state = msg(_finding_texts.state(finding).upper())
    return language.text(state), abbreviated(_finding_texts.name(finding)), language.text(details)


Rows = list[tuple[str, ...]]


def _instances(report: Report, *, brief: bool) -> tuple[str, Rows]:
    """Each instance with its state and how its requests ended; in brief those alone that are not ok."""
    rows = report.sections.instances
    shown = (_digest.not_ok(rows) if brief else _digest.worst_first(rows, MAX_ROWS))[:MAX_ROWS]
    return _digest.of_instances(report), [
        (
            state(row.health).word,
            abbreviated(row.instance),
            abbreviated(row.provider),
            msg("{n} attempts", n=count(row.attempts)),
            _digest.ended(row),
        )
        for row in shown
    ]


def _patterns(report: Report, most: int) -> tuple[str, Rows]:
    """The most frequent errors of the log."""
    title = msg("Error patterns in the last {window}", window=seconds(report.window.seconds))
    return title, [
        (msg("× {n}", n=count(row.count)), row.level, _pattern(row)) for row in _digest.most_frequent(report)[:most]
    ]


def _pattern(row: ErrorPattern) -> str:
    """What it says, and which instances or providers say it how often."""
    said, places = _digest.shortened(row.pattern, MAX_CHARACTERS), _digest.places(row)
    return msg("{pattern} ({places})", pattern=said, places=places) if places else said


def _titled(title: str, rows: Rows, language: Language, width: int | None) -> list[str]:
    """A table under its title."""
    lines = _table([tuple(map(language.text, row)) for row in rows], width and width - len(MARGIN))
    return [*_text(("", title), language, width), *(f"{MARGIN}{line}" for line in lines)]


def _table(rows: Sequence[tuple[str, ...]], width: int | None) -> list[str]:
    """Columns as wide as a terminal shows their texts: wcwidth, where tabulate finds it, knows that of an ideograph.

    The last column goes on below itself, unless that would leave it no room.
    """
    # Imported here: to learn the extensions of all formats, every one of them is imported.
    from tabulate import tabulate

    begin = sum(max(map(columns, column)) + len(MARGIN) for column in list(zip(*rows, strict=True))[:-1])
    hang = " " * begin if width is None or begin <= width // 2 else MARGIN * 2
    lines = tabulate(rows, tablefmt="plain", disable_numparse=True, preserve_whitespace=True).splitlines()
    return [each for line in lines for each in wrapped(line, width, hang)]


def _traffic(report: Report) -> list[Line]:
    found = [one for one in (report.sections.window_traffic, report.sections.lifetime_traffic) if one]
    lines = [
        msg("Traffic, {when}: {totals}", when=_when(traffic, report), totals=_totals(traffic, report))
        for traffic in found
    ]
    return [("", line) for line in lines or [join("; ", [msg("Traffic: not measured"), *_why_not(report)])]]


def _when(traffic: Totals, report: Report) -> str:
    if traffic.basis == "window":
        return msg("last {window}", window=seconds(report.window.seconds))
    return msg("since {time}", time=clock(traffic.since, report.at) if traffic.since else msg("an unknown time"))


def _totals(traffic: Totals, report: Report) -> str:
    """Every total; a dash is one that nobody counted, not none."""
    total, of_process = traffic.total, traffic.basis == "lifetime"
    ended, found, cost = total.outcomes, total.error_ratio, total.figures.get("cost_usd")
    figures = (
        msg("{n} requests", n=count(total.requests)),
        _server_errors(ended, found, total.requests) if ended and found else msg("server errors not known"),
        msg("{n} input tokens", n=count(total.tokens.input)),
        msg("{n} output tokens", n=count(total.tokens.output)),
        *((msg("cost {usd}", usd=text(cost, "cost_usd")),) if cost is not None else ()),
    )
    return join("; ", [join(", ", figures), (_digest.uncounted(report) if of_process else None) or ""])


def _server_errors(ended: OutcomeCounts, found: ErrorRatio, requests: int | None) -> str:
    """How many, and of how many: requests that a client ended and those of unknown outcome are not in the ratio."""
    n, ratio = count(ended.service), ratio_interval(found.low, found.high)
    if ended.base == requests:
        return msg("{n} server errors ({ratio})", n=n, ratio=ratio)
    return msg("{n} server errors of {base} ({ratio})", n=n, base=count(ended.base), ratio=ratio)


def _why_not(report: Report) -> list[str]:
    return [msg(one.reason) for one in report.absent if one.quantity.startswith("traffic")]
