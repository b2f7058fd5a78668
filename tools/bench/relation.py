"""What the event relation costs: rows copied once and asked, against queries written by hand for the same table."""

import json
from collections import Counter
from collections.abc import Iterator
from math import isclose
from pathlib import Path
from typing import Any

from tools.bench import sql
from tools.bench.evidence import Rows, answered, rows
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import Row, spread
from tools.bench.vocabulary import END_MS, HOUR_MS

READ = CHECKOUT / "tools" / "bench" / "read_database.py"
HAND = CHECKOUT / "tools" / "bench" / "hand"
#: Of the window; the table has 30 days.
HOURS = (1, 24)


def against_hand(place: Place, database: Path) -> Iterator[Row]:
    """Time and memory of both, for each window."""
    for hours in HOURS:
        window = {"since_ms": END_MS - hours * HOUR_MS, "trend_since_ms": END_MS - max(12, hours) * HOUR_MS}
        asked = json.dumps({**sql.parameters(END_MS), **window})
        derived = answered([place.python, READ, "llm-gateway-requests", database, asked], place.folder)
        commands: dict[str, Command] = {"derived": derived, "hand": [*derived, "--hand", HAND]}
        agree(*(rows(command, place.folder) for command in commands.values()))
        rounds = place.rounds(5)
        samples = interleave(commands, rounds, folder=place.folder)
        ratio, more = samples.ratio("derived", "hand"), samples.peak("derived") - samples.peak("hand")
        yield spread(f"event relation / queries by hand, {hours} h", ratio, "x", 1.5, n=rounds)
        yield Row(f"event relation: memory beyond theirs, {hours} h", more, "MiB", 48, n=rounds)


def agree(derived: Rows, hand: Rows) -> None:
    """What both have must be the same, or one of them does less work; what differs ends the benchmark."""
    both = derived.keys() & hand.keys()
    differing = sorted(name for name in both if not _same(_counted(name, derived), _counted(name, hand)))
    if differing or not both:
        raise SystemExit(f"derived and written by hand do not say the same: {', '.join(differing) or 'no query'}")


def _counted(name: str, found: Rows) -> list[dict[str, Any]]:
    """The rows; of the outcomes, which those by hand count in steps of time, how many requests ended how."""
    if name != "outcomes":
        return found[name]
    requests: Counter[str] = Counter()
    for row in found[name]:
        requests[row["outcome"]] += row["requests"]
    return [{"outcome": outcome, "requests": count} for outcome, count in sorted(requests.items())]


def _same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """In the columns that both have, whatever the order of the rows."""
    if not (ours and theirs):
        return ours == theirs
    shared = sorted(ours[0].keys() & theirs[0].keys())
    sides = [sorted(([row[name] for name in shared] for row in rows), key=_place) for rows in (ours, theirs)]
    return (
        bool(shared)
        and len(ours) == len(theirs)
        and all(_close(mine, other) for pair in zip(*sides, strict=True) for mine, other in zip(*pair, strict=True))
    )


def _place(row: list[Any]) -> str:
    return str([value for value in row if not isinstance(value, float)])


def _close(mine: object, other: object) -> bool:
    """The sum of fractions depends on their order."""
    return mine == other or (isinstance(mine, float) and isinstance(other, float) and isclose(mine, other))
