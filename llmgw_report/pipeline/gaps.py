"""What a PASS claims, and what is missing for it. A failure that is proven needs none of this."""

from collections.abc import Iterator

from msgspec import Struct

from llmgw_report.checks import not_evaluated
from llmgw_report.config.discovery import FILE_NAME as GATEWAY_FILE
from llmgw_report.messages import Message, join, msg
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.report import Input, Snapshot
from llmgw_report.model.sections import Sections
from llmgw_report.model.target import SEVERAL, UNNAMED
from llmgw_report.units import count, seconds

#: Queries without which nobody knows how requests ended.
_TRAFFIC_QUERIES = frozenset({"requests", "outcomes", "traffic"})

_TELL_APART = msg("give each process a target of its own, with --target-label")
_LOOK_AT_SCRAPE = msg("look at what the server scrapes there: the address, port and path of the gateway's metrics")
#: Reasons of an endpoint that nothing listens at.
_NOT_RUNNING = frozenset({"connection refused", "no connection"})


class EvidenceGap(Struct, frozen=True):
    """One piece of evidence that is missing, and the option that would supply it."""

    reason: str
    remedy: str = ""

    def text(self) -> Message:
        """Both in one sentence."""
        return join(": ", [self.reason, self.remedy])


def missing_evidence(snapshot: Snapshot) -> tuple[EvidenceGap, ...]:
    """Every gap, the one that explains most first."""
    return (
        *_sources(snapshot),
        *_targets(snapshot),
        *_contradictions(snapshot),
        *_asked_for(snapshot),
        *_service(snapshot),
    )


def _sources(snapshot: Snapshot) -> Iterator[EvidenceGap]:
    unread = [one for one in snapshot.inputs if one.status == "unavailable"]
    unread.sort(key=lambda one: one.named == "no")  # what was asked for first
    # Earlier runs alone are no evidence of the window.
    if all(one.status != "ok" or one.kind == "history" for one in snapshot.inputs) and snapshot.sections.tests is None:
        yield from map(_unread, unread)
        if not unread:
            yield EvidenceGap(msg("no source was read"), msg("give one with --url, --metrics-file or --db-path"))
        return
    yield from (
        _unread(one)
        for one in unread
        # Without its log a gateway that was taken to have one shows no failure.
        if one.source in {"metrics", "log"} or one.named == "yes" or one.origin == GATEWAY_FILE
    )
    for query in snapshot.sections.failed_queries:
        if query.name in _TRAFFIC_QUERIES:
            yield EvidenceGap(msg("the query {name} failed: {reason}", name=query.name, reason=msg(query.reason)))


def _targets(snapshot: Snapshot) -> Iterator[EvidenceGap]:
    """Processes whose figures are in no sum."""
    lost = [row for row in snapshot.targets if row.problem]
    if lost:
        words = msg(
            "{hits} of {n} targets could not be counted: {target}: {reason}",
            hits=count(len(lost)),
            n=count(len(snapshot.targets)),
            target=lost[0].target,
            reason=msg(lost[0].problem or ""),
        )
        apart = lost[0].problem in {SEVERAL, UNNAMED}
        yield EvidenceGap(words, _TELL_APART if apart else _LOOK_AT_SCRAPE)


def _unread(one: Input) -> EvidenceGap:
    """Why a source could not be read, and what to do. Nobody asked for a default, so it can be left out as well."""
    reason, target = msg(one.reason or "unavailable"), one.target or msg(one.kind)
    if "://" in target and ": " not in reason:
        reason = msg("{reason} at {target}", reason=reason, target=target)
    else:
        reason = msg("{target}: {reason}", target=target, reason=reason)
    hint = msg(one.hint or "")
    if one.source != "metrics" or one.named == "yes":
        return EvidenceGap(reason, hint)
    if one.reason in _NOT_RUNNING or not hint:
        return EvidenceGap(reason, msg("start the gateway, give --url, or --no-metrics to evaluate the log alone"))
    return EvidenceGap(reason, msg("{hint}, or --no-metrics to evaluate the log alone", hint=hint))


def _service(snapshot: Snapshot) -> Iterator[EvidenceGap]:
    """What was waived, or is not required, is still no proof of service."""
    found = snapshot.sections.outcomes
    if found is None or found.successes_only == "no":
        yield from (EvidenceGap(one.seen) for one in not_evaluated(snapshot) if one.status == "unknown")
    if not found or found.evaluated != "yes" or found.total().outcomes.success or not found.total().outcomes.base:
        return
    if found.total().last_unobserved:
        n = count(found.total().unobserved)
        words = msg("no success is recorded, and neither is how {n} requests ended", n=n)
        yield EvidenceGap(words, msg("add --url or --metrics-file, which count them"))
    else:
        yield EvidenceGap(msg("no request was answered"), msg("send one that is, or use a window that has one"))


def _contradictions(snapshot: Snapshot) -> Iterator[EvidenceGap]:
    """Sources of one gateway name some of the same models, or some of the same instances."""
    rows, totals = snapshot.sections.outcomes, snapshot.sections.lifetime_outcomes
    if rows is None or totals is None or rows.source == totals.source:
        return
    for name in ("model", "instance"):
        logged, counted = _names(rows, name), _names(totals, name)
        if logged and counted and logged.isdisjoint(counted):
            yield EvidenceGap(
                msg("the database and the metrics have no {name} in common", name=msg(name)),
                msg("give the database of the same gateway with --db-path, or leave one source out"),
            )
            return


def _names(found: Outcomes, dimension: str) -> set[str]:
    return {one.subject[dimension] for one in found.subjects if dimension in one.subject}


def _asked_for(snapshot: Snapshot) -> Iterator[EvidenceGap]:
    """What was asked for by an option and could not be evaluated."""
    sections = snapshot.sections
    if snapshot.baseline and snapshot.baseline.problem:
        yield EvidenceGap(msg("--baseline: {reason}", reason=msg(snapshot.baseline.problem)))
    yield from _second_readings(sections)
    if sections.error_budget and sections.error_budget.basis != "window":
        reason = sections.error_budget.reason or msg("no rows record the outcome of each request")
        yield EvidenceGap(msg("--slo: {reason}", reason=msg(reason)))
    for file in sections.tests.files if sections.tests else ():
        if file.reason:
            yield EvidenceGap(msg("--tests {file}: {reason}", file=file.target, reason=msg(file.reason)))


#: The option that asked for a second reading.
_OPTIONS = {"second scrape": "--interval", "earlier report": "--baseline", "earlier run": "--history"}


def _second_readings(sections: Sections) -> Iterator[EvidenceGap]:
    """Where several processes answer, whatever was read is of one of them."""
    judged = sections.outcomes is not None and sections.outcomes.evaluated == "yes"
    for one in sections.continuity:
        undecided = one.state == "unknown" or (one.state != "continued" and not judged)
        if one.state == "another process" or (one.against == "second scrape" and undecided):
            yield EvidenceGap(msg("{option}: {reason}", option=_OPTIONS[one.against], reason=msg(one.reason)))


def headline_notes(snapshot: Snapshot) -> tuple[Message, ...]:
    """What the headline says of the window where it comes from earlier runs."""
    history, window = snapshot.sections.history, snapshot.window
    if history is None:
        return ()
    if history.state == "first run":
        return (msg("first run with --history: the next one will know what has happened since"),)
    if history.state == "clock changed":
        return (msg("--history: {reason}; the next run counts from this one", reason=msg(history.reason or "")),)
    counted, notes = window.counted_seconds, []
    if counted is not None and (counted > _LONG_WINDOW * window.seconds or counted < window.seconds / _LONG_WINDOW):
        notes.append(_other_window(counted, window.seconds))
    if counted is not None and history.restart_excluded == "no":
        notes.append(msg("a restart in between is not excluded"))
    return tuple(notes)


def _other_window(counted: float, asked: float) -> Message:
    """How long the window is that earlier runs gave instead of the one that was asked for."""
    if counted < asked:
        return msg("{time} of the {asked} that were asked for", time=seconds(counted), asked=seconds(asked))
    return msg(
        "the window is {time}, since the last run that is old enough, and {asked} was asked for",
        time=seconds(counted),
        asked=seconds(asked),
    )


#: Times the window that was asked for, or as much less.
_LONG_WINDOW = 2
