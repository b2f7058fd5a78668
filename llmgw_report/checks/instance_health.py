"""Upstream instance health.

What it measures: the state that the gateway reports for each instance: ok, degraded or down. A state is a moment: down
fails only if more than 5% of 5 or more requests to the instance failed (99% confidence), if a second scrape agrees
after the state had time to end, or if it does not end by itself and its provider has no other instance left.

Why it matters: requests to an instance that is down fail or move to another one, which then carries extra load; with
none left every request fails.

What to do: call the instance's address with its own key from the gateway's machine, then find the failure that marked
it in the gateway's log.

Limitations: some gateways mark an instance down after a single failure and up again only after a probe minutes later,
which is a warning; an instance that was removed may still be listed, and one that had no request is "not tried".
"""

from collections.abc import Sequence

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    KeyFigure,
    Message,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    blind_spot,
    finding,
    join,
    missing_source,
    msg,
    skip,
    units,
    unknown,
)
from llmgw_report.checks._advice import SERVICE, advice
from llmgw_report.checks._statistics import proves_above
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.sections import InstanceRow

CATEGORY: Category = "availability"
UNIT: Unit = "none"
READS: Reads = ("health", "attempts", "health.sql", "instances.sql", "attempted.sql")
DOES_WITHOUT: Reads = ("instances.sql",)
DEFAULT = Threshold()
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "instances"
EXPLAINS_OTHERS = True
#: Failures above this ratio, of so many requests at least, confirm that an instance is down.
_CONFIRMING_RATIO, _FEWEST_REQUESTS = 0.05, 5


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - a state has no threshold
    """One finding per instance that is not ok or whose series disagree, one for all others together."""
    rows = snapshot.sections.instances
    if all(row.health == "unknown" and row.health_note is None for row in rows):
        reason = blind_spot(snapshot, "instance health")
        yield from skip(reason) if reason else unknown(missing_source(snapshot, "metrics"))
        return
    pools = _pools(rows)
    for row in rows:
        if row.health in {"down", "degraded"}:
            yield _bad(row, pools[_pool(row)], snapshot)
        elif row.health_note and row.attempts:
            yield finding("unknown", _text(row, msg(row.health_note)), _subject(row), reason=row.health_note)
    good = [row.instance for row in rows if row.health == "ok"]
    untried = [row.instance for row in rows if row.health_note and not row.attempts]
    unreported = [row.instance for row in rows if row.health == "unknown" and row.health_note is None]
    silent = [row.instance for row in rows if row.unanswered]
    others = join(
        "; ",
        [
            msg("not tried: {names}", names=units.few(untried)) if untried else "",
            msg("health not reported: {names}", names=units.few(unreported)) if unreported else "",
            msg("ok by its own flag, and answered nothing: {names}", names=units.few(silent)) if silent else "",
        ],
    )
    if good:
        counts = {"hits": units.count(len(good)), "n": units.count(len(rows)), "names": units.few(good)}
        ok = msg("{hits} of {n} instances ok: {names}", **counts)
        if len(good) + len(untried) + len(unreported) < len(rows):
            ok = msg("the other {hits} of {n} instances are ok: {names}", **counts)
        yield finding("pass", join("; ", [ok, others]), n=len(good))
    elif untried:
        yield from unknown(others)


def _bad(row: InstanceRow, pool: Sequence[InstanceRow], snapshot: Snapshot) -> Finding:
    proof = _proof(row, pool, snapshot) if row.health == "down" else None
    status: Status = "fail" if proof else "warn"
    alone = msg("a single reading, which its requests do not confirm") if row.health == "down" else ""
    known = [proof or alone, "" if proof else _failures(row, snapshot), _last_success(row, snapshot)]
    found = finding(status, _text(row, join("; ", known)), _subject(row), n=row.attempts)
    return structs.replace(found, do=advice(row.outcomes, SERVICE, found.subject, snapshot))


def _failures(row: InstanceRow, snapshot: Snapshot) -> Message | str:
    return _failed(row.outcomes, row, snapshot) if row.outcomes and row.outcomes.base else ""


def _last_success(row: InstanceRow, snapshot: Snapshot) -> Message | str:
    if row.last_success is None:
        return ""
    return msg("its last success was at {time}", time=units.clock(row.last_success, snapshot.at))


def _failed(counts: OutcomeCounts, row: InstanceRow, snapshot: Snapshot) -> Message:
    """How many requests to it failed; beside a state of now, totals since the start would read as of now too."""
    failed, n = counts.base - counts.success, counts.base
    words = {"failed": units.count(failed), "n": units.count(n), "ratio": units.ratio(failed / n)}
    found = snapshot.sections.outcomes
    if counts is row.outcomes and not row.target and found and found.source == "database":
        return msg("{failed} of {n} requests to it failed since the process started ({ratio})", **words)
    return msg("{failed} of {n} requests to it failed ({ratio})", **words)


def _text(row: InstanceRow, why: Message | str) -> Message:
    said = msg(
        "{instance} (provider {provider}) is {health}",
        instance=row.instance,
        provider=row.provider,
        health=msg(row.health),
    )
    counted = "" if row.attempts else msg("no request yet")
    if row.attempts is None:
        counted = msg("its requests are not counted")
    reporter = msg("as {target} reports it", target=row.target) if row.target else ""
    return join("; ", [said, why, counted, reporter])


def _proof(row: InstanceRow, pool: Sequence[InstanceRow], snapshot: Snapshot) -> Message | None:
    """What confirms that an instance of a pool is down; None for a single reading beside good or few requests."""
    pool = [one for one in pool if row.target in {None, one.target} or one.target is None]
    if row.outcomes is not None:
        if (own := _own(row, snapshot)) and _is_proven(own.base - own.success, own.base):
            return _failed(own, row, snapshot)
        if not row.target and all(one.health == "down" for one in pool) and (lost := _unanswered(pool, snapshot)):
            return lost
    if row.health_before == "down":
        return msg("and so it was at the first scrape")
    if all(one.health == "down" and one.recovery == "none" for one in pool):
        return msg("its provider has no usable instance left, and this state does not end by itself")
    return None


def _pools(rows: Sequence[InstanceRow]) -> dict[str, list[InstanceRow]]:
    """The instances by what clients address: to look through ten thousand for each that is down takes minutes."""
    pools: dict[str, list[InstanceRow]] = {}
    for row in rows:
        pools.setdefault(_pool(row), []).append(row)
    return pools


def _pool(row: InstanceRow) -> str:
    return row.provider if row.pool is None else row.pool


def _own(row: InstanceRow, snapshot: Snapshot) -> OutcomeCounts | None:
    """What was evaluated of the instance; totals of an older process if requests fail now, or it has never answered.

    Such totals hold outages that are over, which a single reading of now does not bring back.
    """
    found = snapshot.sections.outcomes
    if row.target:  # what all processes together counted does not tell of one
        return row.outcomes
    if found and found.evaluated == "yes":
        name = {"instance": row.instance}
        if one := found.of({**name, "provider": row.provider}) or found.of(name):
            return one.outcomes
        total = found.total().outcomes
        if _is_proven(total.base - total.success, total.base):
            return row.outcomes
    return row.outcomes if row.outcomes and not row.outcomes.success else None


def _unanswered(pool: Sequence[InstanceRow], snapshot: Snapshot) -> Message | None:
    """Of a provider without an instance that is up, the requests that failed or did not even reach one of them."""
    found = snapshot.sections.outcomes
    one = found.of({"provider": pool[0].provider}) if found and found.evaluated == "yes" else None
    if one is None:
        return None
    n = one.outcomes.base
    failed = n - one.outcomes.success
    if not _is_proven(failed, n):
        return None
    return msg(
        "{failed} of {n} requests to its provider were not answered", failed=units.count(failed), n=units.count(n)
    )


def _is_proven(failed: int, n: int) -> bool:
    return n >= _FEWEST_REQUESTS and proves_above(failed, n, _CONFIRMING_RATIO)


def _subject(row: InstanceRow) -> dict[str, str]:
    target = {"target": row.target} if row.target else {}
    return {"provider": row.provider, "instance": row.instance, **target}
