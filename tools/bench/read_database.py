"""Run the gateway's own queries with the installed package: `read_database.py FILE PARAMETERS [QUERY...]`.

PARAMETERS is a JSON object; the named queries are left out.
"""

import json
import sys

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Plan
from llmgw_report.sources.sqlite import read

path, parameters, *left_out = sys.argv[1:]
gateway = gateways.load("llm-gateway")
queries = tuple(query for query in gateways.queries(gateway) if query.name not in left_out)
plan = Plan(queries=queries, access=gateway.access())
database = read(DatabaseTarget(path=path, timeout_seconds=600), lambda _: plan, json.loads(parameters))
if database.failed:
    raise SystemExit("\n".join(f"{query.name}: {query.reason}" for query in database.failed))
