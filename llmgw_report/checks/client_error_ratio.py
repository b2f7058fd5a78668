"""Client error rate (4xx).

What it measures: requests that failed by the client's fault for certain (malformed, unknown model, wrong key, a limit
of the key, a client that hung up) over requests with a known outcome, in total and by provider, instance, model and
API key, tested by the Wilson interval.

Why it matters: the gateway works, but an integration does not: a renamed model, an expired key, a provider that rejects
the account.

What to do: find the model or key that the errors belong to and inform its owner.

Limitations: a single client in a retry loop can account for most of the figure.
"""

from collections.abc import Iterator

from msgspec import structs

from llmgw_report.checks import Category, Contributions, Finding, Findings, Reads, Snapshot, Threshold, Unit, msg, units
from llmgw_report.checks._advice import CLIENT, advice
from llmgw_report.checks._outcomes import READS_OUTCOMES, not_evaluated, subject_words, unattributed_others
from llmgw_report.checks._ratios import Ratio, error_contributions, judge_ratios
from llmgw_report.model.outcomes import SubjectOutcomes

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = READS_OUTCOMES
DOES_WITHOUT: Reads = ("instances.sql",)
DEFAULT = Threshold(warn=0.2, min_n=20, severity="warn", highest=1)
PROVES_SERVICE = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total and every subject with enough requests."""
    found = snapshot.sections.outcomes
    if found is None or found.evaluated == "no" or found.successes_only == "yes":
        yield from not_evaluated(snapshot)
        return
    ratios = [_ratio(one) for one in found.subjects if one.outcomes.observed or not one.subject]
    for raw in judge_ratios(ratios, threshold):
        if not raw.subject or raw.status == "warn":
            one = found.of(raw.subject)
            yield structs.replace(raw, do=advice(one.outcomes if one else None, CLIENT, raw.subject, snapshot))


def _ratio(one: SubjectOutcomes) -> Ratio:
    text = msg(
        "{hits} of {n} {subject} ended on the client's side",
        hits=units.count(one.outcomes.client),
        n=units.count(one.outcomes.observed),
        subject=subject_words(one.subject),
    )
    more = unattributed_others(one)
    return Ratio(hits=one.outcomes.client, n=one.outcomes.observed, subject=one.subject, text=text, more=more)


def contributions(found: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Client errors by instance and by group."""
    yield from error_contributions(found, snapshot, "client")
