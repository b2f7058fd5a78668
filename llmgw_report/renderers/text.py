"""Plain text for a terminal: the verdict, what is wrong, one line per other finding, and the traffic totals."""

import re
from collections.abc import Sequence

from llmgw_report.messages import ENGLISH, Language, join, msg
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Totals, TrafficRow
from llmgw_report.renderers import _finding_texts
from llmgw_report.units import ABSENT, count, moment, ratio_interval, seconds, text

EXTENSIONS: tuple[str, ...] = ("txt",)

#: Codes of ISO 6429: bold and a colour, or faint.
_COLOURS = {
    msg("PASS"): "1;32",
    msg("WARN"): "1;33",
    msg("FAIL"): "1;31",
    msg("UNKNOWN"): "1;35",
    msg("SKIP"): "2",
    msg("WAIVED"): "1;36",
}


def render(report: Report, language: Language = ENGLISH) -> str:
    """The report without any colour, ending in a newline."""
    findings = _finding_texts.worst_first(report.findings)
    full = [_full(one, report) for one in findings if _finding_texts.is_bad(one)]
    lines = [[_text(line, language) for line in paragraph] for paragraph in (_head(report), *full)]
    rows = [_row(one, report, language) for one in findings if not _finding_texts.is_bad(one)]
    traffic = [language.text(line) for line in _traffic(report)]
    return "\n\n".join("\n".join(paragraph) for paragraph in (*lines, _table(rows), traffic) if paragraph) + "\n"


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
    gateway = report.gateway.title or report.gateway.name
    evaluated = {"time": moment(report.at), "window": seconds(report.window.seconds), "code": report.exit.code}
    over = msg("Evaluated at {time} over {window}; exit code {code}", **evaluated)
    history, outcomes = report.sections.history, report.sections.outcomes
    if history and outcomes and history.since and outcomes.since == history.since:
        over = msg(
            "Evaluated at {time} since the run of {since}; exit code {code}", **evaluated, since=moment(history.since)
        )
    return [
        (msg(report.verdict.status.upper()), msg("{gateway}: {reason}", gateway=gateway, reason=report.exit.reason)),
        (MARGIN, over),
        *(((MARGIN, _loosened(report)),) if report.config_loosened else ()),
        (MARGIN, msg("Checks: {tally}", tally=_finding_texts.tally(report.findings))),
        *([(MARGIN, msg("Not redacted: it may hold keys and tokens"))] if report.redacted == "no" else []),
    ]


def _full(finding: Finding, report: Report) -> list[Line]:
    heading = msg("{check}: {title}", check=_finding_texts.name(finding), title=finding.title)
    details = _finding_texts.details(finding, report)
    return [
        (msg(finding.status.upper()), heading),
        *((MARGIN, msg("{label}: {text}", label=label, text=text)) for label, text in details),
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


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    """Columns as wide as a terminal shows their texts: wcwidth, where tabulate finds it, knows that of an ideograph."""
    # Imported here: to learn the extensions of all formats, every one of them is imported.
    from tabulate import tabulate

    return tabulate(rows, tablefmt="plain", disable_numparse=True, preserve_whitespace=True).splitlines()


def _traffic(report: Report) -> Sequence[str]:
    found = [one for one in (report.sections.lifetime_traffic, report.sections.window_traffic) if one]
    lines = [
        msg("Traffic, {when}: {totals}", when=_when(traffic, report), totals=_totals(traffic.total))
        for traffic in found
    ]
    return lines or [join("; ", [msg("Traffic: not measured"), *_why_not(report)])]


def _when(traffic: Totals, report: Report) -> str:
    if traffic.basis == "window":
        return msg("last {window}", window=seconds(report.window.seconds))
    since = moment(traffic.since) if traffic.since else msg("an unknown time")
    return msg("lifetime since {time}", time=since)


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
