"""Retries, fallbacks, cooldowns, cache lookups, queues, rejections, and limits and budgets as of the scrape."""

from collections.abc import Mapping, Sequence
from math import inf

from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import LIMIT_SCOPES, QUANTITIES, REJECTIONS
from llmgw_report.model.resilience import (
    CacheLookups,
    CooldownRow,
    FallbackRow,
    LimitRow,
    RejectionRow,
    Resilience,
)
from llmgw_report.model.scrape import COUNT_LIMIT
from llmgw_report.model.sections import UNRECORDED, Basis, Totals
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.instances import InstanceKey, by_instance

LimitKey = tuple[str, str, str]
"""Scope, name, and what is limited."""

_QUANTITIES = ("limit-used", "limit-remaining", "limit-maximum", "limit-reset")


def resilience(measured: Measured, *traffic: Totals | None) -> Resilience:
    """Totals of whichever `traffic` counts them first, beside what only series of the scrape name."""
    totals: dict[str, float] = {}
    basis: dict[str, Basis] = {}
    for one in filter(None, traffic):
        for name, value in one.total.figures.items():
            totals.setdefault(name, value)
            basis.setdefault(name, one.basis)
    pairs, cooldowns = fallbacks(measured), _cooldowns(measured)
    of_scrape: dict[str, Basis] = {"fallbacks": "lifetime"} if pairs else {}
    if not pairs and totals.get("fallbacks"):
        pairs = (FallbackRow(from_=None, to=None, count=round(totals["fallbacks"])),)
    if cooldowns:
        of_scrape["cooldowns"] = "lifetime"
    if cached := basis.get("cache_hits") or basis.get("cache_misses"):
        basis["cache"] = cached
    kept = (name for name in ("retries", "fallbacks", "cache") if name in basis)
    return Resilience(
        retries=_whole(totals.get("retries")),
        fallbacks=pairs,
        cooldowns=cooldowns,
        cache=CacheLookups(hits=_whole(totals.get("cache_hits")), misses=_whole(totals.get("cache_misses"))),
        rejections=rejections(measured),
        limits=limits(measured),
        in_flight=_gauge(measured, "in-flight"),
        queued=_gauge(measured, "queued"),
        basis={name: basis[name] for name in kept} | of_scrape,
    )


def _whole(figure: float | None) -> int | None:
    return None if figure is None else round(figure)


def _gauge(measured: Measured, name: str) -> int | None:
    found = measured.of(name)
    return round(QUANTITIES[name].together([one.value for one in found])) if found else None


def _cooldowns(measured: Measured) -> tuple[CooldownRow, ...]:
    """By instance, those of an instance that was never taken out of use too."""
    counted: dict[InstanceKey, float] = {}
    for key, found in by_instance(measured).items():
        mine = [one.value for one in found if one.quantity == "cooldowns"]
        if mine:
            counted[key] = sum(mine)
    unnamed = [one.value for one in measured.of("cooldowns") if "instance" not in one.roles]
    rows = [
        CooldownRow(provider=_known(provider), instance=instance, count=round(n))
        for (provider, instance), n in sorted(counted.items())
    ]
    return (*rows, *([CooldownRow(provider=None, instance=None, count=round(sum(unnamed)))] if unnamed else ()))


def _known(name: str) -> str | None:
    return None if name == UNRECORDED else name


def limits(measured: Measured) -> tuple[LimitRow, ...]:
    """Every limit of which a maximum or what is left is known, the fullest first.

    Each worker has a reading of its own, as old as the last request that it saw: the fullest counts, and a maximum of
    one worker is never compared with what another has left.
    """
    found: dict[LimitKey, dict[str, dict[str, list[float]]]] = {}
    for name in _QUANTITIES:
        for one in measured.of(name):
            if key := _key(one):
                of_worker = found.setdefault(key, {}).setdefault(one.roles.get("worker", ""), {})
                of_worker.setdefault(name, []).append(one.value)
    rows = [min((_row(key, its) for its in workers.values()), key=_fullest_first) for key, workers in found.items()]
    known = [row for row in rows if row.remaining is not None or row.maximum is not None]
    return tuple(sorted(known, key=_fullest_first))


def _fullest_first(row: LimitRow) -> tuple[float, float, str, str, str]:
    used = inf if row.used_ratio is None else -row.used_ratio
    return used, inf if row.remaining is None else row.remaining, row.scope, row.name, row.kind


def _key(one: Indicator) -> LimitKey | None:
    """None for a limit of nobody: the labels of its series say "no value"."""
    roles = one.roles
    scope = roles.get("scope") or next((role for role in LIMIT_SCOPES if role in roles), None)
    if scope not in roles or scope is None:
        return None
    name, model = roles[scope], roles.get("model")
    if model and scope not in {"model", "instance"}:  # what a key may do with one model
        name = f"{name}, {model}"
    return scope, name, roles.get("of", "")


def _together(name: str, values: Sequence[float]) -> float | None:
    """The tightest of several readings of one limit, each as old as the last request that saw it."""
    known = [value for value in values if abs(value) < COUNT_LIMIT]  # NaN is not
    if not known:
        return None
    return max(known) if name in {"limit-used", "limit-reset"} else min(known)


def _row(key: LimitKey, readings: Mapping[str, Sequence[float]]) -> LimitRow:
    """What is not recorded follows from the other two.

    More left than there ever was, and a start that is past, are readings of different times.
    """
    its = {name: _together(name, values) for name, values in readings.items()}
    used, left, most = its.get("limit-used"), its.get("limit-remaining"), its.get("limit-maximum")
    if used is None and left is not None and most is not None and left <= most:
        used = most - left
    if left is None and used is not None and most is not None:
        left = most - used
    if most is None and used is not None and left is not None:
        most = used + left
    ratio = used / most if used is not None and most else None
    if ratio is None and left is not None and left <= 0:
        ratio = 1.0
    again = its.get("limit-reset")
    scope, name, kind = key
    return LimitRow(
        scope=scope,
        name=name,
        kind=kind,
        used=used,
        remaining=left,
        maximum=most,
        used_ratio=ratio,
        resets_in_seconds=None if again is None or again < 0 else again,
        window=LimitRow.window_of(kind),
    )


def rejections(measured: Measured) -> tuple[RejectionRow, ...]:
    """What the gateway itself rejected and why, most often first."""
    counted: dict[tuple[str, str | None], float] = {}
    for name in REJECTIONS:
        for one in measured.of(name):
            key = name, one.roles.get("reason")
            counted[key] = counted.get(key, 0.0) + one.value
    rows = [RejectionRow(quantity=name, reason=reason, count=round(n)) for (name, reason), n in counted.items() if n]
    return tuple(sorted(rows, key=lambda row: (REJECTIONS.index(row.quantity), -row.count, row.reason or "")))


def fallbacks(measured: Measured) -> tuple[FallbackRow, ...]:
    """Which model stood in for which, most often first."""
    counted: dict[tuple[str | None, str | None, Outcome | None], float] = {}
    for one in measured.of("fallbacks"):
        if one.value:
            key = one.roles.get("model"), one.roles.get("fallback-model"), _outcome(one)
            counted[key] = counted.get(key, 0.0) + one.value
    rows = [
        FallbackRow(from_=model, to=other, outcome=outcome, count=round(n))
        for (model, other, outcome), n in counted.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.from_ or "", row.to or "", row.outcome or "")))


def _outcome(one: Indicator) -> Outcome | None:
    found = one.roles.get("outcome")
    return None if found in {None, "unobserved"} else found  # type: ignore[return-value]
