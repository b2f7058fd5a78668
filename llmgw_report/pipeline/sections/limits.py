"""Limits and budgets at the moment of the scrape, and the models that others stood in for."""

from collections.abc import Mapping, Sequence
from math import inf

from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.quantities import LIMIT_SCOPES
from llmgw_report.model.resilience import FallbackRow, LimitRow
from llmgw_report.model.scrape import COUNT_LIMIT
from llmgw_report.model.sections import UNRECORDED
from llmgw_report.pipeline.measure import Measured

LimitKey = tuple[str, str, str]
"""Scope, name, and what is limited."""

_QUANTITIES = ("limit-used", "limit-remaining", "limit-maximum", "limit-reset")


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
    return used, inf if row.remaining is None else row.remaining, row.scope, row.name, row.of


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
    scope, name, of = key
    return LimitRow(
        scope=scope,
        name=name,
        of=of,
        used=used,
        remaining=left,
        maximum=most,
        used_ratio=ratio,
        resets_in_seconds=None if again is None or again < 0 else again,
    )


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
