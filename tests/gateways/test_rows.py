"""Rows of queries: one that cannot be right is left out and counted, and the others stand."""

import pytest

from llmgw_report.errors import QueryError
from llmgw_report.gateways.rows import SlowRecord, TokenRecord, records
from llmgw_report.model.database import Table, Value

GOOD: tuple[Value, ...] = ("m", 10, 20)


def table(*rows: tuple[Value, ...], columns: tuple[str, ...] = ("model", "input_tokens", "output_tokens")) -> Table:
    return Table(name="t", title="T", columns=columns, rows=rows, builtin=True, elapsed_seconds=0.0, truncated=False)


@pytest.mark.parametrize("bad", [-1, float("inf"), 1e300, "many", 1.5, None, b"\0"])
def test_one_bad_row_does_not_remove_the_table(bad: Value) -> None:
    found, left_out = records(table(GOOD, ("n", bad, 20), GOOD), TokenRecord)
    assert [one.model for one in found] == ["m", "m"]
    assert left_out is not None
    assert left_out.count == 1
    assert left_out.reason


@pytest.mark.parametrize("seconds", [-0.001, 4e7, float("inf")])
def test_durations_that_no_request_has(seconds: float) -> None:
    columns = ("request_id", "time_ms", "duration_seconds", "slowest_span", "slowest_span_seconds")
    rows = [("a", -5.0, duration, None, None, None, None, 2) for duration in (1.0, seconds)]
    found, left_out = records(table(*rows, columns=(*columns, "provider", "model", "matches")), SlowRecord)
    assert [one.duration_seconds for one in found] == [1.0]
    assert left_out is not None


def test_rows_that_are_all_of_another_type_are_a_query_of_another_kind() -> None:
    with pytest.raises(QueryError, match="query t: "):
        records(table(("m", "x", "y")), TokenRecord)
    assert records(table(), TokenRecord) == ((), None)
