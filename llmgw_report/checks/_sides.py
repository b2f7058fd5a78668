"""What stands before and now in a comparison with an earlier report: the same groups over like times."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from llmgw_report import units
from llmgw_report.checks._finding import Subject, skip, unknown
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import Sections
from llmgw_report.model.traffic import UNRECORDED, Traffic, TrafficRow

Known = Callable[[TrafficRow], object]

NOTHING = say("no earlier report to compare with: give one with --baseline")


class Side(Struct, frozen=True, kw_only=True):
    """One subject's traffic before and now; the whole has an empty subject."""

    subject: Subject
    before: TrafficRow
    now: TrafficRow


class Sides(Struct, frozen=True, kw_only=True):
    """All of them, over which times, or why there are none."""

    pairs: tuple[Side, ...] = ()
    over: str = ""
    reason: str | None = None


def not_comparable(snapshot: Snapshot) -> Iterator[Finding]:
    """The finding of a check that has nothing to compare with; none if it has."""
    baseline = snapshot.baseline
    if baseline is None:
        yield from skip(NOTHING)
    elif baseline.problem or baseline.sections is None:
        problem = say(baseline.problem or "")
        yield from unknown(say("{report} cannot be compared with: {reason}", report=baseline.target, reason=problem))


def sides(snapshot: Snapshot, known: Known) -> Sides:
    """Windows of rows where both reports know the figure, else counters: their lifetime before, and what came since."""
    old = snapshot.baseline.sections if snapshot.baseline else None
    if old is None:
        return Sides(reason=NOTHING)
    windows = _of_rows(old), _of_rows(snapshot.sections)
    counters = _lifetime(old), snapshot.sections.since_last_report
    for (before, now), over in ((windows, say("in the window")), (counters, say("since the earlier report"))):
        if before and now and known(before.total) and known(now.total):
            return Sides(pairs=tuple(_pairs(before, now, known)), over=over)
    return Sides(reason=_why_not(snapshot))


def enough(before: int, now: int, subject: Subject, fewest: int) -> Iterator[Finding]:
    """The whole says that it has too few requests; a small part is never judged alone, and says nothing."""
    n = min(before, now)
    if n < fewest and not subject:
        reason = say(
            "{now} requests now and {before} before: fewer than {fewest} are not compared",
            now=units.count(now),
            before=units.count(before),
            fewest=fewest,
        )
        yield from unknown(reason, n=n)


def _pairs(before: Traffic, now: Traffic, known: Known) -> Iterator[Side]:
    """The whole, and every group that both have; none of another grouping, and none that is the whole again."""
    yield Side(subject={}, before=before.total, now=now.total)
    if before.group_by != now.group_by or now.group_by == "all" or len(now.rows) == len(before.rows) == 1:
        return
    old = {row.group: row for row in before.rows if known(row)}
    for row in now.rows:
        if row.group in old and known(row) and row.group != UNRECORDED:
            yield Side(subject={now.group_by: row.group}, before=old[row.group], now=row)


def _of_rows(sections: Sections) -> Traffic | None:
    if sections.traffic_window or not sections.traffic:
        return sections.traffic_window
    return sections.traffic if sections.traffic.basis == "window" else None


def _lifetime(sections: Sections) -> Traffic | None:
    return sections.traffic if sections.traffic and sections.traffic.basis == "lifetime" else None


def _why_not(snapshot: Snapshot) -> str:
    """The counters' own reason, if it is theirs; else one of the reports does not hold the figure."""
    found = next((one for one in snapshot.sections.continuity if one.against == "earlier report"), None)
    if found and snapshot.sections.since_last_report is None:
        return say("the counters cannot be subtracted from those of the earlier report: {reason}", reason=found.reason)
    later = snapshot.sections.since_last_report
    if later and not later.total.requests:
        return say("no request since the earlier report")
    return say("the figure is not in both reports")
