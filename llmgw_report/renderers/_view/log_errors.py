"""Error patterns and slow requests of the window."""

from llmgw_report.messages import join, msg
from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, SlowRequest
from llmgw_report.renderers import _digest
from llmgw_report.renderers._view.blocks import Block, Cell, Section, Trace
from llmgw_report.renderers._view.cells import (
    Column,
    code,
    column,
    fold,
    none_found,
    not_measured,
    number,
    optional,
    short_time,
    table,
    whole,
    zone,
)
from llmgw_report.units import ABSENT, clock, count, plural, ratio, seconds

#: Of a line beside a message.
TRACE_CHARACTERS = 24


def sections(report: Report) -> tuple[Section, ...]:
    """Error patterns and slow requests; each, or why they are not known."""
    return (
        Section(msg("Error patterns"), "errors", (_patterns(report),)),
        Section(msg("Slow requests"), "slow", (_slow(report),)),
    )


def _patterns(report: Report) -> Block:
    patterns, window = report.sections.errors, seconds(report.window.seconds)
    if not patterns:
        quantities = ("errors", "error patterns", "query error_patterns")
        return not_measured(report, quantities, "database", _no_pattern(report, window))
    columns: tuple[Column[ErrorPattern], ...] = (
        column("Level", lambda row: row.level),
        number("Count", lambda row: count(row.count)),
        column("Message", lambda row: code(row.pattern)),
        whole("Over time", _trace),
        whole("First", lambda row: _first(row, report)),
        whole("Last", lambda row: short_time(row.last_seen, report)),
        column("Where", lambda row: optional(_digest.places(row))),
    )
    caption = msg("Error patterns in the last {window} ({zone})", window=window, zone=zone(report))
    of, notes = report.sections.window_counts.errors, (*_earlier(report), *_levels(report))
    return table(caption, patterns, columns, "error patterns", of=of, notes=notes, sparse=True)


def _earlier(report: Report) -> tuple[str, ...]:
    """Where a first time before the window comes from: the caption promises those of the window."""
    if all(pattern.began in {None, pattern.first_seen} for pattern in report.sections.errors):
        return ()
    time = clock(report.window.since, report.at)
    return (msg("Times before {time} are from the log before the window.", time=time),)


def _first(row: ErrorPattern, report: Report) -> Cell:
    """When it began, before the window or in it; what may have been there before has no first time in the window."""
    if row.began is not None:
        return short_time(row.began, report)
    return msg("before {time}", time=clock(report.window.since, report.at))


def _trace(row: ErrorPattern) -> Cell:
    return Trace(fold(row.per_bucket, TRACE_CHARACTERS)[0]) if row.per_bucket else ABSENT


def _no_pattern(report: Report, window: str) -> str:
    rows = report.sections.window_counts.log_rows
    return none_found(
        rows,
        unknown=msg("No error pattern in the last {window}.", window=window),
        empty=msg("Nothing was logged in the last {window}, so errors cannot be ruled out.", window=window),
        none=msg(
            "No error pattern in the {rows} of the last {window}.", rows=plural(rows or 0, "log row"), window=window
        ),
    )


def _levels(report: Report) -> tuple[str, ...]:
    """The patterns are the most frequent ones: how many rows there are in all stands beside them."""
    levels = report.sections.window_counts.error_levels
    if not levels:
        return ()
    shown = sum(pattern.count for pattern in report.sections.errors)
    each = join(", ", (f"{level} {count(rows)}" for level, rows in levels.items()))
    total = plural(sum(levels.values()), "row")
    return (msg("These patterns hold {n} of {rows}: {levels}.", n=count(shown), rows=total, levels=each),)


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    slow = report.sections.slow_requests
    if not slow:
        quantities = ("slow requests", "query slow_requests")
        return not_measured(report, quantities, "database", _no_slow_request(report, limit, window))
    columns: tuple[Column[SlowRequest], ...] = (
        whole("Time", lambda row: short_time(row.time, report)),
        whole("Request", lambda row: code(row.request_id)),
        number("Total time", lambda row: seconds(row.duration_seconds)),
        column("Slowest child span", _span),
        column("Of total time", lambda row: ratio(row.slowest_span_ratio)),
        whole("Provider", lambda row: optional(row.provider)),
        whole("Model", lambda row: optional(row.model)),
    )
    caption = msg(
        "Requests slower than {limit} in the last {window} ({zone})", limit=limit, window=window, zone=zone(report)
    )
    return table(caption, slow, columns, "slow requests", of=report.sections.window_counts.slow_requests, sparse=True)


def _no_slow_request(report: Report, limit: str, window: str) -> str:
    timed = report.sections.window_counts.timed_requests
    return none_found(
        timed,
        unknown=msg("No request slower than {limit} in the last {window}.", limit=limit, window=window),
        empty=msg(
            "No row that slow requests are found in has a duration in the last {window}, so they cannot be ruled out.",
            window=window,
        ),
        none=msg(
            "No request slower than {limit} in the {requests} of the last {window}.",
            limit=limit,
            requests=plural(timed or 0, "timed request"),
            window=window,
        ),
    )


def _span(row: SlowRequest) -> str:
    if row.slowest_span is None:
        return ABSENT
    took = row.slowest_span_seconds
    return row.slowest_span if took is None else msg("{span} ({time})", span=row.slowest_span, time=seconds(took))
