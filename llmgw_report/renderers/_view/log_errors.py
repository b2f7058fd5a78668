"""Error patterns and slow requests of the window."""

from llmgw_report.messages import join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, SlowRequest
from llmgw_report.renderers._view._cells import (
    MAX_PICTURE_BUCKETS,
    Column,
    code,
    column,
    fold,
    milliseconds,
    none_found,
    not_measured,
    number,
    optional,
    steps,
    table,
    time,
    whole,
)
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Columns, Hue, Panel, Section, Series, Trace
from llmgw_report.units import ABSENT, count, plural, ratio, seconds

#: Pictures that can be compared at a glance.
MAX_DRAWN_PATTERNS = 6
#: Of a message, in a picture.
LABEL_CHARACTERS = 72
#: Of a line beside a message.
TRACE_CHARACTERS = 24


def sections(report: Report) -> tuple[Section, ...]:
    """Error patterns and slow requests; each, or why they are not known."""
    return (
        Section(msg("Error patterns"), "errors", (_patterns(report), *_over_time(report))),
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
        whole("First seen", lambda row: time(row.first_seen)),
        whole("Last seen", lambda row: time(row.last_seen)),
        column("Where", lambda row: optional(", ".join(row.instances or row.providers))),
    )
    caption = msg("Error patterns in the last {window}", window=window)
    of = report.sections.pattern_count
    return table(caption, patterns, columns, "error patterns", of=of, notes=_levels(report), sparse=True)


def _trace(row: ErrorPattern) -> Cell:
    return Trace(fold(row.per_bucket, TRACE_CHARACTERS)[0]) if row.per_bucket else ABSENT


def _no_pattern(report: Report, window: str) -> str:
    rows = report.sections.window_rows.log_rows
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
    levels = report.sections.error_levels
    if not levels:
        return ()
    shown = sum(pattern.count for pattern in report.sections.errors)
    each = join(", ", (f"{level} {count(rows)}" for level, rows in levels.items()))
    total = plural(sum(levels.values()), "row")
    return (msg("These patterns hold {n} of {rows}: {levels}.", n=count(shown), rows=total, levels=each),)


def _over_time(report: Report) -> tuple[Block, ...]:
    """The most frequent patterns, each on an axis of its own: a rare one stays visible beside a flood."""
    window, drawn = report.window, report.sections.errors[:MAX_DRAWN_PATTERNS]
    since_ms, bucket_ms = timestamp.milliseconds(window.since), milliseconds(window.bucket_seconds)
    lengths = {len(pattern.per_bucket) for pattern in drawn}
    if since_ms is None or not bucket_ms or len(lengths) != 1 or lengths == {0}:
        return ()
    slices, width = steps(len(drawn[0].per_bucket), MAX_PICTURE_BUCKETS)
    step = seconds(width * bucket_ms / 1000)
    early = -len(drawn[0].per_bucket) % width
    drawing = Columns(
        panels=tuple(_panel(pattern) for pattern in drawn),
        since_ms=since_ms - early * bucket_ms,
        bucket_ms=width * bucket_ms,
        axis=msg("Time (UTC)"),
    )
    summary = msg(
        "Log rows per {step} of each of {patterns} in the last {window}.",
        step=step,
        patterns=plural(len(drawn), "pattern"),
        window=seconds(window.seconds),
    )
    start: Column[slice] = whole("Time", lambda buckets: time(timestamp.text(since_ms + buckets.start * bucket_ms)))
    figures = table(msg("Log rows per {step}", step=step), slices, (start, *map(_counts, drawn)))
    return (Chart(msg("Error patterns over time"), drawing, summary, figures),)


def _panel(pattern: ErrorPattern) -> Panel:
    hue: Hue = "bad" if pattern.level == "ERROR" else "caution"
    return Panel(_label(pattern), (Series(pattern.level, fold(pattern.per_bucket, MAX_PICTURE_BUCKETS)[0], hue),))


def _counts(pattern: ErrorPattern) -> Column[slice]:
    return Column(_label(pattern), lambda buckets: count(sum(pattern.per_bucket[buckets])), "right", whole=True)


def _label(pattern: ErrorPattern) -> str:
    text = pattern.pattern
    short = text if len(text) <= LABEL_CHARACTERS else f"{text[: LABEL_CHARACTERS - 1]}…"
    return f"{pattern.level} × {count(pattern.count)}: {short}"


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    slow = report.sections.slow_requests
    if not slow:
        quantities = ("slow requests", "query slow_requests")
        return not_measured(report, quantities, "database", _no_slow_request(report, limit, window))
    columns: tuple[Column[SlowRequest], ...] = (
        whole("Time", lambda row: time(row.time)),
        whole("Request", lambda row: code(row.request_id)),
        number("Total time", lambda row: seconds(row.duration_seconds)),
        column("Slowest child span", _span),
        number("Of total time", lambda row: ratio(row.slowest_span_ratio)),
        whole("Provider", lambda row: optional(row.provider)),
        whole("Model", lambda row: optional(row.model)),
    )
    caption = msg("Requests slower than {limit} in the last {window}", limit=limit, window=window)
    return table(caption, slow, columns, "slow requests", of=report.sections.slow_count)


def _no_slow_request(report: Report, limit: str, window: str) -> str:
    timed = report.sections.window_rows.timed_requests
    return none_found(
        timed,
        unknown=msg("No request slower than {limit} in the last {window}.", limit=limit, window=window),
        empty=msg(
            "No request durations were recorded in the last {window}, so slow requests cannot be ruled out.",
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
        return msg("no child span recorded")
    took = row.slowest_span_seconds
    return row.slowest_span if took is None else msg("{span} ({time})", span=row.slowest_span, time=seconds(took))
