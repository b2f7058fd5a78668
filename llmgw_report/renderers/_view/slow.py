"""Slow requests of the window, and where their time went."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.model.sections import SlowRequest
from llmgw_report.renderers._view._absence import empty, looked
from llmgw_report.renderers._view._cells import code, cut, left, right, said, time, whole
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Table
from llmgw_report.units import count, plural, ratio, seconds


def section(report: Report) -> Section:
    """Slow requests, or why they are not known."""
    return Section(say("Slow requests"), "slow", (_slow(report),))


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    slow = report.sections.slow_requests
    if not slow:
        return empty(report, ("slow requests", "query slow_requests"), "database", _none(report, limit, window))
    columns = (
        *whole("Time", "Request"),
        *right("Total time"),
        *left("Slowest child span"),
        *right("Its share"),
        *whole("Provider", "Model"),
    )
    rows, notes = cut(slow, say("slow requests"))
    total = report.sections.slow_count or 0
    if total > len(slow):
        notes = (say("{shown} of {n} slow requests shown.", shown=count(len(rows)), n=count(total)),)
    caption = say("Requests slower than {limit} in the last {window}", limit=limit, window=window)
    return Table(caption, columns, tuple(map(_request, rows)), notes=notes)


def _none(report: Report, limit: str, window: str) -> str:
    timed = report.sections.window_rows.timed_requests
    return looked(
        timed,
        unknown=say("No request slower than {limit} in the last {window}.", limit=limit, window=window),
        empty=say(
            "No timed request in the last {window}, so that there is no request slower than {limit} proves nothing.",
            limit=limit,
            window=window,
        ),
        none=say(
            "No request slower than {limit} in the {requests} of the last {window}.",
            limit=limit,
            requests=plural(timed or 0, "timed request"),
            window=window,
        ),
    )


def _request(row: SlowRequest) -> tuple[Cell, ...]:
    return (
        time(row.time),
        code(row.request_id),
        seconds(row.duration_seconds),
        _span(row),
        ratio(row.slowest_span_ratio),
        said(row.provider),
        said(row.model),
    )


def _span(row: SlowRequest) -> str:
    if row.slowest_span is None:
        return say("no child span recorded")
    took = row.slowest_span_seconds
    return row.slowest_span if took is None else say("{span} ({time})", span=row.slowest_span, time=seconds(took))
