"""What all processes counted together, as the server's `increase()` estimates it: over other times, by other labels.

It extrapolates, and leaves out the first increment of a series that is new. It is asked for only where subtracting on a
grid would take an answer for each process and group, or for each time of a month.
"""

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite

from msgspec import structs

from llmgw_report.model.scrape import Cell, Labels, Scrape, Wish
from llmgw_report.sources.promql.asking import Answered, Server
from llmgw_report.sources.promql.counting import Grid
from llmgw_report.sources.promql.naming import Naming
from llmgw_report.sources.promql.questions import ASKED, by, together

Samples = dict[str, dict[Labels, Cell]]
#: Groups of one family over all processes together.
_MOST_GROUPS = 5_000
#: Of a request: what is finer is the arithmetic of a server, by which a wider bucket of a histogram may count less.
_DECIMALS = 3


class Estimates:
    """Asks for the sums over all processes but those that make no figures."""

    def __init__(self, server: Server, wish: Wish, naming: Naming, requests: Sequence[str], bad: Sequence[str]) -> None:
        self._server, self._wish, self._naming, self._requests = server, wish, naming, requests
        #: The shortest range in which every series has two samples.
        self.least_seconds = 0.0
        left = f",{naming.label}!~{json.dumps('|'.join(map(re.escape, bad)), ensure_ascii=False)}" if bad else ""
        self._selector = f"{{{naming.matchers}{left}}}"

    def trend(self) -> tuple[Scrape, ...]:
        """What was counted in each bucket."""
        if not self._wish.buckets or not self._requests:
            return ()
        return tuple(map(_scrape, self._in_buckets(self._requests)))

    def with_durations(self, trend: Sequence[Scrape], names: Sequence[str]) -> tuple[Scrape, ...]:
        """What was counted in each bucket of the trend, with the parts of histograms of these names."""
        if not trend or not names:
            return tuple(trend)
        found = self._in_buckets([f"{name}_{part}" for name in names for part in ("bucket", "count")])
        return tuple(
            structs.replace(one, samples={**one.samples, **samples}) for one, samples in zip(trend, found, strict=True)
        )

    def _in_buckets(self, names: Sequence[str]) -> list[Samples]:
        wish = self._wish
        until = wish.until_ms / 1000
        grid = Grid(until - wish.bucket_seconds * (wish.buckets - 1), wish.bucket_seconds, wish.buckets - 1)
        samples: list[Samples] = [{} for _ in range(wish.buckets)]
        for query in together(self._increases(names, wish.bucket_seconds)):
            for series in self._server.over_time(query, grid.since, until, grid.step):
                for place, value in self._server.points(series, grid).items():
                    self._add(samples[place], series, round(value, _DECIMALS) if isfinite(value) else value)
        return samples

    def spans(self) -> dict[int, Scrape]:
        """What was counted in the last seconds of each span."""
        found: dict[int, Scrape] = {}
        for seconds in self._wish.spans if self._requests else ():
            found[seconds] = self._at(self._increases(self._requests, seconds), self._wish.until_ms / 1000)
        return found

    def groups(self, names: Sequence[str], grid: Grid) -> Scrape | None:
        """What was counted in the window by the labels that clients fill; None where these are too many as well."""
        labels = {name: self._naming.labels(name) for name in names}
        queries = {name: f"count(count {by(*its)} ({name}{self._selector}))" for name, its in labels.items()}
        for query in together(queries):
            if any(self._server.value(one) > _MOST_GROUPS for one in self._server.at(query, grid.until)):
                return None
        seconds = grid.until - grid.since
        return self._at({name: self._increase(name, its, seconds) for name, its in labels.items()}, grid.until)

    def _at(self, queries: Mapping[str, str], time: float) -> Scrape:
        samples: Samples = {}
        for query in together(queries):
            for series in self._server.at(query, time):
                self._add(samples, series, self._server.value(series))
        return _scrape(samples)

    def _increases(self, names: Sequence[str], seconds: float) -> dict[str, str]:
        return {name: self._increase(name, self._naming.narrow(name), seconds) for name in names}

    def _increase(self, name: str, labels: Sequence[str], seconds: float) -> str:
        # In a range of one sample nothing increases: what is counted over more of them is counted in that part.
        over = max(seconds, self.least_seconds)
        of = "" if over == seconds else f" * {seconds / over:.6f}"
        return f"sum {by(*(labels or ('job',)))} (increase({name}{self._selector}[{round(over * 1000)}ms])){of}"

    def _add(self, samples: Samples, series: Answered, value: float) -> None:
        name = series.metric.get(ASKED, "")
        if name in self._wish.interest and 0 <= value < self._wish.interest[name].high:
            cell = samples.setdefault(name, {}).setdefault(self._naming.key(name, series.metric), Cell())
            cell.sum += value
            cell.maximum = max(cell.maximum, value)
            cell.last, cell.series = value, cell.series + 1


def _scrape(samples: Samples) -> Scrape:
    return Scrape(target="", families={}, samples=samples)
