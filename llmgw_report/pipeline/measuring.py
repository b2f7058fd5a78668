"""What was read, typed: samples become indicators, tables become rows of their role."""

from msgspec import Struct

from llmgw_report.errors import QueryError
from llmgw_report.gateways import rows
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import normalise
from llmgw_report.gateways.reading import Reading
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.message import join
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.model.table import Database, FailedQuery
from llmgw_report.pipeline.identity import Identity
from llmgw_report.pipeline.measured import Measured, Span


def measure(
    span: Span, identity: Identity, scrape: Scrape | None, database: Database | None, wanted: Interest
) -> Measured:
    """Both witnesses of one gateway; a database of another product is left out."""
    if identity.database_problem:
        database = None
    typed, failed = _typed(database)
    return Measured(
        span=span,
        gateway=identity.gateway,
        scrape=scrape,
        indicators=_indicators(identity.gateway, scrape, wanted, span),
        database=database,
        rows=typed,
        failed=failed,
    )


def _typed(database: Database | None) -> tuple[dict[str, tuple[Struct, ...]], tuple[FailedQuery, ...]]:
    """Rows by role; a table whose columns its role does not know has failed like one that did not run."""
    typed: dict[str, tuple[Struct, ...]] = {}
    failed = list(database.failed) if database else []
    for name, table in database.tables.items() if database else ():
        if name not in rows.ROLES or not table.builtin:
            continue
        try:
            typed[name] = rows.whole(table, rows.ROLES[name])
        except QueryError as error:
            failed.append(FailedQuery(name=name, title=table.title, reason=join("; ", [error.message, error.hint])))
    return typed, tuple(failed)


def _indicators(gateway: Gateway | None, scrape: Scrape | None, wanted: Interest, span: Span) -> tuple[Indicator, ...]:
    if gateway is None or scrape is None:
        return ()
    return tuple(normalise(Reading(gateway, scrape, wanted, span.group_by)))
