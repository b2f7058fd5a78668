"""Everything the report has no figure for, and why: the list that keeps a dash from reading as a zero."""

from collections.abc import Iterator, Sequence

from llmgw_report.model.message import join, say
from llmgw_report.model.report import Absent, GatewayInfo, Input
from llmgw_report.model.sections import Sections
from llmgw_report.pipeline.measured import Measured

ERROR_BUDGET = say("error budget")


def absent(measured: Measured, found: Sections, gateway: GatewayInfo, inputs: Sequence[Input]) -> tuple[Absent, ...]:
    """One line per quantity."""
    lines = [
        *(Absent(quantity=say(spot.quantity), reason=say(spot.reason)) for spot in gateway.blind_spots),
        *_latency(found),
        *_sections(found, inputs),
        *(
            Absent(quantity=say("family {name}", name=one.name), reason=say(one.reason))
            for one in (found.metrics.missing if found.metrics else ())
        ),
        *(Absent(quantity=say("query {name}", name=one.name), reason=say(one.reason)) for one in measured.failed),
    ]
    return tuple(lines)


def _latency(found: Sections) -> Iterator[Absent]:
    latency = found.traffic.total.latency if found.traffic else None
    if latency is None or not latency.reason:
        return
    names = [name for name in ("p50", "p90", "p99") if getattr(latency, f"{name}_seconds") is None]
    yield Absent(quantity=say("latency {names}", names=", ".join(names)), reason=latency.reason)


def _sections(found: Sections, inputs: Sequence[Input]) -> Iterator[Absent]:
    """Sections that only one witness can fill."""
    why = {one.kind: say(one.reason or "not recorded by this gateway") for one in inputs}
    if found.traffic is None:
        yield Absent(quantity=say("traffic"), reason=join("; ", dict.fromkeys(why.values())))
    if found.sessions.total is None:
        yield Absent(quantity=say("sessions"), reason=why["metrics"])
    if found.slow_count is None:
        yield Absent(quantity=say("slow requests"), reason=why["database"])
    if found.trend is None:
        yield Absent(quantity=say("request trend"), reason=why["database"])
    if found.database is None:
        yield Absent(quantity=say("database"), reason=why["database"])
    if found.error_budget and found.error_budget.reason:
        yield Absent(quantity=ERROR_BUDGET, reason=found.error_budget.reason)
    if found.metrics is None:
        yield Absent(quantity=say("metrics"), reason=why["metrics"])
