"""The processes of one gateway, in order of harm: whether each answers, and what it counted."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import Input
from llmgw_report.model.scrape import Scrape, Watched
from llmgw_report.model.target import TargetRow
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import by_target

#: Rows that the document holds: the worst.
MOST_TARGETS = 500
_WORST_FIRST = ("down", "gone", "unknown", "up")


def targets(measured: Measured, found: Outcomes | None, sources: Sequence[Input]) -> tuple[TargetRow, ...]:
    """Every process that is watched or has a database of its own; none of a gateway that was read directly."""
    rows = (_row(measured, scrape, one, found) for scrape in measured.scrapes if (one := scrape.watched))
    return tuple(sorted((*rows, *_of_files(measured, found, sources)), key=_harm))[:MOST_TARGETS]


def _of_files(measured: Measured, found: Outcomes | None, sources: Sequence[Input]) -> Iterator[TargetRow]:
    """Each of several databases; no file says whether its process still answers."""
    traffic = by_target(measured)
    files = [one for one in sources if one.kind == "database"]
    for one in files if len(files) > 1 else ():
        if one.status != "ok":
            yield TargetRow(target=one.target, problem=one.reason)
            continue
        ended, its = found.of({"target": one.target}) if found else None, traffic.get(one.target)
        known = ended if found and found.successes_only == "no" else None
        yield TargetRow(
            target=one.target,
            requests=its.requests if its else 0,
            outcomes=ended.outcomes if ended else None,
            error_ratio=known.outcomes.error_ratio if known else None,
            unobserved=ended.unobserved if ended else 0,
            latency=its.latency if its else None,
        )


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
