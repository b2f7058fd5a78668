"""Root cause first: names the subject that explains most of a bad figure, and folds what follows from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from llmgw_report import units
from llmgw_report.checks import Check, Contributions, every
from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, rank
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.report import Snapshot

#: A subject that contributes at least this much of a figure explains it.
EXPLAINING_RATIO = 0.8
BAD = frozenset({"fail", "warn"})


class Cause(Struct, frozen=True, kw_only=True):
    """The subject that contributes that ratio of a figure; `instance` is set where all of it happened at one."""

    subject: dict[str, str]
    ratio: float
    instance: str | None = None


def fold(
    findings: Sequence[Finding], snapshot: Snapshot, without_waived: Mapping[str, Snapshot] | None = None
) -> tuple[Finding, ...]:
    """The same findings, those about a total naming their cause, and those that follow from another pointing to it.

    Of equally bad ones, those that others follow from come first and those that follow last. `without_waived` has the
    snapshot without waived requests, of the checks that evaluated such a one.
    """
    seen_by = {one.check: (without_waived or {}).get(one.check, snapshot) for one in findings}
    checks = {check.slug: check for check in every()}
    causes = [
        (one, _cause(one, checks[one.check], seen_by[one.check]) if one.status in BAD else None) for one in findings
    ]
    bad = [one for one in findings if one.status in BAD]
    explaining = [one for one in bad if checks[one.check].explains_others]
    derived = [
        _named(one, cause)
        if cause is not None and _is_bad_without(one, cause, seen_by[one.check])
        else _derived(_named(one, cause), cause, bad, explaining)
        for one, cause in causes
    ]
    alike: dict[tuple[str, str, int | None], list[Finding]] = defaultdict(list)
    for one in (one for one in bad if not one.waived):
        alike[one.check, one.status, one.n].append(one)
    derived = [
        _of_same_requests(one, alike.get((one.check, one.status, one.n), ()), seen_by[one.check].sections.outcomes)
        if one.subject.keys() <= {"provider"}  # nothing is finer than an instance, a model or a key
        else one
        for one in derived
    ]
    roots = {one.derived_from for one in derived}
    return tuple(
        sorted(derived, key=lambda one: (rank(one.status), one.derived_from is not None, one.fingerprint not in roots))
    )


def _cause(one: Finding, check: Check, snapshot: Snapshot) -> Cause | None:
    """The most specific subject that explains the figure."""
    if check.contributions is None:
        return None
    found = next((cause for counts in check.contributions(one, snapshot) if (cause := cause_of(counts))), None)
    if found is None or "pattern" not in found.subject:
        return found
    at = next(row.instances for row in snapshot.sections.errors if row.pattern == found.subject["pattern"])
    return structs.replace(found, instance=at[0] if len(at) == 1 else None)


def cause_of(counts: Contributions) -> Cause | None:
    """The subject with enough of the sum; None where there is only one, which explains nothing."""
    total = sum(counts.values())
    if len([subject for subject in counts if subject]) < 2 or total <= 0:  # noqa: PLR2004 - a cause is one of several
        return None
    subject, most = max(counts.items(), key=lambda item: item[1])
    return Cause(subject=dict(subject), ratio=most / total) if subject and most >= EXPLAINING_RATIO * total else None


def _is_bad_without(one: Finding, cause: Cause, snapshot: Snapshot) -> bool:
    """Whether the figure would be beyond its threshold without its cause: then there is a second fault in it.

    That fault may be spread over so many subjects that no finding is about one of them.
    """
    requests = _requests_of(cause.subject, snapshot)
    if one.unit != "ratio" or one.operator != "above" or requests is None:
        return False
    if one.observed is None or one.threshold is None or one.n is None or one.n <= requests:
        return False
    return one.observed * one.n * (1 - cause.ratio) / (one.n - requests) > one.threshold


def _requests_of(subject: Mapping[str, str], snapshot: Snapshot) -> int | None:
    """Requests of a subject that a ratio of failures is of; None where their outcomes are not counted."""
    if "instance" in subject:
        rows = snapshot.sections.instances
        key = (subject.get("provider"), subject["instance"])
        found = next((row.outcomes for row in rows if (row.provider, row.instance) == key), None)
    else:
        outcomes = snapshot.sections.outcomes
        one = outcomes.of(subject) if outcomes else None
        found = one.outcomes if one else None
    return found.base if found else None


def _named(one: Finding, cause: Cause | None) -> Finding:
    if cause is None:
        return one
    label, name = next(iter(cause.subject.items()))
    part = msg("{ratio} of it is {label} {name}", ratio=units.ratio(cause.ratio), label=msg(label), name=name)
    return structs.replace(one, seen=join("; ", [one.seen, part]))


def _derived(one: Finding, cause: Cause | None, bad: Sequence[Finding], explaining: Sequence[Finding]) -> Finding:
    """Derived from the state of its subject or cause, else from the same check's finding about the cause."""
    if one.status not in BAD or one in explaining:
        return one
    subject, at = (cause.subject, cause.instance) if cause else (one.subject, None)
    state = (other for other in explaining if _is_about(other, subject, at))
    same = (other for other in bad if cause and other.check == one.check and other.subject == subject)
    root = next(state, None) or next(same, None)
    return structs.replace(one, derived_from=root.fingerprint) if root else one


def _of_same_requests(one: Finding, alike: Sequence[Finding], outcomes: Outcomes | None) -> Finding:
    """Derived from the finding about a part that has every request of its subject: a provider's only instance.

    `alike` are findings of the same check, the same status and the same number of requests.
    """
    mine = outcomes.of(one.subject) if outcomes else None
    if one.derived_from or outcomes is None or mine is None or not mine.outcomes.base:
        return one
    parts = (
        other
        for other in alike
        if one.subject.items() < other.subject.items()
        and (part := outcomes.of(other.subject))
        and part.outcomes == mine.outcomes
    )
    finest = max(parts, key=lambda other: len(other.subject), default=None)
    return structs.replace(one, derived_from=finest.fingerprint) if finest else one


def _is_about(other: Finding, subject: Mapping[str, str], instance: str | None) -> bool:
    return other.subject == subject or (instance is not None and other.subject.get("instance") == instance)
