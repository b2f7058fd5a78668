"""What the event relation costs: rows copied once and asked, against queries written by hand for the same table."""

import json
from collections.abc import Iterator
from pathlib import Path

from tools.bench import sql
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import Row, spread
from tools.bench.vocabulary import END_MS, HOUR_MS

READ = CHECKOUT / "tools" / "bench" / "read_requests.py"
HAND = CHECKOUT / "tools" / "bench" / "hand"
#: Of the window; the table has 30 days.
HOURS = (1, 24)


def against_hand(place: Place, database: Path) -> Iterator[Row]:
    """Time and memory of both, for each window."""
    for hours in HOURS:
        window = {"since_ms": END_MS - hours * HOUR_MS, "trend_since_ms": END_MS - max(12, hours) * HOUR_MS}
        asked = json.dumps({**sql.parameters(END_MS), **window})
        derived: Command = [place.python, READ, database, asked]
        commands: dict[str, Command] = {"derived": derived, "hand": [*derived, HAND]}
        rounds = place.rounds(5)
        samples = interleave(commands, rounds, folder=place.folder)
        ratio, more = samples.ratio("derived", "hand"), samples.peak("derived") - samples.peak("hand")
        yield spread(f"event relation / queries by hand, {hours} h", ratio, "x", 1.5, n=rounds)
        yield Row(f"event relation: memory beyond theirs, {hours} h", more, "MiB", 48, n=rounds)
