"""Who failed, how, and when: outcomes of every subject from counters of a scrape or from rows of requests.

A log that cannot join its rows leaves requests open: they have a row that begins them and none that ends them. A row
that tells when its request began ends that one, others end open ones in count; what a scrape counted ends more; the
rest ends as the definition says. A subject gets for certain only what cannot belong to another.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct, structs

from llmgw_report.gateways.rows import RequestRecord
from llmgw_report.model import timestamp
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import (
    DIMENSIONS,
    SIDES,
    Counted,
    Dimension,
    OutcomeCell,
    OutcomeCounts,
    Outcomes,
    Run,
    Side,
    SubjectOutcomes,
)
from llmgw_report.model.sections import Continuity, Sections
from llmgw_report.redaction import alias

Key = tuple[tuple[str, str], ...]
#: A name for each dimension, or None.
Names = tuple[str | None, ...]
Dims = Mapping[Dimension, str | None]

Counts = defaultdict[str, float]

TOTAL: Key = ()
#: Distinct subjects of a dimension, as of the groups of a scrape; those beyond are one.
MAX_SUBJECTS = 1000
OTHER = "(other)"
#: Runs of one subject that the document keeps: the newest; older ones are merged into their neighbours.
MAX_RUNS = 100

_SIDES: tuple[Side, ...] = ("success", "client", "service", "unattributed")
#: Bits of a packed event below its time.
_SIDE_BITS = 2


def _no_counts() -> Counts:
    return defaultdict(float)


class Tally:
    """Outcomes by subject and by combination of subjects, with the times of those that have one."""

    def __init__(self) -> None:
        self.counts: dict[Key, Counts] = defaultdict(_no_counts)
        self.cells: dict[Names, Counts] = defaultdict(_no_counts)
        self.events: dict[Key, array[int]] = defaultdict(lambda: array("q"))
        self.unobserved_at: dict[Key, int] = {}
        self._names: dict[Dimension, set[str]] = defaultdict(set)

    def add(self, dims: Dims, outcome: str, n: float = 1, at_ms: int | None = None) -> None:
        """Count `n` requests of one combination of subjects; `outcome` may also be "open" or "unobserved"."""
        named = {dimension: self._name(dimension, dims.get(dimension)) for dimension in DIMENSIONS}
        self.cells[tuple(named.values())][outcome] += n
        for key in keys(named):
            self.counts[key][outcome] += n
            if at_ms is not None:
                self._happened(key, outcome, round(n), at_ms)

    def _happened(self, key: Key, outcome: str, n: int, at_ms: int) -> None:
        """Note when requests of a subject ended; the client's mistakes and open requests tell nothing."""
        side = SIDES.get(outcome)  # type: ignore[call-overload]
        if side is not None and side != "client":
            self.events[key].extend([at_ms << _SIDE_BITS | _SIDES.index(side)] * n)

    def _name(self, dimension: Dimension, value: str | None) -> str | None:
        """Whoever may choose the name of a model may choose a million of them."""
        if not value:
            return None
        known = self._names[dimension]
        if value not in known and len(known) >= MAX_SUBJECTS:
            return OTHER
        known.add(value)
        return value


def _dims(row: RequestRecord) -> dict[Dimension, str | None]:
    """The subjects of a row; the name of a key may be the key itself."""
    key = alias(row.api_key) if row.api_key else None
    return {"provider": row.provider, "instance": row.instance, "model": row.model, "api-key": key}


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
        tally.add(dims, one.roles.get("outcome", "open"), one.value)
    return tally


def summed(found: Iterable[Indicator]) -> OutcomeCounts | None:
    """How all of them with an outcome ended; None where nothing has one."""
    known = [one for one in found if "outcome" in one.roles]
    return OutcomeCounts.of(from_indicators(known).counts[TOTAL]) if known else None


#: Requests that may be in flight where neither a rate nor a latency is known to estimate them from.
_IN_FLIGHT = 100


#: The row of a request is written so long before or after the time at which its ending says that it began.
_BEGAN_WITHIN_MS = (-10, 100)


def from_scrape(requests: Tally, attempts: Tally, in_flight: float | None) -> tuple[Tally, Counted]:
    """Outcomes that the counters of one process tell, and whether they count requests or attempts.

    Where requests have no outcome of their own, theirs is that of the attempts, and requests that reached no instance,
    less those that may be in flight, failed in a way that nobody attributed.
    """
    counted: Counted = "requests" if any(requests.counts[TOTAL].values()) else "attempts"
    if any(n for outcome, n in requests.counts[TOTAL].items() if outcome in SIDES):
        if not any(_is_instance(key) for key in requests.counts):
            requests.counts |= {key: counts for key, counts in attempts.counts.items() if _is_instance(key)}
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
            attempts.counts[key] = _no_counts() | {"unobserved": counts["open"]}
        elif not attempts.counts:
            attempts.counts[TOTAL] = _no_counts() | counts
    return attempts, counted


def _is_instance(key: Key) -> bool:
    return any(dimension == "instance" for dimension, _ in key)


class Scraped(Struct, frozen=True, kw_only=True):
    """What the counters of a process that began at `since_ms` say about the requests since then."""

    requests: Tally
    attempts: Tally
    since_ms: int


class Places:
    """Finds the provider and the instance of a row that names neither, where its scrape leaves only one."""

    def __init__(self, scraped: Scraped) -> None:
        self._providers: dict[Names, set[str | None]] = defaultdict(set)
        self._instances: dict[str | None, set[str | None]] = defaultdict(set)
        for provider, _, *names in scraped.requests.cells:
            self._providers[tuple(names)].add(provider)
        for provider, instance, *_ in scraped.attempts.cells:
            self._instances[provider].add(instance)

    def of(self, names: Names) -> Names:
        """The names, completed as far as there is no choice."""
        provider, instance, *others = names
        if provider is None and len(found := self._providers[tuple(others)]) == 1:
            (provider,) = found
        if instance is None and provider and len(found := self._instances[provider]) == 1:
            (instance,) = found
        return (provider, instance, *others)


class Opened:
    """Requests without an ending, by when they began; each is taken once."""

    def __init__(self, rows: Iterable[RequestRecord]) -> None:
        self._rows = sorted(rows, key=lambda row: row.time_ms)
        self._times = [row.time_ms for row in self._rows]
        self._taken = bytearray(len(self._rows))

    def take(self, began_ms: float | None) -> RequestRecord | None:
        """The request that began then, or None: it writes its row a moment later."""
        if began_ms is None:
            return None
        first, end = (bisect_left(self._times, began_ms + margin) for margin in _BEGAN_WITHIN_MS)
        if not (near := [index for index in range(first, end) if not self._taken[index]]):
            return None
        nearest = min(near, key=lambda index: abs(self._rows[index].time_ms - began_ms))
        self._taken[nearest] = True
        return self._rows[nearest]

    def left(self) -> list[RequestRecord]:
        """Those that nothing has taken."""
        return [row for row, taken in zip(self._rows, self._taken, strict=True) if not taken]


class Closing:
    """Finds an ending for every request that a log leaves open.

    A row that tells when its request began ends that one. Then, in this order: failures without an owner, in count;
    successes that the scrape counted; failures that it counted without an owner; the rest as `without_ending` says.
    Where no scrape counted, a request whose success leaves a row failed, unless it may be in flight; nobody knows of
    the others, such as streams that are never recorded.
    """

    def __init__(
        self, rows: Iterable[RequestRecord], without_ending: str, scraped: Scraped | None, in_flight_ms: float
    ) -> None:
        self.tally = Tally()
        self.without_ending, self.scraped = without_ending, scraped
        #: A request that began later may still be running.
        self.in_flight_ms = in_flight_ms
        self.own_successes = self.anonymous = self.anonymous_failures = 0
        endings: list[RequestRecord] = []
        opened: list[RequestRecord] = []
        for row in rows:
            if row.kind != "request":
                endings.append(row)
            elif row.outcome is None:
                opened.append(row)
            else:
                self._add(row, _dims(row))
        self.opened, self.anonymous_at_most = Opened(opened), len(opened)
        self.revoking = [row for row in endings if row.kind == "revoke"]
        for row in sorted(endings, key=lambda one: one.time_ms):
            if row.kind == "ending":
                self._end(row)

    def _add(self, row: RequestRecord, dims: Dims) -> None:
        self.tally.add(dims, row.outcome or "unknown", row.requests, round(row.time_ms))
        if self.scraped and row.outcome == "success" and row.time_ms >= self.scraped.since_ms:
            self.own_successes += row.requests

    def _end(self, row: RequestRecord) -> None:
        if begun := self.opened.take(row.began_ms):
            self.anonymous_at_most -= 1
            self._add(row, {**_dims(begun), **{name: value for name, value in _dims(row).items() if value}})
        elif self.anonymous < self.anonymous_at_most:
            self.anonymous += 1
            self.anonymous_failures += row.outcome != "success"
            self._add(row, _dims(row))

    def closed(self) -> Tally:
        """The tally with every open request ended."""
        left, since_ms = self.opened.left(), self.scraped.since_ms if self.scraped else None
        before = [row for row in left if since_ms is None or row.time_ms < since_ms]
        after = left[len(before) :]
        if self.anonymous:
            self._in_count(left, self._ends(before, after, self.anonymous))
        else:
            for row in before:
                lost = row.recorded and row.time_ms < self.in_flight_ms
                self.tally.add(_dims(row), "error" if lost else "unobserved", 1, round(row.time_ms))
            self._note_unobserved(before)
            self._after(after, self._ends([], after, 0))
        self._revoke()
        if self.scraped:
            self._place(self.scraped)
            self._from_scrape(self.scraped, self.tally.counts[TOTAL]["canceled"])
        return self.tally

    def _ends(self, before: Sequence[RequestRecord], after: Sequence[RequestRecord], ended: int) -> Counts:
        """How many of the requests that are still open ended how, without `ended` of them."""
        ends = _no_counts()
        n = float(len(before) + len(after) - ended)
        ends["unobserved"] = min(n, len(before))
        n -= ends["unobserved"]
        counted = self.scraped.attempts.counts[TOTAL] if self.scraped else ends
        silent = sum(not row.recorded for row in after)
        for outcome, most in (
            ("success", min(silent, round(counted["success"]) - self.own_successes)),
            ("error", round(counted["error"])),
        ):
            ends[outcome] = max(0, min(n, most))
            n -= ends[outcome]
        ends[self.without_ending] += n
        return ends

    def _after(self, after: Sequence[RequestRecord], ends: Counts) -> None:
        """End what the scrape counted: request by request if all of a kind ended alike, else in count."""
        silent = [row for row in after if not row.recorded]
        if ends["success"] == len(silent):
            for row in silent:
                self.tally.add(_dims(row), "success", 1, round(row.time_ms))
            after = [row for row in after if row.recorded]
            ends["success"] = 0
        alike = [outcome for outcome, n in ends.items() if n == len(after)]
        if alike:
            for row in after:
                self.tally.add(_dims(row), alike[0], 1, round(row.time_ms))
        else:
            self._in_count(after, ends)

    def _in_count(self, rows: Sequence[RequestRecord], ends: Counts) -> None:
        """End some of these requests, nobody knows which: a subject with more of them has failures for certain."""
        self._note_unobserved(rows)
        for row in rows:
            self.tally.add(_dims(row), "unobserved")
        for key, its in Counter(key for row in rows for key in keys(_dims(row)) if key).items():
            sure = max(0, its - (len(rows) - self.anonymous_failures))
            self.tally.counts[key]["unobserved"] -= sure
            self.tally.counts[key]["server-error"] += sure
        total = self.tally.counts[TOTAL]
        total["unobserved"] -= len(rows)
        for outcome, n in ends.items():
            total[outcome] += n

    def _note_unobserved(self, rows: Sequence[RequestRecord]) -> None:
        """When the newest request of each subject began that may have succeeded without a row."""
        for row in rows:
            if not row.recorded and row.time_ms < self.in_flight_ms:
                for key in keys(_dims(row)):
                    self.tally.unobserved_at[key] = round(row.time_ms)

    def _revoke(self) -> None:
        """Streams that broke: the success of the head is none, and the end of one that was never recorded is known."""
        total = self.tally.counts[TOTAL]
        for row in sorted(self.revoking, key=lambda one: one.time_ms):
            unknown = not row.recorded and total["unobserved"] > 0 and self.scraped is None
            revoked = "unobserved" if unknown else "success"
            if total[revoked] > 0:
                total[revoked] -= 1
                self.tally.add({}, row.outcome or "unknown", 1, round(row.time_ms))

    def _place(self, scraped: Scraped) -> None:
        """Name the provider and instance of each combination where there is no choice."""
        place = Places(scraped)
        for names in list(self.tally.cells):
            ended = self.tally.cells.pop(names)
            for one, count in ended.items():
                self.tally.cells[place.of(names)][one] += count

    def _from_scrape(self, scraped: Scraped, canceled: float) -> None:
        """Providers and instances, which the log does not name; requests without an attempt found no instance."""
        for key, counted in scraped.attempts.counts.items():
            if not any(dimension in {"provider", "instance"} for dimension, _ in key):
                continue
            lost = 0.0
            if len(key) == 1 and key[0][0] == "provider":
                lost = max(0.0, scraped.requests.counts[key]["open"] - sum(counted.values()))
            sure = max(0.0, lost - canceled)
            self.tally.counts[key] = _no_counts() | counted
            self.tally.counts[key]["server-error"] += sure
            self.tally.counts[key]["unobserved"] += lost - sure


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


def outcomes_since(sections: Sections, before: Outcomes | None, course: Continuity, at: str) -> Outcomes | None:
    """The outcomes of the sections; where those prove nothing about the window, what was counted since `at` instead.

    The seconds of --interval are the end of a longer time since an earlier report. Rows that name no instance are
    completed by what was counted inside the window.
    """
    found, now = sections.outcomes, sections.lifetime_outcomes
    if course.state != "continued" or before is None or now is None:
        return found
    if found is None or found.evaluated != "yes":
        return _difference(now, before, at)
    since, began = timestamp.milliseconds(at), timestamp.milliseconds(found.since) if found.since else None
    if since is None or began is None:
        return found
    if found.source == "database":
        inside = since >= began - _CLOCK_MS
        return _completed(found, _difference(now, before, at)) if inside else found
    return _joined(_difference(now, before, at), found) if began > since else found


#: A report of an hour ago was not made to the second.
_CLOCK_MS = 60_000


def _completed(rows: Outcomes, counted: Outcomes) -> Outcomes:
    """The outcomes of rows, with providers and instances that only the metrics name."""
    known = {tuple(sorted(one.subject.items())) for one in rows.subjects}
    missing = (
        one
        for one in counted.subjects
        if "provider" in one.subject and one.outcomes.observed and tuple(sorted(one.subject.items())) not in known
    )
    return structs.replace(rows, subjects=(*rows.subjects, *missing))


def _joined(whole: Outcomes, end: Outcomes) -> Outcomes:
    """Both times as one; of a subject that only failed in the second the newest requests are known to have failed."""
    last = {tuple(sorted(one.subject.items())): one for one in end.subjects}
    subjects = []
    for one in whole.subjects:
        newest = last.pop(tuple(sorted(one.subject.items())), None)
        subjects.append(one if newest is None else _with_end(one, newest, end.since or ""))
    nothing = OutcomeCounts()
    new = (_with_end(structs.replace(one, outcomes=nothing, untimed=0), one, end.since or "") for one in last.values())
    return structs.replace(whole, subjects=(*subjects, *new))


def _with_end(one: SubjectOutcomes, newest: SubjectOutcomes, at: str) -> SubjectOutcomes:
    counts = newest.outcomes
    only_failed = counts.service and counts.service == counts.base
    untimed = one.untimed + (0 if only_failed else counts.service + counts.unattributed)
    runs = (Run(side="service", count=counts.service, since=at, until=at),) if only_failed else ()
    return structs.replace(one, outcomes=one.outcomes.plus(counts), untimed=untimed, runs=runs)


def _difference(now: Outcomes, before: Outcomes, at: str) -> Outcomes:
    earlier = {tuple(sorted(one.subject.items())): one for one in before.subjects}
    subjects = []
    for one in now.subjects:
        old = earlier.get(tuple(sorted(one.subject.items())))
        left = one.outcomes.less(old.outcomes) if old else one.outcomes
        unobserved = max(0, one.unobserved - old.unobserved) if old else one.unobserved
        failed = left.service + left.unattributed
        subjects.append(structs.replace(one, outcomes=left, unobserved=unobserved, untimed=failed, runs=()))
    cells = _cells_since(now.cells, before.cells)
    return structs.replace(now, basis="window", evaluated="yes", since=at, subjects=tuple(subjects), cells=cells)


def _cells_since(now: Sequence[OutcomeCell], before: Sequence[OutcomeCell]) -> tuple[OutcomeCell, ...]:
    earlier = {(one.provider, one.instance, one.model, one.api_key): one.outcomes for one in before}
    nothing = OutcomeCounts()
    return tuple(
        structs.replace(one, outcomes=one.outcomes.less(earlier.get(names, nothing)))
        for one in now
        for names in [(one.provider, one.instance, one.model, one.api_key)]
    )


def _subject(tally: Tally, key: Key, counted: Counted) -> SubjectOutcomes:
    counts = tally.counts[key]
    ended = OutcomeCounts.of(counts)
    packed = sorted(tally.events.get(key, ()))
    timed = sum(1 for event in packed if event & 3 != 0)
    return SubjectOutcomes(
        subject=dict(key),
        outcomes=ended,
        unobserved=max(0, round(counts["unobserved"] + counts["open"])),
        counted=counted,
        untimed=max(0, ended.service + ended.unattributed - timed),
        runs=_runs(packed),
        last_unobserved=timestamp.text(tally.unobserved_at[key]) if key in tally.unobserved_at else None,
    )


def _cell(names: Names, counts: Mapping[str, float]) -> OutcomeCell:
    provider, instance, model, api_key = names
    return OutcomeCell(
        provider=provider, instance=instance, model=model, api_key=api_key, outcomes=OutcomeCounts.of(counts)
    )


def _runs(packed: Sequence[int]) -> tuple[Run, ...]:
    """Packed events in the order of time as runs of one side; of too many runs the oldest are merged by side."""
    runs: list[tuple[int, int, int, int]] = []
    for event in packed:
        at_ms, side = event >> _SIDE_BITS, event & (1 << _SIDE_BITS) - 1
        if runs and runs[-1][0] == side:
            last = runs[-1]
            runs[-1] = (side, last[1] + 1, last[2], at_ms)
        else:
            runs.append((side, 1, at_ms, at_ms))
    if len(runs) > MAX_RUNS:
        runs = [*_merged(runs[:-MAX_RUNS]), *runs[-MAX_RUNS:]]
    return tuple(
        Run(side=_SIDES[side], count=n, since=timestamp.text(first), until=timestamp.text(last))
        for side, n, first, last in runs
    )


def _merged(runs: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """One run for each side, in the order of their beginnings."""
    found: dict[int, tuple[int, int, int, int]] = {}
    for side, n, first, last in runs:
        before = found.get(side, (side, 0, first, last))
        found[side] = (side, before[1] + n, before[2], last)
    return sorted(found.values(), key=lambda run: run[2])
