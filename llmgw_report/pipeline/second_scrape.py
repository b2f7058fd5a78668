"""Scrapes again during and after --interval: live rates, and whether the same process answers every time."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct, structs

from llmgw_report.config.values import duration
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.continuity import Continuity, LiveRow
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.run import Machine
from llmgw_report.model.sections import Coverage, InstanceRow, Sections, Totals, TrafficRow
from llmgw_report.pipeline.counters import Counters, continuity, counters_of, difference
from llmgw_report.pipeline.identify import Identity
from llmgw_report.pipeline.measure import Measured, Windows, measure
from llmgw_report.pipeline.reading import MetricsReading
from llmgw_report.pipeline.sections.endings import lifetime_outcomes
from llmgw_report.pipeline.sections.evidence import coverage
from llmgw_report.pipeline.sections.instances import instances
from llmgw_report.pipeline.sections.traffic import EVERYTHING, lifetime, with_outcomes
from llmgw_report.pipeline.tally import outcomes_since

#: Scrapes between the first and the last, each by a connection of its own: that all of them reach the same one of two
#: workers, or never one that counted less than the one before, has a probability of 19 in 262,144.
_PROBES_COUNT = 16
#: Of the interval at most, so that a scrape that is expensive for the gateway is not repeated that often; the first one
#: takes longer than the others. Of a short interval more, for the few that find a second worker nearly always.
_PROBES_RATIO = 0.2
_FEW_PROBES_COUNT, _FEW_PROBES_RATIO = 8, 0.5


def compared(  # noqa: PLR0913, PLR0917 - what a scrape takes, and what it is compared with
    sections: Sections, first: MetricsReading, interval: float, measured: Measured, identity: Identity, machine: Machine
) -> Sections:
    """The sections with what further scrapes of the same target say; unchanged if the first one failed.

    Rates are given only if one process answered every time.
    """
    if first.result is None or first.target is None:
        return sections
    windows = measured.windows
    taken = [_Scraped.of(first, windows, identity, machine.now_ms())]
    began = machine.elapsed()
    steps = _probes(interval / first.seconds) + 1 if first.seconds > 0 else _PROBES_COUNT + 1
    machine.progress.waiting_seconds = interval
    for step in range(1, steps + 1):
        machine.sleep(interval / steps)
        if step == steps:
            machine.progress.waiting_seconds = None
        again = MetricsReading(first.target, first.interest, machine)
        if again.result is not None:
            # From answer to answer; a clock that stands still has slept all the same.
            seconds = max(machine.elapsed() - began, interval * step / steps)
            taken.append(_Scraped.of(again, windows, identity, taken[0].at_ms + round(seconds * 1000)))
    if again.error is not None:
        reason = msg("the second scrape failed: {reason}", reason=again.error.message)
        failed = Continuity(against="second scrape", state="unknown", reason=reason)
        return structs.replace(sections, continuity=(failed,))
    return _with_last(sections, taken)


def _probes(scrapes: float) -> int:
    """Scrapes between the first and the last, of so many as would fit."""
    return min(
        _PROBES_COUNT, max(int(_PROBES_RATIO * scrapes), min(_FEW_PROBES_COUNT, int(_FEW_PROBES_RATIO * scrapes)))
    )


def _with_last(sections: Sections, taken: Sequence["_Scraped"]) -> Sections:
    """What the first and the last scrape say of the time between, if every step of it continues the one before."""
    steps = [continuity(one.counters, other.counters, "second scrape") for one, other in pairwise(taken)]
    before, now = taken[0], taken[-1]
    whole = continuity(before.counters, now.counters, "second scrape")
    broken = [one for one in steps if one.state != "continued" and one.counters]
    found = broken[0] if broken else whole
    if len(broken) > 1:
        # No process starts again that often.
        turns = msg("at {n} of {all} readings another process answered than before", n=len(broken), all=len(steps))
        found = structs.replace(found, state="another process", reason=turns, began=None)
    between = difference(before.traffic, now.traffic, found, before.counters.at) if found.state == "continued" else None
    ended = outcomes_since(
        structs.replace(sections, lifetime_outcomes=now.outcomes),
        before.outcomes,
        found,
        before.counters.at,
        now.counters.at,
    )
    seconds = (now.at_ms - before.at_ms) / 1000
    shown = _with_totals(sections, now) if found.state == "continued" else sections
    states = last_states(sections.instances, now.instances, seconds, again=shown is not sections)
    return structs.replace(
        shown,
        outcomes=ended,
        continuity=(found,),
        live=tuple(live_rows(between, seconds)),
        instances=tuple(states),
    )


def _with_totals(sections: Sections, now: "_Scraped") -> Sections:
    """The totals of the last scrape, where totals are evaluated: tables and findings count the same requests."""
    shown, judged = sections.traffic, sections.lifetime_outcomes
    if not now.traffic or not shown or shown.basis != "lifetime" or not judged or judged.evaluated != "yes":
        return sections
    return structs.replace(sections, traffic=now.traffic, coverage=now.coverage, lifetime_outcomes=now.outcomes)


def last_states(
    first: Sequence[InstanceRow], last: Sequence[InstanceRow], seconds: float, *, again: bool = False
) -> Iterator[InstanceRow]:
    """The instances with their last state, and the first beside it if it would have ended by now.

    A state that lasts until the next request is the same reading, taken twice. `again`: with their last counts too.
    """
    now = {(row.provider, row.instance): row for row in last}
    for row in first:
        newest = now.pop((row.provider, row.instance), None)
        if newest is None:
            yield row
            continue
        timed = row.recovery not in {None, "none", "request"}
        tells = row.recovery != "request" and not (timed and seconds < duration(row.recovery, "recovery"))
        counted = newest if again and row.source == newest.source else row
        yield structs.replace(
            counted,
            health=newest.health,
            health_note=newest.health_note,
            health_before=row.health if tells else None,
        )
    yield from now.values()


class _Scraped(Struct, frozen=True, kw_only=True):
    at_ms: int
    traffic: Totals | None
    instances: tuple[InstanceRow, ...]
    counters: Counters
    outcomes: Outcomes | None
    coverage: tuple[Coverage, ...]

    @classmethod
    def of(cls, scraped: MetricsReading, windows: Windows, identity: Identity, at_ms: int) -> "_Scraped":
        """Measure a scrape without the database, whose start time is that of the first scrape."""
        measured = measure(windows, identity, scraped.results, None, scraped.interest)
        outcomes, traffic = lifetime_outcomes(measured), lifetime(measured)
        traffic, found = traffic and with_outcomes(traffic, outcomes), instances(measured, outcomes)
        counters = counters_of(traffic, found, timestamp.text(at_ms))
        return cls(
            at_ms=at_ms,
            traffic=traffic,
            instances=found,
            counters=counters,
            outcomes=outcomes,
            coverage=coverage(measured, traffic),
        )


def live_rows(between: Totals | None, seconds: float) -> Iterator[LiveRow]:
    """Rates between two readings: every group and, if it is not the only one, the total."""
    if between is None:
        return
    for row in between.rows:
        yield _rates(row, seconds)
    if between.group_by != EVERYTHING:
        yield _rates(between.total, seconds)


def _rates(row: TrafficRow, seconds: float) -> LiveRow:
    def rate(counted: int | None) -> float | None:
        return None if counted is None else counted / seconds

    return LiveRow(
        group=row.group,
        seconds=seconds,
        requests_per_second=rate(row.requests),
        errors_per_second=rate(row.outcomes.service + row.outcomes.unattributed if row.outcomes else None),
        input_tokens_per_second=rate(row.tokens.input),
        output_tokens_per_second=rate(row.tokens.output),
    )
