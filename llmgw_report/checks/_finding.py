"""How a check says what it found. Slug, title, reasons and advice come from its docstring, see `_page`."""

from collections.abc import Iterator

from llmgw_report.checks._bounds import Judged
from llmgw_report.model.finding import Finding, Operator
from llmgw_report.model.message import Message, say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.status import Status

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
