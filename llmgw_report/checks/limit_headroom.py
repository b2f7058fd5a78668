"""Headroom of limits and budgets.

What it measures: what is used of each budget, in money, requests or tokens, over its maximum, at the moment of the
scrape.

Why it matters: from the maximum on the gateway rejects every request of that API key, team, provider or instance.

What to do: raise the budget, or find out by the tables of traffic which model or key uses it up; where it starts again
soon, wait.

Limitations: a rate per minute is shown and not evaluated, because it is whole again a minute later; a budget without a
maximum is evaluated once nothing is left of it.
"""

from llmgw_report.checks import (
    Category,
    Findings,
    Message,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    join,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.model.resilience import LimitRow

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = ("limit-used", "limit-remaining", "limit-maximum")
DEFAULT = Threshold(warn=0.8, worse="above")


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per budget that is too full, else one about the fullest."""
    budgets = [(row, row.used_ratio) for row in snapshot.sections.resilience.limits if row.is_budget]
    evaluated = [(row, used) for row, used in budgets if used is not None]
    if not evaluated:
        yield from skip("no budget is recorded")
    found = [(row, _subject(row), used) for row, used in evaluated]
    full = [one for one in found if above(one[2], threshold.of(one[1])).status != "pass"]
    for row, subject, used in full or found[:1]:
        yield judged(above(used, threshold.of(subject)), _seen(row), subject, observed=used, unit="ratio")


def _subject(row: LimitRow) -> dict[str, str]:
    return {"limit": row.kind, row.scope: row.name}


def _seen(row: LimitRow) -> Message:
    again = row.resets_in_seconds
    reset = msg("it starts again in {time}", time=units.seconds(again)) if again is not None else ""
    if row.used is None or row.maximum is None:
        return join("; ", [msg("nothing is left of the budget of {name}", name=row.name), reset])
    used = msg(
        "{ratio} of the budget of {name} is used: {used} of {maximum}",
        ratio=units.ratio(row.used_ratio),
        name=row.name,
        used=_figure(row, row.used),
        maximum=_figure(row, row.maximum),
    )
    return join("; ", [used, reset])


def _figure(row: LimitRow, value: float) -> str:
    return units.text(value, "cost_usd") if row.kind == "money" else units.plural(value, row.kind)
