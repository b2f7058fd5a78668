"""Takes the requests of waived subjects out of every sum above them, so that a narrow waiver is enough.

Without it, a waived instance would still fail its provider and the total, and the whole check would be waived.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.checks import load
from llmgw_report.messages import join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.finding import BAD, Finding, Threshold
from llmgw_report.model.outcomes import SIDES, OutcomeCell, OutcomeCounts, Outcomes, Run, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.latency import less
from llmgw_report.pipeline.sections.traffic import AnyTotals, with_outcomes

Subject = dict[str, str]
Key = tuple[tuple[str, str], ...]

#: Failures in the order in which they are taken for one that a part records in another way.
_FAILURES = tuple(
    name.replace("-", "_") for side in ("service", "unattributed") for name, own in SIDES.items() if own == side
)

#: Where requests went, and whose they were: two kinds of subjects, which different sources may count.
_PLACES, _CALLERS = ("provider", "instance"), ("model", "api-key")


class _Taken:
    """What one subject has in common with waived ones: of each, and of all together with each request counted once."""

    def __init__(self) -> None:
        self.all = OutcomeCounts()
        self.of: dict[Key, OutcomeCounts] = {}


def waived_subjects(findings: Sequence[Finding]) -> dict[str, list[Subject]]:
    """Check -> the subjects whose findings are waived, without those that are a part of another of them."""
    found: dict[str, dict[Key, Subject]] = {}
    for one in findings:
        if one.waived and one.subject:
            found.setdefault(one.check, {})[_key(one.subject)] = one.subject
    return {
        slug: [one for key, one in subjects.items() if not any(above in subjects for above in _above(key))]
        for slug, subjects in found.items()
    }


def evaluated_again(
    findings: Sequence[Finding],
    snapshot: Snapshot,
    without: Mapping[str, Snapshot],
    thresholds: Mapping[str, Threshold],
) -> tuple[Finding, ...]:
    """The findings, those about a sum that holds waived requests as `without` them; `without` is by check."""
    rest: list[Finding] = []
    by_check = {slug: [one for one in findings if one.check == slug] for slug in without}
    for slug, subjects in waived_subjects(findings).items():
        before, left = snapshot.sections.outcomes, without[slug].sections.outcomes
        taken = _taken(before, subjects) if before else {}
        bases = {_key(one.subject): one.outcomes.base for one in left.subjects} if left else {}
        new = {_key(one.subject): one for one in judge(without[slug], thresholds, [load(slug)])} if taken else {}
        waived = {_key(one.subject): one for one in by_check[slug] if one.waived}
        for one in by_check[slug]:
            key = _key(one.subject)
            if one.waived or key not in taken:
                rest.append(one)
            else:
                parts = [waived[part] for part in taken[key].of]
                again = new.get(key)
                again = again and structs.replace(again, fingerprint=one.fingerprint)
                rest.extend(_left(one, parts, again, bases.get(key, 0)))
    order = {(one.check, _key(one.subject)): place for place, one in enumerate(findings)}
    rest += [one for one in findings if one.check not in without]
    return tuple(sorted(rest, key=lambda one: order[one.check, _key(one.subject)]))


def _left(one: Finding, parts: Sequence[Finding], new: Finding | None, base: int) -> Iterator[Finding]:
    """The finding about a sum without its waived parts; where nothing is left, it is waived with them if no worse.

    There is none about a sum of which what is left is good, or too little to evaluate.
    """
    if new == one:
        yield one
    elif not (new.n if new else base):
        counts = one.status in BAD or one.required == "yes"
        yield structs.replace(one, waived=parts[0].waived) if counts and _is_no_worse(one, parts) else one
    elif new:
        names = join(", ", (" ".join(part.subject.values()) for part in parts))
        yield structs.replace(new, seen=join("; ", [new.seen, msg("without what is waived: {names}", names=names)]))


def _is_no_worse(one: Finding, parts: Sequence[Finding]) -> bool:
    worst = max((part.observed for part in parts if part.observed is not None), default=None)
    return one.observed is None or worst is None or one.operator != "above" or one.observed <= worst


def _key(subject: Mapping[str, str]) -> Key:
    return tuple(sorted(subject.items()))


def _above(key: Key) -> list[Key]:
    """The subjects that hold all of this one, but for the total."""
    return [(label,) for label in key] if len(key) > 1 else []


def without(snapshot: Snapshot, subjects: Sequence[Subject]) -> Snapshot:
    """The snapshot without the requests of these instances and groups, in as far as its sections tell them apart."""
    sections = snapshot.sections
    left = sections.outcomes and _outcomes_less(sections.outcomes, subjects)
    totals = sections.lifetime_outcomes and _outcomes_less(sections.lifetime_outcomes, subjects)

    def less_waived(traffic: AnyTotals) -> AnyTotals:
        return with_outcomes(_durations_less(traffic, subjects), totals if traffic.basis == "lifetime" else left)

    traffic = sections.traffic and less_waived(sections.traffic)
    if traffic and traffic.lifetime:
        traffic = structs.replace(traffic, lifetime=less_waived(traffic.lifetime))
    left_of = structs.replace(sections, traffic=traffic, outcomes=left, lifetime_outcomes=totals)
    return structs.replace(snapshot, sections=left_of)


def _durations_less(traffic: AnyTotals, subjects: Sequence[Subject]) -> AnyTotals:
    """The total without the durations of waived groups, if those are the ones that the table has."""
    latency = traffic.total.latency
    for row in traffic.rows:
        if {traffic.group_by: row.group} in subjects:
            latency = less(latency, row.latency)
    return structs.replace(traffic, total=structs.replace(traffic.total, latency=latency))


def _outcomes_less(found: Outcomes, waived: Sequence[Subject]) -> Outcomes:
    """The outcomes of each subject without the requests of the waived ones."""
    taken = _taken(found, waived)
    parts = {_key(one.subject): one for one in found.subjects}
    left = ((one, taken.get(_key(one.subject))) for one in found.subjects)
    return structs.replace(found, subjects=tuple(_less(one, less, parts) if less else one for one, less in left))


def _less(one: SubjectOutcomes, taken: _Taken, parts: Mapping[Key, SubjectOutcomes]) -> SubjectOutcomes:
    left, runs = _counts_less(one.outcomes, taken.all), one.runs
    for key, amount in taken.of.items():
        runs = _runs_less(runs, parts[key].runs, amount)
    untimed = max(0, one.untimed - sum(parts[key].untimed for key in taken.of))
    failed = left.service + left.unattributed
    return structs.replace(one, outcomes=left, untimed=min(untimed, failed), runs=_newest(runs, left))


def _taken(found: Outcomes, waived: Sequence[Subject]) -> dict[Key, _Taken]:
    """By subject, what it shares with waived ones: all of a part of it, else what the cells show.

    A part of a waived subject has its own findings and its own waivers, so that nothing is taken from it.
    """
    known = {_key(one.subject): one.outcomes for one in found.subjects}
    outside = {key: known[key] for key in map(_key, waived) if key in known}  # of the parts, what is in no cell
    taken: dict[Key, _Taken] = defaultdict(_Taken)
    for cell in found.cells:
        names = _subjects_of(cell)
        inside = [key for key in names if key in outside] if cell.outcomes.observed else []
        for name in names:
            if parts := [key for key in inside if key != name and key not in _above(name)]:
                taken[name].all = taken[name].all.plus(cell.outcomes)
                for key in parts:
                    taken[name].of[key] = taken[name].of.get(key, OutcomeCounts()).plus(cell.outcomes)
        for key in inside:
            outside[key] = outside[key].less(cell.outcomes)
    for key, counts in outside.items():
        for name in [(), *_above(key)]:
            taken[name].all = taken[name].all.plus(counts)
            taken[name].of[key] = known[key]
    _free_unplaced(found, outside, taken)
    return dict(taken)


def _free_unplaced(found: Outcomes, outside: Mapping[Key, OutcomeCounts], taken: dict[Key, _Taken]) -> None:
    """Free subjects of failures that nothing places: what is no longer in the total is in none of its parts.

    Rows name models and keys, and a scrape counts instances: of two instances nobody knows whose model failed.
    """
    total = _counts_less(found.total().outcomes, taken[()].all)
    unplaced = _unplaced(found, outside)
    for one in found.subjects[1:]:
        name = _key(one.subject)
        left = _counts_less(one.outcomes, taken[name].all) if name in taken else one.outcomes
        for (waived, label), counts in unplaced.items():
            service, unattributed = left.service - total.service, left.unattributed - total.unattributed
            if label == _label(name) and (service > 0 or unattributed > 0):
                freed = OutcomeCounts(
                    server_error=max(0, min(service, counts.service)),
                    error=max(0, min(unattributed, counts.unattributed)),
                )
                left = _counts_less(left, freed)
                taken[name].all = taken[name].all.plus(freed)
                taken[name].of[waived] = taken[name].of.get(waived, OutcomeCounts()).plus(freed)


def _unplaced(found: Outcomes, outside: Mapping[Key, OutcomeCounts]) -> dict[tuple[Key, str], OutcomeCounts]:
    """By waived subject and label of the other kind, requests of which no cell says whose they are."""
    unplaced: dict[tuple[Key, str], OutcomeCounts] = {}
    for key, counts in outside.items():
        for label in _PLACES if _label(key) not in _PLACES else _CALLERS:
            unplaced[key, label] = counts
    for cell in found.cells:
        given = {"provider": cell.provider, "instance": cell.instance, "model": cell.model, "api-key": cell.api_key}
        for key in _subjects_of(cell) if cell.outcomes.failed else []:
            for label in [label for label, name in given.items() if not name and (key, label) in unplaced]:
                unplaced[key, label] = unplaced[key, label].plus(cell.outcomes)
    return {pair: counts for pair, counts in unplaced.items() if counts.service or counts.unattributed}


def _label(key: Key) -> str:
    """The dimension of a subject."""
    labels = [label for label, _ in key]
    return "instance" if "instance" in labels else labels[0]


def _subjects_of(cell: OutcomeCell) -> list[Key]:
    """The total, and every subject that the requests of a cell belong to."""
    instance = {"instance": cell.instance, "provider": cell.provider}
    each = [
        {},
        {"provider": cell.provider},
        instance,
        {"model": cell.model},
        {"api-key": cell.api_key},
        {"target": cell.target},
    ]
    if cell.instance and not cell.provider:
        each[2] = {"instance": cell.instance}
    return [_key(one) for one in each if all(one.values())]  # type: ignore[arg-type] # no name is None here


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
            if run.side == part.side and _meet(run, part):
                taken = min(n, run.count)
                left[index] = structs.replace(run, count=run.count - taken)
                n, budget[part.side] = n - taken, budget[part.side] - taken
    return _joined(left)


def _meet(one: Run, other: Run) -> bool:
    order = timestamp.order
    return order(one.since) <= order(other.until) and order(other.since) <= order(one.until)


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
