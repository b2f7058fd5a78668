"""A window of a Prometheus-compatible server: one scrape of each process, whose counters are what was counted in it.

Counters are asked for as values on a grid and subtracted here. `increase()` of a server extrapolates, and steps of sums
over processes turn the restart of one of them into a loss of all that it had counted before.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, isfinite

from msgspec import Struct

from llmgw_report.config.settings import ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Sentence, msg
from llmgw_report.model.run import Progress
from llmgw_report.model.scrape import Cell, Family, Labels, Presence, Scrape, Wanted, Watched, Wish
from llmgw_report.sources.promql.asking import Answered, Server
from llmgw_report.sources.promql.counting import (
    SEVERAL,
    Points,
    alternates,
    falls,
    increments,
    on_grid,
    starts,
    without_echoes,
)

#: What is newer may not be there yet: VictoriaMetrics freezes the last 30 seconds.
SETTLED_SECONDS = 30
_SHORTEST_STEP, _MOST_STEPS = 15, 240
#: A server shows a sample so long, if nothing says that its series has ended.
_SHOWN_SECONDS = 300
#: Groups of one family, over all processes, and series of all gauges.
_MOST_GROUPS, _MOST_GAUGES = 5_000, 20_000
_RENAMED = ("instance", "job")
_PARTS = ("_bucket", "_count", "_sum")
#: VictoriaMetrics refuses a query of more than 16 KiB.
_LONGEST_PATTERN = 12_000
_SAMPLE = "llmgw_sample"
_MOST_WARNINGS = 3

Target = tuple[str, ...]
"""The values of the labels that tell one process from another."""


class Grid(Struct, frozen=True):
    """`steps` steps of so many seconds, the first of which begins at `since`."""

    since: float
    step: float
    steps: int

    @property
    def until(self) -> float:
        """The end of the last step."""
        return self.since + self.step * self.steps

    @classmethod
    def of(cls, until_ms: int, now_ms: int, seconds: float) -> "Grid":
        """The grid of a window, at times that every server keeps as they are."""
        latest = min(until_ms / 1000, now_ms / 1000 - SETTLED_SECONDS)
        step = float(max(_SHORTEST_STEP, ceil(seconds / _MOST_STEPS)))
        steps = max(1, ceil(seconds / step))
        return cls(latest // _SHORTEST_STEP * _SHORTEST_STEP - steps * step, step, steps)


class Answers(Struct, frozen=True, kw_only=True):
    """What a server says: a scrape of each process, one of each bucket of the trend, and one of each span."""

    scrapes: tuple[Scrape, ...]
    buckets: tuple[Scrape, ...] = ()
    spans: Mapping[int, Scrape] = {}
    notes: tuple[str, ...] = ()


def window(target: ServerTarget, wish: Wish, progress: Progress | None = None) -> Answers:
    """Read one window. Raises SourceError, with the remedy as its hint, where the server's answers make no figures."""
    shown = target.shown or ""
    with Server(target, shown, progress or Progress()) as server:
        reading = _Reading(server, target, wish)
        reading.presence()
        reading.start_times()
        for name in sorted(reading.counters()):
            reading.count(name)
        reading.gauges()
        scrapes = reading.scrapes()
        bad = [one.target for one in scrapes if one.watched and one.watched.problem]
        buckets, spans = reading.trend(bad), reading.spans(bad)
        warnings = [msg("The server warns: {words}", words=one) for one in server.warnings[:_MOST_WARNINGS]]
        notes = tuple(dict.fromkeys([*(Sentence(one) for one in reading.notes), *warnings]))
        return Answers(scrapes=scrapes, buckets=buckets, spans=spans, notes=notes)


class _Reading:
    """The answers of one server, put together process by process."""

    def __init__(self, server: Server, target: ServerTarget, wish: Wish) -> None:
        self.server, self.wish, self.matchers = server, wish, target.selector
        self.grid = Grid.of(wish.until_ms, wish.now_ms, wish.seconds)
        self.label = target.label
        self.by: tuple[str, ...] = tuple(dict.fromkeys(("job", target.label)))
        self.up: dict[Target, Points] = {}
        self.up_ratio: dict[Target, float] = {}
        self.present: dict[str, dict[Target, int]] = {}
        self.began: dict[Target, Points] = {}
        self.samples: dict[Target, dict[str, dict[Labels, Cell]]] = {}
        self.problems: dict[Target, str] = {}
        self.restarts: dict[Target, int] = {}
        self.seen: dict[Target, int] = {}
        self.notes: list[str] = []

    def presence(self) -> None:
        """Which processes there are, and which families of which."""
        by, grid = ",".join(self.by), self.grid
        for series in self._over(f"count by ({by}) (up{{{self.matchers}}})"):
            if any(value > 1 for value in self._points(series).values()):
                raise self._copies()
        for series in self._over(f"sum by ({by}) (up{{{self.matchers}}})"):
            self.up[self._target(series)] = self._points(series)
        whole = f"{round(1000 * grid.step * grid.steps)}ms"
        for series in self._at(f"sum by ({by}) (avg_over_time(up{{{self.matchers}}}[{whole}]))"):
            self.up_ratio[self._target(series)] = self._value(series)
        for names in _in_queries({*self.wish.interest, *self.wish.names}):
            query = f'count by (__name__,{by}) (last_over_time({{__name__=~"{names}",{self.matchers}}}[{whole}]))'
            for series in self._at(query):
                name = series.metric.get("__name__", "")
                self.present.setdefault(name, {})[self._target(series)] = round(self._value(series))
        if not self.up and not self.present:
            reason = msg("no target matches in the window")
            raise self.server.failed(reason, msg("check --match against the labels of `up` in the server"))

    def start_times(self) -> None:
        """When each process began."""
        for name in sorted(self.wish.starts & self.present.keys()):
            if not self.up and any(n > 1 for n in self.present[name].values()):
                raise self._copies()
            for series in self._over(f"max by ({','.join(self.by)}) ({name}{{{self.matchers}}})"):
                target = self._target(series)
                self.began[target] = self._points(series)
                if starts(self.began[target]).back:
                    self.problems[target] = SEVERAL

    def counters(self) -> list[str]:
        """The sample names that count, of those that are there."""
        return [name for name, wanted in self.wish.interest.items() if name in self.present and _counts(name, wanted)]

    def count(self, name: str) -> None:
        """What one family counted."""
        labels = self._grouping(name)
        by = ",".join(dict.fromkeys((*self.by, *labels)))
        groups: dict[Target, list[tuple[Labels, Points]]] = {}
        for series in self._over(f"sum by ({by}) ({name}{{{self.matchers}}})"):
            groups.setdefault(self._target(series), []).append((self._key(name, series), self._points(series)))
        for target, found_groups in groups.items():
            self._count(name, target, found_groups)

    def _grouping(self, name: str) -> tuple[str, ...]:
        """The labels that are kept of a family: all, else those that clients do not fill, so that an answer is small.

        Groups and processes multiply: of 100,000 series both together took 537 MiB and 13 seconds.
        """
        labels = self._labels(name)
        if sum(self.present[name].values()) <= _MOST_GROUPS:
            return labels
        narrow = tuple(one for one in labels if one not in self.wish.wide)
        for kept in dict.fromkeys((labels, narrow)):
            by = ",".join(dict.fromkeys((*self.by, *kept)))
            found = self._at(f"count(count by ({by}) ({name}{{{self.matchers}}}))")
            if not found or self._value(found[0]) <= _MOST_GROUPS:
                if kept != labels:
                    self.notes.append(
                        msg("too many series of {name}: keys and models are not distinguished", name=name)
                    )
                return kept
        reason = msg("more than {n} groups of {name}", n=_MOST_GROUPS, name=name)
        raise self.server.failed(reason, msg("match fewer series with --match"))

    def _count(self, name: str, target: Target, groups: Sequence[tuple[Labels, Points]]) -> None:
        began = starts(self.began.get(target, {}))
        points = [without_echoes(one, began.places, ceil(_SHOWN_SECONDS / self.grid.step)) for _, one in groups]
        fallen = falls(points, began.places)
        places = began.places if self.began.get(target) else fallen
        if fallen if self.began.get(target) else alternates(points):
            self.problems[target] = SEVERAL
        self.restarts[target] = max(self.restarts.get(target, 0), len(places))
        first = min((min(one) for one in points if one), default=self.grid.steps)
        self.seen[target] = min(self.seen.get(target, first), first)
        known = self._is_known(target, began.first)
        for (key, _), one in zip(groups, points, strict=True):
            counted = increments(one, self.grid.steps, places, known_before=known)
            self._take(name, target, key, sum(counted), counted)

    def _is_known(self, target: Target, start: float | None) -> bool:
        """Whether what appears counts from 0: the process was there before, or began in the window."""
        up = self.up.get(target, {}).get(0, 0.0) > 0
        return up or 0 in self.began.get(target, {}) or (start is not None and start >= self.grid.since)

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
                self._take(name, self._target(series), self._key(name, series), self._value(series))

    def _take(self, name: str, target: Target, key: Labels, value: float, steps: Sequence[float] | None = None) -> None:
        wanted = self.wish.interest[name]
        cell = self.samples.setdefault(target, {}).setdefault(name, {}).setdefault(key, Cell())
        cell.series += 1
        if not isfinite(value):
            cell.not_finite += 1
            return
        if not wanted.low <= value < wanted.high:
            self.notes.append(msg("{name} has values that cannot be right", name=name))
            cell.series -= 1
            return
        cell.sum += value
        cell.maximum = max(cell.maximum, value)
        cell.last = value
        cell.zeros += value == 0
        if steps is not None:
            cell.steps = list(steps) if cell.steps is None else [a + b for a, b in zip(cell.steps, steps, strict=True)]

    def scrapes(self) -> tuple[Scrape, ...]:
        """One of each process."""
        found = dict.fromkeys((*self.up, *(target for its in self.present.values() for target in its)))
        several_jobs = len({target[0] for target in found}) > 1 and len({target[-1] for target in found}) < len(found)
        return tuple(self._scrape(target, " ".join(target) if several_jobs else target[-1]) for target in sorted(found))

    def _scrape(self, target: Target, name: str) -> Scrape:
        families: dict[str, Family] = {}
        for sample, its in self.present.items():
            if target in its:
                family = _family(sample, self.wish)
                before = families[family].series if family in families else 0
                families[family] = Family(name=family, type="untyped", series=before + its[target])
        times = tuple(round(1000 * (self.grid.since + i * self.grid.step)) for i in range(self.grid.steps + 1))
        return Scrape(
            target=name or msg("(no {label})", label=self.label),
            families=families,
            samples=self.samples.get(target, {}),
            newest_ms=self.grid.until * 1000,
            sample_count=sum(one.series for one in families.values()),
            since_ms=self.grid.since * 1000,
            watched=self._watched(target),
            times_ms=times,
        )

    def _watched(self, target: Target) -> Watched:
        began = starts(self.began.get(target, {}))
        seen = self.seen.get(target, 0)
        late = seen > 0 and not self._is_known(target, began.first)
        return Watched(
            up=self._up(target),
            up_ratio=min(1.0, self.up_ratio[target]) if target in self.up_ratio else None,
            restarts=max(len(began.places), self.restarts.get(target, 0)),
            since_ms=1000 * (self.grid.since + seen * self.grid.step) if late else None,
            problem=self.problems.get(target),
            job=target[0],
        )

    def _up(self, target: Target) -> Presence:
        """Its newest scrape; without a series of `up` nothing says."""
        points = self.up.get(target)
        if points is None:
            return "unknown"
        if self.grid.steps not in points:
            return "gone"
        return "up" if points[self.grid.steps] > 0 else "down"

    def trend(self, bad: Sequence[str]) -> tuple[Scrape, ...]:
        """What all processes together counted in each bucket, as the server estimates it."""
        wish = self.wish
        if not wish.buckets or not self._requests():
            return ()
        until = wish.until_ms / 1000
        first = until - wish.bucket_seconds * (wish.buckets - 1)
        query = self._increase(wish.bucket_seconds, bad)
        samples: list[dict[str, dict[Labels, Cell]]] = [{} for _ in range(wish.buckets)]
        for series in self.server.over_time(query, first, until, wish.bucket_seconds):
            points = self._placed(series, first, wish.bucket_seconds, wish.buckets - 1)
            for place, value in points.items():
                self._add(samples[place], series, value)
        return tuple(Scrape(target="", families={}, samples=one) for one in samples)

    def spans(self, bad: Sequence[str]) -> dict[int, Scrape]:
        """What all processes together counted in the last seconds of each span."""
        found: dict[int, Scrape] = {}
        for seconds in self.wish.spans if self._requests() else ():
            samples: dict[str, dict[Labels, Cell]] = {}
            for series in self._at(self._increase(seconds, bad)):
                self._add(samples, series, self._value(series))
            found[seconds] = Scrape(target="", families={}, samples=samples)
        return found

    def _requests(self) -> list[str]:
        return sorted(self.wish.requests & self.present.keys())

    def _increase(self, seconds: float, bad: Sequence[str]) -> str:
        """One query for all names; those of processes that make no figures are left out."""
        left = json.dumps("|".join(map(re.escape, bad)), ensure_ascii=False) if bad else ""
        less = f",{self.label}!~{left}" if left else ""
        parts = []
        for name in self._requests():
            by = ",".join(one for one in self._labels(name) if one not in self.wish.wide) or "job"
            counted = f"sum by ({by}) (increase({name}{{{self.matchers}{less}}}[{round(seconds * 1000)}ms]))"
            parts.append(f'label_replace({counted}, "{_SAMPLE}", "{name}", "", "")')
        return " or ".join(parts)

    def _add(self, samples: dict[str, dict[Labels, Cell]], series: Answered, value: float) -> None:
        name = series.metric.get(_SAMPLE, "")
        if name in self.wish.interest and 0 <= value < self.wish.interest[name].high:
            cell = samples.setdefault(name, {}).setdefault(self._key(name, series), Cell())
            cell.sum += value
            cell.maximum = max(cell.maximum, value)
            cell.last, cell.series = value, cell.series + 1

    def _labels(self, name: str) -> tuple[str, ...]:
        """The labels to keep; those of the scrape itself push a gateway's own of that name aside."""
        kept = self.wish.interest[name].labels
        return tuple(
            dict.fromkeys(each for one in kept for each in ((f"exported_{one}", one) if one in _RENAMED else (one,)))
        )

    def _key(self, name: str, series: Answered) -> Labels:
        metric = series.metric
        return tuple(
            (metric.get(f"exported_{one}", "") or ("" if one in self.by else metric.get(one, "")))
            if one in _RENAMED
            else metric.get(one, "")
            for one in self.wish.interest[name].labels
        )

    def _target(self, series: Answered) -> Target:
        return tuple(series.metric.get(one, "") for one in self.by)

    def _points(self, series: Answered) -> Points:
        return self._placed(series, self.grid.since, self.grid.step, self.grid.steps)

    def _placed(self, series: Answered, since: float, step: float, steps: int) -> Points:
        try:
            return on_grid(series.values, since, step, steps)
        except ValueError:
            reason = msg("it answers with times or values that were not asked for")
            raise self.server.failed(reason, msg("check the proxy in front of it")) from None

    def _value(self, series: Answered) -> float:
        try:
            return float(series.value[1]) if series.value else 0.0
        except ValueError:
            reason = msg("it answers with a value that is no number")
            raise self.server.failed(reason, msg("check the proxy in front of it")) from None

    def _over(self, query: str) -> list[Answered]:
        return self.server.over_time(query, self.grid.since, self.grid.until, self.grid.step)

    def _at(self, query: str) -> list[Answered]:
        return self.server.at(query, self.grid.until)

    def _copies(self) -> SourceError:
        reason = msg("a target is stored more than once, as by two servers that scrape the same")
        hint = msg("choose one copy with --match, by the label in which they differ, or a finer --target-label")
        return self.server.failed(reason, hint)


def _in_queries(names: Iterable[str]) -> Iterator[str]:
    """Names as the patterns of as few queries as are short enough."""
    short: list[str] = []
    for name in sorted(names):
        if sum(map(len, short)) + len(short) + len(name) > _LONGEST_PATTERN:
            yield "|".join(short)
            short = []
        short.append(name)
    if short:
        yield "|".join(short)


def _counts(name: str, wanted: Wanted) -> bool:
    return wanted.adds_up or (name.endswith("_bucket") and "le" in wanted.labels)


def _family(sample: str, wish: Wish) -> str:
    """The family of a sample: that of a histogram or summary has its name without the part."""
    for part in _PARTS:
        base = sample.removesuffix(part)
        if base != sample and (f"{base}_bucket" in wish.interest or base in wish.names):
            return base
    return sample
