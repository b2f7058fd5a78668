"""Root cause first: the one subject that explains most of a bad figure is named, and what follows from it is folded."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, structs

from llmgw_report import units
from llmgw_report.checks._statistics import beyond
from llmgw_report.messages import join, say
from llmgw_report.model.finding import Finding, rank
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import UNRECORDED, InstanceRow, Traffic, TrafficRow

#: A subject with at least this share of a figure explains it.
ENOUGH = 0.8
BAD = frozenset({"fail", "warn"})

Subject = tuple[tuple[str, str], ...]
Counts = Mapping[Subject, int]
OUTCOMES = {"error-ratio": "server_errors", "client-error-ratio": "client_errors"}


class Cause(Struct, frozen=True, kw_only=True):
    """Who makes that share of a figure; `instance` is set where all of it happened at one."""

    subject: dict[str, str]
    share: float
    instance: str | None = None


def fold(findings: Sequence[Finding], snapshot: Snapshot) -> tuple[Finding, ...]:
    """The same findings, wholes naming their cause, and those that follow from another saying from which.

    Of equally bad ones, those that others follow from come first and those that follow last.
    """
    causes = [(one, _cause(one, snapshot) if one.status in BAD else None) for one in findings]
    bad = [one for one in findings if one.status in BAD]
    derived = [_derived(_named(one, cause), cause, bad) for one, cause in causes]
    roots = {one.derived_from for one in derived}
    return tuple(
        sorted(derived, key=lambda one: (rank(one.status), one.derived_from is not None, one.fingerprint not in roots))
    )


def _cause(one: Finding, snapshot: Snapshot) -> Cause | None:
    """The most specific subject with enough of the figure."""
    found = next((cause for counts in _parts(one, snapshot) if (cause := cause_of(counts))), None)
    if found is None or "pattern" not in found.subject:
        return found
    at = next(row.instances for row in snapshot.sections.errors if row.pattern == found.subject["pattern"])
    return structs.replace(found, instance=at[0] if len(at) == 1 else None)


def _parts(one: Finding, snapshot: Snapshot) -> Iterator[Counts]:
    """What each subject adds to the figure of a finding about a whole, one kind of subject after the other."""
    if one.check in OUTCOMES and one.subject.keys() <= {"provider"}:
        yield _instances(snapshot.sections.instances, OUTCOMES[one.check], one.subject)
    if one.subject:
        return
    if one.check in OUTCOMES and (traffic := snapshot.sections.traffic):
        yield {_group(traffic, row): getattr(row, OUTCOMES[one.check]) or 0 for row in traffic.rows}
    if one.check == "latency-p99" and one.limit is not None:
        yield from _slow(snapshot, one)
    if one.check == "error-patterns":
        errors = [row for row in snapshot.sections.errors if row.level == "ERROR"]
        rest = snapshot.sections.error_levels.get("ERROR", 0) - sum(row.count for row in errors)
        yield {(("pattern", row.pattern),): row.count for row in errors} | {(): rest}


def _instances(rows: Sequence[InstanceRow], kind: str, whole: Mapping[str, str]) -> Counts:
    """Of one provider, or of all."""
    return {
        (("instance", row.instance), ("provider", row.provider)): getattr(row, kind) or 0
        for row in rows
        if whole.get("provider", row.provider) == row.provider
    }


def _slow(snapshot: Snapshot, one: Finding) -> Iterator[Counts]:
    """Requests beyond the limit per group, of the traffic whose percentile was judged."""
    for traffic in (snapshot.sections.traffic_window, snapshot.sections.traffic):
        if traffic and traffic.total.latency.count == one.n:
            slow = [(row, beyond(row.latency, one.limit or 0.0)) for row in traffic.rows]
            yield {_group(traffic, row): count[0] for row, count in slow if count}


def _group(traffic: Traffic, row: TrafficRow) -> Subject:
    return () if row.group == UNRECORDED else ((traffic.group_by, row.group),)


def cause_of(counts: Counts) -> Cause | None:
    """The subject with enough of the sum; None where there is only one, which explains nothing."""
    whole = sum(counts.values())
    if len([subject for subject in counts if subject]) < 2 or whole <= 0:  # noqa: PLR2004 - a cause is one of several
        return None
    subject, most = max(counts.items(), key=lambda item: item[1])
    return Cause(subject=dict(subject), share=most / whole) if subject and most >= ENOUGH * whole else None


def _named(one: Finding, cause: Cause | None) -> Finding:
    if cause is None:
        return one
    role, name = next(iter(cause.subject.items()))
    part = say("{share} of it is {role} {name}", share=units.ratio(cause.share), role=say(role), name=name)
    return structs.replace(one, seen=join("; ", [one.seen, part]))


def _derived(one: Finding, cause: Cause | None, bad: Sequence[Finding]) -> Finding:
    """From an instance that is not well, else from what the same check says of the cause."""
    if one.status not in BAD or one.check == "instance-health":
        return one
    subject, at = (cause.subject, cause.instance) if cause else (one.subject, None)
    ill = (other for other in bad if other.check == "instance-health" and _is_of(other, subject, at))
    same = (other for other in bad if cause and other.check == one.check and other.subject == subject)
    root = next(ill, None) or next(same, None)
    return structs.replace(one, derived_from=root.fingerprint) if root else one


def _is_of(ill: Finding, subject: Mapping[str, str], at: str | None) -> bool:
    return ill.subject == subject or (at is not None and ill.subject.get("instance") == at)
