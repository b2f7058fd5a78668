"""Tells apart by another family what one status of a counter holds. Pure.

A gateway that answers 400 for a malformed request, a time-out and an answer that it could not read counts its calls to
the upstream by another word for each. Where those calls belong to no model or provider, their counts are of the total.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.gateways import labels
from llmgw_report.gateways.definition import Part, Split, listed
from llmgw_report.model.indicator import Indicator

Calls = Sequence[tuple[Mapping[str, str], float]]
"""Series of the other family: labels and count."""


def labels_of(split: Split) -> tuple[str, ...]:
    """Labels of the other family that are read."""
    globs = (split.only, *(one for part in split.parts for one in (part.plus, part.minus)))
    joined = (name for names in split.labels.values() for name in listed(names))
    return tuple(dict.fromkeys((*(name for one in globs for name in labels.names(one)), *joined)))


def ended(split: Split, calls: Calls, whole: float) -> dict[str, float]:
    """Outcome -> how many of the `whole` ended so; what is left over is in none. Nothing without any calls."""
    found: dict[str, float] = {}
    for part in split.parts if calls else ():
        left = whole - sum(found.values())
        taken = max(0.0, min(left, _counted(part, calls))) if part.plus else left
        found[part.outcome] = found.get(part.outcome, 0.0) + taken
    return found


def _counted(part: Part, calls: Calls) -> float:
    """Whole requests: one that is under way has not all of its calls counted yet."""
    count = sum(n for values, n in calls if labels.match(part.plus, values))
    if part.minus:
        count -= sum(n for values, n in calls if labels.match(part.minus, values))
    return float(count // part.divide)


def told_apart(
    found: Sequence[Indicator], parts: Mapping[str, float], of: Mapping[str, str] | None = None
) -> Iterator[Indicator]:
    """Each indicator with as many of every part as cannot be another's, then what is known of their sum alone.

    The second kind names no subject but `of`, the roles that they all have, and takes as many off again, so that
    nothing is counted twice.
    """
    whole = sum(one.value for one in found)
    left = {outcome: n for outcome, n in parts.items() if n}
    for one in found:
        own = one.value
        for outcome, n in parts.items():
            certain = max(0.0, n - (whole - one.value))
            if certain:
                left[outcome] -= certain
                own -= certain
                yield structs.replace(one, value=certain, steps=(), roles={**one.roles, "outcome": outcome})
        if own:
            yield structs.replace(one, value=own, steps=())
    for outcome, n in left.items():
        kept = found[0].roles["outcome"]
        if n and outcome != kept:
            yield structs.replace(found[0], value=n, steps=(), roles={**(of or {}), "outcome": outcome}, shared=True)
            yield structs.replace(found[0], value=-n, steps=(), roles={**(of or {}), "outcome": kept}, shared=True)
