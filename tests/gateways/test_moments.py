"""Rows that a query returns as one, with the moments of each, are what the query without moments returns."""

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from llmgw_report import gateways
from llmgw_report.gateways.rows import OutcomeRecord, records
from llmgw_report.model.database import Row, Table
from llmgw_report.model.moments import EachMoment
from llmgw_report.sources.kept_rows import MomentRows
from tests.builders.request_log import HOUR, UNTIL, LogRow, database, read

#: The query of llm-gateway with a row for each request that may be open, and for each that ended, of the same tables.
OUTCOMES = next(one.sql for one in gateways.plan(gateways.load("llm-gateway")).queries if one.name == "outcomes")
TABLES, _, _ = OUTCOMES.partition("SELECT 1 AS part,")
ROW_BY_ROW = TABLES + Path(__file__).with_name("outcomes_row_by_row.sql").read_text()
COLUMNS = ("part", "moments", "time_ms", "kind", "outcome", "model", "began_ms", "requests")


def log(seed: int, requests: int) -> Iterator[LogRow]:
    """Rows of a gateway of which many are written at one millisecond, and some are odd."""
    pick = random.Random(seed)  # noqa: S311 - a simulation
    for number in range(requests):
        began = UNTIL - pick.randrange(HOUR + 60_000) // pick.choice([1, 1, 40]) // 200 * 200
        model, key = pick.choice(["alpha", "zeta", "7", None]), pick.choice(["web", "batch"])
        kind = pick.choice(["chat completion", "native Anthropic messages", "embedding"])
        stream = pick.choice(["true", "false"])
        who = {"model": model, "api_key_name": key}
        fields = pick.choice([json.dumps(who | {"stream": stream})] * 9 + ["{broken"])
        yield began, "INFO", f"Handling {kind} request", f"request-{number}", fields
        took = pick.choice([pick.randrange(40) * 50, 0, "n/a", 10**15, None])
        ended = began + (took if isinstance(took, int) and took < HOUR else 0)
        match pick.randrange(6):
            case 0 | 1 | 2:
                done = json.dumps(who | {"duration_ms": took if took is None else str(took)})
                yield ended, "INFO", f"Completed {kind} request", None, done
            case 3:
                status = pick.choice(["504 Gateway Timeout", "529", "500", None])
                wrong = {"classification": status, "latency": pick.choice([f"{took} ms", "2 s", None])}
                yield ended, "ERROR", "response failed", None, json.dumps(wrong)
            case 4:
                yield ended, "ERROR", pick.choice(["Native stream error: x", "stream error: x"]), None, None


def row_by_row(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    with sqlite3.connect(path) as connection:
        parameters = {"first_log": 0, "since_ms": UNTIL - HOUR, "until_ms": UNTIL}
        cursor = connection.execute(ROW_BY_ROW, parameters)
        found = tuple(column[0] for column in cursor.description), cursor.fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("every", [0, 3])
def test_the_rows_of_a_log_are_those_without_moments_in_their_order(tmp_path: Path, seed: int, every: int) -> None:
    rows = list(log(seed, 40 * (seed + 1)))
    answered = [row[3] for row in rows if row[3]]
    path = database(tmp_path / "log.db", rows, answered[::every] if every else ())
    found = read(path)
    assert found.failed == ()
    table = found.tables["outcomes"]
    columns, plain = row_by_row(path)
    assert table.columns == columns
    assert isinstance(table.rows, EachMoment)
    assert list(table.rows) == plain
    assert records(table, OutcomeRecord) == records(plain_table(columns, plain), OutcomeRecord)


def plain_table(columns: Sequence[str], rows: Sequence[Row]) -> Table:
    return Table(name="outcomes", title="", columns=tuple(columns), rows=rows, elapsed_seconds=0)


@pytest.fixture(name="collected")
def of_three() -> MomentRows:
    """Two requests of alpha with one of zeta between them, an ending, and a row that stands for itself."""
    made = MomentRows(COLUMNS, 10**6)
    assert made.add((1, "[[10,1,null],[10,3,null]]", None, "request", None, "alpha", None, 2))
    assert made.add((1, "[[10,2,null]]", None, "request", None, "zeta", None, 1))
    assert made.add((2, "[[30.5,9,10]]", None, "ending", "success", "alpha", None, 1))
    assert made.add((3, None, 40, "revoke", "server-error", None, None, 1))
    return made


def test_each_moment_is_a_row_in_the_order_of_its_place(collected: MomentRows) -> None:
    assert collected.columns == ("time_ms", "kind", "outcome", "model", "began_ms", "requests")
    rows = collected.all()
    assert list(rows) == [
        (10, "request", None, "alpha", None, 1),
        (10, "request", None, "zeta", None, 1),
        (10, "request", None, "alpha", None, 1),
        (30.5, "ending", "success", "alpha", 10, 1),
        (40, "revoke", "server-error", None, None, 1),
    ]
    assert [rows[place] for place in range(-5, 0)] == list(rows) == list(rows[:])
    assert tuple(rows) == rows
    assert rows[1:] != rows


def test_records_are_shared_and_are_those_of_the_rows(collected: MomentRows) -> None:
    rows = collected.all()
    shared, left_out = records(plain_table(collected.columns, rows), OutcomeRecord)
    assert isinstance(shared, EachMoment)
    assert left_out is None
    assert shared == records(plain_table(collected.columns, tuple(rows)), OutcomeRecord)[0]


@pytest.mark.parametrize("moment", ["[-1e300,4,null]", "[50,4,1e300]"])
def test_a_time_that_cannot_be_right_costs_its_row_alone(collected: MomentRows, moment: str) -> None:
    collected.add((4, f"[[50,5,40],{moment}]", None, "ending", "success", "alpha", None, 2))
    found, left_out = records(plain_table(collected.columns, collected.all()), OutcomeRecord)
    assert left_out is not None
    assert left_out.count == 1
    assert [row.time_ms for row in found] == [10, 10, 10, 30.5, 40, 50]


@pytest.mark.parametrize(
    "text",
    [
        "[[10,1]]",
        "[",
        7,
        "[[null,1,null]]",
        '[["10",1,null]]',
        "[[10,9223372036854775808,null]]",
        "[[10,0.5,null]]",
        "[10,null]",
        '["10"]',
    ],
)
def test_what_is_no_list_of_moments_is_an_error(collected: MomentRows, text: str | int) -> None:
    with pytest.raises(ValueError, match=r"^moments: "):
        collected.add((4, text, None, "request", None, None, None, 1))


def test_times_and_a_number_of_rows_beside_moments_are_not_read() -> None:
    made = MomentRows(COLUMNS, 10**6)
    made.add((1, "[[10,1,5],[20,2,null]]", 20, "ending", "success", "alpha", 4, 2))
    rows = made.all()
    plain = [(10, "ending", "success", "alpha", 5, 1), (20, "ending", "success", "alpha", None, 1)]
    assert list(rows) == plain
    shared, _ = records(plain_table(made.columns, rows), OutcomeRecord)
    assert list(shared) == list(records(plain_table(made.columns, plain), OutcomeRecord)[0])


def test_times_alone_are_moments_too(collected: MomentRows) -> None:
    collected.add((4, "[50,45]", None, "request", "success", "zeta", None, 2))
    assert list(collected.all())[5:] == [
        (50, "request", "success", "zeta", None, 1),
        (45, "request", "success", "zeta", None, 1),
    ]


def test_a_row_without_moments_and_without_a_time_is_left_out(collected: MomentRows) -> None:
    collected.add((4, None, None, "request", "success", "alpha", None, 1))
    found, left_out = records(plain_table(collected.columns, collected.all()), OutcomeRecord)
    assert (len(found), left_out and left_out.count) == (5, 1)


def test_texts_beside_moments_take_room_too() -> None:
    made = MomentRows(COLUMNS, 10_000)
    names = [made.add((1, None, 10, "request", "success", "x" * 900, None, 1)) for _ in range(12)]
    assert (names[:9], names[-1]) == ([True] * 9, False)


def test_moments_need_the_columns_that_they_fill() -> None:
    with pytest.raises(ValueError, match=r"^returns moments without part, time_ms$"):
        MomentRows(("moments", "requests"), 1)


def test_a_busy_window_fits_and_one_that_would_take_the_memory_does_not() -> None:
    made = MomentRows(COLUMNS, 8 * 2**20)
    text = json.dumps([[UNTIL, place, UNTIL] for place in range(10_000)])
    kept = [made.add((1, text, None, "request", None, "alpha", None, 10_000)) for _ in range(45)]
    assert kept[:40] == [True] * 40
    assert kept[-1] is False


def test_a_query_that_counts_rows_counts_every_moment(tmp_path: Path) -> None:
    """The evidence of a finding sums the column `requests` of the query."""
    path = database(tmp_path / "log.db", list(log(99, 200)), ())
    with sqlite3.connect(path) as connection:
        parameters = {"first_log": 0, "since_ms": UNTIL - HOUR, "until_ms": UNTIL}
        (summed,) = connection.execute(f"SELECT sum(requests) FROM ({OUTCOMES})", parameters).fetchone()  # noqa: S608
    connection.close()
    assert summed == sum(int(str(row[9])) for row in row_by_row(path)[1])
