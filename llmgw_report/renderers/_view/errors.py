"""Error patterns and slow requests of the window."""

from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, SlowRequest
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import code, cut, left, right, said, whole
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Table
from llmgw_report.units import count, moment, plural, ratio, seconds


def section(report: Report) -> Section:
    """Errors and slow requests, each or why it is not known."""
    return Section("Errors and slow requests", "errors", (_patterns(report), _slow(report)))


def _patterns(report: Report) -> Block:
    window = seconds(report.window.seconds)
    if not report.sections.errors:
        none = _none("error pattern", "log row", report.sections.window_rows.log_rows, window)
        return empty(report, ("errors", "error patterns", "query error_patterns"), "database", none)
    rows, notes = cut(report.sections.errors, "error patterns")
    columns = (*left("Level"), *right("Count"), *left("Message"), *whole("First seen", "Last seen"), *left("Where"))
    notes = (*notes, *_levels(report))
    return Table(f"Error patterns in the last {window}", columns, tuple(map(_pattern, rows)), notes=notes)


def _none(noun: str, row: str, rows: int | None, window: str) -> str:
    """Nothing found, and among how many: of no rows at all it proves nothing."""
    if rows is None:
        return f"No {noun} in the last {window}."
    if rows == 0:
        return f"No {row} in the last {window}, so that there is no {noun} proves nothing."
    return f"No {noun} in the {plural(rows, row)} of the last {window}."


def _levels(report: Report) -> tuple[str, ...]:
    """The patterns are the most frequent ones: how many rows there are in all is said beside them."""
    levels = report.sections.error_levels
    if not levels:
        return ()
    shown = sum(pattern.count for pattern in report.sections.errors)
    said = ", ".join(f"{level} {count(rows)}" for level, rows in levels.items())
    return (f"These patterns hold {count(shown)} of {plural(sum(levels.values()), 'row')}: {said}.",)


def _pattern(row: ErrorPattern) -> tuple[Cell, ...]:
    where = ", ".join(row.instances or row.providers)
    return row.level, count(row.count), code(row.pattern), moment(row.first_seen), moment(row.last_seen), said(where)


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    slow = report.sections.slow_requests
    if not slow:
        none = _none(
            f"request slower than {limit}", "timed request", report.sections.window_rows.timed_requests, window
        )
        return empty(report, ("slow requests", "query slow_requests"), "database", none)
    columns = (
        *whole("Time", "Request"),
        *right("Total time"),
        *left("Slowest child span"),
        *right("Its share"),
        *whole("Provider", "Model"),
    )
    rows, notes = cut(slow, "slow requests")
    total = report.sections.slow_count or 0
    if total > len(slow):
        notes = (f"{count(len(rows))} of {count(total)} slow requests shown.",)
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
