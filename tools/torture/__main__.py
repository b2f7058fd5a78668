"""Input that nobody should send, much of it: `make torture`.

A campaign is a module of this folder, found by its name; a name that begins with `_` is a helper. It has

    CASES       how many cases the whole campaign has
    SECONDS     the time that they may take on two cores which do nothing else
    IN_TESTS    how many of the first cases the test suite runs as well; 0 for none
    start       a function of an empty folder, which is the working directory, to the `Case`

`start` is called once in each of two processes. A `Case` (see `_campaign.py`) is a function of a `Random`
that makes one input, gives it to the program and returns which exit code it led to; it raises where the
program does what it must never do. All it does follows from its `Random`, so that a case is known by its
number: `python -m tools.torture NAME --seed SEED --case NUMBER` runs it alone.

A campaign that is no heap of small cases, such as one that measures two processes beside each other, has
`campaign` in place of `start`: a function of the seed, the number of cases and an empty folder to a `Result`,
whose `notes` are printed as they are.

The exit code is 1 after a crash, or where a process needed more memory than `_campaign.PEAK_BYTES`.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

from tools.temporary import temporary
from tools.torture import _campaign, _workers
from tools.torture._campaign import SHOWN, Campaign, Result

COLUMNS = "{:<12} {:>9} {:>8} {:>7} {:>17} {:>8} {:>6} {:>7} {:>6}"
HEAD = COLUMNS.format("campaign", "cases", "commands", "crashes", "slowest", "peak", "time", "CPU / 2", "stated")


def main() -> int:
    """Run the campaigns that are named, or all, and print one row of each."""
    given = _arguments()
    if given.case is not None:
        return _one(_campaign.load(given.names[0]), given.seed, given.case)
    print(f"seed {given.seed}, {given.share:g} of all cases, two processes\n\n{HEAD}", flush=True)
    held = [_held(_campaign.load(name), given.seed, given.share) for name in given.names]
    print(f"\n{held.count(True)} of {len(held)} campaigns held")
    return 0 if all(held) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.torture", description="Input that nobody should send.")
    known = _campaign.names()
    parser.add_argument("names", nargs="*", default=known, metavar="NAME", help=f"of {', '.join(known)}; default: all")
    parser.add_argument("--seed", type=int, default=0, help="other inputs; default 0")
    parser.add_argument("--share", type=float, default=1.0, help="of the cases; default 1")
    parser.add_argument("--case", type=int, help="only this one of the first campaign that is named")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no campaign {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return given


def _held(campaign: Campaign, seed: int, share: float) -> bool:
    """Run one campaign and print what came of it; whether it held."""
    cases = max(1, round(campaign.cases * share))
    began = time.perf_counter()
    with temporary("torture", _campaign.memory()) as folder:
        run = campaign.run or _workers.runner(campaign)
        result = run(seed, cases, folder)
    print(_row(campaign, result, time.perf_counter() - began, share), flush=True)
    for crash in result.crashes[:SHOWN]:
        print(f"\npython -m tools.torture {campaign.name} --seed {seed} --case {crash.case}\n{crash.text}", flush=True)
    return result.held


def _row(campaign: Campaign, result: Result, seconds: float, share: float) -> str:
    figures = [f"{result.cases:,}", f"{result.commands:,}", str(len(result.crashes))]
    figures += [f"{1000 * result.slowest.seconds:.0f} ms #{result.slowest.case}", f"{result.peak / 2**20:.0f} MiB"]
    figures += [f"{seconds:.0f} s", f"{result.cpu / 2:.0f} s", f"{campaign.seconds * share:.0f} s"]
    exits = ", ".join(f"{code}: {count:,}" for code, count in sorted(result.exits.items()))
    notes = [*([f"exit codes {exits}"] if exits else []), *result.notes]
    return "\n".join([COLUMNS.format(campaign.name, *figures), *(f"{'':<12} {note}" for note in notes)])


def _one(campaign: Campaign, seed: int, number: int) -> int:
    """One case in this process, in a folder that stays; an exception is shown whole."""
    folder = Path(mkdtemp(prefix="llmgw-report-torture-"))
    os.chdir(folder)
    print(f"in {folder}", flush=True)
    if campaign.start:
        print(campaign.start(folder)(_campaign.random(seed, number)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
