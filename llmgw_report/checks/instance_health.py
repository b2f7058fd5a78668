"""Upstream instance health.

What it measures: the state that the gateway reports for each instance: ok, degraded or down.

Why it matters: requests to an instance that is down fail or move to another one, which then carries extra load; with
no instance left every request fails.

What to do: call the instance's address with its own key from the gateway's machine, then find the failure that marked
it in the gateway's log.

Limitations: some gateways mark an instance down after a single failure and up again only after a probe minutes later;
an instance that was removed may still be listed.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    KeyFigure,
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
    unknown,
)
from llmgw_report.model.sections import InstanceRow

CATEGORY: Category = "availability"
UNIT: Unit = "none"
READS: Reads = ("health", "attempts")
DEFAULT = Threshold()
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "instances"
EXPLAINS_OTHERS = True
_STATUS: dict[str, Status] = {"down": "fail", "degraded": "warn"}


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - a state has no threshold
    """One finding per instance that is not ok, one for all others together."""
    known = [row for row in snapshot.sections.instances if row.health != "unknown"]
    if not known:
        reason = blind_spot(snapshot, "instance health")
        yield from skip(reason) if reason else unknown(missing_source(snapshot, "metrics"))
        return
    yield from (_bad(row) for row in known if row.health in _STATUS)
    rows = snapshot.sections.instances
    good = [row.instance for row in known if row.health == "ok"]
    unreported = [row.instance for row in rows if row.health == "unknown"]
    if good:
        ok = msg("{hits} of {n} instances ok: {names}", hits=len(good), n=len(rows), names=join(", ", good))
        others = msg("health not reported: {names}", names=join(", ", unreported)) if unreported else ""
        yield finding("pass", join("; ", [ok, others]), n=len(known))


def _bad(row: InstanceRow) -> Finding:
    outcomes = join(", ", (f"{status} × {count}" for status, count in row.by_status.items()))
    seen = msg(
        "{instance} (provider {provider}) is {health} ({outcomes})",
        instance=row.instance,
        provider=row.provider,
        health=msg(row.health),
        outcomes=outcomes or msg("no request yet"),
    )
    return finding(_STATUS[row.health], seen, {"provider": row.provider, "instance": row.instance})
