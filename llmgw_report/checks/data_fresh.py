"""Age of the newest row.

Measured: time from the newest row of any table to the instant judged. Unit: s.

Why it matters: a report over old rows is green about a past that nobody asked for; a gateway that stopped
logging looks exactly like a quiet one.

What to do: check that the gateway runs and writes to this very file (its path, its disk, its
observability switch); judge a past instant with --at.

How it can be wrong: a gateway that writes a row per request and nothing else is silent when nobody calls it.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._bounds import above
from llmgw_report.checks._finding import judged, skip, unknown
from llmgw_report.model import instant
from llmgw_report.model.finding import Category, FedBy, Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.threshold import Threshold

CATEGORY: Category = "sources"
FED_BY: FedBy = ("tables.sql",)
DEFAULT = Threshold(warn=900.0, fail=86400.0)


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the newest row of all tables."""
    database = snapshot.sections.database
    if database is None:
        yield from skip("no database was read")
        return
    newest = max((table.last for table in database.tables if table.last), key=_milliseconds, default=None)
    if newest is None:
        yield from unknown("no table holds a row up to this instant", n=0)
        return
    age = (_milliseconds(snapshot.at) - _milliseconds(newest)) / 1000
    seen = say("the newest row is {age} old ({time})", age=units.seconds(age), time=units.moment(newest))
    yield judged(above(age, threshold), seen, observed=age, unit="s")


def _milliseconds(moment: str) -> int:
    """A time that no calendar holds sorts as the oldest."""
    found = instant.milliseconds(moment)
    return -1 if found is None else found
