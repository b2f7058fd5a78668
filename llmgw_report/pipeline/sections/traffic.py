"""Traffic per group: lifetime totals from the scrape, or the window from rows."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from llmgw_report.gateways.rows import StartedRow
from llmgw_report.gateways.rows import TrafficRow as SqlTraffic
from llmgw_report.model import instant
from llmgw_report.model.indicator import Indicator, Quantity
from llmgw_report.model.message import say
from llmgw_report.model.traffic import UNRECORDED, Latency, Traffic, TrafficRow
from llmgw_report.pipeline.measured import Measured
from llmgw_report.pipeline.sections import latency
from llmgw_report.redaction import alias

EVERYTHING = say("all")


class Outcomes(Struct, frozen=True, kw_only=True):
    """How requests ended; `base` are those whose end is known."""

    client: int
    server: int
    base: int

    @property
    def errors(self) -> int:
        """Both kinds."""
        return self.client + self.server


def lifetime(measured: Measured) -> Traffic | None:
    """Totals since the process started; None without a request counter in the scrape."""
    if not measured.of("requests"):
        return None
    role = measured.span.group_by
    quantities: tuple[Quantity, ...] = ("requests", "attempts", "tokens", "latency")
    grouped = {quantity: _grouped(measured.of(quantity), role) for quantity in quantities}
    known = role == EVERYTHING or any(role in one.roles for one in measured.of("attempts"))
    rows = [
        _row(name, {quantity: groups.get(name, []) for quantity, groups in grouped.items()}, attempts=known)
        for name in grouped["requests"]
    ]
    return Traffic(
        group_by=role,
        rows=tuple(sorted(rows, key=lambda row: (-(row.requests or 0), row.group))),
        total=_row(EVERYTHING, {quantity: measured.of(quantity) for quantity in quantities}, attempts=True),
        source=say("metrics"),
        basis="lifetime",
        since=started(measured),
    )


def windowed(measured: Measured) -> Traffic | None:
    """The window from the query `traffic`; None if it did not run."""
    found = measured.table("traffic", SqlTraffic)
    if found is None:
        return None
    title = measured.title("traffic")
    population = _population(measured) or title
    role = measured.span.group_by
    rows = [_sql_row(row, population, role) for row in found if not row.total]
    totals = [_sql_row(row, population, role) for row in found if row.total]
    return Traffic(
        group_by=role,
        rows=tuple(sorted(rows, key=lambda row: (-(row.requests or 0), row.group))),
        total=totals[0] if totals else _nothing(),
        source=title,
        basis="window",
        since=instant.text(measured.span.since_ms),
    )


def started(measured: Measured) -> str | None:
    """When the counters read zero: as the process says, else as its own snapshots show, else unknown."""
    for one in measured.of("process-start"):
        return instant.text(one.value * 1000)
    for row in measured.table("started", StartedRow) or ():
        return None if row.since_ms is None else instant.text(row.since_ms)
    return None


def outcomes(found: Sequence[Indicator]) -> Outcomes | None:
    """Client and server errors of what has an outcome; None where nothing has one."""
    known = [one for one in found if "outcome" in one.roles]
    if not known:
        return None
    counted = {"client-error": 0.0, "server-error": 0.0}
    for one in known:
        if one.roles["outcome"] in counted:
            counted[one.roles["outcome"]] += one.value
    return Outcomes(
        client=round(counted["client-error"]),
        server=round(counted["server-error"]),
        base=round(sum(one.value for one in known)),
    )


def _population(measured: Measured) -> str | None:
    """Which requests have a duration: a gateway that counts some of them logs the same ones."""
    sources = measured.gateway.metrics.get("latency", ()) if measured.gateway else ()
    return next((source.population for source in sources), None)


def _row(name: str, found: Mapping[Quantity, Sequence[Indicator]], *, attempts: bool) -> TrafficRow:
    """One group of what was found in it. `attempts`: whether those can be told apart by group at all."""
    ended = outcomes(found["requests"]) or (outcomes(found["attempts"]) if attempts else None)
    return TrafficRow(
        group=name,
        requests=_total(found["requests"]),
        input_tokens=_total([one for one in found["tokens"] if one.roles.get("token-type") == "input"]),
        output_tokens=_total([one for one in found["tokens"] if one.roles.get("token-type") == "output"]),
        errors=ended.errors if ended else None,
        error_ratio=ended.errors / ended.base if ended and ended.base else None,
        latency=latency.from_indicators(found["latency"]),
        client_errors=ended.client if ended else None,
        server_errors=ended.server if ended else None,
        error_base=ended.base if ended else None,
    )


def _grouped(found: Sequence[Indicator], role: str) -> dict[str, list[Indicator]]:
    """By the value of `role`; "all" is one group."""
    groups: dict[str, list[Indicator]] = {}
    for one in found:
        name = EVERYTHING if role == EVERYTHING else one.roles.get(role, UNRECORDED)
        groups.setdefault(name, []).append(one)
    return groups


def _total(found: Sequence[Indicator]) -> int | None:
    """Sum, or None for no series: a group without a token counter did not use 0 tokens."""
    return round(sum(one.value for one in found)) if found else None


def _sql_row(row: SqlTraffic, population: str, role: str) -> TrafficRow:
    recorded = row.client_errors is not None and row.server_errors is not None
    errors = (row.client_errors or 0) + (row.server_errors or 0) if recorded else None
    return TrafficRow(
        group=EVERYTHING if row.total else _recorded(row.group, role),
        requests=row.requests,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        errors=errors,
        error_ratio=errors / row.requests if errors is not None and row.requests else None,
        latency=latency.from_row(row, population),
        client_errors=row.client_errors,
        server_errors=row.server_errors,
        error_base=row.requests if recorded else None,
    )


def _recorded(group: str | None, role: str) -> str:
    """The group of a row; the name of a key may be the key itself."""
    if not group:
        return UNRECORDED
    return alias(group) if role == "api-key" else group


def _nothing() -> TrafficRow:
    """A window without a row: requests were 0, everything else was not observed."""
    return TrafficRow(
        group=EVERYTHING,
        requests=0,
        input_tokens=None,
        output_tokens=None,
        errors=None,
        error_ratio=None,
        latency=Latency(count=0, reason=say("no request in the window")),
    )
