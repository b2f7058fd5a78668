"""How many faults of known size the gate finds, and how often it cries wolf: `make gate-power`.

POWER_RUNS=0.1 makes a tenth of the reports for a quick look; the tables of docs/statistics.md are written by
whole runs alone. The same code prints the same tables.
"""

import os
import re
import sys
from pathlib import Path

from tools.power.table import met, tables
from tools.power.tally import jobs, on_all_cores, tallies

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
BEGIN, END = "<!-- make gate-power writes these tables -->\n", "<!-- end of the tables -->"
#: Calls an hour, and how many reports of every gateway: of each clean kind, and with each fault.
RUNS = ((10_000, 6, 2), (2000, 16, 12), (200, 40, 20), (20, 40, 20))


def main() -> int:
    """Print the tables, and keep those of a whole run."""
    share = float(os.environ.get("POWER_RUNS", "1"))
    asked = [
        job for n, clean, faulty in RUNS for job in jobs(n, *(max(1, round(one * share)) for one in (clean, faulty)))
    ]
    done = []
    for number, one in enumerate(on_all_cores(asked), 1):
        done.append(one)
        print(f"\r{number} of {len(asked)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    found = tallies(done)
    text = tables(found)
    print(text)
    if share == 1:
        page = PAGE.read_text("utf-8")
        between = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
        PAGE.write_text(re.sub(between, lambda _: f"{BEGIN}\n{text}\n{END}", page, flags=re.DOTALL), "utf-8")
    return 0 if met(found) else 1


if __name__ == "__main__":
    sys.exit(main())
