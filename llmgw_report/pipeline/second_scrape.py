"""Scrapes again after --interval: live rates, and whether the same process answers both times."""

from collections.abc import Iterator

from msgspec import Struct, structs

from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.run import Machine
from llmgw_report.model.sections import Continuity, LiveRow, Sections, Traffic, TrafficRow
from llmgw_report.pipeline.counters import Counters, continuity, counters_of, difference
from llmgw_report.pipeline.identify import Identity
from llmgw_report.pipeline.measure import Windows, measure
from llmgw_report.pipeline.reading import MetricsReading
from llmgw_report.pipeline.sections.instances import instances
from llmgw_report.pipeline.sections.traffic import EVERYTHING, lifetime


class ScrapePair(Struct, frozen=True, kw_only=True):
    """Two scrapes of one endpoint, `seconds` apart; the first was complete at `at_ms`, since the epoch."""

    first: MetricsReading
    again: MetricsReading
    at_ms: int
    seconds: float


def pair(first: MetricsReading, interval: float, machine: Machine) -> ScrapePair | None:
    """Scrape the same target again after `interval`; None if the first scrape failed."""
    if first.result is None or first.target is None:
        return None
    at_ms, began = machine.now_ms(), machine.elapsed()
    machine.progress.waiting_seconds = interval
    machine.sleep(interval)
    machine.progress.waiting_seconds = None
    again = MetricsReading(first.target, first.interest, machine)
    # From answer to answer; a clock that stands still has slept all the same.
    return ScrapePair(first=first, again=again, at_ms=at_ms, seconds=max(machine.elapsed() - began, interval))


def compared(sections: Sections, scrapes: ScrapePair | None, windows: Windows, identity: Identity) -> Sections:
    """The sections with the comparison of both scrapes; rates only if one process answered both times."""
    if scrapes is None:
        return sections
    if scrapes.again.error is not None:
        reason = msg("the second scrape failed: {reason}", reason=scrapes.again.error.message)
        failed = Continuity(against="second scrape", state="unknown", reason=reason)
        return structs.replace(sections, continuity=(failed,))
    before = _measured(scrapes.first, windows, identity, scrapes.at_ms)
    now = _measured(scrapes.again, windows, identity, scrapes.at_ms + round(scrapes.seconds * 1000))
    found = continuity(before.counters, now.counters, "second scrape")
    between = difference(before.traffic, now.traffic, found, before.counters.at) if found.state == "continued" else None
    return structs.replace(sections, continuity=(found,), live=tuple(_live(between, scrapes.seconds)))


class _Scraped(Struct, frozen=True, kw_only=True):
    traffic: Traffic | None
    counters: Counters


def _measured(scraped: MetricsReading, windows: Windows, identity: Identity, at_ms: int) -> _Scraped:
    """Measure a scrape without the database, whose start time is that of the first scrape."""
    measured = measure(windows, identity, scraped.result, None, scraped.interest)
    traffic = lifetime(measured)
    return _Scraped(traffic=traffic, counters=counters_of(traffic, instances(measured), timestamp.text(at_ms)))


def _live(between: Traffic | None, seconds: float) -> Iterator[LiveRow]:
    """Every group and, if it is not the only one, the total."""
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
        errors_per_second=rate(row.errors),
        input_tokens_per_second=rate(row.input_tokens),
        output_tokens_per_second=rate(row.output_tokens),
    )
