"""Root cause first: names the subject that explains most of a bad figure, and folds what follows from it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from msgspec import Struct, structs

from llmgw_report import units
from llmgw_report.checks import Check, Contributions, every, proves_above
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.finding import BAD, Finding, rank
from llmgw_report.model.outcomes import OutcomeCounts, Outcomes, subject_key
from llmgw_report.model.report import Snapshot

#: A subject that contributes at least this much of a figure explains it.
EXPLAINING_RATIO = 0.8


class Cause(Struct, frozen=True, kw_only=True):
    """The subject that contributes that ratio of a figure; `instance` is set where all of it happened at one."""

    subject: dict[str, str]
    ratio: float
    instance: str | None = None


def fold(
    findings: Sequence[Finding], snapshot: Snapshot, without_waived: Mapping[str, Snapshot] | None = None
) -> tuple[Finding, ...]:
    """The same findings, those about a total naming their cause, and those that follow from another pointing to it.

    Of equally bad ones, those that others follow from come first and those that follow last, and else those that are
    about more requests. `without_waived` has the snapshot without waived requests, of the checks that evaluated such a
    one.
    """
    seen_by = {one.check: (without_waived or {}).get(one.check, snapshot) for one in findings}
    checks = {check.slug: check for check in every()}
    causes = [
        (one, _cause(one, checks[one.check], seen_by[one.check]) if one.status in BAD else None) for one in findings
    ]
    bad = [one for one in findings if one.status in BAD]
    explaining = [one for one in bad if checks[one.check].explains_others]
    derived = [
        _named(one, cause, seen_by[one.check])
        if cause is not None and _is_bad_without(one, cause, seen_by[one.check])
        else _derived(_named(one, cause, seen_by[one.check]), cause, bad, explaining)
        for one, cause in causes
    ]
    derived = list(_of_same_requests(derived, bad, seen_by))
    derived = list(_within_totals(derived, {one.check: cause for one, cause in causes if cause and not one.subject}))
    derived = list(_of_all_alike(derived))
    derived = list(_with_outliers(derived, checks))
    derived = list(_of_no_service(list(_of_all_targets(derived, checks)), checks, snapshot))
    derived = list(_from_roots(list(_of_dead_instances(derived, checks))))
    derived = list(_with_onset_of_cause(list(_with_onset(derived))))
    roots = {one.derived_from for one in derived}

    def order(one: Finding) -> tuple[object, ...]:
        return rank(one.status), one.derived_from is not None, one.fingerprint not in roots, -one.harm

    return tuple(sorted(derived, key=order))


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


def _named(one: Finding, cause: Cause | None, snapshot: Snapshot) -> Finding:
    """The finding with what explains it; a log names no instance, so that only the counters know their parts."""
    if cause is None or cause.subject.get("pattern", "\0") in one.seen:  # the finding names it itself
        return one
    label, name = next(iter(cause.subject.items()))
    ratio, outcomes = units.ratio(cause.ratio), snapshot.sections.outcomes
    if label == "instance" and outcomes and outcomes.source == "database" and outcomes.of(cause.subject) is None:
        part = msg("{ratio} of such failures since the process started are of instance {name}", ratio=ratio, name=name)
    else:
        part = msg("{ratio} of it is {label} {name}", ratio=ratio, label=msg(label), name=name)
    return structs.replace(one, seen=join("; ", [one.seen, part]))


def _derived(one: Finding, cause: Cause | None, bad: Sequence[Finding], explaining: Sequence[Finding]) -> Finding:
    """Derived from the state of its subject or cause, else from the same check's finding about the cause."""
    if one.status not in BAD or one in explaining:
        return one
    subject, at = (cause.subject, cause.instance) if cause else (one.subject, None)
    states = (other for other in explaining if _is_about(other, subject, at))
    state = (other for other in states if rank(other.status) <= rank(one.status))
    others = bad if cause else ()
    same = (other for other in others if other.check == one.check and other.subject == subject)
    root = next(state, None) or next(same, None)
    return structs.replace(one, derived_from=root.fingerprint) if root else one


def _within_totals(findings: Sequence[Finding], causes: Mapping[str, Cause]) -> Iterator[Finding]:
    """The findings, those derived whose failures are too many to be others than those that explain their total.

    Models and keys cut the same failures in another way than instances do, and no source may join the two. So even if
    all failures that the cause of the total leaves were of one subject, they would not prove it above its threshold.
    `causes` are those of totals, by check.
    """
    totals = {one.check: one for one in findings if not one.subject and one.derived_from and one.check in causes}
    for one in findings:
        total = totals.get(one.check)
        if total is None or one.derived_from or one.status not in BAD or not _is_ratio(one) or not _is_ratio(total):
            yield one
            continue
        cause, limit = causes[one.check], one.threshold or 0.0
        left = ceil(_failed(total) * (1 - cause.ratio))
        is_another = one.subject == cause.subject or proves_above(min(left, one.n or 0), one.n or 0, limit)
        yield one if is_another else structs.replace(one, derived_from=total.derived_from)


def _of_all_targets(findings: Sequence[Finding], checks: Mapping[str, Check]) -> Iterator[Finding]:
    """The findings, those about one of several targets that fail alike derived from that of their sum.

    An upstream that is down fails every process: their findings are one problem, and not the process's.
    """
    totals = {one.check: one for one in findings if not one.subject and one.status in BAD}
    outliers = [one.subject for one in findings if checks[one.check].singles_out and one.status in BAD]
    for one in findings:
        total = totals.get(one.check)
        alike = one.subject.keys() == {"target"} and one.subject not in outliers and _is_ratio(one)
        if total is None or one.derived_from or not alike or rank(total.status) > rank(one.status):
            yield one
        else:
            own = total.derived_from == one.fingerprint
            yield one if own else structs.replace(one, derived_from=total.fingerprint)


def _of_all_alike(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, those about models, keys, providers or instances that all fail alike derived from the total.

    Where one of them differs, or some do not fail, each stands by itself.
    """
    by_fingerprint = {one.fingerprint: one for one in findings}
    totals = {one.check: one for one in findings if not one.subject and one.status in BAD and _is_ratio(one)}
    parts: dict[tuple[str, frozenset[str]], list[Finding]] = defaultdict(list)
    for one in findings:
        if one.status in BAD and one.subject and "target" not in one.subject and _is_ratio(one):
            parts[one.check, frozenset(one.subject)].append(one)
    roots: dict[str, str] = {}
    for (check, _), alike in parts.items():
        total = totals.get(check)
        root = by_fingerprint.get(total.derived_from or total.fingerprint) if total else None
        if total is None or root is None or root in alike or root.n != total.n:
            continue
        are_all = sum(one.n or 0 for one in alike) >= (total.n or 0)
        if are_all and all(one.status == root.status and _is_alike(one, total) for one in alike):
            roots |= {one.fingerprint: root.fingerprint for one in alike if not one.derived_from}
    for one in findings:
        yield structs.replace(one, derived_from=roots[one.fingerprint]) if one.fingerprint in roots else one


def _is_alike(one: Finding, total: Finding) -> bool:
    """Whether a part fails in the way of all, and is proven to be neither worse nor better."""
    worse = proves_above(round(_failed(one)), one.n or 0, total.observed or 0.0, one.status)
    better = proves_above(round(_failed(total)), total.n or 0, one.observed or 0.0, one.status)
    # What has ended has the advice of that.
    return not worse and not better and (total.until is not None or _way(one.do) == _way(total.do))


def _way(advice: str) -> str:
    """What an advice is about, wherever it is."""
    if not isinstance(advice, Message):
        return advice
    first = advice.arguments.get("advice")
    return _way(first) if isinstance(first, Message) else advice.template


def _with_outliers(findings: Sequence[Finding], checks: Mapping[str, Check]) -> Iterator[Finding]:
    """The findings, one that only says that its subject differs derived from the ratio that fails for it."""
    failing = {subject_key(one.subject): one for one in findings if one.status == "fail" and _is_ratio(one)}
    for one in findings:
        root = failing.get(subject_key(one.subject)) if checks[one.check].singles_out and one.status in BAD else None
        yield structs.replace(one, derived_from=root.derived_from or root.fingerprint) if root else one


def _of_no_service(findings: Sequence[Finding], checks: Mapping[str, Check], snapshot: Snapshot) -> Iterator[Finding]:
    """The findings, those that follow from one that says that nothing was answered derived from it.

    Ratios of failures of the same subject do, and a state that is not as bad; where no request at all was answered, so
    does what says so of its parts. A part whose newest failures are those of all says the same.
    """
    dead = {
        subject_key(one.subject): one for one in findings if checks[one.check].explains_ratios and one.status == "fail"
    }
    found, total = snapshot.sections.outcomes, dead.get(subject_key({}))
    all_failed = total is not None and found is not None and not found.total().outcomes.success
    for one in findings:
        is_part = total is not None and all_failed and one.subject and (one.check == total.check or _is_ratio(one))
        is_part = is_part or (total is not None and one.subject and _is_same_run(one, total))
        root = total if is_part else dead.get(subject_key(one.subject))
        is_milder = checks[one.check].explains_others and one.status == "warn"
        is_of_it = is_part or is_milder or _is_ratio(one)
        follows = root is not None and one.status in BAD and not one.derived_from and is_of_it
        yield structs.replace(one, derived_from=root.fingerprint) if root and follows else one


def _is_same_run(one: Finding, total: Finding) -> bool:
    """Whether a part answers nothing any more since the total does, by as many requests."""
    run = (one.check, one.since, one.n, one.onset)
    return one.since is not None and run == (total.check, total.since, total.n, total.onset)


def _of_dead_instances(findings: Sequence[Finding], checks: Mapping[str, Check]) -> Iterator[Finding]:
    """The findings, ratios of what several instances that answer nothing explain together derived from the largest.

    What those leave proves no ratio above the threshold. Models and keys cut the same failures in another way: see
    `_within_totals`.
    """
    dead = [one for one in findings if checks[one.check].explains_ratios and one.status == "fail" and not one.waived]
    dead = sorted((one for one in dead if "instance" in one.subject), key=lambda one: -(one.n or 0))
    failed = {one.check: _failed(one) for one in findings if not one.subject and _is_ratio(one)}
    for one in findings:
        is_place = one.subject.keys() <= {"provider"}
        is_sum = one.status in BAD and _is_ratio(one) and not one.subject.keys() & {"instance", "target"}
        mine = dead if is_sum else ()
        parts = [part for part in mine if not is_place or one.subject.items() <= part.subject.items()]
        all_failed = _failed(one) if is_place else failed.get(one.check)
        if len(parts) < 2 or all_failed is None:  # noqa: PLR2004 - one of them is a cause
            yield one
            continue
        explained, n = sum(part.n or 0 for part in parts), one.n or 0
        rest = max(0, n - explained if is_place else n)
        left = min(rest, max(0, ceil(all_failed - explained)))
        is_another = left > 0 and proves_above(left, rest, one.threshold or 0.0)
        yield one if is_another else structs.replace(one, derived_from=parts[0].fingerprint)


def _failed(one: Finding) -> float:
    return (one.observed or 0.0) * (one.n or 0)


def _from_roots(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, those that follow from a derived one pointing to what that follows from."""
    above = {one.fingerprint: one.derived_from for one in findings}
    for one in findings:
        seen, root = {one.fingerprint}, one.derived_from
        while root and root not in seen and (further := above.get(root)):
            seen.add(root)
            root = further
        yield structs.replace(one, derived_from=root)


def _is_ratio(one: Finding) -> bool:
    return one.unit == "ratio" and one.operator == "above" and None not in {one.observed, one.threshold, one.n}


def _of_same_requests(
    findings: Sequence[Finding], bad: Sequence[Finding], seen_by: Mapping[str, Snapshot]
) -> Iterator[Finding]:
    """The findings, those derived whose subject has the same requests as a part of it: a provider's only instance.

    So has every model, key and target that all requests are of; of these findings one is enough.
    """
    counts = {
        id(seen): _counts(seen.sections.outcomes) for seen in {id(seen): seen for seen in seen_by.values()}.values()
    }
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for one in (one for one in bad if one.subject and not one.waived):
        provider = one.subject.get("provider")
        ended = counts[id(seen_by[one.check])].get(subject_key(one.subject))
        for above in {None, provider if len(one.subject) > 1 else None}:
            alike[one.check, one.status, ended, above].append(one)
    for one in findings:
        its = counts[id(seen_by[one.check])]
        ended, of_all = its.get(subject_key(one.subject)), its.get(subject_key({}))
        # Nothing is finer than an instance, a model or a key.
        has_parts = one.subject.keys() <= {"provider"} or ended == of_all
        place = None if ended == of_all else one.subject.get("provider")
        known = has_parts and ended is not None and not one.derived_from
        same = alike.get((one.check, one.status, ended, place), ()) if known else ()
        finest = max(same, key=lambda other: len(other.subject), default=one)
        yield one if finest.subject == one.subject else structs.replace(one, derived_from=finest.fingerprint)


def _with_onset(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, a cause with the beginning of the total that follows from it where its own is not known."""
    totals = {one.derived_from: one for one in findings if one.derived_from and not one.subject and one.since}
    for one in findings:
        total = totals.get(one.fingerprint)
        if total is None or (one.since and (one.until or one.onset == "known" or total.onset != "known")):
            yield one
        else:
            yield structs.replace(one, since=total.since, until=total.until, onset=total.onset)


def _with_onset_of_cause(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, what follows with the beginning of its cause where the edge of the window is all it knows."""
    known = {one.fingerprint: one.since for one in findings if one.since and not one.until and one.onset == "known"}
    for one in findings:
        since = known.get(one.derived_from or "") if one.onset != "known" else None
        yield structs.replace(one, since=since, onset="known") if since else one


def _counts(found: Outcomes | None) -> dict[frozenset[tuple[str, str]], OutcomeCounts]:
    """The outcomes of every subject that a ratio of failures can be of."""
    subjects = found.subjects if found else ()
    return {subject_key(one.subject): one.outcomes for one in subjects if one.outcomes.base}


def _is_about(other: Finding, subject: Mapping[str, str], instance: str | None) -> bool:
    return other.subject == subject or (instance is not None and other.subject.get("instance") == instance)
