"""What a server knew of the processes before the window: whether they were there, and the last values of their series.

A series that is not there as the window begins has either not been born or was left out for a while, as by scrapes that
failed or an exporter that drops what is idle: counted from 0 the second would be the whole life of its process.
"""

from collections.abc import Collection, Mapping
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
#: So far back, or the length of the window if that is more; of families with many series only the window.
_BACK_SECONDS, _MANY_SERIES = 86_400, 5_000


class Past:
    """Asks, once for each family; `last` are the last values by family and process."""

    def __init__(self, server: Server, naming: Naming, grid: Grid) -> None:
        self._server, self._naming, self._grid = server, naming, grid
        self._asked: set[str] = set()
        self._began: dict[Target, float] = {}
        self._near: dict[Target, bool] = {}
        self.last: dict[tuple[str, Target], dict[Labels, float]] = {}

    def ask(self, families: Mapping[str, int], starts: Collection[str]) -> None:
        """Ask about families, of each of which there are so many series."""
        labels = {name: self._naming.labels(name) for name in families if name not in self._asked}
        if not labels:
            return
        queries = {name: self._query("sum", name, self._back(families[name]), labels[name]) for name in labels}
        if not self._asked:
            queries |= {name: self._query("max", name, self._back(0)) for name in starts}
            near = max(_NEAR_SECONDS, (self._grid.until - self._grid.since) / _NEAR_PART)
            seen = [self._query("max", name, near) for name in sorted(starts)]
            queries[_NEAR] = " or ".join([self._query("max", "up", near, of="max_over_time"), *seen])
        self._asked |= labels.keys()
        for query in together(queries):
            for series in self._server.at(query, self._grid.since):
                self._take(series.metric.get(ASKED, ""), series.metric, self._server.value(series), starts)

    def _take(self, name: str, metric: Mapping[str, str], value: float, starts: Collection[str]) -> None:
        target = self._naming.target(metric)
        if name == _NEAR:
            self._near[target] = value > 0
        elif name in starts:
            self._began[target] = value
        else:
            self.last.setdefault((name, target), {})[self._naming.key(name, metric)] = value

    def _back(self, series: int) -> float:
        own = self._grid.until - self._grid.since
        return own if series > _MANY_SERIES else max(own, _BACK_SECONDS)

    def _query(
        self, sum_: str, name: str, seconds: float, labels: Collection[str] = (), of: str = "last_over_time"
    ) -> str:
        inside = f"{of}({name}{{{self._naming.matchers}}}[{round(1000 * seconds)}ms])"
        return f"{sum_} {by(*self._naming.by, *labels)} ({inside})"

    def has(self, target: Target, start: float | None) -> bool:
        """Whether this process was there just before the window."""
        before = self._began.get(target)
        if start is not None and before is not None and abs(start - before) > START_TOLERANCE_SECONDS:
            return False
        if self._near:
            return self._near.get(target, False)
        return any(its == target for _, its in self.last)
