"""Who failed, how, and when: outcomes of every subject, added up from counters of a scrape or from requests."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import structs

from llmgw_report.model import timestamp
from llmgw_report.model.continuity import Continuity
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import (
    DIMENSIONS,
    MAX_SUBJECTS,
    OTHER,
    SIDES,
    Counted,
    Dimension,
    OutcomeCell,
    OutcomeCounts,
    Outcomes,
    Run,
    Side,
    SubjectOutcomes,
    subject_key,
)
from llmgw_report.model.sections import Sections
from llmgw_report.pipeline.event_runs import EVENT_SIDES, Events, Key

#: A name for each dimension, or None.
Names = tuple[str | None, ...]
Dims = Mapping[Dimension, str | None]
Counts = defaultdict[str, float]
TOTAL: Key = ()


def no_counts() -> Counts:
    """Zero of every outcome."""
    return defaultdict(float)


class Tally:
    """Outcomes by subject and by combination of subjects, with the times of those that have one."""

    def __init__(self) -> None:
        self.counts: dict[Key, Counts] = defaultdict(no_counts)
        self.cells: dict[Names, Counts] = defaultdict(no_counts)
        self.events = Events()
        self.unobserved_at: dict[Key, int] = {}
        #: Subject -> beginning and end of a step -> side -> how many ended on it.
        self.stepped: dict[Key, dict[tuple[int, int], Counter[Side]]] = {}
        #: Subjects whose counts are about what they were.
        self.estimated: set[Key] = set()
        self._names: dict[Dimension, set[str]] = defaultdict(set)
        self._known_places: dict[Names, tuple[Names, tuple[Key, ...]]] = {}
        self._subjects: dict[Key, Key] = {}

    def add(self, dims: Dims, outcome: str, n: float = 1, at_ms: int | None = None, *, shared: bool = False) -> None:
        """Count `n` requests of one combination of subjects; `outcome` may also be "open" or "unobserved".

        What is `shared` is of several combinations, and nobody knows of which.
        """
        cell, subjects = self._places(dims)
        if not shared:
            self.cells[cell][outcome] += n
        for key in subjects:
            self.counts[key][outcome] += n
        if at_ms is not None:
            self._happened(subjects, outcome, ((at_ms, round(n)),))

    def add_all(self, dims: Dims, outcome: str, found: Sequence[tuple[int, int]]) -> None:
        """Count requests of one combination that ended alike: when, in milliseconds, and how many of them."""
        self.add(dims, outcome, sum(n for _, n in found))
        self._happened(self._places(dims)[1], outcome, found)

    def add_steps(self, dims: Dims, outcome: str, one: Indicator) -> None:
        """Note when requests ended that are counted already, as far as the steps of a window tell."""
        side = SIDES.get(outcome)  # type: ignore[call-overload]
        if side is None or side == "client":
            return
        found = [(span, n) for span, n in zip(pairwise(one.times_ms), one.steps, strict=True) if n]
        for key in self._places(dims)[1]:
            steps = self.stepped.setdefault(key, {})
            for span, n in found:
                steps.setdefault(span, Counter())[side] += round(n)

    def events_of(self, key: Key) -> Events:
        """When requests of a subject ended, by their own times or, of a scrape, by the steps of its window."""
        steps = self.stepped.get(key)
        if not steps:
            return self.events
        events = Events()
        for (begin, end), sides in steps.items():
            middle = (begin + end) // 2
            for side, n in sides.items():
                # What ended in a step in several ways ended in one moment: nobody knows the order.
                at_ms = end if side == "success" and len(sides) == 1 else middle
                events.add((key,), side, ((at_ms, n),))
        return events

    def take_attempts(self, found: Iterable[tuple[Dims, str, Sequence[tuple[int, int]]]]) -> None:
        """Outcomes of instances by the calls to them, each a combination, an outcome, and when how many ended so.

        A retry or a fallback hides from the requests that an instance fails.
        """
        for key in [key for key in self.counts if _is_instance(key)]:
            del self.counts[key]
        self.events.leave(_is_instance)
        for dims, outcome, ended in found:
            subjects = tuple(filter(_is_instance, self._places(dims)[1]))
            for key in subjects:
                self.counts[key][outcome] += sum(n for _, n in ended)
            self._happened(subjects, outcome, ended)

    def _happened(self, subjects: tuple[Key, ...], outcome: str, ended: Sequence[tuple[int, int]]) -> None:
        """Note when requests of these subjects ended; the client's mistakes and open requests tell nothing."""
        side = SIDES.get(outcome)  # type: ignore[call-overload]
        if side is not None and side != "client":
            self.events.add(subjects, side, ended)

    def _places(self, dims: Dims) -> tuple[Names, tuple[Key, ...]]:
        """Where a request is counted: its combination of subjects, and each of them. Rows have few combinations."""
        asked = tuple(map(dims.get, DIMENSIONS))
        known = self._known_places.get(asked)
        if known is None:
            named = tuple(map(self.named, DIMENSIONS, asked))
            # There may be thousands of combinations, of few names: equal ones are kept once.
            names = asked if named == asked else named
            subjects = keys(dict(zip(DIMENSIONS, names, strict=True)))
            known = self._known_places[asked] = names, tuple(self._subjects.setdefault(key, key) for key in subjects)
        return known

    def named(self, dimension: Dimension, value: str | None) -> str | None:
        """Whoever may choose the name of a model may choose a million of them."""
        if not value:
            return None
        if value not in self._names[dimension] and len(self._names[dimension]) >= MAX_SUBJECTS:
            return OTHER
        self._names[dimension].add(value)
        return value


def keys(named: Dims) -> Iterable[Key]:
    """The total, then the subjects that one request belongs to; an instance is one of its provider."""
    yield TOTAL
    provider = named.get("provider")
    for dimension in DIMENSIONS:
        name = named.get(dimension)
        if name and dimension == "instance" and provider:
            yield (("instance", name), ("provider", provider))
        elif name:
            yield ((dimension, name),)


def from_indicators(found: Sequence[Indicator]) -> Tally:
    """Outcomes of the counters of a scrape; requests without an outcome are "open"."""
    tally = Tally()
    for one in found:
        dims: dict[Dimension, str | None] = {name: one.roles.get(name) for name in DIMENSIONS}
        dims["target"] = one.target
        tally.add(dims, one.roles.get("outcome", "open"), one.value, shared=one.shared)
        if one.steps:
            tally.add_steps(dims, one.roles.get("outcome", "open"), one)
    return tally


def summed(found: Iterable[Indicator]) -> OutcomeCounts | None:
    """How all of them with an outcome ended; None where nothing has one."""
    known = [one for one in found if "outcome" in one.roles]
    return OutcomeCounts.of(from_indicators(known).counts[TOTAL]) if known else None


#: Requests that may be in flight where neither a rate nor a latency is known to estimate them from.
_IN_FLIGHT = 100
#: How long requests may take on average where no latency is recorded.
LONG_SECONDS = 30.0


def from_scrape(requests: Tally, attempts: Tally, in_flight: float | None) -> tuple[Tally, Counted]:
    """Outcomes that the counters of one process tell, and whether they count requests or attempts.

    Where requests have no outcome of their own, theirs is that of the attempts, and requests that reached no instance,
    less those that may be in flight, failed in a way that nobody attributed.
    """
    counted: Counted = "requests" if any(requests.counts[TOTAL].values()) else "attempts"
    if any(n for outcome, n in requests.counts[TOTAL].items() if outcome in SIDES):
        # A retry or a fallback hides from the requests that an instance fails; LiteLLM counts no attempt for a 401.
        for key in filter(_is_instance, attempts.counts):
            requests.counts[key] = _either(requests.counts[key], attempts.counts[key])
        return requests, "requests"
    total_open = requests.counts[TOTAL]["open"]
    for key, counts in list(requests.counts.items()):
        known = attempts.counts.get(key)
        if known and any(known.values()):
            share = counts["open"] / total_open if total_open else 0.0
            allowed = (_IN_FLIGHT if in_flight is None else in_flight) * share
            lost = max(0.0, counts["open"] - sum(known.values()))
            known["error"] += max(0.0, lost - allowed)
            known["unobserved"] += min(lost, allowed)
        elif key != TOTAL:
            attempts.counts[key] = no_counts() | {"unobserved": counts["open"]}
        elif not attempts.counts:
            attempts.counts[TOTAL] = no_counts() | counts
    return attempts, counted


#: Outcomes other than success that say whose fault it was, and those that do not.
_TOLD = tuple(name for name, side in SIDES.items() if side in {"client", "service"})
_UNTOLD = tuple(name for name, side in SIDES.items() if side == "unattributed")


def _either(one: Counts, other: Counts) -> Counts:
    """Outcomes of an instance as two families count them, of each the larger number.

    A failure of unknown side in the one family is one that the other knows the side of, as far as that has more.
    """
    merged = no_counts() | {name: max(one[name], other[name]) for name in {**one, **other}}
    for first, second in ((one, other), (other, one)):
        told = sum((max(0.0, second[name] - first[name]) for name in _TOLD), 0.0)
        for name in _UNTOLD:
            same = min(told, max(0.0, first[name] - second[name]))
            merged[name] -= same
            told -= same
    return merged


def _is_instance(key: Key) -> bool:
    return any(dimension == "instance" for dimension, _ in key)


def outcomes(  # noqa: PLR0913 - what it is of, beside the tally
    tally: Tally,
    *,
    source: str,
    basis: Literal["window", "lifetime"],
    since_ms: float | None = None,
    evaluated: bool = True,
    counted: Counted = "requests",
    successes_only: bool = False,
) -> Outcomes:
    """The document's outcomes of a tally: the total, then subjects by dimension and name."""
    others = sorted((key for key in tally.counts if key), key=lambda key: (len(key), key))
    return Outcomes(
        basis=basis,
        source=source,
        since=None if since_ms is None else timestamp.text(since_ms),
        subjects=tuple(_subject(tally, key, counted) for key in (TOTAL, *others)),
        cells=tuple(_cell(names, counts) for names, counts in tally.cells.items() if any(names)),
        evaluated="yes" if evaluated else "no",
        successes_only="yes" if successes_only else "no",
    )


def outcomes_since(
    sections: Sections, before: Outcomes | None, course: Continuity, at: str, until: str
) -> Outcomes | None:
    """The outcomes of the sections; where those prove nothing about the window, what was counted since `at` instead.

    The seconds of --interval are the end of a longer time since an earlier report, or of the life of a young process.
    Rows that name no instance are completed by what was counted inside the window.
    """
    found, now = sections.outcomes, sections.lifetime_outcomes
    if course.state != "continued" or before is None or now is None:
        return found
    end = _less_waiting(_difference(now, before, at), sections, until)
    if found is None or found.evaluated != "yes":
        return end
    since, began = timestamp.milliseconds(at), timestamp.milliseconds(found.since) if found.since else None
    if found.source == "database":
        inside = since is not None and began is not None and since >= began - _CLOCK_MS
        return _with_unlogged(_completed(found, end), end, course.against) if inside else found
    # Totals of a young process hold the end, also where the earlier run began before it did, and read after.
    if now.evaluated != "yes" and since is not None and began is not None and began > since:
        return _joined(end, found)
    # The totals of the process hold the end already, but not that it is the end.
    resolved = any(one.runs for one in found.subjects)
    return found if resolved else with_newest(now if course.against == "second scrape" else found, end)


def beyond(counted: OutcomeCounts, logged: OutcomeCounts) -> OutcomeCounts:
    """What a scrape counted of requests that have no row; nothing unless some of them failed.

    Rows decide how their own requests ended, so no more than the scrape has requests, and failures, beyond theirs. The
    client's side is left out: what a gateway rejects itself often leaves no row.
    """
    lost = max(0, counted.base - logged.base)
    failed = left = min(lost, max(0, counted.base - counted.success - logged.base + logged.success))
    if not failed:
        return OutcomeCounts()
    excess = counted.less(logged)
    found = {"success": min(lost - failed, excess.success)}
    names = [name.replace("-", "_") for name, side in SIDES.items() if side in {"service", "unattributed"}]
    for name in sorted(names, key=lambda one: -getattr(excess, one)):
        found[name] = min(left, getattr(excess, name))
        left -= found[name]
    return OutcomeCounts(**found)


def _with_unlogged(rows: Outcomes, end: Outcomes, against: str) -> Outcomes:
    """The outcomes of rows, with what the metrics counted since then and has no row.

    Of an earlier report that is told by the times of the rows; a second scrape comes after all of them.
    """
    since, whole = end.since or "", rows.total()
    later = against == "second scrape"
    if end.total().counted != "requests" or not (later or sum(run.count for run in whole.runs) == whole.outcomes.base):
        return rows
    runs = [run for run in whole.runs if timestamp.order(run.until) >= timestamp.order(since) and not later]
    logged = {side: sum(run.count for run in runs if run.side == side) for side in EVENT_SIDES}
    of_rows = OutcomeCounts(success=logged["success"], server_error=logged["service"], error=logged["unattributed"])
    lost = beyond(end.total().outcomes, of_rows)
    return with_lost(rows, lost, () if runs else _only_failed(lost, since)) if lost.observed else rows


def with_lost(rows: Outcomes, lost: OutcomeCounts, newest: tuple[Run, ...] = ()) -> Outcomes:
    """The outcomes of rows, with requests in the total that have no row."""
    failed = 0 if newest else lost.service + lost.unattributed
    subjects = tuple(
        structs.replace(one, outcomes=one.outcomes.plus(lost), untimed=one.untimed + failed, runs=(*one.runs, *newest))
        if not one.subject
        else one
        for one in rows.subjects
    )
    return structs.replace(rows, subjects=subjects)


#: A report of an hour ago was not made to the second.
_CLOCK_MS = 60_000


def _completed(rows: Outcomes, counted: Outcomes) -> Outcomes:
    """The outcomes of rows, with the providers and the instances of the metrics where no row names one.

    Where metrics completed them before, the longer time stands: that of an earlier report, not of a second scrape.
    """
    subjects = list(rows.subjects)
    named = _named(rows)
    for place in (name for name in _PLACES if name not in named):
        known = [one for one in subjects if _finest(one) == place]
        found = [one for one in counted.subjects if _finest(one) == place and one.outcomes.observed]
        if sum(one.outcomes.observed for one in found) > sum(one.outcomes.observed for one in known):
            subjects = [*(one for one in subjects if _finest(one) != place), *found]
    return structs.replace(rows, subjects=tuple(subjects))


#: Where a request went: the dimensions that a log may lack and a scrape has.
_PLACES = ("provider", "instance")


def _named(rows: Outcomes) -> set[str | None]:
    """The dimensions of subjects that rows name: they have a time, or a combination of names."""
    cells = {name for name in _PLACES if any(getattr(cell, name) for cell in rows.cells)}
    return {dim for one in rows.subjects if (dim := _finest(one)) in cells or one.runs}


def _finest(one: SubjectOutcomes) -> str | None:
    """The dimension of a subject; an instance has its provider beside it."""
    return "instance" if "instance" in one.subject else next(iter(one.subject), None)


def _joined(whole: Outcomes, end: Outcomes) -> Outcomes:
    """Both times as one; of a subject that only failed in the second the newest requests are known to have failed."""
    last = {subject_key(one.subject): one for one in end.subjects}
    subjects = []
    for one in whole.subjects:
        newest = last.pop(subject_key(one.subject), None)
        subjects.append(one if newest is None else _with_end(one, newest, end.since or ""))
    nothing = OutcomeCounts()
    new = (_with_end(structs.replace(one, outcomes=nothing, untimed=0), one, end.since or "") for one in last.values())
    return structs.replace(whole, subjects=(*subjects, *new))


def with_newest(whole: Outcomes, end: Outcomes) -> Outcomes:
    """The whole time; of a subject that only failed at its end these requests are known to be the newest."""
    last = {subject_key(one.subject): one.outcomes for one in end.subjects}
    subjects = []
    for one in whole.subjects:
        counts = last.get(subject_key(one.subject), OutcomeCounts())
        runs = _only_failed(counts, end.since or "")
        subjects.append(structs.replace(one, untimed=one.untimed - sum(run.count for run in runs), runs=runs))
    return structs.replace(whole, evaluated="yes", subjects=tuple(subjects))


def _only_failed(counts: OutcomeCounts, at: str) -> tuple[Run, ...]:
    """One run, if every request since was a failure of the service."""
    if not counts.service or counts.service != counts.base:
        return ()
    return (Run(side="service", count=counts.service, since=at, until=at),)


def _with_end(one: SubjectOutcomes, newest: SubjectOutcomes, at: str) -> SubjectOutcomes:
    counts = newest.outcomes
    runs = _only_failed(counts, at)
    untimed = one.untimed + (0 if runs else counts.service + counts.unattributed)
    return structs.replace(one, outcomes=one.outcomes.plus(counts), untimed=untimed, runs=runs)


def _difference(now: Outcomes, before: Outcomes, at: str) -> Outcomes:
    earlier = {subject_key(one.subject): one for one in before.subjects}
    subjects = []
    for one in now.subjects:
        old = earlier.get(subject_key(one.subject))
        left = one.outcomes.less(old.outcomes) if old else one.outcomes
        unobserved = max(0, one.unobserved - old.unobserved) if old else one.unobserved
        failed = left.service + left.unattributed
        subjects.append(structs.replace(one, outcomes=left, unobserved=unobserved, untimed=failed, runs=()))
    cells = _cells_since(now.cells, before.cells)
    return structs.replace(now, basis="window", evaluated="yes", since=at, subjects=tuple(subjects), cells=cells)


def _less_waiting(end: Outcomes, sections: Sections, until: str) -> Outcomes:
    """Requests between two readings that reached no instance failed, but for those that may be in flight.

    Each reading allows for many in flight, as nobody knows since when it counts; the time between is known.
    """
    traffic = sections.most_traffic
    latency = traffic.total.latency if traffic else None
    first, last = timestamp.milliseconds(end.since or ""), timestamp.milliseconds(until)
    told = any(one.outcomes.observed for one in end.subjects if one.subject.keys() & {"model", "api-key"})
    if told or first is None or last is None or last <= first:
        return end
    mean = LONG_SECONDS if latency is None or latency.mean_seconds is None else latency.mean_seconds
    most = 2 * mean * 1000 / (last - first)
    subjects = []
    for one in end.subjects:
        lost = round(max(0.0, one.unobserved - most * (one.outcomes.observed + one.unobserved)))
        if lost and one.subject.keys() <= {"provider"}:
            failed = one.outcomes.plus(OutcomeCounts(error=lost))
            one = structs.replace(  # noqa: PLW2901 - the same subject
                one, outcomes=failed, unobserved=one.unobserved - lost, untimed=one.untimed + lost
            )
        subjects.append(one)
    return structs.replace(end, subjects=tuple(subjects))


def since_reading(now: Outcomes, before: Outcomes | None, at: str) -> Outcomes | None:
    """What was counted after an earlier reading of the same process, made at `at`; None without one."""
    return None if before is None else _difference(now, before, at)


def _cells_since(now: Sequence[OutcomeCell], before: Sequence[OutcomeCell]) -> tuple[OutcomeCell, ...]:
    earlier = {_names(one): one.outcomes for one in before}
    nothing = OutcomeCounts()
    return tuple(structs.replace(one, outcomes=one.outcomes.less(earlier.get(_names(one), nothing))) for one in now)


def _names(one: OutcomeCell) -> Names:
    return one.provider, one.instance, one.model, one.api_key, one.target


def _subject(tally: Tally, key: Key, counted: Counted) -> SubjectOutcomes:
    counts = tally.counts[key]
    ended = OutcomeCounts.of(counts)
    events = tally.events_of(key)
    return SubjectOutcomes(
        subject=dict(key),
        outcomes=ended,
        unobserved=max(0, round(counts["unobserved"] + counts["open"])),
        counted=counted,
        untimed=max(0, ended.service + ended.unattributed - events.failed(key)),
        runs=events.runs(key),
        last_unobserved=timestamp.text(tally.unobserved_at[key]) if key in tally.unobserved_at else None,
        exactness="about" if key in tally.estimated else "exact",
    )


def _cell(names: Names, counts: Mapping[str, float]) -> OutcomeCell:
    provider, instance, model, api_key, target = names
    return OutcomeCell(
        provider=provider,
        instance=instance,
        model=model,
        api_key=api_key,
        outcomes=OutcomeCounts.of(counts),
        target=target,
    )
