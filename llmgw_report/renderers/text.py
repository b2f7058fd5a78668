"""Plain text for a terminal: the verdict, what is wrong, one line per other finding, and the traffic totals."""

import re

from llmgw_report.messages import ENGLISH, Language, join, say
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Traffic, TrafficRow
from llmgw_report.printable import visible, width
from llmgw_report.renderers import _findings
from llmgw_report.units import count, moment, ratio, seconds

EXTENSIONS: tuple[str, ...] = ("txt",)

#: Codes of ISO 6429: bold and a colour, or faint.
_COLOURS = {
    say("PASS"): "1;32",
    say("WARN"): "1;33",
    say("FAIL"): "1;31",
    say("UNKNOWN"): "1;35",
    say("SKIP"): "2",
    say("WAIVED"): "1;36",
}


def render(report: Report, language: Language = ENGLISH) -> str:
    """The report without any colour, ending in a newline."""
    parts = (_head(report), *(_full(one, report) for one in _findings.bad(report.findings)), _list(report, language))
    texts = [[_written(line, language) for line in lines] for lines in (*parts, _traffic(report)) if lines]
    return "\n\n".join("\n".join(lines) for lines in texts) + "\n"


def colour(text: str, language: Language = ENGLISH) -> str:
    """What `render` returned, its states coloured for a terminal; the words stay the same."""
    codes = {language.text(word): code for word, code in _COLOURS.items()}
    # Only where this module itself puts a state: text from outside never begins a line.
    states = re.compile(rf"^({'|'.join(codes)})(?= )", re.MULTILINE)
    return states.sub(lambda found: f"\x1b[{codes[found[1]]}m{found[1]}\x1b[0m", text)


#: What a line begins with, a state or a margin, and its text.
Line = tuple[str, str]
MARGIN = "  "


def _written(line: Line, language: Language) -> str:
    """States are as wide as the widest of them, so that what follows stands in a column."""
    begin, text = line
    if not begin.strip():
        return begin + visible(language.text(text))
    widest = max(width(language.text(word)) for word in _COLOURS)
    word = language.text(say(begin.upper()))
    return f"{word}{' ' * (widest - width(word))} {visible(language.text(text))}"


def _head(report: Report) -> list[Line]:
    gateway = report.gateway.title or report.gateway.name
    judged = {"time": moment(report.at), "window": seconds(report.window.seconds), "code": report.exit.code}
    tally = _findings.tally(report.findings)
    return [
        (report.verdict.status, say("{gateway}: {reason}", gateway=gateway, reason=report.exit.reason)),
        (MARGIN, say("Judged at {time} over {window}; exit code {code}", **judged)),
        (MARGIN, say("Checks: {tally}", tally=tally)),
        *([(MARGIN, say("Not redacted: it may hold keys and tokens"))] if report.redacted == "no" else []),
    ]


def _full(finding: Finding, report: Report) -> list[Line]:
    heading = say("{check}: {title}", check=_findings.name(finding), title=finding.title)
    details = _findings.details(finding, report)
    return [
        (finding.status, heading),
        *((MARGIN, say("{label}: {text}", label=name, text=said)) for name, said in details),
    ]


def _list(report: Report, language: Language) -> list[Line]:
    """What has not been said in full."""
    rest = [one for one in _findings.worst_first(report.findings) if not _findings.is_bad(one)]
    return [(_findings.state(one), _said(one, report, language)) for one in rest]


def _said(finding: Finding, report: Report, language: Language) -> str:
    """Everything on one line: what is a sentence elsewhere has no full stop here."""
    parts = [
        say("{check}: {seen}", check=_findings.name(finding), seen=finding.seen),
        _findings.judged(finding),
        _findings.reason(finding) or "",
        _findings.waiver(finding.waived, report) if finding.waived else "",
    ]
    return join("; ", (language.text(part).rstrip(".。") for part in parts))


def _traffic(report: Report) -> list[Line]:
    found = [one for one in (report.sections.traffic, report.sections.traffic_window) if one]
    lines = [
        say("Traffic, {when}: {totals}", when=_when(traffic, report), totals=_totals(traffic.total))
        for traffic in found
    ]
    return [("", line) for line in lines or [join("; ", [say("Traffic: not measured"), *_why_not(report)])]]


def _when(traffic: Traffic, report: Report) -> str:
    if traffic.basis == "window":
        return say("last {window}", window=seconds(report.window.seconds))
    since = moment(traffic.since) if traffic.since else say("an unknown time")
    return say("lifetime since {time}", time=since)


def _totals(total: TrafficRow) -> str:
    """Every total; a dash is one that nobody counted, not none."""
    figures = (
        say("{n} requests", n=count(total.requests)),
        say("{n} errors ({share})", n=count(total.errors), share=ratio(total.error_ratio)),
        say("{n} input tokens", n=count(total.input_tokens)),
        say("{n} output tokens", n=count(total.output_tokens)),
    )
    return join(", ", figures)


def _why_not(report: Report) -> list[str]:
    return [say(one.reason) for one in report.absent if one.quantity.startswith("traffic")]
