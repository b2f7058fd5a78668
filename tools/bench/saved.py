"""The rows of the last runs that were kept, by part, and the table that CONTRIBUTING shows of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.bench.row import Row

FILE = Path(__file__).with_name("measured.json")
Parts = Mapping[str, Sequence[Row]]


def load(file: Path = FILE) -> dict[str, list[Row]]:
    """What was kept, parts in the order of their first run."""
    parts = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {part: [Row(**row) for row in rows] for part, rows in parts.items()}


def keep(found: Parts, order: Sequence[str], file: Path = FILE) -> None:
    """Put the parts that were measured in place of their earlier rows; the others stay."""
    kept = load(file) | dict(found)
    parts = {part: [_plain(row) for row in kept[part]] for part in order if part in kept}
    file.write_text(json.dumps(parts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _plain(row: Row) -> dict[str, object]:
    """What is set, with as many digits as anybody compares."""
    rounded = {name: round(one, 4) if isinstance(one, float) else one for name, one in row._asdict().items()}
    return {name: one for name, one in rounded.items() if one != Row._field_defaults.get(name, ...)}


def table(parts: Parts | None = None) -> str:
    """A line for every figure that has a budget; one that misses it says so."""
    rows = [row for part in (load() if parts is None else parts).values() for row in part if row.budget is not None]
    return "\n".join(_lines(rows))


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    yield "| what | measured (quartiles) | budget | met |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        met = {"yes": "yes", "NO": "**missed**", "-": "–"}[row.met]
        measured = f"{row.shown}, {row.note}" if row.note else row.shown
        yield f"| {row.name} | {measured} | {row.limit} | {met} |"
    yield f"\n{sum(row.met == 'yes' for row in rows)} of {len(rows)} are met."
