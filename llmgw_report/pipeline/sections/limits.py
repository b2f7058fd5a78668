"""Limits and budgets as of the scrape, what the gateway itself rejected, and the models that others stood in for."""

from collections.abc import Mapping, Sequence
from math import inf

from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import LIMIT_SCOPES, REFUSALS
from llmgw_report.model.resilience import FallbackRow, LimitRow, RefusalRow
from llmgw_report.model.scrape import COUNT_LIMIT
from llmgw_report.model.sections import UNRECORDED
from llmgw_report.pipeline.measure import Measured

LimitKey = tuple[str, str, str]
"""Scope, name, and what is limited."""

_QUANTITIES = ("limit-used", "limit-remaining", "limit-maximum", "limit-reset")


def limits(measured: Measured) -> tuple[LimitRow, ...]:
    """Every limit of which a maximum or what is left is known, the fullest first."""
    found: dict[LimitKey, dict[str, list[float]]] = {}
    for name in _QUANTITIES:
        for one in measured.of(name):
            if key := _key(one):
                found.setdefault(key, {}).setdefault(name, []).append(one.value)
    rows = [_row(key, {name: _together(name, values) for name, values in its.items()}) for key, its in found.items()]
    known = [row for row in rows if row.remaining is not None or row.maximum is not None]
    return tuple(sorted(known, key=_fullest_first))


def _fullest_first(row: LimitRow) -> tuple[float, str, str, str]:
    return inf if row.used_ratio is None else -row.used_ratio, row.scope, row.name, row.of


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


def _row(key: LimitKey, its: Mapping[str, float | None]) -> LimitRow:
    """What is not recorded follows from the other two."""
    used, left, most = its.get("limit-used"), its.get("limit-remaining"), its.get("limit-maximum")
    if used is None and left is not None and most is not None:
        used = most - left
    if left is None and used is not None and most is not None:
        left = most - used
    if most is None and used is not None and left is not None:
        most = used + left
    ratio = used / most if used is not None and most else None
    if ratio is None and left is not None and left <= 0:
        ratio = 1.0
    scope, name, of = key
    return LimitRow(
        scope=scope,
        name=name,
        of=of,
        used=used,
        remaining=left,
        maximum=most,
        used_ratio=ratio,
        resets_in_seconds=its.get("limit-reset"),
    )


def refusals(measured: Measured) -> tuple[RefusalRow, ...]:
    """What the gateway itself rejected and why, most often first."""
    counted: dict[tuple[str, str | None], float] = {}
    for name in REFUSALS:
        for one in measured.of(name):
            key = name, one.roles.get("reason")
            counted[key] = counted.get(key, 0.0) + one.value
    rows = [RefusalRow(quantity=name, reason=reason, count=round(n)) for (name, reason), n in counted.items() if n]
    return tuple(sorted(rows, key=lambda row: (REFUSALS.index(row.quantity), -row.count, row.reason or "")))


def fallbacks(measured: Measured) -> tuple[FallbackRow, ...]:
    """Which model stood in for which, most often first."""
    counted: dict[tuple[str, str, Outcome | None], float] = {}
    for one in measured.of("fallbacks"):
        if one.roles.keys() & {"model", "fallback-model"} and one.value:
            model, other = one.roles.get("model", UNRECORDED), one.roles.get("fallback-model", UNRECORDED)
            key = model, other, _outcome(one)
            counted[key] = counted.get(key, 0.0) + one.value
    rows = [
        FallbackRow(model=model, fallback_model=other, outcome=outcome, count=round(n))
        for (model, other, outcome), n in counted.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.model, row.fallback_model, row.outcome or "")))


def _outcome(one: Indicator) -> Outcome | None:
    found = one.roles.get("outcome")
    return None if found in {None, "unobserved"} else found  # type: ignore[return-value]
