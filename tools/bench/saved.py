"""The rows of the last runs that were kept, by part, and what the pages show of them: a table, figures in sentences.

A part that was never measured has its rows as well, with their budgets and without a figure: the table says so.
"""

import json
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.bench.place import CHECKOUT
from tools.bench.row import WITHIN, Row
from tools.release.running import answer

FILE = Path(__file__).with_name("measured.json")
#: What `make docs` and a run that is kept write; a commit without them measures the same.
WRITTEN = ("*.md", FILE.relative_to(CHECKOUT))
_COLUMNS = 120


class Measured(NamedTuple):
    """A part's rows, and the commit and the day at which they were measured, where that is known."""

    rows: Sequence[Row]
    commit: str | None = None
    day: str | None = None


Parts = Mapping[str, Measured]


def load(file: Path = FILE) -> dict[str, Measured]:
    """What was kept, parts in the order of their first run."""
    parts = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {
        part: Measured([Row(**row) for row in kept["rows"]], kept.get("commit"), kept.get("day"))
        for part, kept in parts.items()
    }


def keep(found: Parts, order: Sequence[str], file: Path = FILE) -> None:
    """Put the parts that were measured in place of what was kept of them; the others stay."""
    kept = load(file) | dict(found)
    parts = {part: _plain(kept[part]) for part in order if part in kept}
    file.write_text(json.dumps(parts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def present_commit(checkout: Path = CHECKOUT) -> str | None:
    """The commit of the checkout, and whether more was measured than that; nothing where there is no repository."""
    commit = answer(checkout, "rev-parse", "--short=10", "HEAD")
    changed = answer(checkout, "status", "--porcelain", "--", ".", *(f":!{file}" for file in WRITTEN))
    return (f"{commit} with changes" if changed else commit) or None


def table(parts: Parts | None = None) -> str:
    """A line for every figure that has a budget or could not be measured; what misses its budget says so."""
    return "\n".join(_lines(load() if parts is None else parts))


def said(sentence: str, parts: Parts | None = None) -> str:
    """The sentence of a page, in lines, with the figure of a row in place of each name in braces."""
    figures = {row.name: row.shown for part in (load() if parts is None else parts).values() for row in part.rows}
    found = re.sub(r"\{(.+?)\}", lambda name: figures[" ".join(name[1].split())], sentence, flags=re.DOTALL)
    return textwrap.fill(" ".join(found.split()), _COLUMNS)


def _plain(measured: Measured) -> dict[str, object]:
    """What is set, with as many digits as anybody compares."""
    when = {"commit": measured.commit, "day": measured.day}
    return {name: one for name, one in when.items() if one} | {"rows": [_plain_row(row) for row in measured.rows]}


def _plain_row(row: Row) -> dict[str, object]:
    rounded = {name: round(one, 4) if isinstance(one, float) else one for name, one in row._asdict().items()}
    return {name: one for name, one in rounded.items() if one != Row._field_defaults.get(name, ...)}


def _lines(parts: Parts) -> Iterator[str]:
    rows = [row for part in parts.values() for row in part.rows if row.budget is not None or row.figure is None]
    yield "| what | measured (quartiles) | budget | met |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        met = {"yes": "yes", "NO": "**missed**", "-": "–"}[row.met]
        measured = f"{row.shown}, {row.note}" if row.note else row.shown
        yield f"| {row.name} | {measured} | {row.limit} | {met}{f', {WITHIN}' * row.undecided} |"
    verdicts = [row.met for row in rows]
    counts = f"{verdicts.count('yes')} are met, {verdicts.count('NO')} missed, {verdicts.count('-')} not measured"
    undecided = sum(row.undecided for row in rows)
    yield f"\nOf {len(rows)} rows, {counts}. The median decides; {undecided} are {WITHIN}: the budget"
    yield "lies between the quartiles, and another run may decide otherwise."
    yield from _origins(parts)


def _origins(parts: Parts) -> Iterator[str]:
    """Which parts were measured when; those of one commit and day together."""
    together = defaultdict(list)
    for part, its in parts.items():
        if any(row.figure is not None for row in its.rows):
            together[its.commit or "unknown", its.day or "unknown"].append(part)
    yield "\n| parts | measured at commit | on |\n| --- | --- | --- |"
    yield from (f"| {', '.join(names)} | {commit} | {day} |" for (commit, day), names in together.items())
