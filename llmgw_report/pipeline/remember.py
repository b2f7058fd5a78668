"""What earlier runs add to this one, out of the file of `--history`, and what this one adds to the file."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from msgspec import Struct, structs

from llmgw_report.config.settings import ServerTarget, Settings
from llmgw_report.history import appending, loading
from llmgw_report.history.chain import Chain, chain
from llmgw_report.history.file import prepare
from llmgw_report.history.loading import Loaded, Lookup
from llmgw_report.history.runs import Entry, Figures, PastRun, Reading, Timed, digest
from llmgw_report.messages import Message, join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.continuity import Continuity, LiveRow
from llmgw_report.model.finding import BAD, Finding
from llmgw_report.model.history import EarlierErrors, History, HistoryState, Streak
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.report import Input, Report, Snapshot
from llmgw_report.model.run import Clock, Machine
from llmgw_report.model.sections import Latency, Sections, Totals
from llmgw_report.pipeline import carry
from llmgw_report.pipeline.between_runs import with_sums
from llmgw_report.pipeline.counters import continuity, counters_of, difference
from llmgw_report.pipeline.judge import TARGET, any_target
from llmgw_report.pipeline.kept_counters import kept
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.redact import redact_document
from llmgw_report.pipeline.second_scrape import live_rows
from llmgw_report.pipeline.sections.traffic import together
from llmgw_report.pipeline.source_key import is_another, source_key
from llmgw_report.pipeline.tally import outcomes_since, since_reading, with_newest
from llmgw_report.redaction import redact, redact_all
from llmgw_report.units import clock, moment, plural, seconds

_SEVERAL = msg(
    "several processes answer in turn (start times go back, or totals fall and rise again), so that no difference of"
    " two readings is traffic: scrape each of them, or let them combine their metrics"
)
_RESTARTED = msg("the totals fell since the last run, as after a restart, and no start time says when")

_ANOTHER = msg(
    "the earlier run names none of the instances, or of the models, that this one names, so it is of another gateway:"
    " give each gateway a history of its own"
)


class Earlier(Struct, frozen=True, kw_only=True):
    """What was read of the file before the sources were, and over which windows."""

    loaded: Loaded
    windows: Windows
    seconds: float


def load(settings: Settings, windows: Windows, machine: Machine) -> Earlier | None:
    """The earlier runs; None without `--history`. UsageError for a file that cannot be used."""
    if settings.history is None:
        return None
    began = machine.elapsed()
    prepare(settings.history)
    wanted = Lookup(
        source=source_key(settings),
        at_ms=windows.until_ms,
        window_ms=windows.until_ms - windows.since_ms,
        trend_ms=windows.until_ms - windows.trend_since_ms,
        burn_windows=windows.burn_windows,
        clock=machine.clock() if settings.at_ms is None else None,
        with_log=settings.database is not None,
    )
    loaded = loading.load(settings.history, wanted)
    return Earlier(loaded=loaded, windows=windows, seconds=machine.elapsed() - began)


def compared(snapshot: Snapshot, earlier: Earlier, settings: Settings) -> Snapshot:
    """The snapshot with what was counted since the earlier run that is subtracted, where one process counted it."""
    loaded = earlier.loaded
    now, reading = _figures(snapshot, settings), _reading(snapshot.sections, settings)
    runs = [one for one in loaded.runs if one.gateway == snapshot.gateway.name]
    found = chain([*runs, now]) if runs and now.counts else None
    if found and found.base == len(runs):  # all of them are of runs at the same time as this one
        found = None
    link = _Link.of(snapshot, reading, runs, found, loaded) if found else None
    state = link.state if link else _without_link(now, loaded)
    base = link.base if link and state == "window" else None
    history = History(
        target=redact(settings.history or ""),
        runs=loaded.count,
        state=state,
        first=None if loaded.first_ms is None else timestamp.text(loaded.first_ms),
        since=timestamp.text(base.at_ms) if base else None,
        reason=_reason(state, link, loaded),
        restarts=len(found.ends) if found and base else 0,
        restart_excluded="no" if found and base and not found.known else "yes",
        streaks=tuple(_streaks(loaded)),
        errors=_errors(snapshot, loaded),
    )
    sections = structs.replace(snapshot.sections, history=history)
    if link:
        sections = structs.replace(sections, continuity=(*sections.continuity, link.course))
    snapshot = structs.replace(snapshot, sections=sections, inputs=(*snapshot.inputs, _input(earlier, settings)))
    if not link or base is None:
        return snapshot
    sections = link.since(snapshot, settings)
    window = structs.replace(snapshot.window, counted_seconds=_counted_seconds(sections, base, now))
    snapshot = structs.replace(snapshot, sections=sections, window=window)
    timed = Timed(figures=now, latency=reading.traffic.total.latency if reading.traffic else Latency())
    return with_sums(snapshot, earlier.loaded, earlier.windows, settings, runs[-1], timed)


def _counted_seconds(sections: Sections, base: PastRun, now: Figures) -> float | None:
    """How long ago the run was, where the outcomes are those since then."""
    outcomes = sections.outcomes
    counted = outcomes and outcomes.source == "metrics" and outcomes.since == timestamp.text(base.at_ms)
    return (now.at_ms - base.at_ms) / 1000 if counted else None


def _input(earlier: Earlier, settings: Settings) -> Input:
    newest = earlier.loaded.newest
    return Input(
        kind="history",
        target=redact(settings.history or ""),
        status="ok",
        reason=None,
        elapsed_seconds=earlier.seconds,
        as_of=timestamp.text(newest[-1].at_ms) if newest else None,
        named="yes",
    )


def _without_link(now: Figures, loaded: Loaded) -> HistoryState:
    if not now.counts:
        return "no counters"
    return "clock changed" if loaded.clock.changed and not loaded.count else "first run"


def _reason(state: HistoryState, link: "_Link | None", loaded: Loaded) -> Message | None:
    if state == "clock changed":
        return _clock_changed(loaded.clock.by_ms)
    if state == "several processes":
        return _SEVERAL
    if state == "restarted":
        return _RESTARTED
    if state == "not comparable" and link:
        return msg(link.course.reason)
    return None


def _clock_changed(by_ms: int | None) -> Message:
    if by_ms is None:
        return msg(
            "runs are dated after this one, so the clock was set, and how long ago earlier runs were is not known"
        )
    apart = seconds(abs(by_ms) / 1000)
    if by_ms > 0:
        return msg("the clock of this machine was set ahead by {time} since the last run", time=apart)
    return msg("the clock of this machine was set back by {time} since the last run", time=apart)


class _Link(Struct, frozen=True, kw_only=True):
    """This run's reading beside the one that is subtracted."""

    state: HistoryState
    course: Continuity
    base: PastRun | None = None
    before: Reading = Reading()
    now: Reading = Reading()
    carried: Reading = Reading()
    ends: tuple[tuple[PastRun, Reading], ...] = ()
    last: tuple[PastRun, Reading] | None = None
    known: bool = True

    @classmethod
    def of(cls, snapshot: Snapshot, now: Reading, runs: Sequence[PastRun], found: Chain, loaded: Loaded) -> "_Link":
        """By the chain of the readings' totals first, then by every single counter."""
        if found.base is None:
            state: HistoryState = found.state
            words = _SEVERAL if state == "several processes" else _RESTARTED
            course = Continuity(
                against="earlier run",
                state="another process" if state == "several processes" else "restarted",
                reason=words,
                counters=1,
            )
            return cls(state=state, course=course)
        base = runs[found.base]
        before = loaded.readings.get(base.id)
        ends = [loaded.readings.get(runs[place].id) for place in found.ends]
        if before is None or None in ends:
            lost = msg("the file has no counters of the run at {time}", time=moment(timestamp.text(base.at_ms)))
            return cls(state="not comparable", course=Continuity(against="earlier run", state="unknown", reason=lost))
        known = [one for one in ends if one is not None]
        newest, places = runs[-1], [runs[place] for place in found.ends]
        course = _course(before, (base, *places), known, now, snapshot)
        if any(is_another(one.outcomes, other.outcomes) for one, other in pairwise([*known, now])):
            course = Continuity(against="earlier run", state="unknown", reason=_ANOTHER)
        return cls(
            state="window" if course.state in {"continued", "restarted"} else "not comparable",
            course=course,
            base=base,
            before=before,
            now=now,
            carried=Reading(
                traffic=carry.totals(now.traffic, [one.traffic for one in known]),
                outcomes=carry.outcomes(now.outcomes, [one.outcomes for one in known]),
            ),
            ends=tuple(zip(places, known, strict=True)),
            known=found.known,
            last=(newest, loaded.readings[newest.id]) if newest.id in loaded.readings else None,
        )

    def since(self, snapshot: Snapshot, settings: Settings) -> Sections:
        """The sections, with what was counted since the reading of the base; not where all of a process's life is."""
        sections, base = snapshot.sections, self.base
        if base is None:
            return sections
        at = timestamp.text(base.at_ms)
        course = structs.replace(self.course, state="continued", began=None)
        found, totals, traffic = sections.outcomes, sections.lifetime_outcomes, sections.traffic
        judged = totals is not None and totals.evaluated == "yes"
        # Totals of a process that began after that reading are the end of what was counted since, and it is in them.
        young = judged and self.course.began is not None
        if not settings.window.lifetime:
            mine = None if young and found and found.source == "metrics" else found
            counted = self.carried.outcomes if young or not judged else totals
            prepared = structs.replace(sections, outcomes=mine, lifetime_outcomes=counted)
            found = outcomes_since(prepared, self.before.outcomes, course, at, snapshot.at)
            if traffic and traffic.basis == "lifetime" and (young or not judged):
                window = difference(self.before.traffic, self.carried.traffic, course, at)
                traffic = together(self._named(window), carry.lifetime(traffic)) if window else traffic
        # The seconds of --interval are newer.
        newest = self._newest() if settings.interval is None else None
        if newest and found and found.source == "metrics" and found.evaluated == "yes":
            found = with_newest(found, newest)
        live = sections.live or tuple(self._live(snapshot))
        return structs.replace(sections, outcomes=found, traffic=traffic, live=live)

    def _named(self, window: Totals) -> Totals:
        """The window's traffic, whose source says what may be wrong with it."""
        source = msg("metrics, less those of an earlier run")
        if self.course.began:
            source = msg("metrics, less those of an earlier run; the increments on both sides of a restart are added")
        elif not self.known:
            source = msg("metrics, less those of an earlier run; a restart in between is not excluded")
        if not window.rows and self.now.traffic and self.now.traffic.rows:
            source = join(
                "; ", [source, msg("it had other groups (--group-by), so that only the total is of the window")]
            )
        return structs.replace(window, source=source)

    def _newest(self) -> Outcomes | None:
        """What was counted since the newest run after which anything was, if that is not the base.

        Of a process that starts again and again the last start may have answered nothing yet.
        """
        marks = [*self.ends, *([self.last] if self.last and self.last not in self.ends else [])]
        for place in reversed(range(len(marks))):
            run, reading = marks[place]
            if run == self.base or reading.outcomes is None:
                break
            total = carry.outcomes(self.now.outcomes, [end.outcomes for _, end in self.ends[place:]])
            at = timestamp.text(run.at_ms)
            # What the last process counted came after it began.
            began = self.course.began if place == len(self.ends) - 1 else None
            found = total and since_reading(total, reading.outcomes, max(at, began or at))
            if found and found.total().outcomes.base:
                return found
        return None

    def _live(self, snapshot: Snapshot) -> Iterator[LiveRow]:
        """Rates since the newest run, if the same process answered then."""
        if self.last is None:
            return
        run, reading = self.last
        before = counters_of(reading.traffic, reading.instances, timestamp.text(run.at_ms))
        found = continuity(before, counters_of(self.now.traffic, self.now.instances, snapshot.at), "earlier run")
        apart = ((timestamp.milliseconds(snapshot.at) or 0) - run.at_ms) / 1000
        if found.state == "continued" and apart > 0:
            between = difference(reading.traffic, self.now.traffic, found, timestamp.text(run.at_ms))
            yield from live_rows(between, apart)


def _course(
    before: Reading, places: Sequence[PastRun], ends: Sequence[Reading], now: Reading, snapshot: Snapshot
) -> Continuity:
    """Whether every counter went on from the base to the end of its process, and whether the process ended at all."""
    at = timestamp.text(places[0].at_ms)
    later, until = (ends[0], timestamp.text(places[1].at_ms)) if ends else (now, snapshot.at)
    found = continuity(
        counters_of(before.traffic, before.instances, at),
        counters_of(later.traffic, later.instances, until),
        "earlier run",
    )
    if not ends or found.state != "continued":
        return found
    began = now.traffic.since if now.traffic else None
    words = msg("the process started again at {time}, and the increments on both sides are added", time=moment(began))
    return structs.replace(found, state="restarted", reason=words, began=began)


def _figures(snapshot: Snapshot, settings: Settings) -> Figures:
    """The totals of the scrape."""
    sections = snapshot.sections
    totals, outcomes = sections.lifetime_traffic, sections.lifetime_outcomes
    at_ms = timestamp.milliseconds(snapshot.at) or 0
    if isinstance(settings.metrics, ServerTarget):  # what it says of a window is no counter
        return Figures(at_ms=at_ms)
    if totals is None or totals.basis != "lifetime":
        totals = None
    ended = outcomes.total().outcomes if outcomes and outcomes.successes_only == "no" else None
    since = (totals.since if totals else None) or (outcomes.since if outcomes else None)
    return Figures(
        at_ms=at_ms,
        started_ms=timestamp.milliseconds(since) if since else None,
        requests=totals.total.requests if totals else None,
        success=ended.success if ended else None,
        good=ended.base - ended.service if ended else None,
        bad=ended.service if ended else None,
    )


def _reading(sections: Sections, settings: Settings) -> Reading:
    """The counters as the file holds them: redacted, also where the report is not."""
    return redact_document(kept(sections), structs.replace(settings, no_redact=False))


def _streaks(loaded: Loaded) -> Iterator[Streak]:
    """Of every finding that did not pass in one of the newest runs."""
    newest = loaded.newest
    for name in dict.fromkeys(name for run in newest for name in run.failing):
        states = [name in run.failing for run in newest]
        changes = sum(one != other for one, other in pairwise(states))
        since, runs = newest[-1].failing.get(name, (None, 0))
        yield Streak(
            fingerprint=name,
            since=None if since is None else timestamp.text(since),
            runs=runs,
            onset="known" if since in loaded.onsets else "before",
            changes=changes,
            of=len(states),
        )


def _errors(snapshot: Snapshot, loaded: Loaded) -> EarlierErrors | None:
    known = loaded.errors
    if known is None or known.gateway != snapshot.gateway.name:
        return None
    errors = enumerate(snapshot.sections.errors)
    places = (place for place, one in errors if digest(one.level, redact(one.pattern)) in known.digests)
    return EarlierErrors(known=tuple(places), log_rows=known.rows, hidden=known.hidden)


#: A problem that came and went so often of late.
_FLAPS = 4


def with_onset(findings: Sequence[Finding], snapshot: Snapshot) -> tuple[Finding, ...]:
    """The findings, those that earlier runs had as well with the first of these runs in a row."""
    history = snapshot.sections.history
    if history is None:
        return tuple(findings)
    streaks = {one.fingerprint: one for one in history.streaks}
    return tuple(_with_onset(one, streaks.get(kept_name(one), Streak()), snapshot.at) for one in findings)


def runs_in_a_row(findings: Sequence[Finding], snapshot: Snapshot) -> dict[str, int]:
    """By fingerprint in how many runs a finding has not passed since the time that it says, this one included."""
    history = snapshot.sections.history
    streaks = {one.fingerprint: one for one in history.streaks} if history else {}
    bad = ((one, streaks.get(kept_name(one))) for one in findings if one.status in BAD and TARGET not in one.subject)
    return {one.fingerprint: its.runs + 1 for one, its in bad if its and its.runs and its.since == one.since}


def _with_onset(one: Finding, streak: Streak, at: str) -> Finding:
    if one.status not in BAD:
        return one
    words: list[str] = []
    if streak.runs and streak.since:
        words.append(_in_every_run(one, clock(streak.since, at), plural(streak.runs + 1, "runs")))
        # Of a target the runs before may have been about another.
        one = one if TARGET in one.subject else _began(one, streak, streak.since)
    if streak.changes >= _FLAPS:
        words.append(msg("it changed {n} times in the last {runs}", n=streak.changes, runs=plural(streak.of, "runs")))
    return structs.replace(one, seen=join("; ", [one.seen, *words])) if words else one


def _began(one: Finding, streak: Streak, since: str) -> Finding:
    """The finding since the first of the runs, unless its own source knows of an earlier time.

    How far back a source goes says less than a run that found nothing.
    """
    earlier = (
        one.since is None
        or timestamp.order(since) < timestamp.order(one.since)
        or (one.onset == "before" and streak.onset == "known")
    )
    return structs.replace(one, since=since, onset=streak.onset) if earlier else one


def _in_every_run(one: Finding, time: str, runs: str) -> str:
    if TARGET in one.subject:
        return msg("of this or another target in every run since {time}, {runs}", time=time, runs=runs)
    return msg("in every run since {time}, {runs}", time=time, runs=runs)


def kept_name(one: Finding) -> str:
    """The fingerprint as the file holds it: without the words of the log, and the same with --no-redact."""
    name = any_target(structs.replace(one, subject=redact_all(one.subject)))
    if one.subject.keys() & _WORDS:
        return f"{one.check};{digest(one.check, name)}"
    return name


#: Subjects whose names are of the log, or could be a secret.
_WORDS = {"pattern", "api-key"}


#: What was counted since the run before may be of two processes, and is in no sum.
_DOUBTFUL = frozenset({"several processes", "restarted", "not comparable"})


def append(report: Report, settings: Settings, now_ms: int, clock: Clock | None) -> None:
    """Add this run, which `clock` dated, to the file. ReportError if it could not be written."""
    if settings.history is None:
        return
    snapshot = Snapshot(
        at=report.at,
        gateway=report.gateway,
        window=report.window,
        inputs=report.inputs,
        sections=report.sections,
        absent=report.absent,
    )
    errors, counts = report.sections.errors, report.sections.window_counts
    bad = (one for one in report.findings if one.status in BAD and one.waived is None)
    history = report.sections.history
    entry = Entry(
        source=source_key(settings),
        gateway=report.gateway.name,
        verdict=report.verdict.status,
        figures=structs.replace(_figures(snapshot, settings), took_ms=_took_ms(report)),
        failing=tuple(dict.fromkeys(map(kept_name, bad))),
        reading=_reading(report.sections, settings),
        clock=clock,
        patterns=tuple(digest(one.level, redact(one.pattern)) for one in errors),
        # Where their query failed, every pattern would look new to the next run.
        log_rows=None if counts.errors is None else counts.log_rows,
        hidden_rows=_hidden(report.sections),
        doubtful=history is not None and history.state in _DOUBTFUL,
    )
    appending.append(settings.history, entry, now_ms)


def _took_ms(report: Report) -> int:
    """Until its counters were read for the last time; more, and a reading of another run in between would be a fall."""
    return ceil(1000 * (report.timings.total_seconds - report.timings.render_seconds))


def _hidden(sections: Sections) -> int:
    """The most log rows that a pattern outside the list can have."""
    rest = sum(sections.window_counts.error_levels.values()) - sum(one.count for one in sections.errors)
    return min(rest, min((one.count for one in sections.errors), default=rest)) if rest > 0 else 0
