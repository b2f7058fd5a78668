"""A window of a Prometheus-compatible server: one scrape of each process, whose counters are what was counted in it.

Counters are asked for as values on a grid and subtracted here. `increase()` of a server extrapolates, and steps of sums
over processes turn the restart of one of them into a loss of all that it had counted before.
"""

from collections.abc import Collection, Mapping, Sequence
from math import ceil, isfinite, isnan

from msgspec import Struct

from llmgw_report.config.settings import ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Sentence, msg
from llmgw_report.model.run import Progress
from llmgw_report.model.scrape import Cell, Family, Labels, Presence, Scrape, Wanted, Watched, Wish
from llmgw_report.model.target import SEVERAL, UNNAMED
from llmgw_report.sources.promql.asking import Answered, Server
from llmgw_report.sources.promql.counting import (
    SHOWN_SECONDS,
    Grid,
    Points,
    Starts,
    alternates,
    falls,
    increments,
    leaps,
    moves,
    starts,
    without_echoes,
)
from llmgw_report.sources.promql.estimates import Estimates
from llmgw_report.sources.promql.freshness import freshness
from llmgw_report.sources.promql.naming import PARTS, Naming, Target, count_of, family_of
from llmgw_report.sources.promql.past import Past
from llmgw_report.sources.promql.questions import ASKED, by, patterns, together

#: Groups of one family over all processes: with the labels that clients fill, and without them.
_MOST_GROUPS, _MOST_NARROW_GROUPS = 5_000, 50_000
#: Processes, each of which is a scrape with all its families.
_MOST_TARGETS = 5_000
#: Series of all gauges.
_MOST_GAUGES = 20_000
#: Values that a server reads for one question, and values of its answer. A family of more is asked for in longer steps:
#: what a process counted between the last of them and its end is lost, so that they are short for the requests.
_MOST_READ, _MOST_ANSWERED = 2_000_000, 200_000
_MOST_READ_OF_REQUESTS, _MOST_ANSWERED_OF_REQUESTS = 5_000_000, 1_200_000
#: So many values of several families are one answer.
_SMALL = 50_000
#: Buckets of a histogram. To count them takes a server as long as to read them.
_BUCKETS = 40
#: A range of so many intervals holds two samples, wherever it begins.
_TWO_SAMPLES = 2
_MOST_WARNINGS = 3
_LONGEST_NAME = 200
_ESTIMATED = msg("figures of keys and models are about right: there are too many to count them target by target")
_NOT_TOLD_APART = msg("keys and models are not distinguished: there are too many")

_NO_AVERAGE = msg("query the server that scrapes, not averages of what it stored")
_NOTHING = msg("it answers, and has none of the gateway's metrics")
_ENDED = msg("it answers, and has had no metric of the gateway for some time")
_LACKS = msg("the answers of the server lack what it says is stored of it")


class Answers(Struct, frozen=True, kw_only=True):
    """What a server says: a scrape of each process, one of each bucket of the trend, and one of each span.

    `groups` is what all processes counted together, by the labels that clients fill, of families that have too many
    of these to tell them apart process by process: about, and None where the scrapes have them.
    """

    scrapes: tuple[Scrape, ...]
    buckets: tuple[Scrape, ...] = ()
    spans: Mapping[int, Scrape] = {}
    groups: Scrape | None = None
    notes: tuple[str, ...] = ()


def window(target: ServerTarget, wish: Wish, progress: Progress | None = None) -> Answers:
    """Read one window. Raises SourceError, with the remedy as its hint, where the server's answers make no figures."""
    shown = target.shown or ""
    with Server(target, shown, progress or Progress()) as server:
        reading = _Reading(server, target, wish)
        reading.presence()
        reading.start_times()
        reading.count()
        reading.gauges()
        reading.find_problems()
        fresh = freshness(server, reading.naming, reading.grid, ["up"] if reading.up else reading.requests(), wish)
        reading.notes += fresh.notes
        scrapes = reading.scrapes()
        bad = sorted({target[-1] for target in reading.problems})
        estimates = Estimates(server, wish, reading.naming, reading.requests(), bad)
        estimates.least_seconds = _TWO_SAMPLES * (fresh.interval or 0.0)
        buckets, spans = estimates.trend(), estimates.spans()
        groups = None
        if reading.narrowed:
            groups = estimates.groups(reading.narrowed, reading.grid)
            reading.notes.append(_ESTIMATED if groups else _NOT_TOLD_APART)
        buckets = reading.with_durations(estimates, buckets)
        warned = list(dict.fromkeys(server.warnings))[:_MOST_WARNINGS]
        warnings = [msg("The server warns: {words}", words=one) for one in warned]
        notes = tuple(dict.fromkeys([*(Sentence(one) for one in reading.notes), *warnings]))
        return Answers(scrapes=scrapes, buckets=buckets, spans=spans, groups=groups, notes=notes)


class _Reading:
    """The answers of one server, put together process by process."""

    def __init__(self, server: Server, target: ServerTarget, wish: Wish) -> None:
        self.server, self.wish, self.matchers = server, wish, target.selector
        self.grid = Grid.of(wish.until_ms, wish.now_ms, wish.seconds)
        self.naming = Naming(wish, target.selector, target.label)
        self.by = self.naming.by
        #: The grid of the requests, whose steps are kept.
        self.kept = self.grid
        self.up: dict[Target, Points] = {}
        self.up_ratio: dict[Target, float] = {}
        self.present: dict[str, dict[Target, int]] = {}
        self.began: dict[Target, Points] = {}
        self.lives: dict[Target, Starts] = {}
        self.past = Past(server, self.naming, self.grid, wish.starts)
        self.samples: dict[Target, dict[str, dict[Labels, Cell]]] = {}
        self.problems: dict[Target, str] = {}
        self.restarts: dict[Target, int] = {}
        self.seen: dict[Target, float] = {}
        #: Families of which a process has a sample, and processes that have any as the window ends.
        self.answered: set[tuple[str, Target]] = set()
        self.there: set[Target] = set()
        #: Those of which a counter is there then.
        self.counting: set[Target] = set()
        #: Families that are not told apart by the labels that clients fill.
        self.narrowed: list[str] = []
        self.notes: list[str] = []

    def presence(self) -> None:
        """Which processes there are, and which families of which."""
        self._presence_of_targets()
        # Buckets are most of a server's series, and are there where their counts are.
        names = [one for one in {*self.wish.interest, *self.wish.names} if not self._is_bucket(one)]
        for pattern in patterns(names):
            inside = f'last_over_time({{__name__=~"{pattern}",{self.matchers}}}[{self._whole}])'
            for series in self._at(f"count {by('__name__', *self.by)} ({inside})"):
                name = series.metric.get("__name__", "")
                self.present.setdefault(name, {})[self.naming.target(series.metric)] = round(self.server.value(series))
        targets = {*self.up, *(target for its in self.present.values() for target in its)}
        if len(targets) > _MOST_TARGETS:
            reason = msg("more than {n} targets match", n=_MOST_TARGETS)
            raise self.server.failed(reason, msg("match fewer targets with --match, or check --target-label"))
        if not targets:
            reason = msg("no target matches in the window")
            raise self.server.failed(
                reason, msg("check --match against the labels that the server has of the gateway's up")
            )

    @property
    def _whole(self) -> str:
        return f"{round(1000 * self.grid.step * self.grid.steps)}ms"

    def _presence_of_targets(self) -> None:
        grouping, grid = by(*self.by), self.grid
        up = {name: f"{name} {grouping} (up{{{self.matchers}}})" for name in ("count", "sum")}
        for query in together(up):
            for series in self.server.over_time(query, grid.since, grid.until, grid.step):
                points = self.server.points(series, grid)
                if series.metric.get(ASKED) == "sum":
                    self.up[self.naming.target(series.metric)] = points
                    if any(0 < value < 1 for value in points.values()):
                        raise self.server.failed(msg("its up is neither 0 nor 1"), _NO_AVERAGE)
                elif any(value > 1 for value in points.values()):
                    raise self._copies()
        for series in self._at(f"sum {grouping} (avg_over_time(up{{{self.matchers}}}[{self._whole}]))"):
            if isfinite(value := self.server.value(series)):
                self.up_ratio[self.naming.target(series.metric)] = value

    def start_times(self) -> None:
        """When each process began."""
        grid = self.grid
        for name in sorted(self.wish.starts & self.present.keys()):
            if not self.up and any(n > 1 for n in self.present[name].values()):
                raise self._copies()
            query = f"max {by(*self.by)} ({name}{{{self.matchers}}})"
            for series in self.server.over_time(query, grid.since, grid.until, grid.step):
                target = self.naming.target(series.metric)
                self.began[target] = self.server.points(series, grid)
                if grid.steps in self.began[target]:
                    self.there.add(target)
                self.lives[target] = starts(self.began[target], grid)
                if self.lives[target].beside:
                    self.problems[target] = SEVERAL

    def requests(self) -> list[str]:
        """The sample names that count requests, of those that are there."""
        return sorted(self.wish.requests & self.present.keys())

    def counters(self) -> list[str]:
        """The sample names that count, of those that are there."""
        return sorted(name for name, wanted in self.wish.interest.items() if self._counts(name, wanted))

    def _counts(self, name: str, wanted: Wanted) -> bool:
        if self._is_bucket(name):
            return count_of(name) in self.present
        return wanted.adds_up and name in self.present

    def _is_bucket(self, name: str) -> bool:
        wanted = self.wish.interest.get(name)
        return wanted is not None and name.endswith("_bucket") and "le" in wanted.labels

    def _series(self, name: str) -> int:
        """How many series a family has at the most, over all processes."""
        if self._is_bucket(name):
            return _BUCKETS * self._series(count_of(name))
        return sum(self.present.get(name, {}).values())

    def count(self) -> None:
        """What every family counted: those in steps of one length and with short answers in one question."""
        groups, labels = self._grouping(self.counters())
        requests = self.requests()
        self.kept = self._grid(requests, groups, _MOST_READ_OF_REQUESTS, _MOST_ANSWERED_OF_REQUESTS)
        small: dict[Grid, dict[str, str]] = {}
        for name, kept in labels.items():
            # Buckets, count and sum lose the same where a process ends.
            parts = [one for one in labels if self._together(one) == self._together(name)]
            grid = self.kept if name in requests else self._grid(parts, groups, _MOST_READ, _MOST_ANSWERED)
            query = f"sum {by(*self.by, *kept)} ({name}{{{self.matchers}}})"
            if groups[name] * grid.steps > _SMALL:
                self._ask(grid, {name: query})
            else:
                small.setdefault(grid, {})[name] = query
        for grid, queries in small.items():
            at_once = max(1, _MOST_ANSWERED // max(grid.steps * groups[name] for name in queries))
            named = list(queries.items())
            for place in range(0, len(named), at_once):
                self._ask(grid, dict(named[place : place + at_once]))

    def _grid(self, names: Sequence[str], groups: Mapping[str, int], read: int, answered: int) -> Grid:
        series, most = (max((of(name) for name in names), default=1) for of in (self._series, groups.__getitem__))
        return self.grid.of_about(min(read / max(1, series), answered / most))

    def _ask(self, grid: Grid, queries: Mapping[str, str]) -> None:
        for query in together(queries):
            found: dict[tuple[str, Target], list[Answered]] = {}
            for series in self.server.over_time(query, grid.since, grid.until, grid.step):
                found.setdefault((series.metric.get(ASKED, ""), self.naming.target(series.metric)), []).append(series)
            late: dict[str, dict[Target, float | None]] = {}
            for (name, target), groups in found.items():
                if name in queries and any(one.begins_after(grid.since) for one in groups):
                    late.setdefault(name, {})[target] = self.lives.get(target, Starts()).first
            self.past.ask(late, {name: self._series(name) for name in late})
            for (name, target), groups in found.items():
                if name in queries:
                    keys = [self.naming.key(name, one.metric) for one in groups]
                    self._count(name, target, keys, [self.server.points(one, grid) for one in groups], grid)

    def _grouping(self, names: Sequence[str]) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
        """How many groups each family has, and the labels kept: all, else those that clients do not fill.

        Groups and processes multiply: of 100,000 series both together took 537 MiB and 13 seconds.
        """
        found = {name: max(1, self._series(name)) for name in names}
        kept = {name: self.naming.labels(name) for name in names}
        many = [name for name in names if found[name] > _MOST_GROUPS]
        found |= self._counted({name: kept[name] for name in many})
        # What is added up or compared has the same labels: failures of a key without its successes would be all it has.
        wide = {self._together(name) for name in many if found[name] > _MOST_GROUPS}
        self.narrowed = [name for name in names if self._together(name) in wide and self.naming.is_wide(name)]
        kept |= {name: self.naming.narrow(name) for name in self.narrowed}
        found |= self._counted({name: kept[name] for name in self.narrowed})
        for name in many:
            if found[name] > _MOST_NARROW_GROUPS:
                reason = msg("more than {n} groups of {name}", n=_MOST_NARROW_GROUPS, name=name)
                raise self.server.failed(reason, msg("match fewer series with --match"))
        return found, kept

    def _together(self, name: str) -> str:
        """What the families of one figure have in common."""
        if name in self.wish.requests:
            return "requests"
        return next((name.removesuffix(part) for part in PARTS if name.endswith(part)), name)

    def _counted(self, labels: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
        counted = {name: count_of(name) if self._is_bucket(name) else name for name in labels}
        queries = {
            counted[name]: f"count(count {by(*self.by, *(one for one in its if one != 'le'))} "
            f"({counted[name]}{{{self.matchers}}}))"
            for name, its in labels.items()
        }
        answers = [series for query in together(queries) for series in self._at(query)]
        found = {series.metric.get(ASKED, ""): max(1, round(self.server.value(series))) for series in answers}
        return {name: found[one] * (_BUCKETS if one != name else 1) for name, one in counted.items() if one in found}

    def _count(self, name: str, target: Target, keys: Sequence[Labels], points: list[Points], grid: Grid) -> None:
        if any(grid.steps in one for one in points):
            self.there.add(target)
            self.counting.add(target)
        if any(points) or grid.step > SHOWN_SECONDS:
            self.answered.add((name, target))
        life = self.lives.get(target, Starts())
        places = grid.places(life.places, self.grid)
        points = [without_echoes(one, places, ceil(SHOWN_SECONDS / grid.step)) for one in points]
        points = self._continued(name, target, keys, points)
        fallen = falls(points, places)
        if fallen if life.first is not None else self._alternates(name, points, fallen):
            self.problems[target] = SEVERAL
        if life.first is None:
            places = fallen
        self.restarts[target] = max(self.restarts.get(target, 0), len(places))
        first = grid.step * min((min(one) for one in points if one), default=grid.steps)
        self.seen[target] = min(self.seen.get(target, first), first)
        steps = name in self.wish.requests
        for key, one, moved in zip(keys, points, moves(points, places), strict=True):
            at = min(one, default=0)
            born = moved.get(at, 0.0) if self._is_known(target, at * grid.step) else None
            counted = increments(one, grid.steps, places, born)
            self._take(name, target, key, sum(counted), counted if steps else None)

    def _continued(self, name: str, target: Target, keys: Sequence[Labels], points: list[Points]) -> list[Points]:
        """The groups, each with what it said last before the window where it was not there as that began."""
        last, start = self.past.last.get((name, target), {}), self.lives.get(target, Starts()).first
        began = start is not None and start >= self.grid.since
        if not last or began or not self.past.has(target, start):
            return points
        return [{0: last[key], **one} if one and key in last else one for key, one in zip(keys, points, strict=True)]

    def _alternates(self, name: str, points: Sequence[Points], fallen: Sequence[int]) -> bool:
        return alternates(points) or (name in self.wish.requests and leaps(points, fallen))

    def _is_known(self, target: Target, seconds: float) -> bool:
        """Whether what appears then counts from 0: the process began in the window, or was seen before without it."""
        start = self.lives.get(target, Starts()).first
        if start is not None and start >= self.grid.since:
            return True
        before = range(ceil(seconds / self.grid.step))
        up, began = self.up.get(target, {}), self.began.get(target, {})
        seen = any(up.get(place, 0.0) > 0 or place in began for place in before)
        return seen or self.seen.get(target, seconds) < seconds or self.past.has(target, start)

    def gauges(self) -> None:
        """The last values of all that does not count."""
        counting = set(self.counters())
        names = [one for one in self.wish.interest if one in self.present and one not in counting]
        while names and sum(sum(self.present[one].values()) for one in names) > _MOST_GAUGES:
            names.sort(key=lambda one: sum(self.present[one].values()))
            self.notes.append(msg("too many series of {name} to read", name=names.pop()))
        if not names:
            return
        for series in self._at(f'{{__name__=~"{"|".join(sorted(names))}",{self.matchers}}}'):
            name = series.metric.get("__name__", "")
            if name in self.wish.interest:
                target = self.naming.target(series.metric)
                self.there.add(target)
                self._take(name, target, self.naming.key(name, series.metric), self.server.value(series))

    def _take(self, name: str, target: Target, key: Labels, value: float, steps: Sequence[float] | None = None) -> None:
        wanted = self.wish.interest[name]
        cell = self.samples.setdefault(target, {}).setdefault(name, {}).setdefault(key, Cell())
        cell.series += 1
        endless = not isfinite(value) and self._counts(name, wanted)
        if endless or not (isnan(value) or wanted.low <= value < wanted.high):
            self.notes.append(msg("values of {name} that cannot be right were left out", name=name))
            cell.series -= 1
            return
        if not isfinite(value):
            cell.not_finite += 1
            return
        cell.sum += value
        cell.maximum = max(cell.maximum, value)
        cell.last = value
        cell.zeros += value == 0
        if steps is not None:
            cell.steps = list(steps) if cell.steps is None else [a + b for a, b in zip(cell.steps, steps, strict=True)]

    def find_problems(self) -> None:
        """Why the figures of a process cannot be right, beyond what its counters say."""
        known = {target for its in self.present.values() for target in its}
        told = self.up or self.began or any(target[-1] for target in known)
        self._refuse_copies()
        for target in {*self.up, *known}:
            found = self._problem(target, known) if told else UNNAMED
            if found is not None:
                self.problems.setdefault(target, found)

    def _refuse_copies(self) -> None:
        """Two jobs that scrape one process: it has one start in both, and one address or one number of requests."""
        found: dict[tuple[object, object], str] = {}
        for target, points in self.began.items():
            at = points.get(self.grid.steps)
            if at is None:
                continue
            # Idle processes of one rollout may start in one second and have the same few requests.
            for key in ((round(at), target[-1]), (round(at, 2), self._requests_of(target))):
                if key[1] and found.setdefault(key, target[0]) != target[0]:
                    raise self._copies()

    def _requests_of(self, target: Target) -> float:
        its = self.samples.get(target, {})
        return sum(cell.sum for name in self.requests() for cell in its.get(name, {}).values())

    def _problem(self, target: Target, known: Collection[Target]) -> str | None:
        up = self._up(target) == "up"
        if target not in known:
            return _NOTHING if up and known else None
        if target not in self.there:
            return _ENDED if up else None
        counters = [name for name in self.counters() if target in self.present.get(name, ())]
        if self.restarts.get(target) or not counters:
            return None
        if any((name, target) not in self.answered for name in counters):
            return _LACKS
        return None if target in self.counting else _ENDED

    def with_durations(self, estimates: Estimates, trend: tuple[Scrape, ...]) -> tuple[Scrape, ...]:
        """The buckets of the trend with their histograms of latency, where these are not too many to read.

        Asked for at the end: a server that does not answer it has answered all that a verdict needs.
        """
        parts = {name: {f"{name}_bucket", f"{name}_count"} for name in sorted(self.wish.durations)}
        there = [name for name, its in parts.items() if its <= {*self.counters()}]
        read = self.wish.buckets * sum(self._series(f"{name}_bucket") for name in there)
        if read > _MOST_READ:
            return trend
        try:
            return estimates.with_durations(trend, there)
        except SourceError as error:
            self.notes.append(msg("latency over time: {reason}", reason=error.message))
            return trend

    def scrapes(self) -> tuple[Scrape, ...]:
        """One of each process."""
        found = dict.fromkeys((*self.up, *(target for its in self.present.values() for target in its)))
        several_jobs = len({target[0] for target in found}) > 1 and len({target[-1] for target in found}) < len(found)
        named = ((target, " ".join(target) if several_jobs else target[-1]) for target in sorted(found))
        return tuple(self._scrape(target, _cut(name, place)) for place, (target, name) in enumerate(named, 1))

    def _scrape(self, target: Target, name: str) -> Scrape:
        families: dict[str, Family] = {}
        for sample, its in self.present.items():
            if target in its:
                family = family_of(sample, self.wish)
                before = families[family].series if family in families else 0
                families[family] = Family(name=family, type="untyped", series=before + its[target])
        times = tuple(round(1000 * (self.kept.since + i * self.kept.step)) for i in range(self.kept.steps + 1))
        return Scrape(
            target=name or msg("(no {label})", label=self.naming.label),
            families=families,
            samples=self.samples.get(target, {}),
            newest_ms=self.grid.until * 1000,
            sample_count=sum(one.series for one in families.values()),
            since_ms=self.grid.since * 1000,
            watched=self._watched(target),
            times_ms=times,
        )

    def _watched(self, target: Target) -> Watched:
        began = self.lives.get(target, Starts())
        seen = self.seen.get(target, 0)
        late = seen > 0 and not self._is_known(target, seen)
        return Watched(
            up=self._up(target),
            up_ratio=self._up_ratio(target),
            restarts=max(len(began.places), self.restarts.get(target, 0)),
            since_ms=1000 * (self.grid.since + seen) if late else None,
            problem=self.problems.get(target),
            job=target[0],
        )

    def _up_ratio(self, target: Target) -> float | None:
        """The part of the window in which it answered; after its last sample it did not."""
        if target not in self.up_ratio or not self.up.get(target):
            return None
        first, last = min(self.up[target]), max(self.up[target])
        return min(1.0, self.up_ratio[target]) * (last - first + 1) / (self.grid.steps - first + 1)

    def _up(self, target: Target) -> Presence:
        """Its newest scrape; without a series of `up` nothing says."""
        points = self.up.get(target)
        if points is None:
            return "unknown" if target in self.there else "gone"
        if self.grid.steps not in points:
            return "gone"
        return "up" if points[self.grid.steps] > 0 else "down"

    def _at(self, query: str) -> list[Answered]:
        return self.server.at(query, self.grid.until)

    def _copies(self) -> SourceError:
        reason = msg("a target is stored more than once, as by two servers that scrape the same")
        hint = msg("choose one copy with --match, by the label in which they differ, or a finer --target-label")
        return self.server.failed(reason, hint)


def _cut(name: str, place: int) -> str:
    """A name that a table can hold, and that two targets do not share."""
    return name if len(name) <= _LONGEST_NAME else msg("{name} … (#{n})", name=name[:_LONGEST_NAME], n=place)
