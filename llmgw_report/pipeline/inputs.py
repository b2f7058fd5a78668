"""The head's lines about where figures came from."""

from typing import Literal

from msgspec import structs

from llmgw_report.errors import SourceError
from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.message import Message, join, say
from llmgw_report.model.report import Input
from llmgw_report.model.table import Database
from llmgw_report.pipeline.identity import Identity, Problem
from llmgw_report.pipeline.sources import DatabaseReading, MetricsReading


def inputs(metrics: MetricsReading, database: DatabaseReading, identity: Identity) -> tuple[Input, Input]:
    """One line per witness, whether it was read or not."""
    scraped = (metrics.target.url or metrics.target.file) if metrics.target else None
    opened = database.target.path if database.target else None
    scraped = metrics.result.target if metrics.result else scraped
    read = _input("database", database, opened, identity, identity.database_problem)
    return (
        _input("metrics", metrics, scraped, identity, identity.metrics_problem),
        structs.replace(read, notes=_notes(database.result)),
    )


def _input(
    kind: Literal["metrics", "database"],
    reading: MetricsReading | DatabaseReading,
    target: str | None,
    identity: Identity,
    problem: Problem | None,
) -> Input:
    if reading.target is None:
        return Input(kind=kind, target="", status="skipped", reason=say("switched off"), elapsed_seconds=0.0)
    error = reading.error
    target = target or ""
    reason = _wrong(error, target) if error else problem.reason if problem else None
    expected = reading.target.named or _keeps(identity.gateway, kind)
    return Input(
        kind=kind,
        target=target,
        status="ok" if reason is None else "unavailable" if expected else "skipped",
        reason=reason if expected or reason is None else _none(identity.gateway),
        elapsed_seconds=reading.seconds,
        named="yes" if reading.target.named else "no",
        hint=(error.hint if error else problem.hint if problem else None) or None,
        origin=reading.target.origin,
    )


def _wrong(error: SourceError, target: str) -> str:
    """What is wrong with it, without its name."""
    said = error.message
    reason = said.arguments.get("reason") if isinstance(said, Message) else None
    return reason if isinstance(reason, str) else said.removeprefix(f"{target}: ")


def _notes(database: Database | None) -> tuple[str, ...]:
    if database is None or not database.left:
        return ()
    made = join(" and ", database.left)
    return (
        say(
            "Reading it made {files}, which could not be removed again: no right to, or another process uses it.",
            files=made,
        ),
    )


def _none(gateway: Gateway | None) -> Message:
    return say("{gateway} keeps none", gateway=gateway and gateway.name)


def _keeps(gateway: Gateway | None, kind: str) -> bool:
    """Whether this product has such a witness at all; of an unknown one, it may."""
    return gateway is None or kind in gateway.keeps
