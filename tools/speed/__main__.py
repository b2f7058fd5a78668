"""What runs cost, counted and not timed, against what is stored: `make speed`; exit 1 if one has 15% more.

Counted are instructions, by valgrind's callgrind and as a ratio to `python -c pass`, and imported modules, of an
installed wheel. `make speed SPEED=--store` keeps what it counts in `tools/speed/figures.json`.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tools.bench.place import Place, prepare
from tools.speed import counting, stored
from tools.speed.cases import CASES
from tools.speed.counting import Count
from tools.speed.stored import Change

HEAD = f"{'run':<30} {'instructions':>14} {'stored':>8} {'change':>7} {'modules':>8} {'stored':>8} {'change':>7}"
STORE = "make speed SPEED=--store"


def count(place: Place, name: str, bare: int) -> Count:
    """One run, in a folder of its own: one that reads a database may leave files beside it."""
    folder = place.folder / f"run-{list(CASES).index(name)}"
    folder.mkdir()
    with ExitStack() as running:
        arguments = [place.command, *CASES[name](place._replace(folder=folder), running)]
        # The modules first: callgrind then meets the files that a first run leaves.
        modules = counting.modules(place.python, arguments, folder)
        return Count(counting.instructions([place.python, *arguments], folder) / bare, modules)


def counted(place: Place, names: Sequence[str], bare: int) -> Iterator[tuple[str, Count]]:
    """Every run, two at once: that changes their time alone."""
    with ThreadPoolExecutor(2) as threads:
        yield from zip(names, threads.map(lambda name: count(place, name, bare), names), strict=True)


def line(name: str, change: Change) -> str:
    """A run as text, in columns."""
    was = change.stored
    old = (f"{was.instructions:.2f}", str(was.modules)) if was else ("–", "–")
    by = [f"{factor - 1:+.1%}" for factor in change.factors] or ["–", "–"]
    instructions = f"{change.found.instructions:>14.2f} {old[0]:>8} {by[0]:>7}"
    return f"{name:<30} {instructions} {change.found.modules:>8} {old[1]:>8} {by[1]:>7}  {change.verdict}"


def said(changes: Sequence[Change]) -> str:
    """What there is to do."""
    verdicts = {change.verdict for change in changes}
    if "MORE" in verdicts:
        return f"More than {stored.LIMIT - 1:.0%} above what is stored. If that is worth it: {STORE}"
    if "not stored" in verdicts:
        return f"No figures are stored for this build of Python {stored.version()}, so there is no verdict. {STORE}"
    if "less" in verdicts:
        return f"More than {stored.LIMIT - 1:.0%} below what is stored. So that it stays: {STORE}"
    return f"All within {stored.LIMIT - 1:.0%}."


def main(arguments: list[str] | None = None) -> int:
    """Print each run as it is counted, then what to do; 1 if one has become dearer, 2 without valgrind."""
    parser = argparse.ArgumentParser(prog="make speed", description="Count what runs cost.")
    parser.add_argument("runs", nargs="*", choices=[[], *CASES], metavar="RUN", help=", ".join(CASES))
    parser.add_argument("--store", action="store_true", help="keep the counts")
    parser.add_argument("--figures", type=Path, default=stored.FILE, help="where they are kept")
    parser.add_argument("--environment", type=Path, help="an environment with the package, in place of one made now")
    options = parser.parse_args(arguments)
    if counting.missing():
        print("not installed: valgrind", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="llmgw-report-speed-") as name:
        folder = Path(name)
        place = _installed(folder, options.environment) if options.environment else prepare(folder, 0, 1)
        bare = counting.instructions([place.python, "-c", "pass"], folder)
        print(f"Python {stored.version()}, {bare:,} instructions to start; the others in times of that\n\n{HEAD}")
        old = stored.load(options.figures, bare)
        found = {}
        for run, its in counted(place, options.runs or list(CASES), bare):
            found[run] = Change(its, old.get(run))
            print(line(run, found[run]), flush=True)
    if options.store:
        stored.keep(options.figures, bare, {run: change.found for run, change in found.items()})
        print(f"\nStored in {os.path.relpath(options.figures)}.")
        return 0
    print(f"\n{said(list(found.values()))}")
    return any(change.verdict == "MORE" for change in found.values())


def _installed(folder: Path, environment: Path) -> Place:
    programs = environment.resolve() / "bin"
    return Place(folder, programs / "python", programs / "llmgw-report", 0, 1)


if __name__ == "__main__":
    sys.exit(main())
