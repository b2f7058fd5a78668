"""How a check says what it found. Slug, title, reasons and advice come from its docstring, see `_page`."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from llmgw_report import units
from llmgw_report.messages import Message, Sentence, say
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding, Operator, Status, Threshold
from llmgw_report.model.report import Snapshot, WaiverLine


class Judged(NamedTuple):
    """A status and the limit it was measured by: of a pass, the first one ahead."""

    status: Status
    limit: float | None
    operator: Operator


def above(value: float, threshold: Threshold) -> Judged:
    """Bad when it exceeds a bound."""
    if threshold.fail is not None and value > threshold.fail:
        return Judged("fail", threshold.fail, "above")
    if threshold.warn is not None and value > threshold.warn:
        return Judged("warn", threshold.warn, "above")
    return Judged("pass", threshold.warn if threshold.warn is not None else threshold.fail, "above")


def below(value: float, threshold: Threshold) -> Judged:
    """Bad when it falls short of a bound."""
    if threshold.fail is not None and value < threshold.fail:
        return Judged("fail", threshold.fail, "below")
    if threshold.warn is not None and value < threshold.warn:
        return Judged("warn", threshold.warn, "below")
    return Judged("pass", threshold.warn if threshold.warn is not None else threshold.fail, "below")


PARTS = ("Measured", "Why it matters", "What to do", "How it can be wrong")


class Page(Struct, frozen=True, kw_only=True):
    """What `--explain` prints and what a finding's texts are made of."""

    title: str
    measured: str
    why: str
    do: str
    wrong: str


def page(docstring: str | None) -> Page:
    """Read a check's docstring; a part that is not there is empty."""
    paragraphs = [" ".join(block.split()) for block in (docstring or "").strip().split("\n\n")]
    parts = {name: _part(paragraphs, name) for name in PARTS}
    return Page(
        title=paragraphs[0].rstrip("."),
        measured=parts["Measured"],
        why=parts["Why it matters"],
        do=parts["What to do"],
        wrong=parts["How it can be wrong"],
    )


def _part(paragraphs: list[str], name: str) -> str:
    found = next((text for text in paragraphs if text.startswith(f"{name}: ")), "")
    text = found.removeprefix(f"{name}: ")
    return text[:1].upper() + text[1:]


def counted(snapshot: Snapshot, quantity: str, source: str) -> int | None:
    """What `source` counts of `quantity`; None if it does not."""
    found = (one.value for one in snapshot.sections.witnesses if (one.quantity, one.source) == (quantity, source))
    return next(found, None)


def rate(snapshot: Snapshot) -> float | None:
    """Requests per second: of the window where rows tell, else over the lifetime, else unknown."""
    window = snapshot.sections.traffic_window
    if window and window.total.requests:
        return window.total.requests / snapshot.window.seconds
    traffic = snapshot.sections.traffic
    if traffic is None or not traffic.total.requests:
        return None
    if traffic.basis == "window":
        return traffic.total.requests / snapshot.window.seconds
    began, now = timestamp.milliseconds(traffic.since or ""), timestamp.milliseconds(snapshot.at)
    if began is None or now is None or now <= began:
        return None
    return traffic.total.requests * 1000 / (now - began)


def needed(more: int, per_second: float | None) -> str:
    """How many more requests would tell, and how long that takes at the present rate."""
    if not per_second:
        return say("about {n} more would tell", n=units.count(more))
    wait = units.seconds(more / per_second)
    return say("about {n} more would tell ({wait} at the present rate)", n=units.count(more), wait=wait)


Subject = dict[str, str]


def judged(  # noqa: PLR0913 - a finding has that many parts
    verdict: Judged,
    seen: str,
    subject: Subject | None = None,
    *,
    observed: float,
    unit: str,
    n: int | None = None,
) -> Finding:
    """A finding about one figure that was compared with its bounds."""
    status, limit, operator = verdict
    return finding(status, seen, subject, observed=observed, operator=operator, limit=limit, unit=unit, n=n)


def finding(  # noqa: PLR0913 - the same
    status: Status,
    seen: str,
    subject: Subject | None = None,
    *,
    observed: float | None = None,
    operator: Operator | None = None,
    limit: float | None = None,
    unit: str | None = None,
    n: int | None = None,
    reason: str | None = None,
    required: bool = False,
) -> Finding:
    """A finding that only says what was seen."""
    return Finding(
        check="",
        subject=subject or {},
        status=status,
        title="",
        seen=say(seen),
        why="",
        do="",
        observed=observed,
        operator=operator,
        limit=limit,
        unit=unit,
        n=n,
        reason=say(reason) if reason else None,
        required=required,
    )


def skip(reason: str) -> Iterator[Finding]:
    """The check does not apply here, and why."""
    yield finding("skip", reason, reason=reason)


def unknown(reason: str, subject: Subject | None = None, *, n: int | None = None) -> Iterator[Finding]:
    """It applies and could not be judged, and why."""
    yield finding("unknown", reason, subject, reason=reason, n=n)


def blind(snapshot: Snapshot, quantity: str) -> Message | None:
    """Why this gateway never records `quantity`; None if it does."""
    return next((say(spot.reason) for spot in snapshot.gateway.blind_spots if spot.quantity == quantity), None)


def unread(snapshot: Snapshot, kind: str) -> Message:
    """Why there is nothing from one witness, in words."""
    found = next((one for one in snapshot.inputs if one.kind == kind), None)
    if found and found.reason:
        return say("no {kind}: {reason}", kind=say(kind), reason=say(found.reason))
    return say("the {kind} hold nothing about it", kind=say(kind))


def unavailable(snapshot: Snapshot, kind: str, failed: str | None = None) -> Iterator[Finding]:
    """A source that was named is required; a default that is not there is only noted.

    `failed` is why one that could be opened gave nothing.
    """
    source = next((one for one in snapshot.inputs if one.kind == kind), None)
    if source is None or source.status == "skipped":
        yield from skip(source.reason or "switched off" if source else "switched off")
        return
    reason = source.reason or failed or "nothing could be read"
    if source.named == "no":
        yield from skip(say("{source} (a default, not asked for): {reason}", source=source.target, reason=say(reason)))
        return
    seen = say("{source}: {reason}.", source=source.target, reason=say(reason))
    if source.hint:
        seen = say("{seen} {advice}", seen=seen, advice=Sentence(say(source.hint)))
    yield finding("unknown", seen, {"source": source.target}, reason=reason, required=True)


def read(snapshot: Snapshot, kind: str) -> bool:
    """Whether this source was read and is of a gateway we know."""
    return any(one.kind == kind and one.status == "ok" for one in snapshot.inputs)


DAY = 86400.0


def warning(one: WaiverLine, what: Message) -> Finding:
    """A warning about one waiver; its subject tells it from every other one, not from a copy of itself."""
    return finding(
        "warn",
        say("the waiver of {name} {what}", name=_named(one), what=what),
        subject_of(one),
        observed=one.days_left * DAY,
        unit="s",
    )


def subject_of(one: WaiverLine) -> Subject:
    """Its check and its globs, by role."""
    return {"check": one.check, **one.subject}


def none_of(waivers: Sequence[WaiverLine], what: Message) -> Finding:
    """A pass for all of them together."""
    seen = say("{waivers}, none {what}", waivers=units.plural(len(waivers), "waiver"), what=what)
    return finding("pass", seen, n=len(waivers))


def _named(one: WaiverLine) -> str:
    """Its check and its globs."""
    globs = ", ".join(f"{role} {glob}" for role, glob in one.subject.items())
    return f"{one.check} ({globs})" if globs else one.check
