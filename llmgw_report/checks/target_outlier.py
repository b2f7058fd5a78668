"""One target fails more than the others.

What it measures: the failures of the service of each target (one process of the gateway) against those of all others
together, by Fisher's exact test over all targets at 99% confidence; and only where its ratio is at least twice that of
the others and 0.5 points above it.

Why it matters: one bad replica among many hides in the sum: clients that reach it fail, and no threshold is exceeded.

What to do: take the target out of rotation, and compare its version, configuration and network with those of another.

Limitations: where the load balancer sends each target other clients or models, the clients may be the difference.
"""

from llmgw_report.checks import Category, Finding, Findings, Reads, Snapshot, Threshold, Unit, finding, msg, skip, units
from llmgw_report.checks._statistics import growth_p_value, holm
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.target import TargetRow

CATEGORY: Category = "availability"
UNIT: Unit = "factor"
READS: Reads = ("requests", "attempts")
SINGLES_OUT = True
DEFAULT = Threshold(warn=2.0, severity="warn")
#: Twice nothing is nothing: a target has to be worse by so much that it matters.
_POINTS, _LEVEL = 0.005, 0.01
_FEWEST_TARGETS = 2


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One warning for each target that is worse than the others, else one finding for all."""
    rows = [(row, row.outcomes) for row in snapshot.targets if row.outcomes and row.outcomes.base]
    if len(rows) < _FEWEST_TARGETS:
        yield from skip(msg("one target, and nothing to compare it with"))
        return
    service, base = sum(one.service for _, one in rows), sum(one.base for _, one in rows)
    others = [(service - one.service, base - one.base) for _, one in rows]
    chances = [growth_p_value(one.service, one.base, *rest) for (_, one), rest in zip(rows, others, strict=True)]
    found = False
    for (row, one), rest, unlikely in zip(rows, others, holm(chances, _LEVEL), strict=True):
        factor = threshold.of({"target": row.target}).warn
        if unlikely and factor is not None and _is_worse(one, *rest, factor):
            found = True
            yield _outlier(row, one, *rest, factor)
    if not found:
        yield finding("pass", msg("none of {n} targets fails more than the others", n=len(rows)), n=base)


def _is_worse(one: OutcomeCounts, hits: int, n: int, factor: float) -> bool:
    own, theirs = one.service / one.base, hits / n
    return own >= factor * theirs and own - theirs >= _POINTS


def _outlier(row: TargetRow, one: OutcomeCounts, hits: int, n: int, limit: float) -> Finding:
    own, theirs = one.service / one.base, hits / n
    seen = msg(
        "{hits} of {n} requests of {target} failed on the server side ({ratio}), of the other targets {others}",
        hits=units.count(one.service),
        n=units.count(one.base),
        target=row.target,
        ratio=units.ratio(own),
        others=units.ratio(theirs),
    )
    factor = round(own / theirs, 1) if theirs else None
    return finding("warn", seen, {"target": row.target}, observed=factor, operator="above", threshold=limit, n=one.base)
