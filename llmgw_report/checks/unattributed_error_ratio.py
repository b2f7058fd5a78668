"""Errors of unknown origin.

What it measures: requests that failed without a record of whose fault it was, over all observed requests without the
client's mistakes: in total and by provider and instance. Models and keys that never succeeded are left out.

Why it matters: when most requests fail, whose fault it is no longer matters to the users.

What to do: read the error messages of the gateway and of its upstreams for that time; most often it is the credentials
or the quota of an instance, which the gateway counts as a mistake of its client.

Limitations: clients that send wrong requests look the same where the gateway does not distinguish them.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report.checks import Category, Findings, Reads, Snapshot, Threshold, Unit, join, msg, units
from llmgw_report.checks._outcomes import READS_OUTCOMES, dimension, judge_side, not_evaluated, without
from llmgw_report.model.outcomes import OF_REQUESTS, OutcomeCell, Outcomes, SubjectOutcomes

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = READS_OUTCOMES
DOES_WITHOUT: Reads = ("instances.sql",)
DEFAULT = Threshold(warn=0.2, fail=0.5, min_n=5, highest=1)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, providers and instances."""
    found = snapshot.sections.outcomes
    if found is None or found.evaluated == "no" or found.successes_only == "yes":
        yield from not_evaluated(snapshot)
        return
    what = msg("failed without a record of whose fault it was")
    counted = _attributable(found)
    for one in judge_side(snapshot, counted, ("unattributed",), what, threshold):
        before, after = found.of(one.subject), counted.of(one.subject)
        left_out = before.outcomes.unattributed - after.outcomes.unattributed if before and after else 0
        more = msg("without {n} to models and keys that never succeeded", n=units.count(left_out)) if left_out else ""
        yield structs.replace(one, seen=join("; ", [one.seen, more]))


def _attributable(found: Outcomes) -> Outcomes:
    """Without models and keys, and without the requests of those that never succeeded and met no failure of service."""
    never = {
        (name, value)
        for one in found.subjects
        for name, value in one.subject.items()
        if dimension(one) in OF_REQUESTS and not one.outcomes.success and not one.outcomes.service
    }
    kept = [one for one in found.subjects if dimension(one) in {"", "provider", "instance"}]
    return structs.replace(found, subjects=tuple(_less(one, found.cells, never) for one in kept))


def _less(one: SubjectOutcomes, cells: tuple[OutcomeCell, ...], never: set[tuple[str, str]]) -> SubjectOutcomes:
    return without(one, _parts(one, cells, never))


def _parts(
    one: SubjectOutcomes, cells: tuple[OutcomeCell, ...], never: set[tuple[str, str]]
) -> Iterator[SubjectOutcomes]:
    for cell in cells:
        inside = all(getattr(cell, name) == value for name, value in one.subject.items())
        if inside and {("model", cell.model or ""), ("api-key", cell.api_key or "")} & never:
            yield SubjectOutcomes(subject={}, outcomes=cell.outcomes)
