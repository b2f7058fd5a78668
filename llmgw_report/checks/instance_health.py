"""Health of the upstream instances.

Measured: what the gateway says of each instance: ok, degraded or down. No unit.

Why it matters: requests to an instance that is down fail or move to another one, which then carries more
than its share; with no instance left every request fails.

What to do: call the instance's address with its own key from the gateway's machine, then look at the
gateway's log for the failure that marked it.

How it can be wrong: some gateways mark an instance down after a single failure and up again only after a
check that runs minutes later; an instance that was removed may still be counted.
"""

from collections.abc import Iterator

from llmgw_report.checks._finding import blind, finding, skip, unknown, unread
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Status, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import InstanceRow

CATEGORY: Category = "availability"
FED_BY: FedBy = ("health", "attempts")
DEFAULT = Threshold()
UNIT: Unit = "none"
STATUS: dict[str, Status] = {"down": "fail", "degraded": "warn"}


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:  # noqa: ARG001 - a state has no bounds
    """One finding per instance that is not ok, one for all others together."""
    known = [row for row in snapshot.sections.instances if row.health != "unknown"]
    if not known:
        reason = blind(snapshot, "instance health")
        yield from skip(reason) if reason else unknown(unread(snapshot, "metrics"))
        return
    yield from (_bad(row) for row in known if row.health in STATUS)
    rows = snapshot.sections.instances
    good = [row.instance for row in known if row.health == "ok"]
    unsaid = [row.instance for row in rows if row.health == "unknown"]
    if good:
        fine = say("{hits} of {n} instances ok: {names}", hits=len(good), n=len(rows), names=join(", ", good))
        untold = say("health not told: {names}", names=join(", ", unsaid)) if unsaid else ""
        yield finding("pass", join("; ", [fine, untold]), n=len(known))


def _bad(row: InstanceRow) -> Finding:
    outcomes = join(", ", (f"{status} × {count}" for status, count in row.by_status.items()))
    seen = say(
        "{instance} of {provider} is {health} ({outcomes})",
        instance=row.instance,
        provider=row.provider,
        health=say(row.health),
        outcomes=outcomes or say("no request yet"),
    )
    return finding(STATUS[row.health], seen, {"provider": row.provider, "instance": row.instance})
