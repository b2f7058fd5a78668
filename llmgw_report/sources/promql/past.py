"""What a server knew of the processes before the window: whether they were there, and the last values of their series.

A series that is not there as the window begins has either not been born or was left out for a while, as by scrapes that
failed or an exporter that drops what is idle: counted from 0 the second would be the whole life of its process.
"""

import json
from collections.abc import Collection, Mapping
from math import inf
from typing import TYPE_CHECKING

from llmgw_report.sources.promql.asking import Server
from llmgw_report.sources.promql.counting import START_TOLERANCE_SECONDS, Grid
from llmgw_report.sources.promql.naming import Naming, Target
from llmgw_report.sources.promql.questions import ASKED, by, together

if TYPE_CHECKING:
    from llmgw_report.model.scrape import Labels

#: A process that was not seen for so long before the window, or for a tenth of it, counted meanwhile what nobody knows.
_NEAR_SECONDS, _NEAR_PART = 300, 10
_NEAR = "near"
_MOST_OF_THEIR_OWN = 200
#: So far back, or the length of the window if that is more; of families with many series only the window.
_BACK_SECONDS, _MANY_SERIES = 86_400, 5_000


class Past:
    """Asks, once for each family; `last` are the last values by family and process."""

    def __init__(self, server: Server, naming: Naming, grid: Grid, starts: Collection[str]) -> None:
        self._starts = starts
        self._server, self._naming, self._grid = server, naming, grid
        self._asked: set[str] = set()
        self._began: dict[Target, float] = {}
        self._near: dict[Target, bool] = {}
        self.last: dict[tuple[str, Target], dict[Labels, float]] = {}

    def ask(self, late: Mapping[str, Mapping[Target, float | None]], series: Mapping[str, int]) -> None:
        """Ask about families, by those of their processes that need it and when each began, of so many series."""
        late = {name: its for name, its in late.items() if name not in self._asked}
        if not late:
            return
        queries = {name: self._query("sum", name, self._back(series[name]), self._naming.labels(name)) for name in late}
        if not self._asked:
            queries |= {name: self._query("max", name, self._back(0)) for name in self._starts}
            near = max(_NEAR_SECONDS, (self._grid.until - self._grid.since) / _NEAR_PART)
            seen = [self._query("max", name, near) for name in sorted(self._starts)]
            queries[_NEAR] = " or ".join([self._query("max", "up", near), *seen])
        self._asked |= late.keys()
        for query in together(queries):
            for series_ in self._server.at(query, self._grid.since):
                self._take(series_.metric.get(ASKED, ""), series_.metric, self._server.value(series_))
        self._ask_of_their_own(late)

    def _ask_of_their_own(self, late: Mapping[str, Mapping[Target, float | None]]) -> None:
        """Of a process that began so lately that the process before it has answered as well, ask since it began."""
        queries: dict[str, str] = {}
        for name, its in late.items():
            for target, start in its.items():
                age = self._grid.since - start if start is not None else inf
                if (name, target) not in self.last or age >= max(_BACK_SECONDS, self._grid.until - self._grid.since):
                    continue
                del self.last[name, target]
                if age > 0 and len(queries) < _MOST_OF_THEIR_OWN:
                    own = ",".join(
                        f"{one}={json.dumps(value)}" for one, value in zip(self._naming.by, target, strict=True)
                    )
                    labels = self._naming.labels(name)
                    queries[f"{name}/{len(queries)}"] = self._query("sum", name, age, labels, own=own)
        for query in together(queries):
            for series in self._server.at(query, self._grid.since):
                self._take(series.metric.get(ASKED, "").partition("/")[0], series.metric, self._server.value(series))

    def _take(self, name: str, metric: Mapping[str, str], value: float) -> None:
        target = self._naming.target(metric)
        if name == _NEAR:
            self._near[target] = value > 0
        elif name in self._starts:
            self._began[target] = value
        else:
            self.last.setdefault((name, target), {})[self._naming.key(name, metric)] = value

    def _back(self, series: int) -> float:
        own = self._grid.until - self._grid.since
        return own if series > _MANY_SERIES else max(own, _BACK_SECONDS)

    def _query(self, adds: str, name: str, seconds: float, labels: Collection[str] = (), own: str = "") -> str:
        last = "max_over_time" if name == "up" else "last_over_time"  # it was there if it answered once
        matchers = f"{self._naming.matchers},{own}".rstrip(",")
        return (
            f"{adds} {by(*self._naming.by, *labels)} ({last}({name}{{{matchers}}}[{max(1, round(1000 * seconds))}ms]))"
        )

    def has(self, target: Target, start: float | None) -> bool:
        """Whether this process was there just before the window."""
        before = self._began.get(target)
        if start is not None and before is not None and abs(start - before) > START_TOLERANCE_SECONDS:
            return False
        if self._near:
            return self._near.get(target, False)
        return any(its == target for _, its in self.last)
