"""What the two sources gave, side by side, in the vocabulary of the report."""

from typing import TypeVar

from msgspec import Struct

from llmgw_report.errors import QueryError
from llmgw_report.gateways import rows
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import Reading, normalise
from llmgw_report.gateways.rows import ROLES
from llmgw_report.messages import join
from llmgw_report.model import timestamp
from llmgw_report.model.database import Database, FailedQuery
from llmgw_report.model.indicator import Indicator, Quantity
from llmgw_report.model.report import Window
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.model.sections import GroupBy
from llmgw_report.pipeline.identify import Identity

Row = TypeVar("Row", bound=Struct)


class Windows(Struct, frozen=True, kw_only=True):
    """The instant evaluated and the windows before it, in milliseconds; half-open, the end included.

    No row can be later than `latest_ms`, a minute from now: clocks do not quite agree.
    `burn_windows` are those of the error budget, in seconds; none without an objective.
    """

    until_ms: int
    latest_ms: int
    since_ms: int
    trend_since_ms: int
    bucket_ms: int
    slow_ms: int
    top: int
    group_by: GroupBy
    burn_windows: tuple[int, ...] = ()

    def window(self) -> Window:
        """The windows as the document has them."""
        return Window(
            since=timestamp.text(self.since_ms),
            until=timestamp.text(self.until_ms),
            seconds=(self.until_ms - self.since_ms) / 1000,
            trend_seconds=(self.until_ms - self.trend_since_ms) / 1000,
            slow_seconds=self.slow_ms / 1000,
            bucket_seconds=self.bucket_ms / 1000,
        )


class Measured(Struct, frozen=True, kw_only=True):
    """One gateway's scrape and database. `rows` holds the tables that sections are made of, typed by role."""

    windows: Windows
    gateway: Gateway | None
    scrape: Scrape | None
    indicators: tuple[Indicator, ...]
    database: Database | None
    rows: dict[str, tuple[Struct, ...]]
    failed: tuple[FailedQuery, ...]

    def of(self, quantity: Quantity) -> tuple[Indicator, ...]:
        """The indicators of one quantity; empty if the scrape has none."""
        return tuple(found for found in self.indicators if found.quantity == quantity)

    def table(self, role: str, kind: type[Row]) -> tuple[Row, ...] | None:
        """The rows of one query; None if it did not run, which is not the same as no rows."""
        if ROLES[role] is not kind:
            message = f"{role} has rows of {ROLES[role].__name__}"
            raise TypeError(message)
        found = self.rows.get(role)
        return None if found is None else tuple(row for row in found if isinstance(row, kind))

    def title(self, role: str) -> str:
        """The title of a query that ran."""
        return self.database.tables[role].title if self.database else role


def measure(
    windows: Windows, identity: Identity, scrape: Scrape | None, database: Database | None, wanted: Interest
) -> Measured:
    """Put both sources of one gateway side by side; a database of another product is left out."""
    if identity.database_problem:
        database = None
    typed, failed = _typed(database)
    gateway = identity.gateway
    indicators: tuple[Indicator, ...] = ()
    if gateway and scrape:
        indicators = tuple(normalise(Reading(gateway, scrape, wanted, windows.group_by)))
    return Measured(
        windows=windows,
        gateway=gateway,
        scrape=scrape,
        indicators=indicators,
        database=database,
        rows=typed,
        failed=failed,
    )


def _typed(database: Database | None) -> tuple[dict[str, tuple[Struct, ...]], tuple[FailedQuery, ...]]:
    """Rows by role, and the failed queries; one whose columns its role does not know has failed like any other."""
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
