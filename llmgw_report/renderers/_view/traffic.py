"""Traffic per group: requests, tokens, errors, and latency."""

from collections.abc import Sequence

from llmgw_report.messages import Sentence, join, say
from llmgw_report.model.report import Report, Window
from llmgw_report.model.sections import Bucket, BucketCount, GroupBy, Latency, Traffic, TrafficRow
from llmgw_report.renderers._view._cells import MOST_BARS, absences, by_group, cut, empty, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Dot, DotRow, Dots, Heat, HeatRow, Section, Table
from llmgw_report.units import ABSENT, count, moment, ratio, seconds

Named = Sequence[tuple[str, Latency]]

#: From this ratio of the slowest to the fastest on, an axis in proportion shows only the slowest.
WIDE = 20
#: Seconds: a longer duration is a mistake of its source, and no axis has to hold it.
LONGEST = 1e9
#: A table of more columns than this and that of the bounds cannot be compared.
MOST_STRIPS = 7


def blocks_latency(
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
    dots = (Dot(name, value, seconds(value)) for name, value in values if value is not None and 0 <= value <= LONGEST)
    return DotRow(group, tuple(dots))


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


_GROUPS: dict[GroupBy, str] = {
    "api-key": say("API key"),
    "provider": say("Provider"),
    "model": say("Model"),
    "all": say("Group"),
}
_FIGURES = (
    say("Requests"),
    say("Input tokens"),
    say("Output tokens"),
    say("Errors"),
    say("Client errors"),
    say("Server errors"),
    say("Error ratio"),
)
_NAMES = (
    say("requests"),
    say("input tokens"),
    say("output tokens"),
    say("errors"),
    say("client errors"),
    say("server errors"),
    say("error ratio"),
)


def section(report: Report) -> Section:
    """Traffic, or why it is not known."""
    return Section(say("Traffic"), "traffic", _blocks(report))


def _blocks(report: Report) -> tuple[Block, ...]:
    found = [traffic for traffic in (report.sections.traffic, report.sections.traffic_window) if traffic]
    if not found:
        return (empty(report, ("traffic",), "metrics", say("No traffic was recorded.")),)
    window = say("in the last {window}", window=seconds(report.window.seconds))
    whens = [(traffic, window if traffic.basis == "window" else say("over the lifetime")) for traffic in found]
    return tuple(block for traffic, when in whens for block in blocks(report, traffic, when))


def blocks(report: Report, traffic: Traffic, when: str) -> tuple[Block, ...]:
    """Figures and latency of one traffic; `when` completes "Latency ..."."""
    rows, cut_rows = cut(traffic.rows, "groups")
    gaps, latency_gaps = _gaps(report, "traffic", "requests", "tokens", "errors"), _gaps(report, "latency of")
    return (
        _volume(report, say("Requests, tokens and errors {when}", when=when), traffic, rows, (*cut_rows, *gaps)),
        *blocks_latency(
            say("Latency {when}", when=when), traffic, _GROUPS[traffic.group_by], rows, (*cut_rows, *latency_gaps)
        ),
    )


def _volume(
    report: Report, caption: str, traffic: Traffic, rows: Sequence[TrafficRow], notes: tuple[str, ...]
) -> Table:
    named = [*((row.group, row) for row in rows), (say("Total"), traffic.total)]
    untold = by_group((name, _untold(row, traffic)) for name, row in named)
    return Table(
        caption,
        (*left(_GROUPS[traffic.group_by]), *right(*_FIGURES)),
        tuple((row.group, *_figures(row)) for row in rows),
        (say("Total"), *_figures(traffic.total)),
        (_basis(traffic, report.window), *untold, *notes),
    )


def _figures(row: TrafficRow) -> tuple[Cell, ...]:
    counts = (row.requests, row.input_tokens, row.output_tokens, row.errors, row.client_errors, row.server_errors)
    return (*(count(value) for value in counts), _error_ratio(row))


def _untold(row: TrafficRow, traffic: Traffic) -> str:
    """Every dash has its reason: here, that the source of the others has no such figure."""
    absent = [name for name, figure in zip(_NAMES, _figures(row), strict=True) if figure == ABSENT]
    if not absent:
        return ""
    return say("absent (–), not told by {source}: {names}", source=say(traffic.source), names=join(", ", absent))


def _error_ratio(row: TrafficRow) -> str:
    share = ratio(row.error_ratio)
    if row.error_base is None or row.error_ratio is None:
        return share
    return say("{share} of {n}", share=share, n=count(row.error_base))


def _basis(traffic: Traffic, window: Window) -> str:
    if traffic.basis == "window":
        inside = traffic.since in {None, window.since}
        when = say("in the window") if inside else say("after {time}", time=moment(traffic.since))
        return say("Counted {when}; source: {source}.", when=when, source=say(traffic.source))
    since = say("since {time}", time=moment(traffic.since)) if traffic.since else say("since an unknown time")
    return say("Lifetime totals {since}, not of the window; source: {source}.", since=since, source=say(traffic.source))


def _gaps(report: Report, *quantities: str) -> tuple[str, ...]:
    found = absences(report, *quantities)
    pairs = ((say(name), say(reason)) for name, reason in found.items())
    return tuple(Sentence(say("Absent: {name}: {reason}", name=name, reason=reason)) for name, reason in pairs)
