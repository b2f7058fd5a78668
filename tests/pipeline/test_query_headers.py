"""The header of a query file: what it may ask for."""

import pytest

from llmgw_report.errors import UsageError
from llmgw_report.gateways.definition import parse


@pytest.mark.parametrize(
    "line",
    [
        "deadline: inf",
        "deadline: nan",
        "deadline: 0",
        "deadline: -1s",
        "deadline: 1e9",
        "limit: 0",
        "limit: -5",
        "limit: x",
    ],
)
def test_what_no_query_may_have(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("q", f"-- {line}\nSELECT 1", place="own.sql")
    assert caught.value.message.startswith("own.sql: ")
    assert "deadline and limit are positive numbers" in caught.value.hint


def test_what_a_query_may_have() -> None:
    query = parse("q", "-- deadline: 0.5s\n-- limit: 7\n-- requires: logs.id, notes\nSELECT 1;")
    assert (query.deadline_seconds, query.limit, query.requires, query.sql) == (
        0.5,
        7,
        ("logs.id", "notes"),
        "SELECT 1",
    )
