"""Error patterns and slow requests of the window."""

from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, SlowRequest
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import code, cut, left, right, said, times
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Table
from llmgw_report.units import count, moment, ratio, seconds


def section(report: Report) -> Section:
    """Errors and slow requests, each or why it is not known."""
    return Section("Errors and slow requests", "errors", (_patterns(report), _slow(report)))


def _patterns(report: Report) -> Block:
    window = seconds(report.window.seconds)
    if not report.sections.errors:
        return empty(report, "errors", "database", f"No error pattern in the last {window}.")
    rows, notes = cut(report.sections.errors, "error patterns")
    columns = (*left("Level"), *right("Count"), *left("Message"), *times("First seen", "Last seen"), *left("Where"))
    return Table(f"Error patterns in the last {window}", columns, tuple(map(_pattern, rows)), notes=notes)


def _pattern(row: ErrorPattern) -> tuple[Cell, ...]:
    where = ", ".join(row.instances or row.providers)
    return row.level, count(row.count), code(row.pattern), moment(row.first_seen), moment(row.last_seen), said(where)


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    if not report.sections.slow_requests:
        return empty(report, "slow_requests", "database", f"No request slower than {limit} in the last {window}.")
    rows, notes = cut(report.sections.slow_requests, "slow requests")
    columns = (
        *times("Time"),
        *left("Request"),
        *right("Total time"),
        *left("Slowest child span"),
        *right("Its share"),
        *left("Provider", "Model"),
    )
    return Table(f"Requests slower than {limit} in the last {window}", columns, tuple(map(_request, rows)), notes=notes)


def _request(row: SlowRequest) -> tuple[Cell, ...]:
    return (
        moment(row.time),
        code(row.request_id),
        seconds(row.duration_seconds),
        _span(row),
        ratio(row.slowest_span_ratio),
        said(row.provider),
        said(row.model),
    )


def _span(row: SlowRequest) -> str:
    if row.slowest_span is None:
        return "no child span recorded"
    took = row.slowest_span_seconds
    return row.slowest_span if took is None else f"{row.slowest_span} ({seconds(took)})"
