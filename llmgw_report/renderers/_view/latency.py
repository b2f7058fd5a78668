"""Latency per group, with its source, its population and its n."""

from collections.abc import Sequence

from llmgw_report.model.message import join, say
from llmgw_report.model.traffic import Bucket, BucketCount, Latency, Traffic, TrafficRow
from llmgw_report.renderers._view._cells import MOST_BARS, left, right
from llmgw_report.renderers._view._groups import by_group
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Table
from llmgw_report.renderers._view.drawings import Dot, DotRow, Dots, Heat, HeatRow
from llmgw_report.units import count, seconds

Named = Sequence[tuple[str, Latency]]

#: From this ratio of the slowest to the fastest on, an axis in proportion shows only the slowest.
WIDE = 20
#: Seconds: a longer duration is a mistake of its source, and no axis has to hold it.
LONGEST = 1e9
#: A table of more columns than this and that of the bounds cannot be compared.
MOST_STRIPS = 7


def blocks(
    caption: str, traffic: Traffic, group: str, rows: Sequence[TrafficRow], notes: tuple[str, ...]
) -> tuple[Block, ...]:
    """Latency of `rows` and of the total; `notes` come before those on source, population and what is absent."""
    named = [*((row.group, row.latency) for row in rows), (say("Total"), traffic.total.latency)]
    table = Table(
        caption,
        (*left(group), *right("p50", "p90", "p99", "Mean", "n")),
        tuple(_row(row.group, row.latency) for row in rows),
        _row(say("Total"), traffic.total.latency),
        (*notes, *_notes(named)),
    )
    dots = _dots([(name, latency) for name, latency in named if _is_read(latency)])
    chart = Chart(caption, dots, _summary(dots), table, open=True) if dots else table
    return (*_heat(caption, [(name, latency) for name, latency in named if latency.buckets]), chart)


def _is_read(latency: Latency) -> bool:
    """Whether its percentiles were read, not put somewhere into a bucket: such a place is no dot."""
    return not (latency.p50_bucket or latency.p90_bucket or latency.p99_bucket)


def _dots(named: Named) -> Dots | None:
    """On a logarithmic axis where the slowest would leave no room for the others."""
    rows = tuple(row for group, latency in named if (row := _row_of_dots(group, latency)).dots)[-MOST_BARS:]
    values = [dot.value for row in rows for dot in row.dots]
    if not values:
        return None
    if 0 < min(values) < max(values) / WIDE < LONGEST:
        return Dots(rows, say("Latency (logarithmic)"), logarithmic=True)
    return Dots(rows, say("Latency"))


def _row_of_dots(group: str, latency: Latency) -> DotRow:
    values = (("p50", latency.p50_seconds), ("p90", latency.p90_seconds), ("p99", latency.p99_seconds))
    return DotRow(group, tuple(Dot(name, value, seconds(value)) for name, value in values if value is not None))


def _summary(dots: Dots) -> str:
    return say("Percentiles of the latency: {rows}.", rows=join("; ", map(_percentiles, dots.rows)))


def _percentiles(row: DotRow) -> str:
    dots = join(", ", (say("{name} {value}", name=dot.name, value=dot.text) for dot in row.dots))
    return say("{group} {percentiles}", group=row.label, percentiles=dots)


def _heat(caption: str, named: Named) -> tuple[Block, ...]:
    """Only of those with the same buckets as the last one: two scales on one axis would be compared."""
    bounds = [tuple(bucket.up_to_seconds for bucket in latency.buckets) for _, latency in named]
    drawn = [one for one, its in zip(named, bounds, strict=True) if its == bounds[-1]][-MOST_STRIPS:]
    if not drawn:
        return ()
    words = tuple(say("more") if bound is None else seconds(bound) for bound in bounds[-1])
    rows = tuple(HeatRow(group, _each(latency.buckets)) for group, latency in drawn)
    figures = tuple((word, *(count(row.counts[index]) for row in rows)) for index, word in enumerate(words))
    table = Table(
        say("{caption}, observations per bucket", caption=caption),
        (*left("Up to"), *right(*(row.label for row in rows))),
        figures,
    )
    summary = say(
        "How many of the observations fall into each bucket of the histogram, of {groups}.",
        groups=join(", ", (group for group, _ in drawn)),
    )
    return (
        Chart(
            say("{caption}, by bucket", caption=caption),
            Heat(rows, words, say("Upper bound of the bucket")),
            summary,
            table,
        ),
    )


def _each(buckets: tuple[BucketCount, ...]) -> tuple[int, ...]:
    """Observations of each bucket alone; what falls from one bucket to the next is none."""
    counts = [bucket.count for bucket in buckets]
    return tuple(max(0, upper - lower) for lower, upper in zip([0, *counts], counts, strict=False))


def _row(group: str, latency: Latency) -> tuple[Cell, ...]:
    return (
        group,
        _percentile(latency.p50_seconds, latency.p50_bucket),
        _percentile(latency.p90_seconds, latency.p90_bucket),
        _percentile(latency.p99_seconds, latency.p99_bucket),
        seconds(latency.mean_seconds),
        count(latency.count),
    )


def _percentile(value: float | None, bucket: Bucket | None) -> str:
    """The bucket stands beside a percentile from a histogram: it is all that the histogram really knows."""
    if bucket is None:
        return seconds(value)
    above = seconds(bucket.above_seconds)
    if bucket.up_to_seconds is None:
        return say("over {bound}", bound=above)
    up_to = seconds(bucket.up_to_seconds)
    return say("{value} ({low} to {high})", value=seconds(value), low=above, high=up_to)


def _notes(rows: Named) -> tuple[str, ...]:
    return (
        *by_group((group, _origin(latency)) for group, latency in rows),
        *by_group((group, _absence(latency)) for group, latency in rows),
    )


def _absence(latency: Latency) -> str:
    return say("absent (–): {reason}", reason=say(latency.reason)) if latency.reason else ""


def _origin(latency: Latency) -> str:
    if latency.source == "none":
        return ""
    population = say("population: {population}", population=say(latency.population)) if latency.population else ""
    several = (latency.worst_of or 0) > 1
    worst = say("percentiles are the largest of {n} series", n=latency.worst_of) if several else ""
    has_bucket = latency.p50_bucket or latency.p90_bucket or latency.p99_bucket
    inside = say("interpolated inside the bucket in brackets") if has_bucket else ""
    return join("; ", [say("source: {source}", source=say(latency.source)), population, worst, inside])
