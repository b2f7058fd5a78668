"""Age of the newest row.

Measured: time from the newest row of any table to the instant judged; where requests come so seldom that such a
pause is no wonder (one in a thousand or more, as they came in the trend window), there is no verdict. Unit: s.

Why it matters: a report over old rows is green about a past that nobody asked for; a gateway that stopped
logging looks exactly like a quiet one.

What to do: check that the gateway runs and writes to this very file (its path, its disk, its
observability switch); judge a past instant with --at.

How it can be wrong: a gateway that writes a row per request and nothing else is silent when nobody calls it, and at
night fewer call than the trend window tells.
"""

from collections.abc import Iterator
from math import exp

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks._finding import above, judged, skip, unknown
from llmgw_report.messages import Message, say
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "sources"
FED_BY: FedBy = ("tables.sql", "trend.sql", "snapshots.sql")
DEFAULT = Threshold(warn=900.0, fail=86400.0)
UNIT: Unit = "seconds"
UNLIKELY = 0.001
#: So many saves by the clock are missed before their silence means anything.
MISSED = 3


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
    verdict = above(age, threshold)
    chance = _chance(snapshot, age) if verdict.status != "pass" else 0.0
    found = judged(verdict, seen, observed=age, unit="s", n=sum(table.rows for table in database.tables))
    yield found if chance < UNLIKELY else structs.replace(found, status="unknown", reason=_no_wonder(age, chance))


def _no_wonder(age: float, chance: float) -> Message:
    return say(
        "requests come so seldom that a pause of {age} is found in {share} of all looks",
        age=units.seconds(age),
        share=units.ratio(chance),
    )


def _chance(snapshot: Snapshot, age: float) -> float:
    """Of so long a pause where requests come at random as they did before it; 0 where nobody knows how they came.

    Metrics that the gateway saves by the clock come whether or not anybody calls.
    """
    database = snapshot.sections.database
    saved = database.snapshots if database else None
    if saved and saved.spacing_seconds:
        return 0.0 if age > MISSED * saved.spacing_seconds else 1.0
    before, requests = snapshot.window.trend_seconds - age, _requests(snapshot)
    return exp(-requests * age / before) if requests and before > 0 else 0.0


def _requests(snapshot: Snapshot) -> int:
    trend = snapshot.sections.trend
    return sum(one.requests for one in trend.points) if trend else 0


def _milliseconds(moment: str) -> int:
    """A time that no calendar holds sorts as the oldest."""
    found = timestamp.milliseconds(moment)
    return -1 if found is None else found
