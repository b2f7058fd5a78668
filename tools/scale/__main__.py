"""Ten times the rows, series, groups and targets, in time and memory: `make bench-scale` writes docs/scale.md.

SCALE=0.1 leaves out the largest sizes, SCALE=0.01 the two largest; a quick look is printed and not written.
"""

import os
import sys

from tools.bench.place import prepare
from tools.fleet import engines
from tools.scale import chart, curve
from tools.scale.axes import AXES
from tools.temporary import temporary

ROUNDS = 3


def main() -> int:
    """Print each curve as it is measured; 2 if there is no server to ask."""
    if absent := engines.missing(engines.PROMETHEUS, engines.PROMTOOL):
        print(f"not installed: {', '.join(absent)}", file=sys.stderr)
        return 2
    scale = float(os.environ.get("SCALE") or 1)
    curves = {}
    with temporary("scale") as folder:
        place = prepare(folder, 0, 1)
        for name, axis in AXES.items():
            curves[name] = curve.measured(place, axis, scale, ROUNDS)
            print(f"{curve.table(name, curves)}\n", flush=True)
    if scale >= 1:
        curve.keep(curves)
        chart.write(curves)
        print("Kept; `make docs` puts them into docs/scale.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
