"""The processes of one gateway, in order of harm: whether each answers, and what it counted."""

from collections.abc import Iterator, Sequence
from math import ceil

from msgspec import Struct, structs

from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.moments import runs, timed
from llmgw_report.model.outcomes import SIDES, Outcomes, Side
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import Input
from llmgw_report.model.scrape import Scrape, Watched
from llmgw_report.model.target import TargetCourse, TargetRow
from llmgw_report.pipeline.latency import from_indicators
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import by_target

#: Rows with a course: the worst.
MOST_COURSES = 20
#: Steps of a course, so that one can be seen on a phone.
_MOST_STEPS = 30
_WORST_FIRST = ("down", "gone", "unknown", "up")


def targets(measured: Measured, found: Outcomes | None, sources: Sequence[Input]) -> tuple[TargetRow, ...]:
    """Every process that is watched or has a database of its own; none of a gateway that was read directly."""
    rows = (_row(measured, scrape, one, found) for scrape in measured.scrapes if (one := scrape.watched))
    worst = sorted((*rows, *_of_files(measured, found, sources)), key=_harm)
    axis = _Axis.of(measured)
    courses = (structs.replace(row, course=_course(measured, row, axis)) for row in worst[:MOST_COURSES])
    return (*courses, *worst[MOST_COURSES:])


class _Axis(Struct, frozen=True):
    """Equal steps of the window, of which each holds whole steps of the server's."""

    since_ms: float
    step_ms: float
    length: int

    @classmethod
    def of(cls, measured: Measured) -> "_Axis":
        times = next((one.times_ms for one in measured.scrapes if len(one.times_ms) > 1), ())
        windows = measured.windows
        times = times or (windows.since_ms, windows.since_ms + 1, windows.until_ms)
        whole, own = times[-1] - times[0], times[1] - times[0]
        step = own * max(1, ceil(whole / own / _MOST_STEPS))
        return cls(times[0], step, max(1, ceil(whole / step)))


def _course(measured: Measured, row: TargetRow, axis: _Axis) -> TargetCourse | None:
    """What was counted in each step; None where nothing says when, or the figures are not known."""
    ended = [] if row.problem else [*_in_steps(measured, row.target), *_at_times(measured, row.target)]
    if not ended and (row.problem or row.up not in {"down", "gone"}):
        return None
    requests, failed = [0.0] * axis.length, [0.0] * axis.length
    for at_ms, side, n in ended:
        place = min(axis.length - 1, max(0, int((at_ms - axis.since_ms) / axis.step_ms)))
        requests[place] += n if side != "client" else 0.0
        failed[place] += n if side == "service" else 0.0
    return TargetCourse(
        since=timestamp.text(axis.since_ms),
        step_seconds=axis.step_ms / 1000,
        requests=tuple(map(round, requests)),
        failed=tuple(map(round, failed)),
    )


def _in_steps(measured: Measured, target: str) -> Iterator[tuple[float, Side, float]]:
    """When, on which side and how many, as a server's counters say."""
    for one in measured.of("requests") or measured.of("attempts"):
        side = next((side for name, side in SIDES.items() if name == one.roles.get("outcome")), None)
        if one.target == target and side and one.steps:
            yield from ((at_ms, side, n) for at_ms, n in zip(one.times_ms[:-1], one.steps, strict=True) if n)


def _at_times(measured: Measured, target: str) -> Iterator[tuple[float, Side, float]]:
    """The same of the rows of one of several databases."""
    files = measured.database.files if measured.database else ()
    rows = measured.table("outcomes", OutcomeRecord) or () if len(files) > 1 else ()
    for row, places in runs(rows):
        if row.target == target and row.outcome:
            yield from ((at_ms, SIDES[row.outcome], n) for at_ms, n in timed(rows, places))


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
    # What never answered counted nothing that anybody knows of.
    if watched.problem is not None or (not scrape.families and watched.up in {"down", "gone"}):
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


#: From this ratio on, failures are worse than a process that does not answer, whose load the others carry.
_MANY_FAILURES = 0.01


def _harm(row: TargetRow) -> tuple[float, int, float, int, str]:
    """What fails a lot first, then what does not answer, then what fails at all."""
    ratio = row.error_ratio.low if row.error_ratio else 0.0
    many = ratio if ratio >= _MANY_FAILURES else 0.0
    return -many, _WORST_FIRST.index(row.up), -ratio, -(row.requests or 0), row.target
