"""How old a server's newest samples are, how far apart they are, and whether its clock is right."""

from collections.abc import Sequence

from msgspec import Struct

from llmgw_report.messages import msg
from llmgw_report.model.scrape import Wish
from llmgw_report.sources.promql.asking import Server
from llmgw_report.sources.promql.counting import SHOWN_SECONDS, Grid
from llmgw_report.sources.promql.naming import Naming
from llmgw_report.sources.promql.questions import ASKED, together
from llmgw_report.units import seconds as in_words

#: Samples of so long tell how far they are apart.
_LOOKED_AT_SECONDS = 1_800
#: Older than so many intervals, and than so many seconds, is said; than the shown time or a tenth of the window, no
#: figure is of that window.
_MISSED, _OLD_SECONDS, _PART = 3, 120, 10
#: So much a clock may be wrong without a word, and with one. A window that ended longer ago does not depend on it.
_CLOCK_SECONDS, _WRONG_CLOCK_SECONDS, _NOW_SECONDS = 30, 120, 600


class Freshness(Struct, frozen=True, kw_only=True):
    """Seconds between samples, where that is known, and what there is to say."""

    interval: float | None
    notes: tuple[str, ...] = ()


def freshness(server: Server, naming: Naming, grid: Grid, names: Sequence[str], wish: Wish) -> Freshness:
    """Ask about the newest samples of some names. Raises SourceError where they are too old to say anything."""
    newest, many = "newest", "many"
    every = [f"{name}{{{naming.matchers}}}" for name in names]
    queries = {f"{newest}{i}": f"max(timestamp({one}))" for i, one in enumerate(every)}
    queries |= {f"{many}{i}": f"max(count_over_time({one}[{_LOOKED_AT_SECONDS}s]))" for i, one in enumerate(every)}
    found: dict[str, float] = {newest: 0.0, many: 0.0}
    for query in together(queries):
        for series in server.at(query, grid.until):
            kind = series.metric.get(ASKED, "").rstrip("0123456789")
            if kind in found:
                found[kind] = max(found[kind], server.value(series))
    interval = _LOOKED_AT_SECONDS / found[many] if found[many] >= 1 else None
    age = grid.until - found[newest] if found[newest] else 0.0
    notes = [*_age(server, age, interval, grid), *_clock(server, wish)]
    return Freshness(interval=interval, notes=tuple(notes))


def _age(server: Server, age: float, interval: float | None, grid: Grid) -> list[str]:
    if age <= max(_MISSED * (interval or 0.0), _OLD_SECONDS):
        return []
    said = msg("its newest sample is {age} older than the end of the window", age=in_words(age))
    if age > min(SHOWN_SECONDS, (grid.until - grid.since) / _PART):
        raise server.failed(
            said, msg("see whether the server still scrapes and stores; or end the window then, with --at")
        )
    return [said]


def _clock(server: Server, wish: Wish) -> list[str]:
    off = 0.0 if server.clock is None else abs(server.clock - wish.now_ms / 1000)
    if off <= _CLOCK_SECONDS or wish.now_ms - wish.until_ms > 1000 * _NOW_SECONDS:
        return []
    said = msg("its clock and that of this machine are {off} apart", off=in_words(off))
    if off > _WRONG_CLOCK_SECONDS:
        raise server.failed(said, msg("set both clocks, or end the window in the past with --at"))
    return [said]
