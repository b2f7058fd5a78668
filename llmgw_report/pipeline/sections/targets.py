"""The processes of one gateway, in order of harm: whether each answers, and what it counted."""

from msgspec import structs

from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.scrape import Scrape, Watched
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.pipeline.measure import Measured

#: Rows that the document holds: the worst.
MOST_TARGETS = 500
_WORST_FIRST = ("down", "gone", "unknown", "up")


def targets(measured: Measured, found: Outcomes | None) -> tuple[TargetRow, ...]:
    """Every process that is watched; none of a gateway that was read directly."""
    rows = (_row(measured, scrape, one, found) for scrape in measured.scrapes if (one := scrape.watched))
    return tuple(sorted(rows, key=_harm))[:MOST_TARGETS]


def _row(measured: Measured, scrape: Scrape, watched: Watched, found: Outcomes | None) -> TargetRow:
    since = None if watched.since_ms is None else timestamp.text(watched.since_ms)
    row = TargetRow(
        target=scrape.target,
        up=watched.up,
        since=since,
        up_ratio=watched.up_ratio,
        restarts=watched.restarts,
        problem=None if watched.problem is None else msg(watched.problem),
        notes=watched.notes,
    )
    if watched.problem is not None:
        return row
    return _counted(measured, row, found)


def _counted(measured: Measured, row: TargetRow, found: Outcomes | None) -> TargetRow:
    ended = found.of({"target": row.target}) if found else None
    own = [one for one in measured.of("requests") or measured.of("attempts") if one.target == row.target]
    return structs.replace(
        row,
        requests=round(sum(one.value for one in own)) if own or measured.counts_requests else None,
        outcomes=ended.outcomes if ended else None,
        error_ratio=ended.outcomes.error_ratio if ended else None,
        unobserved=ended.unobserved if ended else 0,
        latency=from_indicators(
            [one for one in measured.of("latency") if one.target == row.target], QUANTITIES["latency"]
        ),
    )


def _harm(row: TargetRow) -> tuple[float, int, int, str]:
    """What fails first, then what does not answer, then what is not known."""
    ratio = row.error_ratio.low if row.error_ratio else 0.0
    return -ratio, _WORST_FIRST.index(row.up), -(row.requests or 0), row.target
