"""The sentence of a verdict: the worst problem and since when, or what was proven."""

from collections.abc import Sequence

from msgspec import Struct

from llmgw_report.messages import Message, join, msg, parts_of
from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.gaps import headline_notes
from llmgw_report.units import abbreviated, clock, count, onset, plural, ratio, seconds

_HOUR = 3600


class Words(Struct, frozen=True, kw_only=True):
    """What a headline says beside the findings: of a PASS, and of the window; its times are in a report of `at`.

    `runs` are by fingerprint in how many runs of a history a finding has not passed.
    """

    proof: str = msg("no check failed")
    notes: tuple[Message, ...] = ()
    at: str = ""
    runs: dict[str, int] = {}


NO_WORDS = Words()


def words_of(snapshot: Snapshot) -> Words:
    """The words for one snapshot."""
    return Words(proof=_proven(snapshot), notes=headline_notes(snapshot), at=snapshot.at)


def problem(deciding: Sequence[Finding], counted: Sequence[Finding], words: Words) -> Message:
    """The worst of the findings that decide the verdict, and how many other problems there are."""
    worst = min(deciding, key=lambda one: one.derived_from is not None)  # they come in order of harm
    root = next((one for one in deciding if one.fingerprint == worst.derived_from), worst)
    others = {one.fingerprint for one in counted if one.status in {"fail", "warn"} and one.derived_from is None}
    since = onset(root.since, words.at, known=root.onset == "known")
    runs = plural(words.runs[root.fingerprint], "runs") if root.fingerprint in words.runs else ""
    parts = [join(", ", [abbreviated(parts_of(root.seen)[0]), since, runs])]
    if left := len(others - {root.fingerprint}):
        parts.append(msg("+{n} more", n=count(left)))
    return join("; ", parts)


def _proven(snapshot: Snapshot) -> Message:
    """What the evidence of a PASS is: requests, the part of them that was answered, instances and targets."""
    found, instances = snapshot.sections.outcomes, snapshot.sections.instances
    health = [row.health for row in instances if row.health != "unknown"]
    known = [row for row in snapshot.targets if row.problem is None]
    parts = [
        *(_answered(found, snapshot) if found and found.evaluated == "yes" else ()),
        msg("{hits} of {n} instances up", hits=health.count("ok"), n=len(instances)) if health else "",
        msg("{n} of {targets}", n=len(known), targets=plural(len(snapshot.targets), "target")) if known else "",
    ]
    return join(", ", parts) or msg("no check failed")


def _answered(found: Outcomes, snapshot: Snapshot) -> tuple[str, ...]:
    total = found.total().outcomes
    if not total.observed:
        return ()
    requests = msg("{requests} {when}", requests=plural(total.observed, "requests"), when=_when(found, snapshot))
    answered = msg("{ratio} answered", ratio=ratio(total.success / total.base)) if total.base else ""
    if total.client and answered:
        answered = msg("{answered} of those without a client error", answered=answered)
    return requests, answered


def _when(found: Outcomes, snapshot: Snapshot) -> Message:
    if found.basis == "lifetime":
        return msg("since the process started")
    if found.since and found.since != snapshot.window.since:
        return msg("since {time}", time=clock(found.since, snapshot.at))
    if snapshot.window.seconds == _HOUR:
        return msg("in the last hour")
    return msg("in the last {window}", window=seconds(snapshot.window.seconds))
