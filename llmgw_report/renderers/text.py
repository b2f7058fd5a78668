"""Plain text for a terminal: the verdict, what is wrong, one line per finding, and the traffic totals."""

import re

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.traffic import Traffic, TrafficRow
from llmgw_report.renderers import _findings
from llmgw_report.renderers._visible import visible
from llmgw_report.units import count, moment, ratio, seconds

EXTENSIONS: tuple[str, ...] = ("txt",)

#: Codes of ISO 6429: bold and a colour, or faint.
_COLOURS = {"PASS": "1;32", "WARN": "1;33", "FAIL": "1;31", "UNKNOWN": "1;35", "SKIP": "2", "WAIVED": "1;36"}
# Only where this module itself puts a state: text from outside never begins a line.
_STATE = re.compile(rf"^({'|'.join(_COLOURS)})(?= )", re.MULTILINE)
_WIDTH = max(map(len, _COLOURS))


def render(report: Report) -> str:
    """The report without any colour, ending in a newline."""
    parts = (_head(report), *(_full(one, report) for one in _findings.bad(report.findings)), _list(report))
    return "\n\n".join("\n".join(lines) for lines in (*parts, _traffic(report)) if lines) + "\n"


def colour(text: str) -> str:
    """What `render` returned, its states coloured for a terminal; the words stay the same."""
    return _STATE.sub(lambda found: f"\x1b[{_COLOURS[found[1]]}m{found[1]}\x1b[0m", text)


def _head(report: Report) -> list[str]:
    gateway = report.gateway.title or report.gateway.name
    window = report.window
    return [
        _line(report.status, f"{gateway}: {report.exit.reason}"),
        f"  Judged at {visible(moment(report.at))} over {seconds(window.seconds)}; exit code {report.exit.code}",
        f"  Checks: {_findings.tally(report.findings)}",
        *(["  Not redacted: it may hold keys and tokens"] if report.redacted == "no" else []),
    ]


def _full(finding: Finding, report: Report) -> list[str]:
    heading = _line(finding.status, f"{_findings.name(finding)}: {finding.title}")
    return [heading, *(f"  {label}: {visible(said)}" for label, said in _findings.details(finding, report))]


def _list(report: Report) -> list[str]:
    return [_line(_findings.state(one), _said(one, report)) for one in _findings.worst_first(report.findings)]


def _said(finding: Finding, report: Report) -> str:
    parts = [f"{_findings.name(finding)}: {finding.seen}", _findings.judged(finding), _findings.reason(finding)]
    if finding.waived:
        parts.append(_findings.waiver(finding.waived, report))
    return "; ".join(part.rstrip(".") for part in parts if part)


def _line(state: str, text: str) -> str:
    return f"{state.upper():{_WIDTH}} {visible(text)}"


def _traffic(report: Report) -> list[str]:
    found = (report.sections.traffic, report.sections.traffic_window)
    lines = [f"Traffic, {_when(traffic, report)}: {_totals(traffic.total)}" for traffic in found if traffic]
    return lines or [f"Traffic: not measured{_why_not(report)}"]


def _when(traffic: Traffic, report: Report) -> str:
    if traffic.basis == "window":
        return f"last {seconds(report.window.seconds)}"
    return f"lifetime since {visible(moment(traffic.since))}" if traffic.since else "lifetime since an unknown time"


def _totals(total: TrafficRow) -> str:
    """Every total; a dash is one that nobody counted, not none."""
    figures = (
        f"{count(total.requests)} requests",
        f"{count(total.errors)} errors ({ratio(total.error_ratio)})",
        f"{count(total.input_tokens)} input tokens",
        f"{count(total.output_tokens)} output tokens",
    )
    return ", ".join(figures)


def _why_not(report: Report) -> str:
    reasons = [visible(one.reason) for one in report.absent if one.quantity.startswith("traffic")]
    return "".join(f"; {reason}" for reason in reasons)
