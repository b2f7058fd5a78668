"""Upstream instances with their health and outcomes, and the sessions that are open."""

from llmgw_report.gateways.rows import InstanceRow as SqlInstance
from llmgw_report.gateways.rows import SessionRow as SqlSession
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.sections import InstanceRow, ProviderSessions, Sessions
from llmgw_report.model.status import WORST, Health
from llmgw_report.model.traffic import UNRECORDED
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.sections.traffic import outcomes

Key = tuple[str, str]


def instances(measured: Measured) -> tuple[InstanceRow, ...]:
    """Every instance that either witness names."""
    if not measured.of("health") and not measured.of("attempts"):
        return _from_rows(measured)
    grouped: dict[Key, list[Indicator]] = {}
    for one in (*measured.of("health"), *measured.of("attempts")):
        if "instance" in one.roles:
            key = (one.roles.get("provider", UNRECORDED), one.roles["instance"])
            grouped.setdefault(key, []).append(one)
    return tuple(_row(key, found) for key, found in sorted(grouped.items()))


def sessions(measured: Measured) -> Sessions:
    """Open sessions of the scrape, else sessions seen in the window; total None if neither knows."""
    if found := measured.of("sessions"):
        counted = [(one.roles.get("provider", UNRECORDED), round(one.value)) for one in found]
    elif (rows := measured.table("sessions", SqlSession)) is not None:
        counted = [(row.provider, row.sessions) for row in rows]
    else:
        return Sessions(total=None)
    providers = tuple(ProviderSessions(provider=name, sessions=count) for name, count in sorted(counted))
    return Sessions(total=sum(count for _, count in counted), rows=providers)


def _row(key: Key, found: list[Indicator]) -> InstanceRow:
    attempts = [one for one in found if one.quantity == "attempts"]
    states = {one.state for one in found if one.quantity == "health"}
    health: Health = next((state for state in WORST if state in states), "unknown")
    ended = outcomes(attempts)
    success = round(sum(one.value for one in attempts if one.roles.get("outcome") == "success"))
    return InstanceRow(
        provider=key[0],
        instance=key[1],
        health=health,
        requests=ended.base if ended else None,
        success=success if ended else None,
        errors=ended.errors if ended else None,
        success_ratio=success / ended.base if ended and ended.base else None,
        by_status=_by_status(attempts),
        client_errors=ended.client if ended else None,
        server_errors=ended.server if ended else None,
    )


def _by_status(attempts: list[Indicator]) -> dict[str, int]:
    counted: dict[str, float] = {}
    for one in attempts:
        status = one.roles.get("status", UNRECORDED)
        counted[status] = counted.get(status, 0.0) + one.value
    return {status: round(count) for status, count in sorted(counted.items())}


def _from_rows(measured: Measured) -> tuple[InstanceRow, ...]:
    """Instances of a table that holds statuses; what it does not record stays None."""
    grouped: dict[Key, dict[str, int]] = {}
    for row in measured.table("instances", SqlInstance) or ():
        grouped.setdefault((row.provider, row.instance), {})[row.status] = row.requests
    return tuple(
        InstanceRow(
            provider=key[0],
            instance=key[1],
            health="unknown",
            requests=sum(by_status.values()),
            success=by_status.get("success", 0),
            errors=None,
            success_ratio=None,
            by_status=by_status,
        )
        for key, by_status in sorted(grouped.items())
    )
