"""What runs cost, counted and not timed, against what is stored: `make speed`; exit 1 if one is not within 15%.

Counted are instructions, by valgrind's Cachegrind and as a ratio to `python -c pass`, and imported modules, of an
installed wheel. `make speed SPEED=--store` keeps what it counts in `tools/speed/figures.json`; with `--strict` a build
of Python that is not in there is an error too. `--python` counts with another Python, and may be given several times.
"""

import argparse
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tools.bench.evidence import proven
from tools.bench.place import Place, prepare
from tools.speed import counting, stored
from tools.speed.cases import FIGURES, PAGES, Figure, Run
from tools.speed.counting import Count, Lost
from tools.speed.result import Result
from tools.speed.stored import Builds, Change, Stored
from tools.temporary import temporary

HEAD = f"{'run':<30} {'instructions':>14} {'stored':>8} {'change':>7} {'modules':>8} {'stored':>8} {'change':>7}"
#: A difference has to be this part of the runs that it is of, for it is judged by itself, within 15%. Runs vary by less
#: than a thousandth, or by a hundredth where SQL runs in two threads.
DISTINCT = 0.04
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
AGAIN = Path(__file__).with_name("again.py")


def count(place: Place, run: Run, bare: int, *, report: bool) -> Count:
    """One run, in a folder of its own: one that reads a database may leave files beside it."""
    place.folder.mkdir()
    with ExitStack() as running:
        command, *arguments = run.case(place, running)
        if run.times is not None:
            # Its case is counted as a user starts it as well, which is proven, and has as many modules.
            together: list[str | Path] = [place.python, "-P", AGAIN, str(run.times), run.of, *arguments]
            return Count(counting.instructions(together, place.folder) / bare, 0)
        if report:
            proven([place.python, command, *arguments], place.folder)
        # The modules first: the run that is counted then meets the files that a first one leaves.
        modules = counting.modules(place.python, [command, *arguments], place.folder)
        return Count(counting.instructions([place.python, command, *arguments], place.folder) / bare, modules)


def counted(place: Place, names: Sequence[str], bare: int) -> Iterator[tuple[str, Count | Lost]]:
    """Every figure; each run that one needs is counted once. Two at once: that changes their time alone."""
    runs = {run: name not in PAGES for name in names for run in (*FIGURES[name].runs, *FIGURES[name].without)}
    with ThreadPoolExecutor(2) as threads:
        waiting = {
            run: threads.submit(count, place._replace(folder=place.folder / f"run-{number}"), run, bare, report=report)
            for number, (run, report) in enumerate(runs.items())
        }
        try:
            for name in names:
                figure = FIGURES[name]
                yield name, difference(figure, {run: waiting[run].result() for its in figure for run in its})
        finally:
            for one in waiting.values():
                one.cancel()


def difference(figure: Figure, counts: Mapping[Run, Count]) -> Count | Lost:
    """What its runs take less what those without the part take, and the most modules of one."""
    runs, without = map(Counter, figure)
    # A run of both sides was counted once and says nothing of how counts vary.
    taken, less = (sum(counts[run].instructions for run in its.elements()) for its in (runs - without, without - runs))
    if taken - less < DISTINCT * (taken + less):
        return Lost(taken, less)
    return Count(taken - less, max(one.modules for one in counts.values()))


def line(name: str, change: Change) -> str:
    """A run as text, in columns."""
    old = [f"{was:.{digits}f}" if was else "–" for was, digits in zip(change.stored, (2, 0), strict=True)]
    by = [f"{factor - 1:+.1%}" if factor else "–" for factor in change.factors]
    instructions = f"{change.found.instructions:>14.2f} {old[0]:>8} {by[0]:>7}"
    return f"{name:<30} {instructions} {change.found.modules:>8} {old[1]:>8} {by[1]:>7}  {change.verdict}"


def result(place: Place, runs: Sequence[str], builds: Builds) -> Result:
    """Count the runs, and print each as soon as it is counted."""
    asked = subprocess.run([place.python, "-c", VERSION], capture_output=True, text=True, check=True)
    version = asked.stdout.strip()
    bare = counting.instructions([place.python, "-c", "pass"], place.folder)
    print(f"Python {version}, {bare:,} instructions to start; the others in times of that\n\n{HEAD}")
    known = stored.known(builds, version, bare)
    found, lost = {}, {}
    for run, its in counted(place, runs, bare):
        if isinstance(its, Lost):
            lost[run] = its
            print(f"{run:<30} {its.taken:.2f} less {its.less:.2f}  LOST", flush=True)
            continue
        found[run] = Change(its, known.get(run, Stored()))
        print(line(run, found[run]), flush=True)
    return Result(version, bare, found, lost, builds)


def main(arguments: list[str] | None = None) -> int:
    """Print each run of each Python, then what to do; 1 if one is not as it has to be, 2 without valgrind."""
    parser = argparse.ArgumentParser(prog="make speed", description="Count what runs cost.")
    parser.add_argument("runs", nargs="*", choices=[[], *FIGURES], metavar="RUN", help=", ".join(FIGURES))
    parser.add_argument("--store", action="store_true", help="keep the counts")
    parser.add_argument("--strict", action="store_true", help="a build of Python that is not stored is an error too")
    parser.add_argument("--figures", type=Path, default=stored.FILE, help="where they are kept")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--python", type=Path, action="append", help="another Python than this one; may be repeated")
    which.add_argument("--environment", type=Path, help="an environment with the package, in place of one made now")
    options = parser.parse_args(arguments)
    if counting.missing():
        print("not installed: valgrind", file=sys.stderr)
        return 2
    errors = [_of(python, options) for python in options.python or [Path(sys.executable)]]
    return int(any(errors))


def _of(python: Path, options: argparse.Namespace) -> bool:
    """Whether what this Python counts is an error."""
    builds = stored.load(options.figures)
    with temporary("speed") as folder:
        place = _installed(folder, options.environment) if options.environment else prepare(folder, 0, 1, python)
        found = result(place, options.runs or list(FIGURES), builds)
    if options.store:
        stored.keep(options.figures, found.version, found.bare, {run: its.found for run, its in found.changes.items()})
        print(f"\nStored in {os.path.relpath(options.figures)}.")
    for text in found.said(python if options.python else None, stored=options.store):
        print(f"\n{text}")
    return found.is_error(strict=options.strict, storing=options.store)


def _installed(folder: Path, environment: Path) -> Place:
    programs = environment.resolve() / "bin"
    return Place(folder, programs / "python", programs / "llmgw-report", 0, 1)


if __name__ == "__main__":
    sys.exit(main())
