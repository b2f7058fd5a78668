"""Tokens per request, against an earlier report.

Measured: input and output tokens over requests, growth as a share of the figure before, in total and per group
of the traffic table. Unit: ratio.

Why it matters: tokens are what is paid for, and long prompts and answers are the commonest cause of slow ones.

What to do: look for a changed prompt, a larger limit of tokens, or clients that send whole histories; compare
the groups to see who.

How it can be wrong: how widely single requests spread is not recorded and taken as twice the mean; where another
share of requests has tokens at all (streams often have none) there is no verdict.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._baseline import (
    Change,
    Estimate,
    Side,
    chance,
    difference,
    enough,
    judge_changes,
    mean,
    not_comparable,
    sides,
)
from llmgw_report.checks._finding import unknown
from llmgw_report.messages import say
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Sections, TrafficRow

CATEGORY: Category = "regression"
FED_BY: FedBy = ("requests", "tokens", "latency", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn")
UNIT: Unit = "ratio"
SPREAD = 2.0
#: A coverage that moved by more than this moves tokens per request by itself.
SAME_COVERAGE = 0.05


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """The total and every group that has enough requests on both sides."""
    if findings := list(not_comparable(snapshot)):
        yield from findings
        return
    found = sides(snapshot, _tokens)
    if problem := found.reason or _coverage_moved(snapshot):
        yield from unknown(problem)
        return
    changes = []
    for pair in found.pairs:
        before, now = pair.before.requests or 0, pair.now.requests or 0
        fewest = max(1, threshold.of(pair.subject).min_n)
        if min(before, now) >= fewest:
            changes.append(_change(pair, found.over))
        else:
            yield from enough(before, now, pair.subject, fewest)
    yield from judge_changes(changes, threshold)


def _tokens(row: TrafficRow) -> int | None:
    """Both kinds; None where one of them or the requests are not counted, or there were none before."""
    if row.requests is None or row.input_tokens is None or row.output_tokens is None:
        return None
    return row.input_tokens + row.output_tokens


def _coverage_moved(snapshot: Snapshot) -> str | None:
    old = _covered(snapshot.baseline.sections if snapshot.baseline else None)
    now = _covered(snapshot.sections)
    if old is None or now is None or abs(now - old) <= SAME_COVERAGE:
        return None
    return say(
        "tokens were recorded for {before} of the requests before and for {now} now",
        before=units.ratio(old),
        now=units.ratio(now),
    )


def _covered(sections: Sections | None) -> float | None:
    lines = sections.coverage if sections else ()
    return next((one.ratio for one in lines if one.quantity == "tokens"), None)


def _change(pair: Side, over: str) -> Change:
    now, before = _per_request(pair.now), _per_request(pair.before)
    n, old_n = pair.now.requests or 0, pair.before.requests or 0
    _, high = difference(now, before)
    seen = say(
        "{tokens} tokens per request {over} ({n} requests), before {old_tokens} ({old_n})",
        tokens=units.count(round(now.value, 1)),
        over=over,
        n=units.count(n),
        old_tokens=units.count(round(before.value, 1)),
        old_n=units.count(old_n),
    )
    return Change(
        subject=pair.subject,
        seen=seen,
        growth=(now.value - before.value) / before.value,
        highest=high / before.value,
        chance=chance(now, before),
        n=min(n, old_n),
    )


def _per_request(row: TrafficRow) -> Estimate:
    n = row.requests or 1
    return mean((_tokens(row) or 0) / n, n, SPREAD)
