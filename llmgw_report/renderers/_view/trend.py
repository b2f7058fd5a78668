"""The request trend as one line of characters or bars."""

from collections.abc import Sequence

from llmgw_report.model.report import Report
from llmgw_report.model.sections import Trend
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view.blocks import Block, Paragraph, Spark
from llmgw_report.units import count, moment, plural, seconds

#: So that the line fits a terminal of 80 columns, indented.
MOST_CHARACTERS = 72


def blocks(report: Report) -> tuple[Block, ...]:
    """The trend with its source, and whether it is to be believed; or why there is none."""
    trend = report.sections.trend
    if trend is None or not trend.points:
        none = f"No request in the last {seconds(report.window.trend_seconds)}."
        return (empty(report, ("request trend", "trend"), "database", none),)
    return (_spark(trend), *_doubt(trend))


def fold(values: Sequence[int], most: int = MOST_CHARACTERS) -> tuple[tuple[int, ...], int]:
    """Sums of neighbours, at most `most` of them, and how many values each holds.

    If they do not come out even, the first sum holds fewer: a short last one would look like traffic that fell.
    """
    width = -(-len(values) // most) or 1
    short = len(values) % width
    starts = [*([0] if short else []), *range(short, len(values), width)]
    ends = [*starts[1:], len(values)]
    return tuple(sum(values[start:end]) for start, end in zip(starts, ends, strict=True)), width


def _spark(trend: Trend) -> Spark:
    values = tuple(point.requests for point in trend.points)
    folded, width = fold(values)
    bucket = seconds(trend.bucket_seconds)
    return Spark(
        caption="Request trend",
        values=values,
        folded=folded,
        summary=_summary(values, bucket, trend.source),
        fold=_fold(len(values), width, trend.bucket_seconds),
        first=moment(trend.points[0].time),
        last=moment(trend.points[-1].time),
    )


def _summary(values: Sequence[int], bucket: str, source: str) -> str:
    least, most = count(min(values)), count(max(values))
    buckets = plural(len(values), "bucket")
    total = plural(sum(values), "request")
    return f"Per {bucket}: minimum {least}, maximum {most}; {total} in {buckets}. Source: {source}."


def _fold(total: int, width: int, bucket_seconds: float) -> str:
    said = f"One character is {seconds(width * bucket_seconds)}, “·” is none"
    short = total % width
    return f"{said}; the first is {seconds(short * bucket_seconds)}." if short else f"{said}."


def _doubt(trend: Trend) -> tuple[Block, ...]:
    if trend.trusted == "yes":
        return ()
    return (Paragraph(f"This trend is not to be trusted: {trend.reason or 'no reason was given'}"),)
