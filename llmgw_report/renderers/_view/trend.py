"""The request trend, with what failed where rows tell it."""

from collections.abc import Sequence

from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Trend, TrendPoint
from llmgw_report.renderers._view.blocks import (
    Block,
    Chart,
    Columns,
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
from llmgw_report.units import clock, count, plural, seconds

Points = Sequence[TrendPoint]
Values = tuple[int | None, ...]


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
    panels = _panels(trend.points, unknown, slices, step)
    chart = Chart(
        caption=msg("Request trend"),
        drawing=_drawing(trend, panels, width, unknown),
        summary=_summary(trend, trend.points[unknown:], at),
        table=_table(trend.points, panels, slices, step),
        sparks=(_spark(trend, unknown),),
    )
    return (chart,)


def _drawing(trend: Trend, panels: tuple[Panel, ...], width: int, unknown: int) -> Columns:
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
    """Requests, those that failed below the others; and rows of level ERROR, which are no part of the requests."""
    requests, errors, rows = (_folded(points, name, unknown, slices) for name in ("requests", "errors", "error_rows"))
    others = tuple(None if all_ is None else all_ - (bad or 0) for all_, bad in zip(requests, errors, strict=False))
    stacked = (Series(msg("Failed requests"), errors, "bad"), Series(msg("Other requests"), others))
    found = [Panel(msg("Requests per {step}", step=step), stacked if errors else (Series(msg("Requests"), requests),))]
    if rows:
        found.append(
            Panel(
                msg("Log rows of level ERROR per {step}", step=step),
                (Series(msg("Log rows of level ERROR"), rows, "bad"),),
            )
        )
    return tuple(found)


def _folded(points: Points, name: str, unknown: int, slices: list[slice]) -> Values:
    """Empty unless every bucket that is known has it."""
    values = [None if index < unknown else getattr(point, name) for index, point in enumerate(points)]
    if None in values[unknown:]:
        return ()
    known = [[value for value in values[buckets] if value is not None] for buckets in slices]
    return tuple(sum(counts) if counts else None for counts in known)


def _table(points: Points, panels: tuple[Panel, ...], slices: list[slice], step: str) -> TableBlock:
    start: Column[int] = whole("Time", lambda index: time(points[slices[index].start].time))
    figures = [_counts(series) for panel in panels for series in panel.series]
    return table(msg("Requests per {step}", step=step), range(len(slices)), (start, *figures))


def _counts(series: Series) -> Column[int]:
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
