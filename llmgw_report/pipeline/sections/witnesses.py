"""Independent counts of the same thing, side by side: where they differ is the most valuable line of the report."""

from collections.abc import Iterator

from llmgw_report.gateways.rows import StartedRow
from llmgw_report.model import instant
from llmgw_report.model.message import say
from llmgw_report.model.sections import Witness
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.sections.traffic import outcomes, started


def witnesses(measured: Measured) -> tuple[Witness, ...]:
    """Requests and errors as each witness counts them since the counters read zero."""
    return (*_from_metrics(measured), *_from_rows(measured))


def _from_metrics(measured: Measured) -> Iterator[Witness]:
    since = started(measured)
    for quantity, source in (("requests", say("metrics by model")), ("attempts", say("metrics by instance"))):
        found = measured.of("requests") if quantity == "requests" else measured.of("attempts")
        if found:
            value = round(sum(one.value for one in found))
            yield Witness(quantity=say("requests"), source=source, value=value, basis="lifetime", since=since)
    ended = outcomes(measured.of("attempts")) or outcomes(measured.of("requests"))
    if ended:
        yield Witness(quantity=say("errors"), source=say("metrics"), value=ended.errors, basis="lifetime", since=since)


def _from_rows(measured: Measured) -> Iterator[Witness]:
    """Nothing if the counters' zero lies further back than the rows that were read."""
    for row in measured.table("started", StartedRow) or ():
        if row.since_ms is not None and row.requests is not None:
            since = instant.text(row.since_ms)
            yield Witness(
                quantity=say("requests"), source=say("log rows"), value=row.requests, basis="lifetime", since=since
            )
            if row.problems is not None:
                source = say("log rows of level WARN and ERROR")
                yield Witness(quantity=say("errors"), source=source, value=row.problems, basis="lifetime", since=since)
