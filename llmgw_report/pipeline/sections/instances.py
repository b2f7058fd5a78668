"""Upstream instances with their health and outcomes, open sessions, and tokens per model."""

from collections import Counter
from collections.abc import Collection, Sequence

from msgspec import structs

from llmgw_report.gateways.rows import HealthRecord, InstanceRecord, SessionRecord, TokenRecord
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.finding import HEALTH_WORST_FIRST, Health
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes
from llmgw_report.model.sections import UNRECORDED, InstanceRow, ProviderSessions, Sessions, TokenEfficiency
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.tally import summed

InstanceKey = tuple[str, str]
"""Provider and instance."""


def instances(measured: Measured, found: Outcomes | None) -> tuple[InstanceRow, ...]:
    """Every instance of the scrape and of the rows, those with the outcomes that were `found`.

    Of one that both have the scrape's figures are shown, with the health of the rows if the scrape has none, or the
    scrape's health beside the figures of the rows if it counts nothing.
    """
    logged = _instances_of_rows(measured, found)
    counted = _instances_of_metrics(measured, {key for key, row in logged.items() if row.attempts})
    for key, row in counted.items():
        logged[key] = _merged(row, logged[key]) if key in logged else row
    apart = _apart(measured)
    return tuple(
        structs.replace(one, last_success=_last_success(key, found))
        for key, row in sorted(logged.items())
        for one in apart.get(key, (row,))
    )


def _apart(measured: Measured) -> dict[InstanceKey, list[InstanceRow]]:
    """Instances that are not in the same state for every process, each as each of these sees it.

    A state is of the process that reports it: added up, one replica that lost its upstream would look like a
    contradiction.
    """
    counts, apart = _counts_attempts(measured), {}
    for key, found in by_instance(measured).items():
        targets = dict.fromkeys(one.target for one in found if one.target)
        own = {name: [one for one in found if one.target == name] for name in targets}
        told = {tuple(sorted({state for one in its for state in one.states})) for its in own.values()}
        if len(told - {()}) > 1:
            rows = ((name, _row(key, its, tried=False, counts_attempts=counts)) for name, its in own.items())
            apart[key] = [structs.replace(row, target=name) for name, row in rows]
    return _apart_of_rows(measured) | apart


def _apart_of_rows(measured: Measured) -> dict[InstanceKey, list[InstanceRow]]:
    """The same for the states in the databases of several processes."""
    states: dict[InstanceKey, dict[str, HealthRecord]] = {}
    for one in measured.table("health", HealthRecord) or ():
        if one.target is not None:
            own = states.setdefault((one.provider or UNRECORDED, one.instance), {})
            own[one.target] = min(own.get(one.target, one), one, key=lambda one: HEALTH_WORST_FIRST.index(one.health))
    apart: dict[InstanceKey, list[InstanceRow]] = {}
    rows = measured.table("instances", InstanceRecord) or ()
    for key, own in states.items():
        if len({one.health for one in own.values()} - {"unknown"}) > 1:
            calls = [row for row in rows if (row.provider or UNRECORDED, row.instance) == key]
            for target, state in own.items():
                its = [row for row in calls if row.target == target]
                found = _row_of(key, its or None, state, None, tried=bool(its) or not rows)
                apart.setdefault(key, []).append(structs.replace(found, target=target))
    return apart


def _merged(counted: InstanceRow, logged: InstanceRow) -> InstanceRow:
    """One instance as the scrape and the rows know it."""
    figures = logged if counted.attempts is None else counted
    health = logged if counted.health == "unknown" and counted.health_note is None else counted
    return structs.replace(
        figures,
        health=health.health,
        health_note=health.health_note,
        recovery=health.recovery,
        pool=counted.pool or logged.pool,
    )


def _last_success(key: InstanceKey, found: Outcomes | None) -> str | None:
    provider, instance = key
    named = {"instance": instance} | ({} if provider == UNRECORDED else {"provider": provider})
    one = found.of(named) if found else None
    return next((run.until for run in reversed(one.runs) if run.side == "success"), None) if one else None


def _instances_of_metrics(measured: Measured, tried: Collection[InstanceKey]) -> dict[InstanceKey, InstanceRow]:
    """Instances of the scrape; the rows say which of them were `tried`, whether it counts that or not."""
    counts = _counts_attempts(measured)
    return {
        key: _row(key, found, tried=key in tried, counts_attempts=counts)
        for key, found in by_instance(measured).items()
    }


def by_instance(measured: Measured) -> dict[InstanceKey, list[Indicator]]:
    """What the scrape has of each instance."""
    grouped: dict[InstanceKey, list[Indicator]] = {}
    for one in (*measured.of("health"), *measured.of("attempts"), *measured.of("cooldowns")):
        if "instance" in one.roles:
            key = (one.roles.get("provider", UNRECORDED), one.roles["instance"])
            grouped.setdefault(key, []).append(one)
    return _with_provider(grouped)


def _counts_attempts(measured: Measured) -> bool:
    """Whether one that was tried would have a series of attempts: others have, or no request has come yet."""
    if attempts := measured.of("attempts"):
        return any("instance" in one.roles for one in attempts)
    mapped = measured.gateway.metrics.get("attempts", ()) if measured.gateway else ()
    return any("instance" in one.labels for one in mapped) and not measured.of("requests")


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


def _row(key: InstanceKey, found: list[Indicator], *, tried: bool, counts_attempts: bool) -> InstanceRow:
    attempts = [one for one in found if one.quantity == "attempts"]
    ended = summed(attempts)
    health, note = _health(found, tried=tried or (bool(ended.base) if ended else not counts_attempts))
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
    )


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
    health: Health = next((state for state in HEALTH_WORST_FIRST if state in told), "unknown")
    if health == "ok" and not tried:
        return "unknown", msg("not tried")
    return health, None


def _by_status(attempts: list[Indicator]) -> dict[str, int]:
    counted: dict[str, float] = {}
    for one in attempts:
        status = one.roles.get("status", UNRECORDED)
        counted[status] = counted.get(status, 0.0) + one.value
    return {status: round(count) for status, count in sorted(counted.items())}


def _instances_of_rows(measured: Measured, found: Outcomes | None) -> dict[InstanceKey, InstanceRow]:
    """Instances of tables that hold their requests or their states; what is not recorded stays None."""
    grouped: dict[InstanceKey, list[InstanceRecord]] = {}
    for row in measured.table("instances", InstanceRecord) or ():
        grouped.setdefault((row.provider or UNRECORDED, row.instance), []).append(row)
    states: dict[InstanceKey, HealthRecord] = {}
    for state in measured.table("health", HealthRecord) or ():
        key = (state.provider or UNRECORDED, state.instance)
        # Two channels may have one name, and the one that is down must not hide behind the other.
        states[key] = min(states.get(key, state), state, key=lambda one: HEALTH_WORST_FIRST.index(one.health))
    return {
        key: _row_of(key, grouped.get(key), states.get(key), found, tried=not grouped or key in grouped)
        for key in dict.fromkeys((*grouped, *states))
    }


def _row_of(
    key: InstanceKey,
    rows: Sequence[InstanceRecord] | None,
    state: HealthRecord | None,
    found: Outcomes | None,
    *,
    tried: bool,
) -> InstanceRow:
    """One instance; a state of "ok" says little of one that had no request."""
    one = found.of({"instance": key[1], "provider": key[0]}) if found else None
    ended = one.outcomes if one else _outcomes(rows or ())
    known = ended if ended and not (found and found.successes_only == "yes") else None
    untried = state is not None and state.health == "ok" and not tried
    by_status: Counter[str] = Counter()
    for row in rows or ():
        by_status[row.status] += row.requests
    return InstanceRow(
        provider=key[0],
        instance=key[1],
        health="unknown" if state is None or untried else state.health,
        attempts=by_status.total() if rows is not None else None,
        by_status=dict(by_status),
        source="log rows",
        outcomes=ended,
        error_ratio=known.error_ratio if known else None,
        health_note=msg("not tried") if untried else None,
        recovery=state.recovery if state else None,
        pool=state.pool if state else None,
    )


def _outcomes(rows: Sequence[InstanceRecord]) -> OutcomeCounts | None:
    """How the attempts at an instance ended; None where no outcome is known."""
    counted: Counter[str] = Counter()
    for row in rows:
        if row.outcome is not None:
            counted[row.outcome] += row.requests
    return OutcomeCounts.of(counted) if counted else None


def token_efficiency(measured: Measured) -> tuple[TokenEfficiency, ...]:
    """Models, those with the most tokens first, from the scrape if it counts tokens, else from rows."""
    counted = _tokens_of_metrics(measured) or _tokens_of_rows(measured)
    found = sorted(counted.items(), key=lambda item: (-sum(item[1]), item[0]))
    return tuple(
        TokenEfficiency(
            model=model, input_tokens=sent, output_tokens=received, output_input_ratio=received / sent if sent else None
        )
        for model, (sent, received) in found
    )


def _tokens_of_metrics(measured: Measured) -> dict[str, tuple[int, int]]:
    counted: dict[str, dict[str, float]] = {}
    recorded: set[str] = set()
    for one in measured.by_group("tokens"):
        model, kind = one.roles.get("model"), one.roles.get("token-type")
        if model and kind:
            kinds = counted.setdefault(model, {})
            kinds[kind] = kinds.get(kind, 0.0) + one.value
            recorded.add(kind)
    if not recorded >= {"input", "output"}:  # of a type that nobody counts, a model has an unknown number, and not none
        return {}
    return {
        model: (round(kinds.get("input", 0.0)), round(kinds.get("output", 0.0))) for model, kinds in counted.items()
    }


def _tokens_of_rows(measured: Measured) -> dict[str, tuple[int, int]]:
    rows = measured.table("token_efficiency", TokenRecord) or ()
    return {row.model: (row.input_tokens, row.output_tokens) for row in rows}
