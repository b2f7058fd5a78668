"""The request trend, with what failed and how long it took where that is known of each bucket."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from llmgw_report.messages import join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.quantities import PERCENTILES
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Trend, TrendPoint
from llmgw_report.renderers._view.blocks import (
    Block,
    Chart,
    Columns,
    Curve,
    Curves,
    Dashes,
    Gap,
    Panel,
    Paragraph,
    Section,
    Series,
    Spark,
    TableBlock,
)
from llmgw_report.renderers._view.cells import (
    MAX_PICTURE_BUCKETS,
    Column,
    fold,
    milliseconds,
    not_measured,
    number,
    steps,
    table,
    time,
    whole,
)
from llmgw_report.units import clock, count, measured_seconds, plural, seconds

Points = Sequence[TrendPoint]
Values = tuple[int | None, ...]
Panels = tuple[Panel | Curves, ...]
#: The longest percentile is the one that is looked for.
_DASHES: tuple[Dashes, ...] = ("solid", "dashed", "dotted")


def sections(report: Report) -> tuple[Section, ...]:
    """The trend with its source, and whether it is reliable; or why there is none."""
    return (Section(msg("Request trend"), "trend", _blocks(report)),)


def _blocks(report: Report) -> tuple[Block, ...]:
    trend = report.sections.trend
    unknown = _unknown(report, trend.points) if trend else 0
    if trend is None or unknown == len(trend.points):
        none = msg("No request in the last {window}.", window=seconds(report.window.trend_seconds))
        return (not_measured(report, ("request trend", "trend"), "database", none),)
    return (*_chart(trend, unknown, report.at), *_doubt(trend))


def _unknown(report: Report, points: Points) -> int:
    """How many buckets end before the oldest row there is: nothing is known of them."""
    database = report.sections.database
    firsts = [_ms(table.first) for table in database.tables if table.first] if database else []
    oldest = min(filter(None, firsts), default=None)
    return 0 if oldest is None else max(0, sum((_ms(point.time) or oldest) < oldest for point in points) - 1)


def _ms(moment: str) -> int | None:
    return timestamp.milliseconds(moment)


def _chart(trend: Trend, unknown: int, at: str) -> tuple[Block, ...]:
    if not milliseconds(trend.bucket_seconds):
        return ()
    slices, width = steps(len(trend.points), MAX_PICTURE_BUCKETS)
    step = seconds(width * trend.bucket_seconds)
    panels: Panels = (*_panels(trend.points, unknown, slices, step), *_curves(trend, slices, step))
    chart = Chart(
        caption=msg("Request trend"),
        drawing=_drawing(trend, panels, width, unknown),
        summary=_summary(trend, trend.points[unknown:], at),
        table=_table(trend.points, panels, slices, step),
        sparks=(_spark(trend, unknown),),
        point=join(" ", _point(trend.points[unknown:], at)),
    )
    return (chart,)


def _drawing(trend: Trend, panels: Panels, width: int, unknown: int) -> Columns:
    bucket_ms = milliseconds(trend.bucket_seconds)
    # The first column may hold fewer buckets; it is as wide as the others all the same.
    early = -len(trend.points) % width
    return Columns(
        panels=panels,
        since_ms=(_ms(trend.points[0].time) or 0) - early * bucket_ms,
        bucket_ms=width * bucket_ms,
        axis=msg("Time (UTC)"),
        gaps=(Gap(0, (early + unknown) / width),) if unknown else (),
        gap_label=msg("Hatched: before the oldest row"),
    )


def _panels(points: Points, unknown: int, slices: list[slice], step: str) -> tuple[Panel, ...]:
    """Requests with those that failed on top; and rows of level ERROR, which are no part of the requests."""
    known = points[unknown:]
    told = [point for point in known if point.errors is not None]
    failed, rows, others, silent = (
        _folded(points, unknown, slices, figure)
        for figure in (
            lambda point: point.errors,
            lambda point: point.error_rows,
            lambda point: None if point.errors is None else max(0, point.requests - point.errors),
            lambda point: point.requests if point.errors is None else None,
        )
    )
    series = (
        [Series(msg("Requests, failures over time not recorded"), silent, "unknown")] if len(told) < len(known) else []
    )
    series += [Series(msg("Other requests"), others), Series(msg("Failed requests"), failed, "bad")] if told else []
    found = [Panel(msg("Requests per {step}", step=step), tuple(series))]
    if all(point.error_rows is not None for point in known):
        of_log = Series(msg("Log rows of level ERROR"), rows, "bad")
        found.append(Panel(msg("Log rows of level ERROR per {step}", step=step), (of_log,)))
    return tuple(found)


def _folded(points: Points, unknown: int, slices: list[slice], figure: Callable[[TrendPoint], int | None]) -> Values:
    """Sums of what is known of each slice."""
    values = [None if index < unknown else figure(point) for index, point in enumerate(points)]
    known = [[value for value in values[buckets] if value is not None] for buckets in slices]
    return tuple(sum(counts) if counts else None for counts in known)


def _curves(trend: Trend, slices: list[slice], step: str) -> tuple[Curves, ...]:
    """Percentiles over time, of as many as any bucket has; of several buckets the largest, for none is their mean."""
    found = [point.percentiles for point in trend.points]
    names = [name for name in PERCENTILES if any(name in its for its in found)]
    curves = tuple(
        Curve(
            name,
            tuple(_largest(found[its], name) for its in slices),
            dashes,
        )
        for name, dashes in zip(reversed(names), _DASHES, strict=False)
    )
    if not curves:
        return ()
    return (Curves(msg("Latency per {step}", step=step), curves, _of_latency(trend, slices)),)


def _largest(found: Sequence[Mapping[str, float]], name: str) -> float | None:
    return max((its[name] for its in found if name in its), default=None)


def _of_latency(trend: Trend, slices: list[slice]) -> str:
    """How the percentiles were found, and what a step of several buckets shows of them."""
    found = msg(
        "Percentiles are interpolated in {source}; a gap has too few durations for one, or they were not read",
        source=msg(trend.latency_source or ""),
    )
    largest = msg("of several buckets the largest is shown") if len(slices) < len(trend.points) else ""
    return join("; ", [found, largest])


def _table(points: Points, panels: Panels, slices: list[slice], step: str) -> TableBlock:
    start: Column[int] = whole("Time", lambda index: time(points[slices[index].start].time))
    figures = [_figures(series) for panel in panels for series in panel.series]
    return table(msg("Requests per {step}", step=step), range(len(slices)), (start, *figures))


def _figures(series: Series | Curve) -> Column[int]:
    if isinstance(series, Curve):
        return number(series.name, lambda index: measured_seconds(series.values[index]))
    return number(series.name, lambda index: count(series.values[index]))


def _spark(trend: Trend, unknown: int) -> Spark:
    folded, width = fold([point.requests for point in trend.points[unknown:]])
    return Spark(msg("Requests"), folded, _scale(len(trend.points) - unknown, width, trend.bucket_seconds))


def _summary(trend: Trend, known: Points, at: str) -> str:
    values = [point.requests for point in known]
    least, most, bucket = count(min(values)), count(max(values)), seconds(trend.bucket_seconds)
    total, buckets = plural(sum(values), "request"), plural(len(values), "bucket")
    first, last = clock(known[0].time, at), clock(known[-1].time, at)
    return msg(
        "Per {bucket} from {first} to {last}: minimum {least}, maximum {most}; {total} in {buckets}. Source: {source}.",
        bucket=bucket,
        least=least,
        most=most,
        total=total,
        buckets=buckets,
        first=first,
        last=last,
        source=msg(trend.source),
    )


def _point(known: Points, at: str) -> Iterator[str]:
    """What the picture shows of failures and latency, in sentences."""
    told = [point for point in known if point.errors is not None]
    failing = [point for point in told if point.errors]
    if failing:
        worst = max(failing, key=lambda point: (point.errors or 0) / max(1, point.requests))
        yield msg(
            "{failed} of {requests} failed, the first of them in the bucket from {first}; most of one bucket,"
            " {most} of {n}, in that from {worst}.",
            failed=count(sum(point.errors or 0 for point in told)),
            requests=count(sum(point.requests for point in told)),
            first=clock(failing[0].time, at),
            most=count(worst.errors or 0),
            n=count(worst.requests),
            worst=clock(worst.time, at),
        )
    elif told:
        yield msg("None of {requests} failed.", requests=count(sum(point.requests for point in told)))
    if silent := sum(point.requests for point in known if point.errors is None):
        yield msg("Of {requests} it is not recorded how many failed.", requests=plural(silent, "requests"))
    yield from _of_rows(known, at)
    yield from _of_percentiles(known, at)


def _of_rows(known: Points, at: str) -> Iterator[str]:
    rows = [(point.error_rows, point.time) for point in known if point.error_rows]
    if rows:
        most, worst = max(rows, key=lambda row: row[0])
        yield msg(
            "Log rows of level ERROR: {n}, from {first} on; {most} in the bucket from {worst}.",
            n=count(sum(n for n, _ in rows)),
            first=clock(rows[0][1], at),
            most=count(most),
            worst=clock(worst, at),
        )


def _of_percentiles(known: Points, at: str) -> Iterator[str]:
    """The course of the highest percentile that a bucket has."""
    each = [(point.percentiles, point.time) for point in known]
    name = next((name for name in reversed(PERCENTILES) if any(name in its for its, _ in each)), None)
    found = [(its[name], when) for its, when in each if name in its] if name else []
    if found:
        (least, _), (most, worst) = min(found), max(found)
        yield msg(
            "{name} of the latency between {least} and {most}, highest in the bucket from {worst}.",
            name=name,
            least=measured_seconds(least),
            most=measured_seconds(most),
            worst=clock(worst, at),
        )


def _scale(total: int, width: int, bucket_seconds: float) -> str:
    character, short = seconds(width * bucket_seconds), total % width
    if not short:
        return msg("One character is {time}, “·” is none.", time=character)
    first = seconds(short * bucket_seconds)
    return msg("One character is {time}, “·” is none; the first is {first}.", time=character, first=first)


def _doubt(trend: Trend) -> tuple[Block, ...]:
    if trend.trusted == "yes":
        return ()
    reason = msg(trend.reason or "no reason was given")
    return (Paragraph(msg("This trend is unreliable: {reason}", reason=reason)),)
