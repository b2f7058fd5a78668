"""Read a table of requests with the installed package: `read_requests.py FILE PARAMETERS [FOLDER]`.

Asked are the queries that are derived from the event relation, or those in the folder, which are written by hand.
"""

import json
import sys
from pathlib import Path

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.gateways import definition
from llmgw_report.model.database import Plan
from llmgw_report.sources.sqlite import read

path, parameters, *folder = sys.argv[1:]
gateway = gateways.load("llm-gateway-requests")
plan = gateways.plan(gateway)
if folder:
    files = sorted(Path(folder[0]).glob("*.sql"))
    plan = Plan(queries=tuple(definition.load(file, builtin=True) for file in files), access=gateway.access())
database = read(DatabaseTarget(path=path, timeout_seconds=600), lambda _: plan, json.loads(parameters))
if database.failed:
    raise SystemExit("\n".join(f"{query.name}: {query.reason}" for query in database.failed))
