"""Whether a saved report can be what this program wrote: it can be edited, and a check takes its figures for true."""

from collections.abc import Iterator, Mapping

from msgspec import to_builtins

from llmgw_report.model import instant
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Sections
from llmgw_report.model.traffic import BucketCount, TrafficRow

#: What SQLite counts with, and no counter reaches.
MOST = 2**63 - 1


def mistakes(report: Report) -> Iterator[str]:
    """Every place that cannot be, as a sentence."""
    if instant.milliseconds(report.at) is None:
        yield f"at is no instant: {report.at!r}"
    if report.window.seconds <= 0 or report.window.trend_seconds <= 0:
        yield "window has no length"
    yield from _counts(to_builtins(report.sections, str_keys=True), "sections")
    for line in report.sections.coverage:
        if line.ratio is not None and not 0 <= line.ratio <= 1:
            yield f"sections.coverage has a share of {line.quantity} that is none: {line.ratio:g}"
    for place, row in _traffic(report.sections):
        yield from _row(row, place)


def _counts(value: object, place: str) -> Iterator[str]:
    """Whole numbers are counts, but in the rows of queries, which hold what they like."""
    if isinstance(value, int) and not 0 <= value <= MOST:
        yield f"{place} is no count: {str(value)[:20]}"
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name != "queries":
                yield from _counts(item, f"{place}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _counts(item, f"{place}[{number}]")


def _traffic(sections: Sections) -> Iterator[tuple[str, TrafficRow]]:
    for name in ("traffic", "traffic_window", "since_last_report"):
        traffic = getattr(sections, name)
        for number, row in enumerate(traffic.rows if traffic else ()):
            yield f"sections.{name}.rows[{number}]", row
        if traffic:
            yield f"sections.{name}.total", traffic.total


def _row(row: TrafficRow, place: str) -> Iterator[str]:
    errors = (row.client_errors or 0) + (row.server_errors or 0)
    if row.error_base is not None and errors > row.error_base:
        yield f"{place} has {errors} errors of {row.error_base} requests"
    if row.latency.buckets and not _cumulative(row.latency.buckets):
        yield f"{place}.latency.buckets do not rise to one without a bound"


def _cumulative(buckets: tuple[BucketCount, ...]) -> bool:
    """Bounds and counts that rise, the last bound infinity."""
    bounds = [one.up_to_seconds for one in buckets]
    counts = [one.count for one in buckets]
    finite = [bound for bound in bounds if bound is not None]
    return (
        bounds[-1] is None
        and len(finite) == len(bounds) - 1
        and finite == sorted(set(finite))
        and counts == sorted(counts)
    )
