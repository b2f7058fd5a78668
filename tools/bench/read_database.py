"""Run queries with the installed package: `read_database.py GATEWAY FILE PARAMETERS`; the parameters are a JSON object.

Asked are the queries of the gateway's definition, `--without NAME...`, or those in a folder that are written by hand,
`--hand FOLDER`. With `--rows` their rows are printed, a JSON object by the query's name: a proof of what is measured,
and no part of it.
"""

import argparse
import json
from pathlib import Path

from msgspec import structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.gateways import definition
from llmgw_report.model.database import Database, Plan
from llmgw_report.sources.sqlite import read


def main() -> None:
    """Read once; a query that fails ends the process with what it said."""
    parser = argparse.ArgumentParser()
    parser.add_argument("gateway")
    parser.add_argument("file")
    parser.add_argument("parameters", type=json.loads)
    parser.add_argument("--without", nargs="*", default=())
    parser.add_argument("--hand", type=Path)
    parser.add_argument("--rows", action="store_true")
    given = parser.parse_args()
    asked = plan(given.gateway, given.without, given.hand)
    database = read(DatabaseTarget(path=given.file, timeout_seconds=600), lambda _: asked, given.parameters)
    if database.failed:
        raise SystemExit("\n".join(f"{query.name}: {query.reason}" for query in database.failed))
    if given.rows:
        print(json.dumps(rows(database)))


def plan(name: str, without: list[str], hand: Path | None) -> Plan:
    """The gateway's own plan, or one of the statements in a folder."""
    gateway = gateways.load(name)
    if hand:
        files = sorted(hand.glob("*.sql"))
        return Plan(queries=tuple(definition.load(file, builtin=True) for file in files), access=gateway.access())
    whole = gateways.plan(gateway)
    return structs.replace(whole, queries=tuple(query for query in whole.queries if query.name not in without))


def rows(database: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every query as an object."""
    return {
        name: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for name, table in database.tables.items()
    }


if __name__ == "__main__":
    main()
