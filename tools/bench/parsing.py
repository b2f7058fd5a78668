"""Reading exposition text, whole processes."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.bench.measure import Command, Spread, interleave, output
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import Row, spread

OURS = CHECKOUT / "tools" / "bench" / "parse_ours.py"
REFERENCE = CHECKOUT / "tools" / "bench" / "parse_reference.py"
#: promtool's exit code where its lint has something to say about the names.
LINTED = (0, 3)


def parsing(place: Place, small: Path, large: Path, huge: Path) -> Iterator[Row]:
    """Scrapes of a thousand, a hundred thousand and a million series."""
    yield from against_others(place, large)
    yield from growth(place, small, large, huge)
    rounds = place.rounds(5)
    for name, file in (("100,000", large), ("1,000,000", huge)):
        command: Command = [place.python, OURS, file]
        taken = Spread.of(json.loads(output(command, place.folder))["over_base_kib"] / 1024 for _ in range(rounds))
        yield spread(f"{name} series, memory over base", taken, "MiB", 20, n=rounds)


def against_others(place: Place, file: Path) -> Iterator[Row]:
    """Another parser must say the same of the file before its time counts."""
    agree(place, file)
    promtool = shutil.which("promtool")
    commands: dict[str, Command] = {
        "ours": [place.python, OURS, file],
        "prometheus_client": [sys.executable, REFERENCE, file],
    }
    if promtool:
        commands["promtool"] = ["/bin/sh", "-c", '"$0" check metrics < "$1"', promtool, file]
    rounds = place.rounds(5)
    samples = interleave(commands, rounds, folder=place.folder, accept={"promtool": LINTED})
    for name, budget in (("prometheus_client", 11), ("promtool", 2.4)):
        title = f"100,000 series: {name} / ours"
        if name in commands:
            yield spread(title, samples.ratio(name, "ours"), "x", budget, at_least=True, n=rounds)
        else:
            yield Row(title, None, "x", budget, note="promtool not found: it is in Debian's package prometheus")


def agree(place: Place, file: Path) -> None:
    """Both parsers' sums of one file."""
    ours = json.loads(output([place.python, OURS, file], place.folder))
    reference = json.loads(output([sys.executable, REFERENCE, file], place.folder))
    if any(ours[name] != value for name, value in reference.items()):
        raise SystemExit(f"the parsers do not agree: {ours} and {reference}")


def growth(place: Place, small: Path, large: Path, huge: Path) -> Iterator[Row]:
    """Ten times the series in ten times the time, start-up taken off."""
    commands: dict[str, Command] = {file.name: [place.python, OURS, file] for file in (small, large, huge)}
    rounds = place.rounds(5)
    samples = interleave(commands, rounds, folder=place.folder)
    taken = zip(*(samples.taken[file.name] for file in (small, large, huge)), strict=True)
    ratios = ((ten.seconds - start.seconds) / (one.seconds - start.seconds) / 10 for start, one, ten in taken)
    yield spread("1,000,000 series / ten times 100,000", Spread.of(ratios), "x", 1.1, n=rounds)
