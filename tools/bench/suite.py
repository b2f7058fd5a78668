"""How long the test suite takes on two cores: `make bench BENCH=suite`."""

from collections.abc import Iterator

from tools.bench.measure import run
from tools.bench.place import CHECKOUT, Place
from tools.bench.row import Row

BUDGET_SECONDS = 180


def suite(_place: Place) -> Iterator[Row]:
    """Once; a test that fails ends the benchmark."""
    taken = run(["make", "--no-print-directory", "test"], CHECKOUT)
    yield Row("the test suite on two cores", taken.seconds, "s", BUDGET_SECONDS, n=1)
