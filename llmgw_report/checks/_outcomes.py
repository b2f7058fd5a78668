"""Evaluates the outcomes of all subjects: the total by itself, the subjects of each dimension among themselves."""

from collections.abc import Iterable, Sequence

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks._advice import advice
from llmgw_report.checks._episodes import FEWEST_REQUESTS, began, ended, onset, onset_by_trend
from llmgw_report.checks._finding import Findings, finding, has_source, skip, unknown
from llmgw_report.checks._ratios import Ratio, judge_ratios
from llmgw_report.messages import Message, join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.finding import BAD, Finding, Reads, Status, Threshold, rank
from llmgw_report.model.outcomes import DIMENSIONS, OF_REQUESTS, Outcomes, Side, SubjectOutcomes
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import Snapshot

#: What says who failed, how and when. The requests of instances only name, in advice, where to look.
READS_OUTCOMES: Reads = (
    "requests",
    "attempts",
    "process-start",
    "outcomes.sql",
    "attempted.sql",
    "instances.sql",
    "started.sql",
)
#: Counters without which nobody knows whether there was a request, and what to do where a line of them was rejected.
_COUNTERS = {QUANTITIES[name].text for name in ("requests", "attempts")}
_REMEDY = msg("fix that line where the gateway writes it, or add --db-path, which counts requests")


def dimension(one: SubjectOutcomes) -> str:
    """Of a subject; "" of the total."""
    return next((name for name in ("instance", *DIMENSIONS) if name in one.subject), "")


def coarsest_first(found: Outcomes) -> list[SubjectOutcomes]:
    """Subjects beside the total, those that cover others before them."""
    return sorted(found.subjects[1:], key=lambda one: DIMENSIONS.index(dimension(one)))


def not_evaluated(snapshot: Snapshot) -> Findings:
    """One finding where no outcome can be evaluated, and why; nothing where they can.

    Its `n` is 0 if nothing was counted.
    """
    found = snapshot.sections.outcomes
    if found is None:
        if rejected := _rejected(snapshot):
            yield from unknown(join(": ", [msg("how many requests there were is not known"), rejected, _REMEDY]))
        elif has_source(snapshot, "metrics"):
            yield from unknown(msg("no requests were counted: send one, or add a source that counts them"), n=0)
        else:
            yield from skip(msg("no requests were counted"))
    elif found.evaluated == "no":
        yield from unknown(_with_history(snapshot, found.since) or lifetime_totals(found.since))
    elif found.successes_only == "yes":
        yield from unknown(_no_failures(found))
    elif found.total().unobserved and not found.total().outcomes.observed:
        n = units.count(found.total().unobserved)
        yield from unknown(_unrecorded_endings(snapshot, found, n))
    elif found.source == "database" and not found.total().outcomes.observed and (older := _older(snapshot)):
        words = join("; ", [msg("no request in the window"), lifetime_totals(older.since)])
        yield finding(snapshot.idle, words, reason=words)


def _unrecorded_endings(snapshot: Snapshot, found: Outcomes, n: str) -> Message:
    """That requests are known and their outcomes are not, and the option that would show them."""
    words = msg("nothing records how the {n} requests ended", n=n)
    if found.source == "metrics" and (rejected := _rejected(snapshot)):
        return join(": ", [words, rejected, _REMEDY])
    if found.source == "database" and (hint := unread_columns(snapshot)):
        return join(": ", [words, hint])
    if not has_source(snapshot, "metrics"):
        return join(": ", [words, msg("add --url or --metrics-file, which count them")])
    options = msg("add --interval or --baseline") if found.source == "database" else msg("add --db-path")
    return join(": ", [words, options])


def _rejected(snapshot: Snapshot) -> str | None:
    """Which line of the scrape was left out that would count requests; None where all were taken."""
    return next((one.reason for one in snapshot.absent if one.quantity in _COUNTERS), None)


def unread_columns(snapshot: Snapshot) -> Message | None:
    """What would show more of the rows that were read; None where everything was."""
    hints = (one.hint for one in snapshot.inputs if one.kind == "database" and one.status == "ok")
    return next((msg(hint) for hint in hints if hint), None)


def _older(snapshot: Snapshot) -> Outcomes | None:
    """Totals of the scrape that count requests and are of more than the window."""
    found = snapshot.sections.lifetime_outcomes
    return found if found and found.evaluated == "no" and found.total().outcomes.observed else None


def idle(snapshot: Snapshot, words: Message) -> Finding:
    """What a window without a request to evaluate means, which is the operator's to say."""
    if snapshot.idle == "unknown":
        words = msg("{words}: send one, or state with --idle what an idle window means", words=words)
    return finding(snapshot.idle, words, n=0, reason=words)


def _no_failures(found: Outcomes) -> Message:
    """Why nothing is known of failures; without one success not even that the gateway answers."""
    if not found.total().outcomes.success:
        return msg(
            "{words}: send a request, or accept it with --set error-ratio.required=false", words=no_success(found)
        )
    return msg(
        "this gateway records successes only, so a failure leaves no trace: "
        "accept it with --set error-ratio.required=false"
    )


def no_success(found: Outcomes) -> Message:
    """What no row means where a failure leaves none: an idle gateway looks like one that answers nothing."""
    return msg("no success is recorded {when}, and failures never are, so it is idle or down", when=when(found))


def lifetime_totals(since: str | None) -> Message:
    """Why counters of an older process are not evaluated, and what would show the window."""
    return msg(
        "the counters are totals since {time} and do not show the window: "
        "add --history, --db-path, --interval or --baseline, or evaluate the totals with --window all",
        time=_moment(since),
    )


def _moment(since: str | None) -> Message:
    return msg("{time}", time=units.moment(since)) if since else msg("an unknown time")


def _with_history(snapshot: Snapshot, since: str | None) -> Message | None:
    """The same where runs are remembered, and this one has none to subtract; None without a history."""
    history = snapshot.sections.history
    if history is None or history.state == "window":
        return None
    words = msg("the counters are totals since {time} and do not show the window", time=_moment(since))
    return join(": ", [words, msg(history.reason) if history.reason else ""])


def judge_side(
    snapshot: Snapshot, found: Outcomes, sides: Sequence[Side], what: Message, threshold: Threshold
) -> Findings:
    """Tests the ratio of failures on some sides, each dimension by itself; an outage that has ended is a warning."""
    subjects = [one for one in found.subjects if not one.subject or one.outcomes.base >= FEWEST_REQUESTS]
    outages = Outages(snapshot, sides)
    for name in ("", *DIMENSIONS):
        mine = [one for one in subjects if dimension(one) == name]
        ratios = [_ratio(one, found, sides, what, snapshot) for one in mine]
        with_all = [
            structs.replace(ratio, n=ratio.n + _unrecorded(one, found)) for ratio, one in zip(ratios, mine, strict=True)
        ]
        at_least = {tuple(one.subject.items()): one.status for one in judge_ratios(with_all, threshold)}
        for without_advice in judge_ratios(ratios, threshold):
            one = next(each for each in mine if each.subject == without_advice.subject)
            observed = structs.replace(without_advice, do=advice(one.outcomes, sides, one.subject, snapshot))
            raw = _at_least(observed, at_least.get(tuple(one.subject.items()), "unknown"), _unrecorded(one, found))
            if raw.status == "fail" and not is_certain(one):
                yield structs.replace(raw, status="warn")
            elif raw.status == "fail" and threshold.of(raw.subject).fail is not None:
                yield outages.judge(raw, one, threshold.of(raw.subject).fail or 0.0)
            elif not name or raw.status in BAD or name in {"provider", "instance"}:
                yield raw


_AFTER_IT = msg(
    "It has ended: find out from the log of that time what failed, and whether somebody repaired it or it only went"
    " away."
)


class Outages:
    """Failures of one check that may have ended; the coarsest subjects have to be judged first."""

    def __init__(self, snapshot: Snapshot, sides: Sequence[Side]) -> None:
        self._snapshot, self._sides = snapshot, sides
        self._over: list[SubjectOutcomes] = []
        window, trend = snapshot.window, snapshot.sections.trend
        #: Whether the sources hold requests from before the window.
        began = timestamp.order(window.since)
        points = trend.points if trend else ()
        self._is_older = any(point.requests and timestamp.order(point.time) < began for point in points)

    def judge(self, raw: Finding, one: SubjectOutcomes, threshold: float) -> Finding:
        """The failure of a subject; one that is over is a warning with its times."""
        first, last = began(one, self._sides)
        if self._may_end(one) and ended(one, self._over, self._sides, threshold):
            self._over.append(one)
            begin, end = (units.clock(time, self._snapshot.at) for time in (first, last))
            times = msg("ended; failures from {first} to {last}", first=begin, last=end)
            seen = join("; ", [raw.seen, times if first and last else msg("ended")])
            return structs.replace(raw, status="warn", seen=seen, since=first, until=last, do=_AFTER_IT)
        if first is None:
            return raw
        # The trend is of all requests, and of failures of the service.
        trended = not one.subject and "service" in self._sides
        by_trend = onset_by_trend(self._snapshot, threshold) if trended else None
        if start := onset(one, self._sides, threshold) or by_trend:
            return structs.replace(raw, since=start)
        if not self._is_older:
            return structs.replace(raw, since=first, onset="first")
        return structs.replace(raw, since=self._snapshot.window.since, onset="before")

    def _may_end(self, one: SubjectOutcomes) -> bool:
        """Not where all of the window counts, nor of an instance that is down and whose failures have no time."""
        down = any(
            row.health == "down" and one.subject.items() <= {"provider": row.provider, "instance": row.instance}.items()
            for row in self._snapshot.sections.instances
            if "instance" in one.subject
        )
        return self._snapshot.whole == "no" and not (down and one.untimed)


def _unrecorded(one: SubjectOutcomes, found: Outcomes) -> int:
    """Requests of a log without an ending, of which none is a failure of the service: that would have left a row."""
    return one.unobserved if found.source == "database" else 0


def _at_least(raw: Finding, status: Status, unrecorded: int) -> Finding:
    """A ratio that is above its threshold only because the successes among them are not recorded is not proven."""
    if raw.status not in BAD or rank(status) <= rank(raw.status):
        return raw
    words = msg("how {n} more ended is not recorded", n=units.count(unrecorded))
    status = "warn" if status == "warn" else "unknown"
    return structs.replace(raw, status=status, seen=join("; ", [raw.seen, words]), reason=words)


def subject_words(subject: dict[str, str]) -> Message:
    """The subject of a sentence about requests."""
    if not subject:
        return msg("requests")
    if "instance" in subject:
        return msg("requests to {instance}", instance=subject["instance"])
    ((label, name),) = subject.items()
    return msg("requests of {label} {name}", label=msg(label), name=name)


def _ratio(one: SubjectOutcomes, found: Outcomes, sides: Sequence[Side], what: Message, snapshot: Snapshot) -> Ratio:
    hits, n = sum(one.outcomes.side(side) for side in sides), one.outcomes.base
    text = msg(
        "{hits} of {n} {subject} {what}",
        hits=units.count(hits),
        n=units.count(n),
        subject=subject_words(one.subject),
        what=what,
    )
    more = unattributed_others(one) if "unattributed" not in sides else ""
    more = join("; ", [more, about(one)])
    seconds = snapshot.window.seconds_of(found.source) if found.basis == "window" else 0.0
    return Ratio(hits=hits, n=n, subject=one.subject, text=text, more=more, rate=n / seconds if seconds else None)


def is_certain(one: SubjectOutcomes) -> bool:
    """Whether the requests themselves were counted: no estimates, nor attempts that a fallback may have made good."""
    return dimension(one) not in OF_REQUESTS or (one.counted == "requests" and one.exactness == "exact")


def about(one: SubjectOutcomes) -> str:
    """That the figures of a subject are estimates, so that it cannot fail by them; "" where they are counted."""
    return msg("about: the server estimates these figures") if one.exactness == "about" else ""


def unattributed_others(one: SubjectOutcomes) -> str:
    """What a ratio of another side leaves out; "" where nothing is."""
    n = one.outcomes.unattributed
    return msg("{n} others failed, and nothing records whose fault it was", n=units.count(n)) if n else ""


def when(found: Outcomes) -> Message:
    """Over which time the requests are counted, inside a sentence; the head says since when that is."""
    return msg("in the window") if found.basis == "window" else msg("since the process started")


def without(one: SubjectOutcomes, parts: Iterable[SubjectOutcomes]) -> SubjectOutcomes:
    """Outcomes of a subject less those of parts of it."""
    left = one.outcomes
    for part in parts:
        left = left.less(part.outcomes)
    return structs.replace(one, outcomes=left)
