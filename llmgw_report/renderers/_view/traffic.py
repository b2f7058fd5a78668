"""Traffic per group: requests, tokens, errors, and latency."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import structs

from llmgw_report.messages import Sentence, join, msg
from llmgw_report.model.quantities import (
    OTHER_TOKENS,
    PERCENTILES,
    QUANTITIES,
    ROW_FIGURES,
    TOKEN_TYPES,
    Quantity,
    TokenType,
)
from llmgw_report.model.report import Report
from llmgw_report.model.sections import UNRECORDED, BucketCount, GroupBy, Latency, Totals, TrafficRow
from llmgw_report.renderers import _digest
from llmgw_report.renderers._view import endings
from llmgw_report.renderers._view.blocks import Block, Chart, Heat, HeatRow, Section, TableBlock
from llmgw_report.renderers._view.cells import (
    Column,
    by_group,
    column,
    cut,
    not_measured,
    number,
    table,
)
from llmgw_report.units import ABSENT, clock, count, measured_seconds, moment, seconds, text

Named = tuple[str, Latency]

#: A table of more columns than this and that of the bounds cannot be compared.
MAX_HEAT_ROWS = 7

#: What a user waits for; of the other durations the percentiles are enough.
_BY_BUCKET = frozenset({"latency", "time-to-first-token"})

_GROUPS: dict[GroupBy, str] = {
    "api-key": msg("API key"),
    "provider": msg("Provider"),
    "model": msg("Model"),
    "all": msg("Group"),
}


def sections(report: Report) -> tuple[Section, ...]:
    """Traffic, or why it is not known."""
    found = [traffic for traffic in (report.sections.window_traffic, report.sections.lifetime_traffic) if traffic]
    if not found:
        unknown = not_measured(report, ("traffic",), "metrics", msg("No traffic was recorded."))
        return (Section(msg("Traffic"), "traffic", (unknown,)),)
    whens = [(traffic, _when(report, traffic)) for traffic in found]
    each = (blocks(report, traffic, when) for traffic, when in whens)
    return (Section(msg("Traffic"), "traffic", tuple(block for group in each for block in group)),)


def _when(report: Report, traffic: Totals) -> str:
    if traffic.basis == "lifetime":
        return msg("over the lifetime")
    if report.sections.is_since_run(traffic):
        return msg("since {time}", time=moment(traffic.since))
    return msg("in the last {window}", window=seconds(report.window.seconds))


def blocks(report: Report, traffic: Totals, when: str) -> tuple[Block, ...]:
    """Figures and latency families of one traffic; `when` completes a heading."""
    rows, cut_notes = cut(traffic.rows, "groups")
    found: list[Block] = list(_volume(report, when, traffic, rows, cut_notes))
    for name, latency in traffic.total.durations.items():
        if not (_is_of_last_minute(latency) and _has_better(report, traffic, name)):
            found += _durations(QUANTITIES[name], when, traffic, rows, cut_notes)
    return tuple(found)


def _is_of_last_minute(latency: Latency) -> bool:
    """A summary's quantiles are, whatever time its totals are of."""
    return latency.source == "summary"


def _has_better(report: Report, traffic: Totals, name: str) -> bool:
    """Whether the window has percentiles of its own."""
    window = report.sections.window_traffic
    own = window.total.durations.get(name) if window and window is not traffic else None
    return own is not None and bool(own.count)


Volume = tuple[str, Column[TrafficRow]]
"""What a figure of a group is called inside a sentence, and its column."""

_REQUESTS: Volume = (msg("requests"), number("Requests", lambda row: count(row.requests)))


def _tokens(one: TokenType) -> Volume:
    return one.text, Column(one.title, lambda row: count(row.tokens.recorded.get(one.name)), "right", whole=True)


#: What stands beside the tokens, once more than those of input and output are recorded.
_BESIDE_TOKENS = frozenset({"cost", "cache-hits", "cache-misses"})


class _Part(NamedTuple):
    """What one table of groups shows; a figure that is absent has a remark below the table, one of `more` has none."""

    caption: str
    figures: Sequence[Volume]
    more: Sequence[Column[TrafficRow]]
    notes: tuple[str, ...]


def _volume(
    report: Report, when: str, traffic: Totals, rows: Sequence[TrafficRow], cut_notes: tuple[str, ...]
) -> Iterator[TableBlock]:
    """Requests with the tokens of input and output beside them, or two tables where a gateway records more."""
    everyone = (*rows, traffic.total)
    tokens = [_tokens(one) for one in TOKEN_TYPES.values() if one not in OTHER_TOKENS]
    others = [_tokens(one) for one in OTHER_TOKENS if any(one.name in row.tokens.recorded for row in everyone)]
    figures = [one for one in ROW_FIGURES if _has_a_column(one, rows, traffic.total)]
    beside = [_other(one) for one in figures if one.name in _BESIDE_TOKENS]
    more = [_other(one) for one in figures if one.name not in _BESIDE_TOKENS]
    if any(row.unobserved for row in everyone):
        more.insert(0, number("Unobserved", lambda row: count(row.unobserved)))
    ended = tuple(endings.columns(TrafficRow))
    missed = _digest.uncounted(report) if traffic.basis == "lifetime" else None
    notes = (_basis(traffic, report), *cut_notes, *((Sentence(missed),) if missed else ()))
    if not others and not beside:
        caption = msg("Requests, tokens and errors {when}", when=when)
        yield _groups(traffic, rows, _Part(caption, [_REQUESTS, *tokens, *ended], more, notes))
        return
    yield _groups(traffic, rows, _Part(msg("Requests and errors {when}", when=when), [_REQUESTS, *ended], more, notes))
    caption, notes = msg("Tokens and cost {when}", when=when), (*_cached(traffic), *cut_notes)
    yield _groups(traffic, rows, _Part(caption, tokens, [*(its for _, its in others), *beside], notes))


def _has_a_column(one: Quantity, rows: Sequence[TrafficRow], total: TrafficRow) -> bool:
    """A gauge that no group has a part of is a key figure alone."""
    found = (*rows, total) if one.kind == "counter" else [row for row in rows if row.group != UNRECORDED]
    return any(one.field in row.figures for row in found)


def _groups(traffic: Totals, rows: Sequence[TrafficRow], part: _Part) -> TableBlock:
    total = structs.replace(traffic.total, group=msg("Total"))
    missing = by_group((row.group, _missing(row, traffic, part.figures)) for row in (*rows, total))
    group: Column[TrafficRow] = column(_GROUPS[traffic.group_by], lambda row: row.group)
    alone = len(rows) == 1 and rows[0].group == UNRECORDED
    return table(
        part.caption,
        [total] if alone else rows,
        (group, *(figure for _, figure in part.figures), *part.more),
        total=None if alone else total,
        notes=(*part.notes[:1], *missing, *part.notes[1:]),
    )


def _cached(traffic: Totals) -> Iterator[str]:
    """Whether the cached tokens are among the input tokens; nothing where none are recorded."""
    if "cached-read" not in traffic.total.tokens.recorded or traffic.input_includes_cached is None:
        return
    if traffic.input_includes_cached == "yes":
        yield Sentence(msg("the input tokens include those that were read from a cache"))
    else:
        yield Sentence(msg("the tokens that were read from a cache are not among the input tokens"))


def _other(quantity: Quantity) -> Column[TrafficRow]:
    """A quantity that only some gateways count, in the words of its unit."""

    def cell(row: TrafficRow) -> str:
        figure = row.figures.get(quantity.field)
        return count(figure) if quantity.unit.startswith("{") else text(figure, quantity.field)

    return number(quantity.title, cell)


def _missing(row: TrafficRow, traffic: Totals, figures: Sequence[Volume]) -> str:
    """A remark on the figures of a row that its source does not report; "" if there are none."""
    absent = [name for name, figure in figures if figure.cell(row) == ABSENT]
    if not absent:
        return ""
    return msg("absent (–), not reported by {source}: {names}", source=msg(traffic.source), names=join(", ", absent))


def _basis(traffic: Totals, report: Report) -> str:
    if traffic.basis == "window":
        if traffic.exactness == "about":
            return msg("The total was counted; the groups are about right: the server estimates them.")
        return msg("Source: {source}.", source=msg(traffic.source))
    since = msg("an unknown time") if traffic.since is None else clock(traffic.since, report.at)
    return msg("Totals since {time}, not of the window; source: {source}.", time=since, source=msg(traffic.source))


def _durations(
    quantity: Quantity, when: str, traffic: Totals, rows: Sequence[TrafficRow], notes: tuple[str, ...]
) -> tuple[Block, ...]:
    """One latency family; `notes` come before those on source, population and what is absent."""
    caption = msg("{quantity} {when}", quantity=quantity.title, when=when)
    if _is_of_last_minute(traffic.total.durations[quantity.name]):
        caption = msg(
            "{quantity}: mean and n {when}, percentiles of the last minute", quantity=quantity.title, when=when
        )
    total: Named = (msg("Total"), traffic.total.durations[quantity.name])
    groups: list[Named] = [(row.group, row.durations[quantity.name]) for row in rows if quantity.name in row.durations]
    named = [*groups, total]
    columns: tuple[Column[Named], ...] = (
        column(_GROUPS[traffic.group_by], lambda row: row[0]),
        *map(_percentile, PERCENTILES),
        number("Mean", lambda row: measured_seconds(row[1].mean_seconds)),
        number("n", lambda row: count(row[1].count)),
    )
    origins = by_group((group, _origin(latency)) for group, latency in named)
    gaps = by_group((group, _absence(latency)) for group, latency in named)
    alone = len(groups) == 1 and groups[0][0] == UNRECORDED
    figures = table(
        caption, [total] if alone else groups, columns, total=None if alone else total, notes=(*notes, *origins, *gaps)
    )
    if quantity.name not in _BY_BUCKET:
        return (figures,)
    drawn = [total] if alone else named
    return (figures, *_heat(caption, [(name, latency) for name, latency in drawn if latency.buckets]))


def _is_read(latency: Latency) -> bool:
    """Whether its percentiles were read, not put somewhere into a bucket."""
    return not any(value.bucket for value in latency.percentiles.values())


def _heat(caption: str, named: Sequence[Named]) -> tuple[Block, ...]:
    """Only of those with the same buckets as the last one: two scales on one axis would be compared."""
    bounds = [tuple(bucket.up_to_seconds for bucket in latency.buckets) for _, latency in named]
    drawn = [one for one, its in zip(named, bounds, strict=True) if its == bounds[-1]][-MAX_HEAT_ROWS:]
    if not drawn:
        return ()
    words = tuple(msg("more") if bound is None else seconds(bound) for bound in bounds[-1])
    rows = tuple(HeatRow(group, _each(latency.buckets)) for group, latency in drawn)
    bucket: Column[int] = column("Up to", lambda index: words[index])
    figures = table(
        msg("{caption}, observations per bucket", caption=caption), range(len(words)), (bucket, *map(_counts, rows))
    )
    summary = msg(
        "How many of the observations fall into each bucket of the histogram, of {groups}.",
        groups=join(", ", (group for group, _ in drawn)),
    )
    return (
        Chart(
            msg("{caption}, by bucket", caption=caption),
            Heat(rows, words, msg("Upper end of the bucket")),
            summary,
            figures,
            picture_only=True,
        ),
    )


def _counts(row: HeatRow) -> Column[int]:
    return number(row.label, lambda index: count(row.counts[index]))


def _each(buckets: tuple[BucketCount, ...]) -> tuple[int, ...]:
    """Observations of each bucket alone; what falls from one bucket to the next is none."""
    counts = [bucket.count for bucket in buckets]
    return tuple(max(0, upper - lower) for lower, upper in zip([0, *counts], counts, strict=False))


def _percentile(name: str) -> Column[Named]:
    """The bucket stands beside a percentile from a histogram: it is all that the histogram really knows."""

    def cell(row: Named) -> str:
        value = row[1].percentiles[name]
        if value.bucket is None:
            return measured_seconds(value.seconds)
        above = seconds(value.bucket.above_seconds)
        if value.bucket.up_to_seconds is None:
            return msg("over {duration}", duration=above)
        up_to = seconds(value.bucket.up_to_seconds)
        return msg("{value} ({low} to {high})", value=measured_seconds(value.seconds), low=above, high=up_to)

    return number(name, cell)


def _absence(latency: Latency) -> str:
    return msg("absent (–): {reason}", reason=msg(latency.reason)) if latency.reason else ""


def _origin(latency: Latency) -> str:
    if latency.source == "none":
        return ""
    population = msg("population: {population}", population=msg(latency.population)) if latency.population else ""
    several = (latency.worst_of or 0) > 1
    last_minute = msg("percentiles are of the last minute alone") if latency.source == "summary" else ""
    worst = msg("percentiles are the largest of {n} series", n=latency.worst_of) if several else ""
    inside = "" if _is_read(latency) else msg("interpolated inside the bucket in brackets")
    return join("; ", [msg("source: {source}", source=msg(latency.source)), population, last_minute, worst, inside])
