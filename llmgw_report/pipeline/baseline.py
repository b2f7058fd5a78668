"""Loads and validates a saved report, and compares this one with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct, structs, to_builtins

from llmgw_report.errors import UsageError
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.quantities import LONGEST_SECONDS, QUANTITIES
from llmgw_report.model.report import SCHEMA, Baseline, Report, Snapshot
from llmgw_report.model.scrape import COUNT_LIMIT
from llmgw_report.model.sections import BucketCount, InstanceRow, Sections, TrafficRow
from llmgw_report.pipeline.counters import continuity, difference, saved_counters
from llmgw_report.pipeline.tally import outcomes_since
from llmgw_report.resources import open_file

#: Keys of times that are not of one request: windows, and sums over many.
_SUMS = frozenset(
    (
        *("seconds", "window_seconds", "trend_seconds", "bucket_seconds", "slow_seconds", "spacing_seconds"),
        *("long_seconds", "short_seconds", "pace_seconds", "counted_seconds"),
    )
)


def validate_saved(report: Report) -> Iterator[str]:
    """Every place of a saved report that cannot be right, in words."""
    if timestamp.milliseconds(report.at) is None:
        yield f"at is not a time: {report.at!r}"
    if report.window.seconds <= 0 or report.window.trend_seconds <= 0:
        yield "window has no length"
    for line in report.sections.coverage:
        if line.ratio is not None and not 0 <= line.ratio <= 1:
            yield f"sections.coverage has a ratio of {line.quantity} that is not between 0 and 1: {line.ratio:g}"
    for name in ("window", "timings", "sections", "targets", "target_counts"):
        yield from _figures(to_builtins(getattr(report, name), str_keys=True), name)
    yield from _instances(report.sections)
    counts = report.sections.window_counts
    slow, timed = counts.slow_requests, counts.timed_requests
    if slow is not None and timed is not None and slow > timed:
        yield f"sections.window_counts.slow_requests is {slow} of {timed} requests with a duration"
    for place, row in _traffic(report.sections):
        yield from _row(row, place)


def _figures(value: object, place: str) -> Iterator[str]:
    """Reject whole numbers that are no counts and figures that no report holds; the rows of queries may hold any."""
    items: Iterable[tuple[str, object]] = ()
    if isinstance(value, int) and not 0 <= value < COUNT_LIMIT:
        yield f"{place} is not a count: {str(value)[:20]}"
    elif isinstance(value, float) and not _is_plausible(value, place.rpartition(".")[2]):
        yield f"{place} cannot be right: {value:g}"
    elif isinstance(value, Mapping):
        items = ((f"{place}.{name}", item) for name, item in value.items())
    elif isinstance(value, (list, tuple)):
        items = ((f"{place}[{number}]", item) for number, item in enumerate(value))
    for name, item in items:
        if name != "sections.queries":
            yield from _figures(item, name)


def _is_plausible(figure: float, key: str) -> bool:
    if key in _SUMS:
        return 0 <= figure < COUNT_LIMIT
    return 0 <= figure < LONGEST_SECONDS if key.endswith("_seconds") else abs(figure) < COUNT_LIMIT


def _instances(sections: Sections) -> Iterator[str]:
    for number, row in enumerate(sections.instances):
        yield from _ended(row, f"sections.instances[{number}]")


def _ended(row: InstanceRow | TrafficRow, place: str) -> Iterator[str]:
    """A ratio that was edited, or counts of which it is not."""
    if row.error_ratio and row.error_ratio != (row.outcomes.error_ratio if row.outcomes else None):
        yield f"{place} has an error_ratio that is not that of its outcomes"


def _traffic(sections: Sections) -> Iterator[tuple[str, TrafficRow]]:
    named = (
        ("traffic", sections.traffic),
        ("traffic.lifetime", sections.traffic and sections.traffic.lifetime),
        ("since_last_report", sections.since_last_report),
    )
    for name, traffic in named:
        for number, row in enumerate(traffic.rows if traffic else ()):
            yield f"sections.{name}.rows[{number}]", row
        if traffic:
            yield f"sections.{name}.total", traffic.total


def _row(row: TrafficRow, place: str) -> Iterator[str]:
    yield from _ended(row, place)
    for name, latency in row.durations.items():
        if latency.buckets and not _cumulative(latency.buckets):
            yield f"{place}.{QUANTITIES[name].field}.buckets are not cumulative up to one without an end"


def _cumulative(buckets: tuple[BucketCount, ...]) -> bool:
    """Whether bounds and counts rise, and the last bound is infinity."""
    bounds = [one.up_to_seconds for one in buckets]
    counts = [one.count for one in buckets]
    finite = [bound for bound in bounds if bound is not None]
    return (
        bounds[-1] is None
        and len(finite) == len(bounds) - 1
        and finite == sorted(set(finite))
        and counts == sorted(counts)
    )


Kind = TypeVar("Kind")
#: A report with a thousand rows in every table has a few.
_REPORT_BYTES = 64 << 20
_HINT = "give a report that this program wrote with --format json"


class _Head(Struct):
    """The fields that every schema version of our document has."""

    schema: str
    at: str


def load(path: str) -> Baseline:
    """Load a report to compare with. UsageError if it is not ours; one of another schema version has a `problem`."""
    raw = content(path, "--baseline")
    head = _decode(raw, _Head, path, "--baseline")
    if head.schema != SCHEMA:
        problem = msg("it has schema {theirs}, this program writes {ours}", theirs=head.schema, ours=SCHEMA)
        return Baseline(target=path, at=head.at, gateway="", window_seconds=0.0, sections=None, problem=problem)
    report = document(raw, path, "--baseline")
    return Baseline(
        target=path,
        at=report.at,
        gateway=report.gateway.name,
        window_seconds=report.window.seconds,
        sections=report.sections,
    )


def compared(snapshot: Snapshot, baseline: Baseline) -> Snapshot:
    """The snapshot beside its baseline, with the traffic since then where the counters allow it."""
    baseline = structs.replace(baseline, problem=baseline.problem or problem(snapshot, baseline))
    snapshot = structs.replace(snapshot, baseline=baseline)
    if baseline.problem or baseline.sections is None:
        return snapshot
    before = saved_counters(baseline.sections, baseline.at)
    now = saved_counters(snapshot.sections, snapshot.at)
    # What a server counted in a window is no total of a process that goes on; it tells restarts itself.
    of_window = any(row.restarts is not None for row in snapshot.targets)
    if before is None or now is None or of_window:
        return snapshot
    earlier = next((one for one in baseline.sections.continuity if one.against == "earlier report"), None)
    found = continuity(before, now, "earlier report", earlier.highest if earlier else None)
    others = (one for one in snapshot.sections.continuity if one.against != "earlier report")
    sections = structs.replace(
        snapshot.sections,
        outcomes=outcomes_since(
            snapshot.sections, baseline.sections.lifetime_outcomes, found, baseline.at, snapshot.at
        ),
        continuity=(*others, found),
        since_last_report=difference(
            baseline.sections.lifetime_traffic, snapshot.sections.lifetime_traffic, found, baseline.at
        ),
    )
    return structs.replace(snapshot, sections=sections)


def problem(snapshot: Snapshot, baseline: Baseline) -> str | None:
    """Why the two cannot be compared; None if they can."""
    if baseline.gateway != snapshot.gateway.name:
        return msg(
            "it covers gateway {theirs}, this report covers {ours}", theirs=baseline.gateway, ours=snapshot.gateway.name
        )
    if baseline.window_seconds != snapshot.window.seconds:
        return msg(
            "its window is {theirs} s, this report's is {ours} s",
            theirs=f"{baseline.window_seconds:g}",
            ours=f"{snapshot.window.seconds:g}",
        )
    if baseline.sections and _disjoint(baseline.sections, snapshot.sections):
        return msg("none of its instances is in this report: it covers another gateway, or another configuration")
    then, now = timestamp.milliseconds(baseline.at), timestamp.milliseconds(snapshot.at)
    if then is None or now is None or then > now:
        return msg("it was made at {time}, after this report", time=baseline.at)
    return None


#: So many different instances among the rows of a window are not those of one user's session.
_FEWEST_NAMED = 2


def _disjoint(before: Sections, now: Sections) -> bool:
    """Whether both reports know instances, and none of them in common; rows may name one of many by chance."""
    old, new = ({(one.provider, one.instance) for one in sections.instances} for sections in (before, now))
    scraped = any(one.health != "unknown" for sections in (before, now) for one in sections.instances)
    return min(len(old), len(new)) >= (1 if scraped else _FEWEST_NAMED) and not old & new


def content(path: str, place: str) -> bytes:
    """The bytes of a saved report; UsageError names the option that asked for it."""
    try:
        with open_file(path) as stream:
            raw = stream.read(_REPORT_BYTES + 1)
    except OSError as error:
        message = f"{place} {path}: {error.strerror or error}"
        raise UsageError(message, _HINT) from error
    if len(raw) > _REPORT_BYTES:
        message = f"{place} {path}: larger than {_REPORT_BYTES >> 20} MiB, so not a report"
        raise UsageError(message, _HINT)
    return raw


def document(raw: bytes, path: str, place: str) -> Report:
    """The whole document; UsageError for what is not a report of this schema version."""
    head = _decode(raw, _Head, path, place)
    if head.schema != SCHEMA:
        message = f"{place} {path}: schema {head.schema}, this program reads {SCHEMA}"
        raise UsageError(message, "use the version of the program that wrote it")
    report = _decode(raw, Report, path, place)
    for mistake in validate_saved(report):
        message = f"{place} {path}: edited or damaged: {mistake}"
        raise UsageError(message, _HINT)
    return report


def _decode(raw: bytes, kind: type[Kind], path: str, place: str) -> Kind:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{place} {path}: not a report of llmgw-report: {error}"
        raise UsageError(message, _HINT) from error
