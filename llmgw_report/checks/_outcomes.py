"""How requests ended, for the whole and for every part of it that a fault can sit in."""

from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct

from llmgw_report.checks._finding import Subject, skip, unknown
from llmgw_report.checks._rate import rate
from llmgw_report.checks._readable import read
from llmgw_report.checks._share import Share
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import say
from llmgw_report.model.report import Snapshot
from llmgw_report.model.traffic import UNRECORDED, Traffic

Kind = Literal["server_errors", "client_errors"]


class Part(Struct, frozen=True, kw_only=True):
    """Errors of one kind among the requests of an instance or a group."""

    subject: Subject
    errors: int
    requests: int


def not_counted(snapshot: Snapshot) -> Iterator[Finding]:
    """No traffic at all. A gateway that was read and counts nothing had no request yet: on-empty says what that is."""
    words = say("no requests were counted")
    yield from unknown(words, n=0) if read(snapshot, "metrics") else skip(words)


def shares(snapshot: Snapshot, traffic: Traffic, kind: Kind, what: Callable[[Subject], str]) -> Iterator[Share]:
    """The total, then every part; `what` says what became of the requests of a subject."""
    n, pace = traffic.total.error_base or 0, rate(snapshot)
    yield Share(hits=getattr(traffic.total, kind) or 0, n=n, what=what({}), subject={}, rate=pace)
    for part in parts(snapshot, kind):
        each = pace * part.requests / n if pace and n else None
        yield Share(hits=part.errors, n=part.requests, what=what(part.subject), subject=part.subject, rate=each)


def parts(snapshot: Snapshot, kind: Kind) -> Iterator[Part]:
    """Instances, then the groups of the traffic table, but for those that are one instance or all there is.

    What has no group recorded is no subject: a gateway files under it what it refused before it chose one.
    """
    known = [row for row in snapshot.sections.instances if row.requests and getattr(row, kind) is not None]
    for row in known:
        subject = {"provider": row.provider, "instance": row.instance}
        yield Part(subject=subject, errors=getattr(row, kind), requests=row.requests or 0)
    traffic = snapshot.sections.traffic
    if traffic is None or traffic.group_by == "all" or len(traffic.rows) == 1:
        return
    alone = {row.provider for row in known if [one.provider for one in known].count(row.provider) == 1}
    for group in traffic.rows:
        errors, requests = getattr(group, kind), group.error_base
        same = group.group == UNRECORDED or (traffic.group_by == "provider" and group.group in alone)
        if errors is not None and requests and not same:
            yield Part(subject={traffic.group_by: group.group}, errors=errors, requests=requests)
