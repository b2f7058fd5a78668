"""Takes the requests of waived subjects out of every sum above them, so that a narrow waiver is enough.

Without it, a waived instance would still fail its provider and the total, and the whole check would be waived.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.checks import load
from llmgw_report.messages import join, msg
from llmgw_report.model.finding import Finding, Threshold
from llmgw_report.model.outcomes import SIDES, OutcomeCell, OutcomeCounts, Outcomes, Run, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.sections.traffic import with_outcomes

Subject = dict[str, str]

#: Failures in the order in which they are taken for one that a part records in another way.
_FAILURES = tuple(
    name.replace("-", "_") for side in ("service", "unattributed") for name, own in SIDES.items() if own == side
)


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
    findings: Sequence[Finding],
    snapshot: Snapshot,
    without: Mapping[str, Snapshot],
    thresholds: Mapping[str, Threshold],
) -> tuple[Finding, ...]:
    """The findings, those about a sum that holds waived requests as `without` them; `without` is by check."""
    waived = {slug: [one for one in findings if one.check == slug and one.waived] for slug in without}
    again = {slug: judge(reduced, thresholds, [load(slug)]) for slug, reduced in without.items()}
    found = {slug: {one.fingerprint: one for one in judged} for slug, judged in again.items()}
    before = snapshot.sections.outcomes
    rest: list[Finding] = []
    for one in findings:
        if one.waived or before is None or not (parts := _parts(one, waived.get(one.check, ()), before)):
            rest.append(one)
            continue
        left = without[one.check].sections.outcomes
        own = left.of(one.subject) if left else None
        rest.extend(_left(one, parts, found[one.check].get(one.fingerprint), own))
    return tuple(rest)


def _parts(one: Finding, waived: Sequence[Finding], found: Outcomes) -> list[Finding]:
    """Waived findings about requests that the subject of this one has as well, without those inside another of them."""
    own = found.of(one.subject)
    if own is None:
        return []
    parts = [part for part in waived if part.subject and _taken(own, found.of(part.subject), found)]
    return [part for part in parts if not any(_is_above(other.subject, part.subject) for other in parts)]


def _left(
    one: Finding, parts: Sequence[Finding], new: Finding | None, left: SubjectOutcomes | None
) -> Iterator[Finding]:
    """The finding about a sum without its waived parts; where nothing is left, it is waived with them if no worse.

    Nothing remains of one without anything wrong in what is left, or with too little to evaluate.
    """
    if not new.n if new else left is None or not left.outcomes.base:
        counts = one.status in {"fail", "warn"} or one.required
        yield structs.replace(one, waived=parts[0].waived) if counts and _is_no_worse(one, parts) else one
    elif new and new != one:
        names = join(", ", (" ".join(part.subject.values()) for part in parts))
        yield structs.replace(new, seen=join("; ", [new.seen, msg("without what is waived: {names}", names=names)]))
    elif new:
        yield one


def _is_no_worse(one: Finding, parts: Sequence[Finding]) -> bool:
    worst = max((part.observed for part in parts if part.observed is not None), default=None)
    return one.observed is None or worst is None or one.operator != "above" or one.observed <= worst


def _is_above(sum_of: Mapping[str, str], part: Mapping[str, str]) -> bool:
    return len(sum_of) < len(part) and sum_of.items() <= part.items()


def without(snapshot: Snapshot, subjects: Sequence[Subject]) -> Snapshot:
    """The snapshot without the requests of these instances and groups, in as far as its sections tell them apart."""
    sections = snapshot.sections
    left = sections.outcomes and _outcomes_less(sections.outcomes, subjects)
    totals = sections.lifetime_outcomes and _outcomes_less(sections.lifetime_outcomes, subjects)
    traffic, window = sections.traffic, sections.traffic_window
    if traffic:
        traffic = with_outcomes(traffic, totals if traffic.basis == "lifetime" else left)
    if window:
        window = with_outcomes(window, left)
    left_of = structs.replace(sections, traffic=traffic, traffic_window=window, outcomes=left, lifetime_outcomes=totals)
    return structs.replace(snapshot, sections=left_of)


def _outcomes_less(found: Outcomes, waived: Sequence[Subject]) -> Outcomes:
    """The outcomes of each subject without the requests of the waived ones."""
    parts = [part for subject in waived if (part := found.of(subject))]
    return structs.replace(found, subjects=tuple(_subject_less(one, parts, found) for one in found.subjects))


def _subject_less(one: SubjectOutcomes, parts: Sequence[SubjectOutcomes], found: Outcomes) -> SubjectOutcomes:
    """The requests of a subject in cells of any part, and what a part below it has in no cell."""
    taken = [(part, amount) for part in parts if (amount := _taken(one, part, found))]
    shared = [cell for cell in found.cells if _has(cell, one) and any(_has(cell, part) for part, _ in taken)]
    left = one.outcomes
    for counts in [cell.outcomes for cell in shared]:
        left = _counts_less(left, counts)
    for part, _ in taken:
        if _is_above(one.subject, part.subject):
            left = _counts_less(left, _outside_cells(part, found.cells))
    runs = one.runs
    for part, amount in taken:
        runs = _runs_less(runs, part.runs, amount)
    failed = left.service + left.unattributed
    untimed = max(0, one.untimed - sum(part.untimed for part, _ in taken))
    return structs.replace(one, outcomes=left, untimed=min(untimed, failed), runs=_newest(runs, left))


def _taken(one: SubjectOutcomes, part: SubjectOutcomes | None, found: Outcomes) -> OutcomeCounts | None:
    """What a subject has in common with a waived one: all of a part of it, else what their cells show; None of nothing.

    A part of the waived subject has its own findings, and its own waivers.
    """
    if part is None or one.subject == part.subject or _is_above(part.subject, one.subject):
        return None
    if _is_above(one.subject, part.subject):
        return part.outcomes
    common = OutcomeCounts()
    for cell in found.cells:
        if _has(cell, one) and _has(cell, part):
            common = common.plus(cell.outcomes)
    return common if common.observed else None


def _has(cell: OutcomeCell, one: SubjectOutcomes) -> bool:
    return all(getattr(cell, label.replace("-", "_")) == name for label, name in one.subject.items())


def _outside_cells(part: SubjectOutcomes, cells: Sequence[OutcomeCell]) -> OutcomeCounts:
    left = part.outcomes
    for cell in cells:
        if _has(cell, part):
            left = left.less(cell.outcomes)
    return left


def _counts_less(counts: OutcomeCounts, part: OutcomeCounts) -> OutcomeCounts:
    """Counts without those of a part; a failure that another source records in another way is still the same one."""
    left = counts.less(part)
    short = sum(max(0, getattr(part, name) - getattr(counts, name)) for name in _FAILURES)
    for name in _FAILURES:
        taken = min(short, getattr(left, name))
        left, short = structs.replace(left, **{name: getattr(left, name) - taken}), short - taken
    return left


def _runs_less(runs: Sequence[Run], waived: Sequence[Run], amount: OutcomeCounts) -> tuple[Run, ...]:
    """Runs without as many requests as a waived subject has in them, side by side and within its times."""
    budget = {side: amount.side(side) for side in ("success", "service", "unattributed")}
    left = list(runs)
    for part in waived:
        n = min(part.count, budget.get(part.side, 0))
        for index, run in enumerate(left):
            if run.side == part.side and run.since <= part.until and part.since <= run.until:
                taken = min(n, run.count)
                left[index] = structs.replace(run, count=run.count - taken)
                n, budget[part.side] = n - taken, budget[part.side] - taken
    return _joined(left)


def _newest(runs: Sequence[Run], left: OutcomeCounts) -> tuple[Run, ...]:
    """The newest of the runs that may be left where a waived subject has no times."""
    room = {side: left.side(side) for side in ("success", "service", "unattributed")}
    kept = []
    for run in reversed(runs):
        n = min(run.count, room.get(run.side, 0))
        room[run.side] = room.get(run.side, 0) - n
        kept.append(structs.replace(run, count=n))
    return _joined(reversed(kept))


def _joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs without empty ones; neighbours of one side are one."""
    found: list[Run] = []
    for run in runs:
        if found and run.count and found[-1].side == run.side:
            found[-1] = structs.replace(found[-1], count=found[-1].count + run.count, until=run.until)
        elif run.count:
            found.append(run)
    return tuple(found)
