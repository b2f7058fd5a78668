"""Upstream instances with their health and outcomes, open sessions, and tokens per model."""

from llmgw_report.gateways.rows import InstanceRecord, SessionRecord, TokenRecord
from llmgw_report.model.finding import HEALTH_WORST_FIRST, Health
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.sections import UNRECORDED, InstanceRow, ProviderSessions, Sessions, TokenEfficiency
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import outcomes

InstanceKey = tuple[str, str]
"""Provider and instance."""


def instances(measured: Measured) -> tuple[InstanceRow, ...]:
    """Every instance in the scrape; without any there, those of the rows."""
    if not measured.of("health") and not measured.of("attempts"):
        return _instances_of_rows(measured)
    grouped: dict[InstanceKey, list[Indicator]] = {}
    for one in (*measured.of("health"), *measured.of("attempts")):
        if "instance" in one.roles:
            key = (one.roles.get("provider", UNRECORDED), one.roles["instance"])
            grouped.setdefault(key, []).append(one)
    return tuple(_row(key, found) for key, found in sorted(grouped.items()))


def sessions(measured: Measured) -> Sessions:
    """Open sessions of the scrape, else sessions with a request in the window; total None if neither is recorded."""
    if found := measured.of("sessions"):
        counted = [(one.roles.get("provider", UNRECORDED), round(one.value)) for one in found]
    elif (rows := measured.table("sessions", SessionRecord)) is not None:
        counted = [(row.provider, row.sessions) for row in rows]
    else:
        return Sessions(total=None)
    providers = tuple(ProviderSessions(provider=name, sessions=count) for name, count in sorted(counted))
    return Sessions(total=sum(count for _, count in counted), rows=providers)


def _row(key: InstanceKey, found: list[Indicator]) -> InstanceRow:
    attempts = [one for one in found if one.quantity == "attempts"]
    states = {one.state for one in found if one.quantity == "health"}
    health: Health = next((state for state in HEALTH_WORST_FIRST if state in states), "unknown")
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


def _instances_of_rows(measured: Measured) -> tuple[InstanceRow, ...]:
    """Instances of a table that holds statuses; what it does not record stays None."""
    grouped: dict[InstanceKey, dict[str, int]] = {}
    for row in measured.table("instances", InstanceRecord) or ():
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


def token_efficiency(measured: Measured) -> tuple[TokenEfficiency, ...]:
    """Models with the most tokens, at most `top`, from the scrape if it counts tokens, else from rows."""
    counted = _tokens_of_metrics(measured) or _tokens_of_rows(measured)
    found = sorted(counted.items(), key=lambda item: (-sum(item[1]), item[0]))
    return tuple(
        TokenEfficiency(
            model=model, input_tokens=sent, output_tokens=received, output_input_ratio=received / sent if sent else None
        )
        for model, (sent, received) in found[: measured.windows.top]
    )


def _tokens_of_metrics(measured: Measured) -> dict[str, tuple[int, int]]:
    counted: dict[str, dict[str, float]] = {}
    for one in measured.of("tokens"):
        model, kind = one.roles.get("model"), one.roles.get("token-type")
        if model and kind:
            kinds = counted.setdefault(model, {"input": 0.0, "output": 0.0})
            kinds[kind] = kinds.get(kind, 0.0) + one.value
    return {model: (round(kinds["input"]), round(kinds["output"])) for model, kinds in counted.items()}


def _tokens_of_rows(measured: Measured) -> dict[str, tuple[int, int]]:
    rows = measured.table("token_efficiency", TokenRecord) or ()
    return {row.model: (row.input_tokens, row.output_tokens) for row in rows}
