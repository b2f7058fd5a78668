"""Error patterns of the window."""

from collections.abc import Sequence

from llmgw_report.messages import join, say
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, SlowRequest
from llmgw_report.renderers._view._cells import (
    MOST_COLUMNS,
    code,
    cut,
    empty,
    fold,
    left,
    looked,
    milliseconds,
    right,
    said,
    steps,
    time,
    whole,
    without_empty,
)
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Columns, Hue, Panel, Section, Series, Table, Trace
from llmgw_report.units import ABSENT, count, plural, ratio, seconds


def section_slow(report: Report) -> Section:
    """Slow requests, or why they are not known."""
    return Section(say("Slow requests"), "slow", (_slow(report),))


def _slow(report: Report) -> Block:
    limit, window = seconds(report.window.slow_seconds), seconds(report.window.seconds)
    slow = report.sections.slow_requests
    if not slow:
        return empty(report, ("slow requests", "query slow_requests"), "database", _none_slow(report, limit, window))
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


def _none_slow(report: Report, limit: str, window: str) -> str:
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


#: Pictures that can be compared at a glance.
MOST_DRAWN = 6
#: Of a message, in a picture.
MOST_CHARACTERS = 72
#: Characters of a line beside a message.
MOST_STEPS = 24


def section(report: Report) -> Section:
    """Errors, or why they are not known."""
    return Section(say("Error patterns"), "errors", (_patterns(report), *_over_time(report)))


def _patterns(report: Report) -> Block:
    window = seconds(report.window.seconds)
    if not report.sections.errors:
        return empty(report, ("errors", "error patterns", "query error_patterns"), "database", _none(report, window))
    rows, notes = cut(report.sections.errors, say("error patterns"))
    columns = (
        *left("Level"),
        *right("Count"),
        *left("Message"),
        *whole("Over time", "First seen", "Last seen"),
        *left("Where"),
    )
    table = without_empty(columns, tuple(map(_pattern, rows)))
    return Table(say("Error patterns in the last {window}", window=window), *table, notes=(*notes, *_levels(report)))


def _none(report: Report, window: str) -> str:
    rows = report.sections.window_rows.log_rows
    return looked(
        rows,
        unknown=say("No error pattern in the last {window}.", window=window),
        empty=say("No log row in the last {window}, so that there is no error pattern proves nothing.", window=window),
        none=say(
            "No error pattern in the {rows} of the last {window}.", rows=plural(rows or 0, "log row"), window=window
        ),
    )


def _levels(report: Report) -> tuple[str, ...]:
    """The patterns are the most frequent ones: how many rows there are in all is said beside them."""
    levels = report.sections.error_levels
    if not levels:
        return ()
    shown = sum(pattern.count for pattern in report.sections.errors)
    said = join(", ", (f"{level} {count(rows)}" for level, rows in levels.items()))
    total = plural(sum(levels.values()), "row")
    return (say("These patterns hold {n} of {rows}: {levels}.", n=count(shown), rows=total, levels=said),)


def _pattern(row: ErrorPattern) -> tuple[Cell, ...]:
    where = ", ".join(row.instances or row.providers)
    line = Trace(fold(row.per_bucket, MOST_STEPS)[0]) if row.per_bucket else ABSENT
    return row.level, count(row.count), code(row.pattern), line, time(row.first_seen), time(row.last_seen), said(where)


def _over_time(report: Report) -> tuple[Block, ...]:
    """The most frequent patterns, each on an axis of its own: a rare one stays visible beside a flood."""
    window = report.window
    since_ms, bucket_ms = timestamp.milliseconds(window.since), milliseconds(window.bucket_seconds)
    lengths = [len(pattern.per_bucket) for pattern in report.sections.errors[:MOST_DRAWN]]
    if since_ms is None or not bucket_ms or not all(lengths) or len(set(lengths)) != 1:
        return ()
    drawn = report.sections.errors[:MOST_DRAWN]
    slices, width = steps(len(drawn[0].per_bucket), MOST_COLUMNS)
    step = seconds(width * bucket_ms / 1000)
    starts = [timestamp.text(since_ms + one.start * bucket_ms) for one in slices]
    early = -len(drawn[0].per_bucket) % width
    drawing = Columns(
        panels=tuple(_panel(pattern) for pattern in drawn),
        since_ms=since_ms - early * bucket_ms,
        bucket_ms=width * bucket_ms,
        axis=say("Time (UTC)"),
    )
    summary = say(
        "Log rows per {step} of each of {patterns} in the last {window}.",
        step=step,
        patterns=plural(len(drawn), "pattern"),
        window=seconds(window.seconds),
    )
    return (Chart(say("Error patterns over time"), drawing, summary, _table(step, starts, slices, drawn)),)


def _panel(pattern: ErrorPattern) -> Panel:
    hue: Hue = "bad" if pattern.level == "ERROR" else "caution"
    return Panel(_name(pattern), (Series(pattern.level, fold(pattern.per_bucket, MOST_COLUMNS)[0], hue),))


def _name(pattern: ErrorPattern) -> str:
    text = pattern.pattern
    short = text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
    return f"{pattern.level} × {count(pattern.count)}: {short}"


def _table(step: str, starts: list[str], slices: list[slice], drawn: Sequence[ErrorPattern]) -> Table:
    rows = tuple(
        (time(start), *(count(sum(each.per_bucket[one])) for each in drawn))
        for start, one in zip(starts, slices, strict=True)
    )
    return Table(say("Log rows per {step}", step=step), (*whole("Time"), *right(*map(_name, drawn))), rows)
