"""Age of the newest database row.

What it measures: time from the newest row of any table to the evaluation time, less the delay with which this gateway
writes its rows; of several databases also for each of them. Where requests are so rare that a pause
of that length is expected (probability of one in a thousand or more at the rate of the trend window) it is unknown.

Why it matters: a report on old rows describes the past, and a gateway that stopped logging looks exactly like an idle
one.

What to do: check that the gateway is running and writes to this file (path, disk, its observability setting); use --at
to evaluate a past moment.

Limitations: a gateway that writes only when it is called is silent when nobody calls it, and nights are quieter than
the trend window suggests: less than a day of silence is at most a warning there. It fails only by a threshold of your
own: old rows prove nothing about now, and a window without a request is UNKNOWN by itself.
"""

from math import exp

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Findings,
    Message,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    judged,
    msg,
    skip,
    timestamp,
    units,
    unknown,
)
from llmgw_report.checks._variation import clumping

CATEGORY: Category = "sources"
UNIT: Unit = "seconds"
READS: Reads = ("tables.sql", "trend.sql", "snapshots.sql")
DOES_WITHOUT: Reads = ("trend.sql", "snapshots.sql")
DEFAULT = Threshold(warn=900.0)
PROVES_SERVICE = True
_UNEXPECTED_PROBABILITY = 0.001
#: Scheduled snapshots count as late after this many missed intervals.
_MISSED_INTERVALS = 3


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for the newest row of all tables, and one for each of several targets that lags behind."""
    yield from _lagging(snapshot, threshold)
    database = snapshot.sections.database
    if database is None:
        yield from skip("no database was read")
        return
    newest = max((table.last for table in database.tables if table.last), key=_milliseconds, default=None)
    if newest is None:
        yield from unknown("no table has a row up to the evaluation time", n=0)
        return
    age = (_milliseconds(snapshot.at) - _milliseconds(newest)) / 1000
    seen = msg("the newest row is {age} old ({time})", age=units.seconds(age), time=units.moment(newest))
    compared = above(max(0.0, age - snapshot.gateway.write_delay_seconds), threshold)
    probability = _probability(snapshot, age) if compared.status != "pass" else 0.0
    found = judged(compared, seen, observed=age, unit="s", n=sum(table.rows for table in database.tables))
    if probability < _UNEXPECTED_PROBABILITY:
        scheduled = database.snapshots is not None and database.snapshots.spacing_seconds is not None
        night = found.status == "fail" and not scheduled and age < units.DAY_SECONDS
        yield structs.replace(found, status="warn") if night else found
    else:
        yield structs.replace(found, status="unknown", reason=_expected(age, probability))


def _lagging(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """Targets with a database of their own whose newest row is old: the newest of all hides that."""
    inputs = {one.target: one.as_of for one in snapshot.inputs if one.kind == "database" and one.status == "ok"}
    for row in snapshot.targets:
        if row.target not in inputs or row.requests is None:
            continue
        subject, newest = {"target": row.target}, inputs[row.target]
        if newest is None or not row.requests:
            reason = msg("no request of {target} in the window: idle, or it does not log any more", target=row.target)
            yield from unknown(reason, subject, n=0)
            continue
        age = (_milliseconds(snapshot.at) - _milliseconds(newest)) / 1000
        compared = above(max(0.0, age - snapshot.gateway.write_delay_seconds), threshold.of(subject))
        if compared.status == "pass" or _pause(snapshot, row.requests, age) >= _UNEXPECTED_PROBABILITY:
            continue
        seen = msg("the newest row of {target} is {age} old", target=row.target, age=units.seconds(age))
        found = judged(compared, seen, subject, observed=age, unit="s", n=row.requests)
        yield structs.replace(found, status="warn") if found.status == "fail" and age < units.DAY_SECONDS else found


def _pause(snapshot: Snapshot, requests: int, age: float) -> float:
    """Probability of so long a pause of a target with so many requests in the window, as clumped as all are."""
    before = snapshot.window.seconds - age
    counts = [one.requests for one in snapshot.sections.trend.points] if snapshot.sections.trend else []
    busy = [place for place, n in enumerate(counts) if n]
    clumped = clumping(counts[busy[0] : busy[-1] + 1]) if busy else 1.0
    return exp(-requests / clumped * age / before) if before > 0 else 0.0


def _expected(age: float, probability: float) -> Message:
    return msg(
        "requests are so rare that a pause of {age} has a probability of {probability}",
        age=units.seconds(age),
        probability=units.ratio(probability),
    )


def _probability(snapshot: Snapshot, age: float) -> float:
    """Probability of so long a pause at the request rate before it; 0 where that rate is not known.

    Requests that come together, as those of one session, count as one.

    Snapshots that the gateway saves on a schedule are due whether or not anyone calls it.
    """
    database = snapshot.sections.database
    saved = database.snapshots if database else None
    if saved and saved.spacing_seconds:
        return 0.0 if age > _MISSED_INTERVALS * saved.spacing_seconds else 1.0
    trend = snapshot.sections.trend
    counts = [one.requests for one in trend.points] if trend else []
    busy = [place for place, requests in enumerate(counts) if requests]
    before = snapshot.window.trend_seconds - age
    if not busy or before <= 0:
        return 0.0
    return exp(-sum(counts) / clumping(counts[busy[0] : busy[-1] + 1]) * age / before)


def _milliseconds(moment: str) -> int:
    """A time outside the calendar sorts as the oldest."""
    found = timestamp.milliseconds(moment)
    return -1 if found is None else found
