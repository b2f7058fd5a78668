"""Takes the requests of waived subjects out of every sum above them, so that a narrow waiver is enough.

Without it, a waived instance would still fail its provider and the total, and the whole check would be waived.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.checks import load
from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, Threshold
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import InstanceRow, Traffic, TrafficRow
from llmgw_report.pipeline.judge import judge

Subject = dict[str, str]

_COUNTS = ("requests", "errors", "client_errors", "server_errors", "error_base")


def waived_subjects(findings: Sequence[Finding]) -> dict[str, list[Subject]]:
    """Check -> the subjects whose findings are waived, without those that are a part of another of them."""
    found: dict[str, list[Subject]] = {}
    for one in findings:
        if one.waived and one.subject:
            found.setdefault(one.check, []).append(one.subject)
    return {
        slug: [one for one in subjects if not any(_is_above(other, one) for other in subjects)]
        for slug, subjects in found.items()
    }


def evaluated_again(
    findings: Sequence[Finding], without: Mapping[str, Snapshot], thresholds: Mapping[str, Threshold]
) -> tuple[Finding, ...]:
    """The findings, those about a sum above a waived subject as `without` its requests; `without` is by check."""
    subjects = waived_subjects(findings)
    again = {slug: judge(snapshot, thresholds, [load(slug)]) for slug, snapshot in without.items()}
    found = {slug: {one.fingerprint: one for one in judged} for slug, judged in again.items()}
    return tuple(_found(findings, subjects, found))


def _found(
    findings: Sequence[Finding], subjects: Mapping[str, Sequence[Subject]], again: Mapping[str, Mapping[str, Finding]]
) -> Iterator[Finding]:
    for one in findings:
        parts = [part for part in subjects.get(one.check, ()) if _is_above(one.subject, part)]
        if one.waived or one.check not in again or not parts:
            yield one
        elif new := again[one.check].get(one.fingerprint):  # else too few requests are left to say anything
            names = join(", ", (" ".join(part.values()) for part in parts))
            yield structs.replace(new, seen=join("; ", [new.seen, msg("without what is waived: {names}", names=names)]))


def _is_above(sum_of: Mapping[str, str], part: Mapping[str, str]) -> bool:
    return len(sum_of) < len(part) and sum_of.items() <= part.items()


def without(snapshot: Snapshot, subjects: Sequence[Subject]) -> Snapshot:
    """The snapshot without the requests of these instances and groups, in as far as its sections tell them apart."""
    traffic, instances = snapshot.sections.traffic, snapshot.sections.instances
    if traffic is None:
        return snapshot
    for subject in subjects:
        own = [
            row for row in instances if subject.items() <= {"provider": row.provider, "instance": row.instance}.items()
        ]
        group = next((row for row in traffic.rows if subject == {traffic.group_by: row.group}), None)
        parts = [_counts(group)] if group else [_counts(row) for row in own]
        providers = [] if group else [row.provider for row in own]
        traffic = _less(traffic, parts, providers)
        if group:
            traffic = structs.replace(traffic, rows=tuple(row for row in traffic.rows if row is not group))
        instances = tuple(row for row in instances if row not in own)
    sections = structs.replace(snapshot.sections, traffic=traffic, instances=instances)
    return structs.replace(snapshot, sections=sections)


def _counts(row: TrafficRow | InstanceRow) -> dict[str, int]:
    """What a part has of each count; an instance's requests are those with a known outcome."""
    found = {name: getattr(row, name, None) or 0 for name in _COUNTS}
    return found if isinstance(row, TrafficRow) else {**found, "error_base": row.requests or 0}


def _less(traffic: Traffic, parts: Sequence[Mapping[str, int]], providers: Sequence[str]) -> Traffic:
    """The total less all parts, and each provider less its own."""
    total = traffic.total
    for part in parts:
        total = _row_less(total, part)
    rows = traffic.rows
    if traffic.group_by == "provider":
        for provider, part in zip(providers, parts, strict=False):
            rows = tuple(_row_less(row, part) if row.group == provider else row for row in rows)
    return structs.replace(traffic, total=total, rows=rows)


def _row_less(row: TrafficRow, part: Mapping[str, int]) -> TrafficRow:
    left = {name: None if (value := getattr(row, name)) is None else max(0, value - part[name]) for name in _COUNTS}
    errors, base = left["errors"], left["error_base"]
    return structs.replace(row, **left, error_ratio=errors / base if errors is not None and base else None)
