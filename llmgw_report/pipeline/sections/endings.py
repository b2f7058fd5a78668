"""Outcomes of every subject: those of the window, and the lifetime totals of the scrape."""

from llmgw_report.gateways.rows import RequestRecord, TrafficRecord
from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import started
from llmgw_report.pipeline.tally import Closing, Scraped, from_indicators, from_scrape, outcomes

QUERY = "requests"
_CLOCKS_DIFFER_MS = 60_000
_SHORTEST_WAIT_MS = 120_000


def lifetime_outcomes(measured: Measured) -> Outcomes | None:
    """Totals of the scrape; of the window if the process is younger than it, or where --window all asks for it."""
    if not measured.of("requests") and not measured.of("attempts"):
        return None
    since_ms = _started_ms(measured)
    tally, counted = from_scrape(
        from_indicators(measured.of("requests")), from_indicators(measured.of("attempts")), _in_flight(measured)
    )
    windows = measured.windows
    # A process that began later tells nothing about the window.
    young = since_ms is not None and windows.since_ms <= since_ms <= windows.until_ms + _CLOCKS_DIFFER_MS
    return outcomes(
        tally,
        source="metrics",
        basis="window" if young else "lifetime",
        evaluated=young or windows.takes_lifetime(since_ms),
        since_ms=since_ms,
        counted=counted,
    )


def windowed_outcomes(measured: Measured) -> Outcomes | None:
    """Requests of the window from rows, closed by the scrape where its process is younger; without any the totals."""
    totals = lifetime_outcomes(measured)
    records = measured.table(QUERY, RequestRecord)
    if not records and (records is None or (totals and totals.evaluated == "yes")):
        return totals
    since_ms = _started_ms(measured)
    scraped = None
    if totals and since_ms is not None and since_ms >= measured.windows.since_ms:
        scraped = Scraped(
            requests=from_indicators(measured.of("requests")),
            attempts=from_indicators(measured.of("attempts")),
            since_ms=round(since_ms),
        )
    gateway = measured.gateway
    return outcomes(
        Closing(records, gateway.open_requests if gateway else "error", scraped, _in_flight_ms(measured)).closed(),
        source="database",
        basis="window",
        since_ms=measured.windows.since_ms,
        successes_only=gateway is not None and gateway.records == "successes",
    )


def _started_ms(measured: Measured) -> float | None:
    since = started(measured)
    return None if since is None else timestamp.milliseconds(since)


def _in_flight_ms(measured: Measured) -> float:
    """Since when a request without an ending may still be running: twice as long as nearly all of them take."""
    seconds = [
        row.durations["latency"].percentiles["p99"].seconds or 0.0
        for row in measured.table("traffic", TrafficRecord) or ()
        if row.total
    ]
    return measured.windows.until_ms - max(_SHORTEST_WAIT_MS, *(2000 * one for one in seconds), 0.0)


def _in_flight(measured: Measured) -> float | None:
    """Rate times mean latency (Little's law); None where either is unknown."""
    since_ms = _started_ms(measured)
    seconds = (measured.windows.until_ms - since_ms) / 1000 if since_ms is not None else 0.0
    counted = sum(one.count or 0.0 for one in measured.of("latency"))
    if seconds <= 0 or not counted:
        return None
    mean = sum(one.value for one in measured.of("latency") if one.count) / counted
    return 2 * mean * sum(one.value for one in measured.of("requests")) / seconds
