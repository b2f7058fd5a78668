"""Builds findings. The slug, title, reason and advice of each are added later, from the check's file."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, sqrt
from typing import NamedTuple

from llmgw_report import units
from llmgw_report.messages import Message, Sentence, msg
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding, Operator, Status, Threshold
from llmgw_report.model.report import Input, Snapshot, Source, WaiverLine

#: Waivers that have a warning of their own.
_WAIVER_WARNINGS = 200


class Comparison(NamedTuple):
    """A status and the threshold that decided it; of a pass, the first one ahead."""

    status: Status
    threshold: float | None
    operator: Operator


def above(value: float, threshold: Threshold) -> Comparison:
    """Compare a value that is bad when it exceeds a threshold."""
    return _compared(threshold, "above", lambda limit: value > limit)


def below(value: float, threshold: Threshold) -> Comparison:
    """Compare a value that is bad when it falls short of a threshold."""
    return _compared(threshold, "below", lambda limit: value < limit)


def _compared(threshold: Threshold, operator: Operator, is_bad: Callable[[float], bool]) -> Comparison:
    if threshold.fail is not None and is_bad(threshold.fail):
        return Comparison("fail", threshold.fail, operator)
    if threshold.warn is not None and is_bad(threshold.warn):
        return Comparison("warn", threshold.warn, operator)
    return Comparison("pass", threshold.warn if threshold.warn is not None else threshold.fail, operator)


def counted(snapshot: Snapshot, quantity: str, source: str) -> int | None:
    """How many of `quantity` the source counts; None if it does not count them."""
    found = (one.value for one in snapshot.sections.counts if (one.quantity, one.source) == (quantity, source))
    return next(found, None)


def request_rate(snapshot: Snapshot) -> float | None:
    """Requests per second: of the window where the log has them, else over the lifetime, else None."""
    window = snapshot.sections.window_traffic
    if window and window.total.requests:
        return window.total.requests / snapshot.window.seconds
    traffic = snapshot.sections.lifetime_traffic
    if traffic is None or not traffic.total.requests:
        return None
    began, now = timestamp.milliseconds(traffic.since or ""), timestamp.milliseconds(snapshot.at)
    if began is None or now is None or now <= began:
        return None
    return traffic.total.requests * 1000 / (now - began)


def in_flight(snapshot: Snapshot) -> int | None:
    """As many requests as may be in flight at one moment; None if their rate or duration is not known.

    Little's law gives the mean, their rate times their mean duration, and three deviations of it are added.
    """
    traffic = snapshot.sections.most_traffic
    if traffic is None or not traffic.total.requests or traffic.total.latency.mean_seconds is None:
        return None
    began, now = timestamp.milliseconds(traffic.since or ""), timestamp.milliseconds(snapshot.at)
    if began is None or now is None or now <= began:
        return None
    return _at_most(traffic.total.requests * 1000 / (now - began) * traffic.total.latency.mean_seconds)


def unwritten(snapshot: Snapshot) -> int:
    """As many requests as this gateway may have counted and not written a row for; 0 if their rate is not known."""
    return _at_most((request_rate(snapshot) or 0.0) * snapshot.gateway.write_delay_seconds)


def without_instance(snapshot: Snapshot, failed: int, at_instances: int) -> int:
    """How many of so many failures were at no instance; 0 where the instances are counted by another source or time."""
    found, rows = snapshot.sections.outcomes, snapshot.sections.instances
    source = "log rows" if found and found.source == "database" else "metrics"
    return max(0, failed - at_instances) if found and all(row.source == source for row in rows) else 0


def _at_most(mean: float) -> int:
    return ceil(mean + 3 * sqrt(mean))


def more_requests(more: int, per_second: float | None) -> str:
    """How many more requests would decide, and how long they take at the current rate."""
    if not per_second:
        return msg("about {n} more would decide", n=units.count(more))
    wait = units.seconds(more / per_second)
    return msg("about {n} more would decide ({wait} at the current rate)", n=units.count(more), wait=wait)


Subject = dict[str, str]
Findings = Iterator[Finding]


def judged(  # noqa: PLR0913 - a finding has that many parts
    compared: Comparison,
    seen: str,
    subject: Subject | None = None,
    *,
    observed: float,
    unit: str,
    n: int | None = None,
) -> Finding:
    """A finding about one figure that was compared with its thresholds."""
    status, threshold, operator = compared
    return finding(status, seen, subject, observed=observed, operator=operator, threshold=threshold, unit=unit, n=n)


def finding(  # noqa: PLR0913 - the same
    status: Status,
    seen: str,
    subject: Subject | None = None,
    *,
    observed: float | None = None,
    operator: Operator | None = None,
    threshold: float | None = None,
    unit: str | None = None,
    n: int | None = None,
    reason: str | None = None,
    required: bool = False,
) -> Finding:
    """A finding with what was observed; each figure that was compared is optional."""
    return Finding(
        check="",
        subject=subject or {},
        status=status,
        title="",
        seen=msg(seen),
        why="",
        do="",
        observed=observed,
        operator=operator,
        threshold=threshold,
        unit=unit,
        n=n,
        reason=msg(reason) if reason else None,
        required="yes" if required else "no",
    )


def skip(reason: str) -> Findings:
    """One finding: the check does not apply here, and why."""
    yield finding("skip", reason, reason=reason)


def unknown(reason: str, subject: Subject | None = None, *, n: int | None = None) -> Findings:
    """One finding: the check applies and could not be evaluated, and why."""
    yield finding("unknown", reason, subject, reason=reason, n=n)


def blind_spot(snapshot: Snapshot, quantity: str) -> Message | None:
    """Why this gateway never records `quantity`; None if it does."""
    return next((msg(spot.reason) for spot in snapshot.gateway.blind_spots if spot.quantity == quantity), None)


def missing_source(snapshot: Snapshot, source: Source) -> Message:
    """Why one source has no data about it."""
    found = next((one for one in snapshot.inputs if one.source == source), None)
    if found and found.reason and not has_source(snapshot, source):
        return msg("no {kind}: {reason}", kind=msg(source), reason=msg(found.reason))
    return msg("the {kind} have no data about it", kind=msg(source))


def source_unavailable(snapshot: Snapshot, source: Source, failed: str | None = None) -> Findings:
    """One finding about each source that was not read. One that was named is required; a missing default is skipped.

    `failed` is why a source that could be opened returned nothing.
    """
    sources = [one for one in snapshot.inputs if one.source == source]
    if all(one.status == "skipped" for one in sources):
        yield from skip(sources[0].reason or "switched off" if sources else "switched off")
        return
    for one in sources:
        if one.status == "unavailable" or not any(each.status == "unavailable" for each in sources):
            yield _unread(one, failed)


def _unread(source: Input, failed: str | None) -> Finding:
    reason = source.reason or failed or "nothing could be read"
    if source.named == "no":
        seen = msg("{source} (default, not requested): {reason}", source=source.target, reason=msg(reason))
        return finding("skip", seen, reason=seen)
    seen = msg("{source}: {reason}.", source=source.target, reason=msg(reason))
    if source.hint:
        seen = msg("{seen} {advice}", seen=seen, advice=Sentence(msg(source.hint)))
    return finding("unknown", seen, {"source": source.target}, reason=reason, required=True)


def has_source(snapshot: Snapshot, source: Source) -> bool:
    """Whether this source was read and belongs to a known gateway."""
    return any(one.source == source and one.status == "ok" for one in snapshot.inputs)


def waiver_warnings(warnings: Sequence[Finding]) -> Iterator[Finding]:
    """Warnings about waivers: the first 200, and one that counts the others."""
    yield from warnings[:_WAIVER_WARNINGS]
    if len(warnings) > _WAIVER_WARNINGS:
        yield finding("warn", msg("{n} more waivers like these", n=units.count(len(warnings) - _WAIVER_WARNINGS)))


def waiver_warning(one: WaiverLine, what: Message) -> Finding:
    """A warning about one waiver; its subject distinguishes it from every other waiver but an exact copy."""
    globs = ", ".join(f"{label} {glob}" for label, glob in one.subject.items())
    name = f"{one.check} ({globs})" if globs else one.check
    return finding(
        "warn",
        msg("the waiver of {name} {what}", name=name, what=what),
        waiver_subject(one),
        observed=one.days_left * units.DAY_SECONDS,
        unit="s",
    )


def waiver_subject(one: WaiverLine) -> Subject:
    """The check of a waiver, and its globs by label."""
    return {"check": one.check, **one.subject}


def no_waiver_is(what: Message, waivers: Sequence[WaiverLine]) -> Finding:
    """One pass for all waivers together."""
    seen = msg("{waivers}, none {what}", waivers=units.plural(len(waivers), "waiver"), what=what)
    return finding("pass", seen, n=len(waivers))
