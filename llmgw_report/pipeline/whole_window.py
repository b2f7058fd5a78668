"""Finds where the window of --window all begins: with the process, else with the oldest row."""

from msgspec import Struct, structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.gateways.rows import TableRecord
from llmgw_report.model import timestamp
from llmgw_report.model.database import Plan, Schema
from llmgw_report.model.run import Machine
from llmgw_report.pipeline.identify import identify
from llmgw_report.pipeline.measure import Windows, measure
from llmgw_report.pipeline.reading import DatabaseReading, MetricsReading, QueryPlanner
from llmgw_report.pipeline.sections.traffic import started

#: So many buckets have a place in a table over time; rows before them are not read.
_MAX_BUCKETS = 10_000
_QUERIES = frozenset({"tables", "started"})


class Dates(Struct, frozen=True):
    """Plans the queries that know how old the rows are, and no others."""

    planner: QueryPlanner

    def __call__(self, schema: Schema) -> Plan:
        """The plan of the planner, without its other queries."""
        found = self.planner(schema)
        return structs.replace(found, queries=tuple(one for one in found.queries if one.name in _QUERIES))


def whole_window(
    windows: Windows, metrics: MetricsReading, target: DatabaseTarget, planner: QueryPlanner, machine: Machine
) -> tuple[Windows, tuple[str, ...]]:
    """The windows, from the start of the process or the oldest row on; as they are where neither is known.

    Also the files that SQLite made beside the database and that could not be removed: to the next reading they were
    there before.
    """
    earliest = windows.until_ms - _MAX_BUCKETS * windows.bucket_ms
    ever = structs.replace(windows, since_ms=earliest, trend_since_ms=earliest)
    database = DatabaseReading(target, Dates(planner), ever, machine)
    database.start()
    database.wait()
    identity = identify(planner.candidates, named=planner.named, scrape=metrics.result, database=database.result)
    measured = measure(ever, identity, metrics.result, database.result, metrics.interest)
    since_ms = timestamp.milliseconds(started(measured) or "")
    if since_ms is None:
        rows = measured.table("tables", TableRecord) or ()
        # A window begins after its first instant.
        since_ms = min((round(row.first_ms) - 1 for row in rows if row.first_ms is not None), default=None)
    left = database.result.left if database.result else ()
    if since_ms is None or since_ms >= windows.until_ms:
        return windows, left
    since_ms = max(since_ms, earliest)
    return structs.replace(windows, since_ms=since_ms, trend_since_ms=min(since_ms, windows.trend_since_ms)), left
