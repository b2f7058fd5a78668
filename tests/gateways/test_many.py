"""A busy gateway, many subjects, a long window: no query of ours returns more rows than a report reads."""

import json
from pathlib import Path

import pytest

from llmgw_report import gateways
from llmgw_report.errors import QueryError
from llmgw_report.gateways.rows import OutcomeRecord, TokenRecord, TrafficRecord, whole
from llmgw_report.model.database import Query
from llmgw_report.model.outcomes import MAX_SUBJECTS
from tests.builders.request_log import HOUR, UNTIL, LogRow, database, read

#: Of the trend, as many as a command line may ask for.
BUCKETS = 10_000


def trends(name: str) -> list[Query]:
    plan = gateways.plan(gateways.load(name))
    related = [query for one in plan.relations for query in (*one.derived, *one.remote)]
    return [query for query in (*plan.queries, *related) if query.name == "trend"]


@pytest.mark.parametrize("name", [one.name for one in gateways.load_all() if trends(one.name)])
def test_the_trend_has_room_for_every_bucket(name: str) -> None:
    assert all(query.limit >= BUCKETS for query in trends(name))


@pytest.mark.parametrize("group_by", ["model", "provider"])
def test_a_client_that_makes_up_names_of_models_costs_no_figure(tmp_path: Path, group_by: str) -> None:
    rows: list[LogRow] = []
    for number in range(4000):
        at, model = UNTIL - HOUR // 2 + number, "large" if number % 2 else f"made-up-{number}"
        who = {"model": model, "api_key_name": "web", "stream": "false"}
        done = who | {"duration_ms": "100", "input_tokens": "3", "output_tokens": "4"}
        rows.append((at, "INFO", "Handling native Anthropic messages request", None, json.dumps(who)))
        rows.append((at + 100, "INFO", "Completed native Anthropic messages request", None, json.dumps(done)))
    found = read(database(tmp_path / "log.db", rows, ()), group_by)
    assert found.failed == ()
    if group_by == "model":
        # The names that outcomes are told apart by are others: figures of two sets would contradict each other.
        with pytest.raises(QueryError, match="more than a report reads"):
            whole(found.tables["traffic"], TrafficRecord)
    else:
        (total,) = (row for row in whole(found.tables["traffic"], TrafficRecord)[0] if row.total)
        assert (total.requests, total.input_tokens) == (4000, 12_000)
    tokens = whole(found.tables["token_efficiency"], TokenRecord)[0]
    assert len(tokens) == MAX_SUBJECTS + 1
    assert sum(row.output_tokens for row in tokens) == 16_000
    assert len(whole(found.tables["outcomes"], OutcomeRecord)[0]) == 8000


def test_each_of_many_successes_has_its_time(tmp_path: Path) -> None:
    rows: list[LogRow] = []
    for number in range(24_000):
        who = {"model": f"model-{number % 3}", "api_key_name": f"key-{number % 2}", "stream": "false"}
        at = UNTIL - HOUR + 150 * (number + 1)
        rows.append((at, "INFO", "Handling chat completion request", f"request-{number}", json.dumps(who)))
    found = read(database(tmp_path / "log.db", rows, [f"request-{number}" for number in range(24_000)]))
    assert found.failed == ()
    table = found.tables["outcomes"]
    assert not table.truncated
    records = whole(table, OutcomeRecord)[0]
    assert sum(row.requests for row in records) == 24_000
    assert sorted(row.time_ms for row in records) == [row[0] for row in rows]
