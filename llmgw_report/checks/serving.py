"""The gateway answers requests.

What it measures: successful requests in the window, in total and by provider, instance, model and API key; and whether
the newest requests of a subject all failed.

Why it matters: without one success nothing proves that the gateway works, and a subject that answers nothing is down
whatever its ratio over a long window is.

What to do: look at what the failed requests have in common, the instance or its credentials first; send one request by
hand.

Limitations: a model or a key that never succeeded may be a mistake of its client, so that it fails only by failures of
the service, or once it has answered earlier. Where only attempts are counted, a fallback may have answered for it.
Probes of the gateway's own are no requests.
"""

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    finding,
    join,
    msg,
    units,
)
from llmgw_report.checks._advice import advice
from llmgw_report.checks._episodes import FAILURES, FEWEST_REQUESTS, newest_failures
from llmgw_report.checks._outcomes import (
    READS_OUTCOMES,
    Outages,
    about,
    coarsest_first,
    dimension,
    idle,
    is_certain,
    no_success,
    not_evaluated,
    subject_words,
    when,
)
from llmgw_report.model.outcomes import OF_REQUESTS, Outcomes, SubjectOutcomes

CATEGORY: Category = "availability"
UNIT: Unit = "count"
READS: Reads = (*READS_OUTCOMES, "trend.sql")
DOES_WITHOUT: Reads = ("instances.sql", "trend.sql")
DEFAULT = Threshold(required=True)
PROVES_SERVICE = True
EXPLAINS_RATIOS = True

#: A failure proves the end of an outage only with so many good requests behind it: the threshold of a dead service.
_DEAD_RATIO = 0.05
#: One client that sends wrong requests writes some in a row.
_FEWEST_OF_NOBODY = 20


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:  # noqa: ARG001 - it has no threshold
    """The total, and every subject that answers nothing or nothing any more."""
    found = snapshot.sections.outcomes
    if found is None or found.evaluated == "no":
        yield from not_evaluated(snapshot)
        return
    outages = Outages(snapshot, FAILURES)
    yield from _total(snapshot, found, outages)
    for one in coarsest_first(found):
        yield from _subject(one, snapshot, outages)


def _total(snapshot: Snapshot, found: Outcomes, outages: Outages) -> Findings:
    total = found.total()
    counts = total.outcomes
    if counts.base >= FEWEST_REQUESTS and not counts.success:
        yield from list(_subject(total, snapshot, outages)) or [_unrecorded(total, found)]
    elif counts.success:
        yield from _newest(total, snapshot) or [
            finding(
                "pass",
                msg(
                    "{success} of {n} requests were answered",
                    success=units.count(counts.success),
                    n=units.count(counts.observed),
                ),
                n=counts.base,
            )
        ]
    else:
        words = (
            no_success(found)
            if found.successes_only == "yes"
            else msg("no request was answered {when}", when=when(found))
        )
        if counts.base:
            words = msg(
                "{n} of {n} requests failed {when}, too few to prove anything",
                n=units.count(counts.base),
                when=when(found),
            )
            yield finding("unknown", words, n=0, reason=words)
        else:
            yield idle(snapshot, words)


def _unrecorded(total: SubjectOutcomes, found: Outcomes) -> Finding:
    """Failures alone prove nothing where most requests succeed without a trace."""
    words = msg(
        "no success is recorded {when}, and neither is how {n} requests ended",
        n=units.count(total.unobserved),
        when=when(found),
    )
    return finding("unknown", words, n=0, reason=words)


def _subject(one: SubjectOutcomes, snapshot: Snapshot, outages: Outages) -> Findings:
    counts, found = one.outcomes, snapshot.sections.outcomes
    unrecorded = one.last_unobserved and one.unobserved > counts.base
    if counts.base < FEWEST_REQUESTS or counts.success or unrecorded or found is None:
        yield from _newest(one, snapshot)
        return
    seen = msg("0 of {n} {subject} were answered", n=units.count(counts.base), subject=subject_words(one.subject))
    status: Status = "fail" if is_certain(one) and _is_real(one, snapshot) else "warn"
    raw = finding(status, join("; ", [seen, about(one)]), one.subject, observed=0.0, n=counts.base)
    raw = structs.replace(raw, do=advice(counts, FAILURES, one.subject, snapshot))
    yield outages.judge(raw, one, _DEAD_RATIO) if status == "fail" else raw


def _is_real(one: SubjectOutcomes, snapshot: Snapshot) -> bool:
    """Whether a client cannot have made the subject up: the service failed, or it has answered earlier."""
    if dimension(one) not in OF_REQUESTS or one.outcomes.service >= FEWEST_REQUESTS:
        return True
    earlier = snapshot.baseline.sections if snapshot.baseline else None
    known = (snapshot.sections.lifetime_outcomes, earlier and earlier.outcomes)
    return any(before.outcomes.success > 0 for found in known if found and (before := found.of(one.subject)))


def _newest(one: SubjectOutcomes, snapshot: Snapshot) -> list[Finding]:
    """The newest requests all failed: dead now, whatever the window holds, if it was the service that failed."""
    run, attributed = newest_failures(one), True
    if run is None or run.count < FEWEST_REQUESTS:
        run, attributed = newest_failures(one, FAILURES), False
        if run is None or run.count < _FEWEST_OF_NOBODY or dimension(one) in OF_REQUESTS:
            return []
    seen = msg("the newest {n} {subject} all failed", n=units.count(run.count), subject=subject_words(one.subject))
    nobody = "" if attributed else msg("nothing records whose fault it was")
    status: Status = "fail" if attributed and is_certain(one) else "warn"
    found = finding(status, join("; ", [seen, nobody]), one.subject, observed=0.0, n=run.count)
    do = advice(one.outcomes, FAILURES, one.subject, snapshot)
    return [structs.replace(found, since=run.since, do=do)]
