"""The processes of one gateway: what each counted, when it failed, and why the figures of one are not known."""

from collections.abc import Sequence

from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.target import TargetCounts, TargetCourse, TargetRow
from llmgw_report.renderers._view import endings
from llmgw_report.renderers._view.blocks import Cell, Chart, Section, StripRow, Strips, TableBlock, Trace
from llmgw_report.renderers._view.cells import Column, column, milliseconds, number, optional, table, time, whole
from llmgw_report.units import ABSENT, count, measured_seconds, moment, plural, ratio, seconds

#: They come in order of harm.
MAX_TARGETS = 20
#: Levels of a step: none failed, then up to each of these ratios, and more.
_LEVELS = (0.01, 0.05, 0.2)
Row = tuple[TargetRow, TargetCourse]


def sections(report: Report) -> tuple[Section, ...]:
    """A table of the worst, and when they failed; nothing of a gateway that is one process."""
    if not report.targets:
        return ()
    of = report.target_counts.all if report.target_counts else None
    columns: tuple[Column[TargetRow], ...] = (
        whole("Target", lambda row: row.target),
        column("Up", lambda row: ABSENT if row.up == "unknown" else msg(row.up)),
        column("Up in the window", lambda row: ABSENT if row.up_ratio is None else ratio(row.up_ratio)),
        number("Requests", lambda row: count(row.requests)),
        *(found for _, found in endings.columns(TargetRow)),
        number("p99", lambda row: measured_seconds(row.latency.p99.seconds) if row.latency else ABSENT),
        column("Not known", lambda row: optional(msg(row.problem or ""))),
    )
    rows = table(msg("Targets"), report.targets, columns, "targets", limit=MAX_TARGETS, of=of, sparse=True)
    return (Section(msg("Targets"), "targets", (rows, *_over_time(report))),)


def _over_time(report: Report) -> tuple[Chart, ...]:
    """When each of the worst failed, unless none of them did at any time."""
    known = [(row, row.course) for row in report.targets if row.course][:MAX_TARGETS]
    if not any(sum(course.failed) or 0 in course.requests for _, course in known):
        return ()
    first = known[0][1]
    step_ms = milliseconds(first.step_seconds)
    if not step_ms:
        return ()
    step = seconds(first.step_seconds)
    drawing = Strips(
        rows=tuple(StripRow(row.target, _figure(row), tuple(_levels(course))) for row, course in known),
        since_ms=timestamp.milliseconds(first.since) or 0,
        step_ms=step_ms,
        names=_names(),
        nothing=msg("Hatched: no request"),
        axis=msg("Time (UTC)"),
    )
    return (
        Chart(msg("Failed requests of each target over time"), drawing, _summary(known, step), _table(known, step)),
    )


def _figure(row: TargetRow) -> str:
    if row.outcomes is None or not row.outcomes.base:
        return msg("no request")
    return msg("{ratio} of {n}", ratio=ratio(row.outcomes.service / row.outcomes.base), n=count(row.outcomes.base))


def _levels(course: TargetCourse) -> list[int | None]:
    return [_level(bad, n) for bad, n in zip(course.failed, course.requests, strict=False)]


def _level(failed: int, requests: int) -> int | None:
    if requests <= 0:
        return None
    return 0 if failed <= 0 else 1 + sum(failed / requests > limit for limit in _LEVELS)


def _names() -> tuple[str, ...]:
    up_to = (msg("Failed: up to {ratio}", ratio=ratio(limit)) for limit in _LEVELS)
    return (msg("None failed"), *up_to, msg("Failed: more than {ratio}", ratio=ratio(_LEVELS[-1])))


def _summary(known: Sequence[Row], step: str) -> str:
    failing = sum(sum(course.failed) > 0 for _, course in known)
    worst = max(known, key=lambda one: max(_ratios(one[1]), default=0.0))
    place = _worst_place(worst[1])
    if place is None:
        return msg("Per {step}: no request of these {targets} failed.", step=step, targets=plural(len(known), "target"))
    return msg(
        "Per {step}: {n} of these {targets} failed requests; the worst {step} is that of {target} from {time} on, "
        "{ratio}.",
        step=step,
        n=count(failing),
        targets=plural(len(known), "target"),
        target=worst[0].target,
        time=moment(_time(worst[1], place)),
        ratio=ratio(_ratios(worst[1])[place]),
    )


def _ratios(course: TargetCourse) -> list[float]:
    return [bad / n if n > 0 else 0.0 for bad, n in zip(course.failed, course.requests, strict=False)]


def _worst_place(course: TargetCourse) -> int | None:
    ratios = _ratios(course)
    return max(range(len(ratios)), key=ratios.__getitem__) if any(ratios) else None


def _time(course: TargetCourse, place: int) -> str:
    return timestamp.text((timestamp.milliseconds(course.since) or 0) + 1000 * course.step_seconds * place)


def _table(known: Sequence[Row], step: str) -> TableBlock:
    columns: tuple[Column[Row], ...] = (
        whole("Target", lambda row: row[0].target),
        whole("Failed over time", lambda row: Trace(row[1].failed)),
        whole("Requests over time", lambda row: Trace(row[1].requests)),
        Column(msg("Worst {step}", step=step), lambda row: _worst(row[1]), "right", whole=True),
        whole("First failure", lambda row: _failure(row[1], 0)),
        whole("Last failure", lambda row: _failure(row[1], -1)),
    )
    return table(msg("Failed requests of each target per {step}", step=step), known, columns)


def _worst(course: TargetCourse) -> str:
    place = _worst_place(course)
    if place is None:
        return ABSENT
    return msg("{ratio} of {n}", ratio=ratio(_ratios(course)[place]), n=count(course.requests[place]))


def _failure(course: TargetCourse, which: int) -> Cell:
    places = [place for place, n in enumerate(course.failed) if n > 0]
    return time(_time(course, places[which])) if places else ABSENT


def counted(report: Report) -> str:
    """Of how many targets the sums are; nothing where there is one process."""
    if not report.targets:
        return ""
    found = report.target_counts or TargetCounts.of(report.targets)
    return msg("{n} of {targets}", n=count(found.counted), targets=plural(found.all, "target"))
