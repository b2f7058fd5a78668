"""The sentence of a verdict: the worst problem and since when, or what was proven."""

from collections.abc import Sequence

from msgspec import Struct, structs

from llmgw_report.checks import load
from llmgw_report.messages import Message, join, msg, parts_of
from llmgw_report.model import timestamp
from llmgw_report.model.finding import BAD, Finding
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.gaps import headline_notes
from llmgw_report.pipeline.waived_requests import waived_subjects, without
from llmgw_report.units import abbreviated, clock, count, plural, ratio, seconds, with_onset

_HOUR = 3600


class Words(Struct, frozen=True, kw_only=True):
    """What a headline says beside the findings: of a PASS, and of the window; its times are in a report of `at`.

    `when` is the time that requests are counted over, "" where none are. `runs` are by fingerprint in how many runs of
    a history a finding has not passed.
    """

    proof: str = msg("no check failed")
    notes: tuple[Message, ...] = ()
    at: str = ""
    when: str = ""
    runs: dict[str, int] = {}


NO_WORDS = Words()


def words_of(snapshot: Snapshot, findings: Sequence[Finding]) -> Words:
    """The words for one snapshot and its findings, of which those that are waived have no part in the proof."""
    of_answers = [structs.replace(one, check="") for one in findings if load(one.check).proves_service]
    waived = waived_subjects(of_answers).get("", ())
    found = snapshot.sections.outcomes
    when = _when(found, snapshot) if found else ""
    return Words(proof=_proven(snapshot, waived), notes=headline_notes(snapshot), at=snapshot.at, when=when)


def problem(deciding: Sequence[Finding], counted: Sequence[Finding], words: Words) -> Message:
    """The worst of the findings that decide the verdict, and how many other problems there are."""
    worst = min(deciding, key=lambda one: one.derived_from is not None)  # they come in order of harm
    root = next((one for one in deciding if one.fingerprint == worst.derived_from), worst)
    others = {one.fingerprint for one in counted if one.status in BAD and one.derived_from is None}
    runs = plural(words.runs[root.fingerprint], "runs") if root.fingerprint in words.runs else ""
    worst_words = join(", ", [with_onset(_lead(root), root, words.at), runs])
    total = next((one for one in counted if _is_harm(one, root)), None)
    parts = [worst_words]
    if total:
        parts.append(join(", ", [words.when, parts_of(total.seen)[0]]))
    if left := len(others - {root.fingerprint}):
        parts.append(msg("+{n} more", n=count(left)))
    return join("; ", parts)


def _lead(one: Finding) -> str:
    """What it says in one sentence; of a state also what shows it."""
    first, *rest = parts_of(one.seen)
    stated = one.unit is None and bool(rest)
    return abbreviated(join(": ", [first, rest[0]]) if stated and one.since is None else first)


def _is_harm(one: Finding, root: Finding) -> bool:
    """Whether it says what a state that is bad does to all requests."""
    follows = one.derived_from == root.fingerprint and not one.subject and one.n != root.n
    return follows and root.unit is None and one.unit == "ratio" and one.status in BAD


def _proven(snapshot: Snapshot, waived: Sequence[dict[str, str]]) -> Message:
    """What the evidence of a PASS is: requests, the part of them that was answered, instances and targets."""
    all_found, instances = snapshot.sections.outcomes, snapshot.sections.instances
    found = without(snapshot, waived).sections.outcomes if waived else all_found
    less = all_found.total().outcomes.observed - found.total().outcomes.observed if all_found and found else 0
    health = [row.health for row in instances if row.health != "unknown"]
    unknown = len(instances) - len(health)
    known = [row for row in snapshot.targets if row.problem is None]
    parts = [
        *(_answered(found, snapshot, less) if found and found.evaluated == "yes" else ()),
        msg("{hits} of {n} instances up", hits=health.count("ok"), n=len(instances)) if health else "",
        msg("{n} in an unknown state", n=unknown) if health and unknown else "",
        msg("{n} of {targets}", n=len(known), targets=plural(len(snapshot.targets), "target")) if known else "",
    ]
    return join(", ", parts) or msg("no check failed")


def _answered(found: Outcomes, snapshot: Snapshot, waived: int) -> tuple[str, ...]:
    total = found.total().outcomes
    if not total.observed:
        return ()
    unknown = found.total().unobserved
    n, when = total.observed + unknown, _when(found, snapshot)
    if found.successes_only == "yes":
        return (
            msg("{requests} {when} succeeded; failures are not recorded", requests=plural(n, "requests"), when=when),
        )
    requests = msg("{requests} {when}", requests=plural(n, "requests"), when=when)
    if waived:
        requests = msg("{requests} besides {n} waived ones", requests=requests, n=count(waived))
    rest = _left_out(unknown, total.client)
    if not total.base:
        return requests, *rest
    answered = ratio(total.success / total.base)
    if total.base == n:
        return requests, msg("{ratio} answered", ratio=answered)
    return requests, msg("{ratio} of {n} answered", ratio=answered, n=count(total.base)), *rest


def _left_out(unknown: int, client: int) -> tuple[str, ...]:
    """The requests that the ratio of answers is not of."""
    return (
        msg("the outcome of {n} is not known", n=count(unknown)) if unknown else "",
        plural(client, "client errors") if client else "",
    )


def _when(found: Outcomes, snapshot: Snapshot) -> Message:
    if found.basis == "lifetime":
        return msg("since the process started")
    if found.since and timestamp.order(found.since) >= timestamp.order(snapshot.at):
        return msg("between two scrapes")
    if found.since and found.since != snapshot.window.since:
        return msg("since {time}", time=clock(found.since, snapshot.at))
    if snapshot.window.seconds == _HOUR:
        return msg("in the last hour")
    return msg("in the last {window}", window=seconds(snapshot.window.seconds))
