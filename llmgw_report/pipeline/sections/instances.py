"""Upstream instances with their health and outcomes, open sessions, and tokens per model."""

from llmgw_report.gateways.rows import InstanceRecord, SessionRecord, TokenRecord
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.finding import Health
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.sections import UNRECORDED, InstanceRow, ProviderSessions, Sessions, TokenEfficiency
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.tally import summed

InstanceKey = tuple[str, str]
"""Provider and instance."""


def instances(measured: Measured, found: Outcomes | None) -> tuple[InstanceRow, ...]:
    """Every instance in the scrape; without any there, those of the rows, with the outcomes that were `found`."""
    if not measured.of("health") and not measured.of("attempts"):
        return _instances_of_rows(measured, found)
    grouped: dict[InstanceKey, list[Indicator]] = {}
    for one in (*measured.of("health"), *measured.of("attempts"), *measured.of("cooldowns")):
        if "instance" in one.roles:
            key = (one.roles.get("provider", UNRECORDED), one.roles["instance"])
            grouped.setdefault(key, []).append(one)
    return tuple(_row(key, found) for key, found in sorted(_with_provider(grouped).items()))


def _with_provider(grouped: dict[InstanceKey, list[Indicator]]) -> dict[InstanceKey, list[Indicator]]:
    """Series that name no provider belong to the instance of that name, if only one provider has such an instance."""
    providers: dict[str, list[str]] = {}
    for provider, name in grouped:
        if provider != UNRECORDED:
            providers.setdefault(name, []).append(provider)
    joined: dict[InstanceKey, list[Indicator]] = {}
    for (provider, name), found in grouped.items():
        known = providers.get(name, ())
        key = (known[0] if provider == UNRECORDED and len(known) == 1 else provider, name)
        joined.setdefault(key, []).extend(found)
    return joined


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
    cooldowns = [one for one in found if one.quantity == "cooldowns"]
    ended = summed(attempts)
    health, note = _health(found, tried=ended is None or bool(ended.base))
    return InstanceRow(
        provider=key[0],
        instance=key[1],
        health=health,
        attempts=round(sum(one.value for one in attempts)) if attempts else None,
        by_status=_by_status(attempts),
        outcomes=ended,
        error_ratio=ended.error_ratio if ended else None,
        health_note=note,
        recovery=next((one.recovery for one in found if one.recovery), None),
        cooldowns=round(sum(one.value for one in cooldowns)) if cooldowns else None,
    )


#: The worst first: a worker that passes its health checks is out of use while its circuit breaker is open.
_WORST_FIRST: tuple[Health, ...] = ("down", "degraded", "unknown", "ok")


def _health(found: list[Indicator], *, tried: bool) -> tuple[Health, Message | None]:
    """The state in which all series of an instance agree, else why it is not known; of several families the worst.

    One of two series of a family that disagree may be of a worker process that is gone, or of a name that the gateway
    no longer writes to. An instance reads "ok" before its first request, which proves nothing.
    """
    by_family: dict[str, set[Health]] = {}
    for one in found:
        by_family.setdefault(one.family, set()).update(one.states)
    for states in by_family.values():
        if len(states) > 1:
            named = join(", ", map(msg, sorted(states)))
            return "unknown", msg("its series disagree: {states}", states=named)
    told = {state for states in by_family.values() for state in states}
    health: Health = next((state for state in _WORST_FIRST if state in told), "unknown")
    if health == "ok" and not tried:
        return "unknown", msg("not tried")
    return health, None


def _by_status(attempts: list[Indicator]) -> dict[str, int]:
    counted: dict[str, float] = {}
    for one in attempts:
        status = one.roles.get("status", UNRECORDED)
        counted[status] = counted.get(status, 0.0) + one.value
    return {status: round(count) for status, count in sorted(counted.items())}


def _instances_of_rows(measured: Measured, found: Outcomes | None) -> tuple[InstanceRow, ...]:
    """Instances of a table that holds statuses; what it does not record stays None."""
    grouped: dict[InstanceKey, dict[str, int]] = {}
    for row in measured.table("instances", InstanceRecord) or ():
        grouped.setdefault((row.provider, row.instance), {})[row.status] = row.requests
    rows = []
    for (provider, name), by_status in sorted(grouped.items()):
        one = found.of({"instance": name, "provider": provider}) if found else None
        ended = one.outcomes if one else None
        known = ended if found and found.successes_only == "no" else None
        rows.append(
            InstanceRow(
                provider=provider,
                instance=name,
                health="unknown",
                attempts=sum(by_status.values()),
                by_status=by_status,
                source="log rows",
                outcomes=ended,
                error_ratio=known.error_ratio if known else None,
            )
        )
    return tuple(rows)


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
