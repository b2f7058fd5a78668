"""Root cause first: the one subject that explains most of a bad figure is named, and what follows from it is folded."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report import units
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import join, say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.status import rank

#: A subject with at least this share of a figure explains it.
ENOUGH = 0.8
BAD = frozenset({"fail", "warn"})

Subject = tuple[tuple[str, str], ...]
Cause = tuple[Subject, float]


def fold(findings: Sequence[Finding], snapshot: Snapshot) -> tuple[Finding, ...]:
    """The same findings, totals naming their cause, and those that follow from another saying from which.

    Of equally bad ones, those that others follow from come first and those that follow last.
    """
    named = [(_named(one, cause), cause) for one, cause in _with_causes(findings, snapshot)]
    derived = [_derived(one, cause, [other for other, _ in named]) for one, cause in named]
    roots = {one.derived_from for one in derived}
    return tuple(
        sorted(derived, key=lambda one: (rank(one.status), one.derived_from is not None, one.fingerprint not in roots))
    )


def _with_causes(findings: Sequence[Finding], snapshot: Snapshot) -> Iterator[tuple[Finding, Cause | None]]:
    for one in findings:
        counts = parts(one.check, snapshot) if one.status in BAD and not one.subject else {}
        yield one, cause_of(counts)


def parts(check: str, snapshot: Snapshot) -> dict[Subject, int]:
    """What each subject adds to the figure of a check about the whole; empty where nobody knows."""
    sections = snapshot.sections
    if check in {"error-ratio", "client-error-ratio"}:
        kind = "server_errors" if check == "error-ratio" else "client_errors"
        rows = sections.instances
        return {(("instance", row.instance), ("provider", row.provider)): getattr(row, kind) or 0 for row in rows}
    if check == "error-patterns":
        errors = [row for row in sections.errors if row.level == "ERROR"]
        rest = sections.error_levels.get("ERROR", 0) - sum(row.count for row in errors)
        return {(("pattern", row.pattern),): row.count for row in errors} | {(): rest}
    return {}


def cause_of(counts: Mapping[Subject, int]) -> Cause | None:
    """The subject with enough of the sum; None where there is only one, which explains nothing."""
    whole = sum(counts.values())
    if len([subject for subject in counts if subject]) < 2 or whole <= 0:  # noqa: PLR2004 - a cause is one of several
        return None
    subject, most = max(counts.items(), key=lambda item: item[1])
    return (subject, most / whole) if subject and most >= ENOUGH * whole else None


def _named(one: Finding, cause: Cause | None) -> Finding:
    if cause is None:
        return one
    ((role, name), *_), share = cause
    part = say("{share} of it is {role} {name}", share=units.ratio(share), role=say(role), name=name)
    return structs.replace(one, seen=join("; ", [one.seen, part]))


def _derived(one: Finding, cause: Cause | None, findings: Sequence[Finding]) -> Finding:
    """A bad total follows from its cause's own finding, and a ratio of an instance from that instance being down."""
    if one.status not in BAD or one.check == "instance-health":
        return one
    subject = dict(cause[0]) if cause else one.subject
    root = next((other for other in findings if subject and _is_root(other, subject)), None)
    return structs.replace(one, derived_from=root.fingerprint) if root else one


def _is_root(other: Finding, subject: Mapping[str, str]) -> bool:
    return other.check == "instance-health" and other.status in BAD and other.subject == dict(subject)
