"""Run the gateway's own queries with the installed package: `read_database.py FILE PARAMETERS [QUERY...]`.

PARAMETERS is a JSON object; the named queries are left out.
"""

import json
import sys

from llmgw_report import gateways
from llmgw_report.config.targets import DatabaseTarget
from llmgw_report.sources.sqlite import read

path, parameters, *left_out = sys.argv[1:]
queries = [query for query in gateways.queries(gateways.load("llm-gateway")) if query.name not in left_out]
database = read(DatabaseTarget(path=path), lambda _: queries, json.loads(parameters))
if database.failed:
    raise SystemExit("\n".join(f"{query.name}: {query.reason}" for query in database.failed))
