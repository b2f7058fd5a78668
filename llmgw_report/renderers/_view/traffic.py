"""Traffic per group: requests, tokens, errors, and latency."""

from collections.abc import Sequence

from llmgw_report.model.message import Sentence, join, say
from llmgw_report.model.report import Report, Window
from llmgw_report.model.traffic import GroupBy, Traffic, TrafficRow
from llmgw_report.renderers._view import latency
from llmgw_report.renderers._view._absence import absences, empty
from llmgw_report.renderers._view._cells import cut, left, right
from llmgw_report.renderers._view._groups import by_group
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Table
from llmgw_report.units import ABSENT, count, moment, ratio, seconds

_GROUPS: dict[GroupBy, str] = {
    "api-key": say("API key"),
    "provider": say("Provider"),
    "model": say("Model"),
    "all": say("Group"),
}
_FIGURES = (
    say("Requests"),
    say("Input tokens"),
    say("Output tokens"),
    say("Errors"),
    say("Client errors"),
    say("Server errors"),
    say("Error ratio"),
)
_NAMES = (
    say("requests"),
    say("input tokens"),
    say("output tokens"),
    say("errors"),
    say("client errors"),
    say("server errors"),
    say("error ratio"),
)


def section(report: Report) -> Section:
    """Traffic, or why it is not known."""
    return Section(say("Traffic"), "traffic", _blocks(report))


def _blocks(report: Report) -> tuple[Block, ...]:
    found = [traffic for traffic in (report.sections.traffic, report.sections.traffic_window) if traffic]
    if not found:
        return (empty(report, ("traffic",), "metrics", say("No traffic was recorded.")),)
    window = say("in the last {window}", window=seconds(report.window.seconds))
    whens = [(traffic, window if traffic.basis == "window" else say("over the lifetime")) for traffic in found]
    return tuple(block for traffic, when in whens for block in blocks(report, traffic, when))


def blocks(report: Report, traffic: Traffic, when: str) -> tuple[Block, ...]:
    """Figures and latency of one traffic; `when` completes "Latency ..."."""
    rows, cut_rows = cut(traffic.rows, "groups")
    gaps, latency_gaps = _gaps(report, "traffic", "requests", "tokens", "errors"), _gaps(report, "latency of")
    return (
        _volume(report, say("Requests, tokens and errors {when}", when=when), traffic, rows, (*cut_rows, *gaps)),
        *latency.blocks(
            say("Latency {when}", when=when), traffic, _GROUPS[traffic.group_by], rows, (*cut_rows, *latency_gaps)
        ),
    )


def _volume(
    report: Report, caption: str, traffic: Traffic, rows: Sequence[TrafficRow], notes: tuple[str, ...]
) -> Table:
    named = [*((row.group, row) for row in rows), (say("Total"), traffic.total)]
    untold = by_group((name, _untold(row, traffic)) for name, row in named)
    return Table(
        caption,
        (*left(_GROUPS[traffic.group_by]), *right(*_FIGURES)),
        tuple((row.group, *_figures(row)) for row in rows),
        (say("Total"), *_figures(traffic.total)),
        (_basis(traffic, report.window), *untold, *notes),
    )


def _figures(row: TrafficRow) -> tuple[Cell, ...]:
    counts = (row.requests, row.input_tokens, row.output_tokens, row.errors, row.client_errors, row.server_errors)
    return (*(count(value) for value in counts), _error_ratio(row))


def _untold(row: TrafficRow, traffic: Traffic) -> str:
    """Every dash has its reason: here, that the source of the others has no such figure."""
    absent = [name for name, figure in zip(_NAMES, _figures(row), strict=True) if figure == ABSENT]
    if not absent:
        return ""
    return say("absent (–), not told by {source}: {names}", source=say(traffic.source), names=join(", ", absent))


def _error_ratio(row: TrafficRow) -> str:
    share = ratio(row.error_ratio)
    if row.error_base is None or row.error_ratio is None:
        return share
    return say("{share} of {n}", share=share, n=count(row.error_base))


def _basis(traffic: Traffic, window: Window) -> str:
    if traffic.basis == "window":
        inside = traffic.since in {None, window.since}
        when = say("in the window") if inside else say("after {time}", time=moment(traffic.since))
        return say("Counted {when}; source: {source}.", when=when, source=say(traffic.source))
    since = say("since {time}", time=moment(traffic.since)) if traffic.since else say("since an unknown time")
    return say("Lifetime totals {since}, not of the window; source: {source}.", since=since, source=say(traffic.source))


def _gaps(report: Report, *quantities: str) -> tuple[str, ...]:
    found = absences(report, *quantities)
    pairs = ((say(name), say(reason)) for name, reason in found.items())
    return tuple(Sentence(say("Absent: {name}: {reason}", name=name, reason=reason)) for name, reason in pairs)
