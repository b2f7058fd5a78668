"""What one case is."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tests.system.cases.inputs import Content

Status = Literal["pass", "warn", "fail", "unknown"]
#: The code of each verdict without an option that changes it.
CODES: dict[Status, int] = {"pass": 0, "warn": 0, "fail": 1, "unknown": 3}
SCRAPE = "--metrics-file m.prom --no-db"
WHOLE = f"{SCRAPE} --window all"
LOG = "--no-metrics --db-path o.db"
BOTH = "--metrics-file m.prom --db-path o.db"


class Case(NamedTuple):
    """A gateway, how it is looked at, and the verdict; `check` and `said` are in one line of what decides.

    Its earlier report, if a command line for one is given, is in the file earlier.json.
    """

    name: str
    files: Mapping[str, Content]
    arguments: str
    verdict: Status
    check: str = ""
    said: str = ""
    earlier: str = ""
