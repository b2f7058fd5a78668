"""Time and memory at each size of an axis: measured, kept, and shown as a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tools.bench.evidence import lacking
from tools.bench.measure import Command, Samples, interleave, output
from tools.bench.place import Place
from tools.bench.row import BARE
from tools.scale.axes import AXES, Axis

FILE = Path(__file__).with_name("measured.json")


class Point(NamedTuple):
    """One size: seconds, the ratio to `BARE` with its quartiles, MiB, and the limit that ended it, if one did."""

    size: int
    seconds: float
    ratio: float
    low: float
    high: float
    peak: float
    ended: str


Curves = Mapping[str, Sequence[Point]]


def measured(place: Place, axis: Axis, scale: float, rounds: int) -> list[Point]:
    """All sizes in turns, and the bare interpreter with them; the largest are left out of a quick look."""
    sizes = [size for size in axis.sizes if size <= max(axis.sizes) * scale] or list(axis.sizes[:1])
    commands: dict[str, Command] = {BARE: [place.python, "-c", "pass"]}
    with ExitStack() as running:
        for size in sizes:
            (folder := place.folder / f"{axis.title}-{size}").mkdir()
            commands[str(size)] = running.enter_context(axis.command(place._replace(folder=folder), size))
        found = interleave(commands, rounds, folder=place.folder)
        return [_point(size, found, lacking(output(commands[str(size)], place.folder))) for size in sizes]


def _point(size: int, found: Samples, why: str) -> Point:
    seconds, ratio = found.seconds(str(size)), found.ratio(str(size), BARE)
    median, low, high = (round(one, 2) for one in ratio)
    return Point(size, round(seconds.median, 3), median, low, high, round(found.peak(str(size)), 1), why)


def load() -> dict[str, list[Point]]:
    """What the last whole run found."""
    kept = json.loads(FILE.read_text("utf-8"))
    return {name: [Point(**point) for point in points] for name, points in kept.items()}


def keep(curves: Curves) -> None:
    """In place of what was found before."""
    plain = {name: [point._asdict() for point in points] for name, points in curves.items()}
    FILE.write_text(json.dumps(plain, indent=1) + "\n", "utf-8")


def table(name: str, curves: Curves | None = None) -> str:
    """A line for each size of this axis, with what ten times as much has cost."""
    return "\n".join(_lines(AXES[name].title, (load() if curves is None else curves)[name]))


def _lines(title: str, points: Sequence[Point]) -> Iterator[str]:
    yield f"| {title} | seconds | × `{BARE}` (quartiles) | time × the line before | memory | more memory |"
    yield "|--:|--:|--:|--:|--:|--:|"
    for before, point in zip([None, *points], points, strict=False):
        times = f"{point.ratio / before.ratio:.1f}" if before else ""
        more = f"{point.peak - before.peak:+.1f} MiB" if before else ""
        ratio = f"{point.ratio:,.0f} ({point.low:,.0f} to {point.high:,.0f})"
        why = f", ended: {point.ended}" if point.ended else ""
        yield f"| {point.size:,} | {point.seconds:.2f}{why} | {ratio} | {times} | {point.peak:.1f} MiB | {more} |"
