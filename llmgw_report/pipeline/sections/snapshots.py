"""The gateway's own saved metrics: spacing, gaps, and whether their counters kept their labels."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from llmgw_report.gateways.rows import SnapshotRow
from llmgw_report.model import instant
from llmgw_report.model.sections import Gap, Snapshots
from llmgw_report.pipeline.measured import Measured

#: A hole is a spacing this many times the usual one.
HOLE = 3
SHOWN = 8

Series = dict[str, list[tuple[float, float]]]


def snapshots(measured: Measured) -> Snapshots | None:
    """Of the trend window; None if the gateway saves none."""
    rows = measured.table("snapshots", SnapshotRow)
    if rows is None:
        return None
    times = sorted({row.time_ms for row in rows})
    spacings = [later - earlier for earlier, later in pairwise(times)]
    usual = sorted(spacings)[len(spacings) // 2] if spacings else None
    falls = list(_falls(rows))
    labelled = all("{" in row.family for row in rows if row.family)
    return Snapshots(
        count=len(times),
        spacing_seconds=usual / 1000 if usual else None,
        gaps=tuple(_gaps(times, usual)) if usual else (),
        labelled="yes" if labelled else "no",
        falls=len(falls),
        example=_example(rows, falls[0]) if falls else None,
    )


def _gaps(times: Sequence[float], usual: float) -> Iterator[Gap]:
    for earlier, later in pairwise(times):
        if later - earlier > HOLE * usual:
            yield Gap(since=instant.text(earlier), until=instant.text(later), seconds=(later - earlier) / 1000)


def _falls(rows: Sequence[SnapshotRow]) -> Iterator[str]:
    """Families whose value fell from one snapshot to the next, once per fall.

    A process that starts again saves a snapshot without counters first, so a fall right after such
    a snapshot is a restart; any other is another series under the same name.
    """
    starts = {row.time_ms for row in rows if row.family is None}
    for family, values in _series(rows).items():
        for (before, high), (after, low) in pairwise(values):
            if low < high and not any(before < start < after for start in starts):
                yield family


def _series(rows: Sequence[SnapshotRow]) -> Series:
    series: Series = {}
    for row in rows:
        if row.family is not None and row.value is not None:
            series.setdefault(row.family, []).append((row.time_ms, row.value))
    return series


def _example(rows: Sequence[SnapshotRow], family: str) -> str:
    """One such counter as it was saved, the newest values last."""
    values = [f"{value:g}" for _, value in _series(rows)[family]]
    return f"{family}: {', '.join(values[-SHOWN:])}"
