"""What was observed of what: a p99 of 3 of 14 requests is a p99 of 3."""

from collections.abc import Iterator

from llmgw_report.model.message import join, say
from llmgw_report.model.sections import Coverage
from llmgw_report.model.traffic import Traffic
from llmgw_report.pipeline.measured import Measured


def coverage(measured: Measured, traffic: Traffic | None) -> tuple[Coverage, ...]:
    """Per quantity, out of the requests of `traffic`."""
    return tuple(_lines(measured, traffic)) if traffic else ()


def _lines(measured: Measured, traffic: Traffic) -> Iterator[Coverage]:
    total = traffic.total
    population = say(total.latency.population or "no request")
    observed = total.latency.count
    yield _line(say("latency"), observed, total.requests, population)
    recorded = total.input_tokens is not None or total.output_tokens is not None
    # Every gateway so far records tokens where it records the duration, so that count is theirs as well.
    yield _line(say("tokens"), observed if recorded else 0, total.requests, _tokens(measured) or population)
    yield _line(say("outcome"), total.error_base, total.requests, say("requests whose success or failure is known"))


def _line(quantity: str, observed: int | None, of: int | None, note: str) -> Coverage:
    # A request that began before the window and completed in it is observed and not among those that began.
    ratio = min(1.0, observed / of) if observed is not None and of else None
    return Coverage(quantity=quantity, observed=observed, of=of, ratio=ratio, note=note)


def _tokens(measured: Measured) -> str:
    return join(", ", map(say, sorted({one.population for one in measured.of("tokens")})))
