"""Make a release of this checkout, up to publishing it: `make release VERSION=1.2.3`."""

import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path

from tools.release import steps, wanted
from tools.release.running import ReleaseError
from tools.temporary import Ended, temporary

CHECKOUT = Path(__file__).parents[2]
UNCHANGED = "Nothing was published, and the checkout is as it was."


def main() -> None:
    """Do the steps one after the other in a temporary folder; only the last one touches the checkout."""
    parser = ArgumentParser(prog="make release")
    parser.add_argument("version", metavar="VERSION")
    parser.add_argument("--rehearse", action="store_true", help="leave the checkout and dist/ as they are")
    parser.add_argument("--no-install", action="store_true", help="rehearse without clean environments, offline")
    arguments = parser.parse_args()
    omitted = {steps.install} if arguments.no_install else set()
    if arguments.rehearse or arguments.no_install:
        omitted.add(steps.keep)
    with temporary("release") as folder:
        # What the programs that are started leave behind, if they are interrupted, goes with it.
        os.environ["TMPDIR"] = str(folder)
        release = steps.Release(CHECKOUT, wanted.parsed(arguments.version), folder)
        for step in steps.STEPS:
            if step not in omitted:
                print(steps.title(step), flush=True)
                for line in step(release):
                    print(f"  {line}", flush=True)
    if steps.keep in omitted:
        print("A rehearsal: the checkout and dist/ are as they were.")
        return
    print(f"Nothing is published yet. What publishes it, or {steps.UNDO} instead:")
    print("\n".join(f"  {line.format(version=release.version)}" for line in steps.NEXT))


if __name__ == "__main__":
    try:
        main()
    except (ReleaseError, OSError) as error:
        sys.exit(f"release: {error}\n{UNCHANGED}")
    except (KeyboardInterrupt, Ended) as error:
        print(f"release: interrupted\n{UNCHANGED}", file=sys.stderr)
        raise (error if isinstance(error, Ended) else Ended(signal.SIGINT)) from None
