"""Plain text for a terminal: the verdict, what is wrong, one line per other finding, and the traffic totals."""

import re
from collections.abc import Collection, Sequence

from llmgw_report.messages import ENGLISH, Language, join, msg
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.sections import InstanceRow, Totals, TrafficRow
from llmgw_report.renderers import _finding_texts
from llmgw_report.renderers._view import head
from llmgw_report.renderers._view.cells import state
from llmgw_report.renderers._view.findings import MAX_IN_FULL, MAX_UNDER_A_CAUSE
from llmgw_report.units import ABSENT, clock, count, ratio, ratio_interval, seconds, text

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
MAX_ROWS, MAX_CHARACTERS = 10, 90


def render(report: Report, language: Language = ENGLISH, *, brief: bool = False) -> str:
    """The report without any colour, ending in a newline; a `brief` one without what passed or was skipped."""
    bad = _finding_texts.bad(report.findings)
    roots = [one for one in bad if not _follows(one, bad)]
    full, said = [], set[str]()
    for one in roots[:MAX_IN_FULL]:
        full.append(_full(one, report, [each for each in bad if _follows(each, [one])], said))
        said |= {one.do, one.why}
    further = roots[MAX_IN_FULL:]
    if brief and further:
        full.append([(MARGIN, msg("{n} more problems, a line each in the full report.", n=count(len(further))))])
    lines = [[_text(line, language) for line in paragraph] for paragraph in (_head(report), *full)]
    rest = [one for one in _finding_texts.worst_first(report.findings) if one not in bad or one in further]
    others = [] if brief else rest
    rows = [_row(one, report, language) for one in others if one.status != "skip"]
    skipped = join(", ", dict.fromkeys(one.check for one in others if one.status == "skip"))
    left = [language.text(msg("Skipped: {names}", names=skipped))] if skipped else []
    traffic = [language.text(line) for line in _traffic(report)]
    both = (_instances(report), _patterns(report))
    seen = [_table([tuple(map(language.text, row)) for row in each]) for each in both]
    paragraphs = (*lines, traffic, *seen, _table(rows), left)
    return "\n\n".join("\n".join(paragraph) for paragraph in paragraphs if paragraph) + "\n"


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
    states = re.compile(rf"^({'|'.join(codes)})(?= )", re.MULTILINE)
    return states.sub(lambda found: f"\x1b[{codes[found[1]]}m{found[1]}\x1b[0m", text)


#: A line that begins with a state, or with the margin.
Line = tuple[str, str]
MARGIN = "  "


def _text(line: Line, language: Language) -> str:
    begin, text = line
    return f"{begin}{language.text(text)}" if begin == MARGIN else f"{language.text(begin)} {language.text(text)}"


def _loosened(report: Report) -> str:
    return msg("Loosened by {file}: {lines}", file=report.config_file, lines="; ".join(report.config_loosened))


def _head(report: Report) -> list[Line]:
    return [
        (msg(report.verdict.status.upper()), report.exit.reason),
        (MARGIN, head.subject(report)),
        *((MARGIN, line) for line in head.lines(report)),
        *(((MARGIN, _loosened(report)),) if report.config_loosened else ()),
        *([(MARGIN, msg("Not redacted: it may hold keys and tokens"))] if report.redacted == "no" else []),
    ]


def _full(finding: Finding, report: Report, derived: Sequence[Finding], said: Collection[str]) -> list[Line]:
    """The lines of one finding, without what was `said` above it."""
    left = len(derived) - MAX_UNDER_A_CAUSE
    texts = (
        (msg("Measured"), _finding_texts.measured(finding)),
        (msg("Observed"), _finding_texts.more(finding)),
        (msg("Reason"), _finding_texts.reason(finding)),
        (msg("What to do"), "" if finding.do in said else finding.do),
        (msg("Why it matters"), "" if finding.why in said else finding.why),
        (msg("Check"), _finding_texts.name(finding)),
        *((msg("Follows from it"), _finding_texts.problem(one, report)) for one in derived[:MAX_UNDER_A_CAUSE]),
        (msg("Follows from it"), msg("+{n} more", n=count(left)) if left > 0 else ""),
    )
    return [
        (msg(finding.status.upper()), _finding_texts.problem(finding, report)),
        *((MARGIN, msg("{label}: {text}", label=label, text=text)) for label, text in texts if text),
    ]


def _row(finding: Finding, report: Report, language: Language) -> tuple[str, str, str]:
    """One finding that does not count on one line; what is a sentence elsewhere has no full stop here."""
    parts = (
        finding.seen,
        _finding_texts.measured(finding),
        _finding_texts.reason(finding) or "",
        _finding_texts.waiver(finding.waived, report) if finding.waived else "",
    )
    details = join("; ", (language.text(part).rstrip(".。") for part in parts))
    state = msg(_finding_texts.state(finding).upper())
    return language.text(state), _finding_texts.name(finding), language.text(details)


def _instances(report: Report) -> list[tuple[str, ...]]:
    """Each instance with its state and how its requests ended."""
    rows = report.sections.instances[:MAX_ROWS]
    return [
        (state(row.health).word, row.instance, row.provider, msg("{n} attempts", n=count(row.attempts)), _ended(row))
        for row in rows
    ]


def _ended(row: InstanceRow) -> str:
    if row.outcomes is None or not row.outcomes.base:
        return ABSENT
    failed = row.outcomes.base - row.outcomes.success
    return msg("{n} failed ({ratio})", n=count(failed), ratio=ratio(failed / row.outcomes.base))


def _patterns(report: Report) -> list[tuple[str, ...]]:
    """The most frequent errors of the log."""
    shown = report.sections.errors[:MAX_ROWS]
    return [(msg("× {n}", n=count(row.count)), row.level, row.pattern[:MAX_CHARACTERS]) for row in shown]


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as a terminal shows their texts: wcwidth, where tabulate finds it, knows that of an ideograph."""
    # Imported here: to learn the extensions of all formats, every one of them is imported.
    from tabulate import tabulate

    return tabulate(rows, tablefmt="plain", disable_numparse=True, preserve_whitespace=True).splitlines()


def _traffic(report: Report) -> Sequence[str]:
    found = [one for one in (report.sections.window_traffic, report.sections.lifetime_traffic) if one]
    lines = [
        msg("Traffic, {when}: {totals}", when=_when(traffic, report), totals=_totals(traffic.total))
        for traffic in found
    ]
    return lines or [join("; ", [msg("Traffic: not measured"), *_why_not(report)])]


def _when(traffic: Totals, report: Report) -> str:
    if traffic.basis == "window":
        return msg("last {window}", window=seconds(report.window.seconds))
    return msg("since {time}", time=clock(traffic.since, report.at) if traffic.since else msg("an unknown time"))


def _totals(total: TrafficRow) -> str:
    """Every total; a dash is one that nobody counted, not none."""
    ended, found, cost = total.outcomes, total.error_ratio, total.figures.get("cost_usd")
    figures = (
        msg("{n} requests", n=count(total.requests)),
        msg(
            "{n} server errors ({ratio})",
            n=count(ended.service if ended else None),
            ratio=ratio_interval(found.low, found.high) if found else ABSENT,
        ),
        msg("{n} input tokens", n=count(total.tokens.input)),
        msg("{n} output tokens", n=count(total.tokens.output)),
        *((msg("cost {usd}", usd=text(cost, "cost_usd")),) if cost is not None else ()),
    )
    return join(", ", figures)


def _why_not(report: Report) -> list[str]:
    return [msg(one.reason) for one in report.absent if one.quantity.startswith("traffic")]
