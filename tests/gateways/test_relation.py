"""What is derived from the event relation is what Python counts in the same rows."""

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from math import ceil, log10
from pathlib import Path
from typing import Any

import pytest

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import UsageError
from llmgw_report.gateways.macros import expanded
from llmgw_report.model.database import Database, Table
from llmgw_report.model.outcomes import MAX_SUBJECTS, OTHER, OUTCOMES, SIDES
from llmgw_report.sources import sqlite

UNTIL = 1_795_000_000_000
HOUR = 3_600_000
BURN = (300, 3600, 7200)
DEFINITION = """title = "Mine"
about = "A table of calls."
keeps = ["database"]
[detect.tables]
calls = ["at", "ended", "name"]
[reads]
calls = ["provider", "model", "key", "ms", "tokens", "usd", "first_ms", "why"]
[times]
calls = { column = "at", unit = "ms" }
"""
REQUESTS = """-- title: rows of calls
SELECT at AS time_ms, ended AS outcome, provider, model, key AS api_key, name AS request_id, ms_to_s(ms) AS seconds,
       ms_to_s(first_ms) AS time_to_first_token_seconds, tokens AS input_tokens, usd AS cost_usd, why AS error
FROM calls WHERE at > :since_ms AND at <= :until_ms"""
COLUMNS = ("at", "ended", "name", "provider", "model", "key", "ms", "tokens", "usd", "first_ms", "why")

Call = dict[str, Any]


def calls(seed: int, n: int) -> list[Call]:
    """Calls of four hours, in which every column has values that are none or cannot be right."""
    pick = random.Random(seed)  # noqa: S311 - a simulation
    return [
        {
            "at": UNTIL + pick.randint(-4 * HOUR, HOUR // 60),
            "ended": pick.choices([*OUTCOMES, None], [60, *[4] * 9, 4])[0],
            "name": f"call-{number}",
            "provider": pick.choice(["alpha", "beta", "", None]),
            "model": pick.choice(["large", "small"]),
            "key": pick.choice(["web", "batch", None]),
            "ms": pick.choice([pick.randint(1, 40_000), pick.randint(1, 400), None, -1, "long"]),
            "tokens": pick.choice([pick.randint(0, 900), None, 1.5, -3]),
            "usd": pick.choice([pick.random(), None, -0.1]),
            "first_ms": pick.choice([pick.randint(1, 900), None]),
            "why": pick.choice([f"upstream said no {number % 3}", None]),
        }
        for number in range(n)
    ]


def one_call(at: object) -> Call:
    """A call at this time of which nothing else is known."""
    return {**dict.fromkeys(COLUMNS), "at": at, "ended": "success"}


def read(
    folder: Path, rows: list[Call], definition: str = DEFINITION, *, sql: str = REQUESTS, log: Path | None = None
) -> Database:
    """What a definition of these calls reads; with a log its attempts are those of its requests."""
    mine = folder / "mine"
    mine.mkdir()
    (mine / "gateway.toml").write_text(definition)
    (mine / "requests.sql").write_text(sql)
    if log:
        (mine / "attempts.sql").write_text(sql)
    with sqlite3.connect(folder / "calls.db") as database:
        database.execute(f"CREATE TABLE calls ({', '.join(COLUMNS)})")
        database.execute("CREATE INDEX by_time ON calls (at)")
        places = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO calls VALUES ({places})", [tuple(row.values()) for row in rows])  # noqa: S608
    database.close()
    found = sqlite.read(
        DatabaseTarget(path=str(folder / "calls.db")),
        lambda _: gateways.plan(gateways.load(str(mine)), log_files=(str(log),) if log else ()),
        {
            "until_ms": UNTIL,
            "latest_ms": UNTIL,
            "since_ms": UNTIL - HOUR,
            "trend_since_ms": UNTIL - 3 * HOUR,
            "bucket_ms": HOUR // 12,
            "slow_ms": 5000,
            "top": 5,
            "group_by": "provider",
            "burn_windows": json.dumps(BURN),
            "burn_since_ms": UNTIL - 1000 * BURN[-1],
            "burn_step_ms": 300_000,
            "burn_part_ms": 900_000,
        },
    )
    assert not found.failed
    return found


def rows_of(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def sketch(milliseconds: Iterable[int]) -> Counter[str]:
    """Durations in each of the ten parts of each power of ten, by the number of its part: 10 ends at 10 s."""
    return Counter(str(max(-30, ceil(10 * log10(ms / 1000)))) for ms in milliseconds)


def within(rows: list[Call], milliseconds: int) -> list[Call]:
    return [row for row in rows if UNTIL - milliseconds < row["at"] <= UNTIL]


def good(value: object, *, whole: bool = False) -> bool:
    return isinstance(value, (int, float)) and value >= 0 and (not whole or value == int(value))


@pytest.mark.parametrize("seed", range(8))
def test_groups_and_their_sums(seed: int, tmp_path: Path) -> None:
    mine = calls(seed, 3000)
    traffic = rows_of(read(tmp_path, mine).tables["traffic"])
    last_hour = within(mine, HOUR)
    for group in traffic:
        its = [row for row in last_hour if group["total"] or (row["provider"] or None) == group["grp"]]
        assert group["requests"] == len(its)
        assert group["input_tokens"] == sum(row["tokens"] for row in its if good(row["tokens"], whole=True))
        assert group["cost_usd"] == pytest.approx(sum(row["usd"] for row in its if good(row["usd"])))
        bad = [row["ms"] is not None and not good(row["ms"]) for row in its]
        bad += [row["tokens"] is not None and not good(row["tokens"], whole=True) for row in its]
        bad += [row["usd"] is not None and not good(row["usd"]) for row in its]
        assert group["implausible"] == sum(bad)
        for prefix, column in (("", "ms"), ("time_to_first_token_", "first_ms")):
            took = sorted(row[column] / 1000 for row in its if row["ended"] == "success" and good(row[column]))
            assert group[f"{prefix}observed"] == len(took)
            assert group[f"{prefix}mean_seconds"] == pytest.approx(sum(took) / len(took))
            for name, ratio in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
                assert group[f"{prefix}{name}_seconds"] == took[ceil(round(ratio * len(took), 6)) - 1]
    assert {group["grp"] for group in traffic if not group["total"]} == {row["provider"] or None for row in last_hour}


@pytest.mark.parametrize(("n", "models"), [(300, 2), (3000, 2), (60_000, 60)])
def test_outcomes_of_every_subject_whatever_the_number_of_rows(n: int, models: int, tmp_path: Path) -> None:
    mine = calls(n, n)
    if models > 2:  # and all of them in the window
        for number, row in enumerate(mine):
            row |= {"at": UNTIL - (UNTIL - row["at"]) % HOUR, "model": f"model-{number % models}"}
    found = rows_of(read(tmp_path, mine).tables["outcomes"])
    last_hour = within(mine, HOUR)

    def counted(key: str, theirs: str) -> tuple[Counter[Any], Counter[Any]]:
        ours: Counter[Any] = Counter()
        for row in found:
            ours[row[key], row["outcome"]] += row["requests"]
        return ours, Counter((row[theirs] or None, row["ended"]) for row in last_hour)

    for key, theirs in (("provider", "provider"), ("model", "model"), ("api_key", "key")):
        ours, truth = counted(key, theirs)
        assert ours == truth
    for outcome in {row["ended"] for row in last_hour if row["ended"]}:
        newest = max(row["at"] for row in last_hour if row["ended"] == outcome)
        assert max(row["time_ms"] for row in found if row["outcome"] == outcome) == newest
    times = Counter((row["ended"], row["at"]) for row in last_hour if row["ended"])
    assert Counter((row["outcome"], row["time_ms"]) for row in found if row["outcome"]) == times


@pytest.mark.parametrize("seed", range(4))
def test_trend_and_budget_reach_beyond_the_window(seed: int, tmp_path: Path) -> None:
    mine = calls(seed, 2000)
    database = read(tmp_path, mine)
    trend = rows_of(database.tables["trend"])
    three_hours = within(mine, 3 * HOUR)
    assert sum(point["requests"] for point in trend) == len(three_hours)
    failed = [row for row in three_hours if SIDES.get(row["ended"]) in {"service", "unattributed"}]
    assert sum(point["errors"] for point in trend) == len(failed)
    for point in trend:
        since = UNTIL - 3 * HOUR + point["bucket"] * (HOUR // 12)
        its = [row for row in three_hours if since < row["at"] <= since + HOUR // 12]
        assert point["requests"] == len(its)
        timed = [row for row in its if good(row["ms"])]
        assert point["timed"] == len(timed)
        assert point["mean_seconds"] == pytest.approx(sum(row["ms"] for row in timed) / len(timed) / 1000)
        assert json.loads(point["buckets"]) == sketch(row["ms"] for row in timed if row["ended"] == "success")
    parts = rows_of(database.tables["budget"])
    for window in BURN:
        its, inside = within(mine, 1000 * window), [part for part in parts if part["window_seconds"] <= window]
        well = sum(SIDES.get(row["ended"]) in {"success", "unattributed"} for row in its)
        assert sum(part["good"] - part["undone"] for part in inside) == well
        assert sum(part["bad"] for part in inside) == sum(SIDES.get(row["ended"]) == "service" for row in its)


def counted(array: str) -> Counter[object]:
    """Rows by name, of the pairs of a column."""
    found = Counter[object]()
    for name, n in json.loads(array):
        found[name] += n
    return found


def test_slow_requests_and_errors(tmp_path: Path) -> None:
    mine = calls(1, 3000)
    database = read(tmp_path, mine)
    slow = sorted((row["ms"] for row in within(mine, HOUR) if good(row["ms"]) and row["ms"] > 5000), reverse=True)
    found = rows_of(database.tables["slow_requests"])
    assert [row["duration_seconds"] for row in found] == [ms / 1000 for ms in slow[:5]]
    assert {row["matches"] for row in found} == {len(slow)}
    failed = [row for row in within(mine, HOUR) if row["ended"] not in {"success", None}]
    patterns = rows_of(database.tables["error_patterns"])
    assert sum(row["count"] for row in patterns) == len(failed)
    for row in patterns:
        level = "WARN" if row["level"] == "WARN" else "ERROR"
        its = [
            one
            for one in failed
            if (one["why"] or one["ended"]) == row["message"]
            and one["ended"] == row["outcome"]
            and ("WARN" if SIDES[one["ended"]] == "client" else "ERROR") == level
        ]
        assert row["count"] == len(its)
        assert (row["first_ms"], row["last_ms"]) == (min(one["at"] for one in its), max(one["at"] for one in its))
        buckets = Counter((one["at"] - (UNTIL - HOUR) - 1) // (HOUR // 12) for one in its)
        assert (counted(row["buckets"]), counted(row["providers"])) == (
            buckets,
            Counter(one["provider"] or None for one in its),
        )


def test_a_window_without_a_row(tmp_path: Path) -> None:
    (total,) = rows_of(read(tmp_path, []).tables["traffic"])
    assert (total["total"], total["requests"], total["input_tokens"], total["observed"]) == (1, 0, None, 0)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT at AS time_ms FROM calls", "must return the column outcome"),
        ("SELECT at AS time_ms, ended AS outcome, model AS modle FROM calls", "did you mean 'model'?"),
        ("SELECT at AS time_ms, gone AS outcome FROM calls", "the database has no column gone"),
    ],
)
def test_a_relation_that_is_none_says_what_is_wrong(sql: str, reason: str, tmp_path: Path) -> None:
    read(tmp_path, [])
    (tmp_path / "mine" / "requests.sql").write_text(sql)
    plan = gateways.plan(gateways.load(str(tmp_path / "mine")))
    target = DatabaseTarget(path=str(tmp_path / "calls.db"))
    found = sqlite.read(target, lambda _: plan, {"since_ms": 0, "until_ms": UNTIL, "latest_ms": UNTIL})
    (failed,) = found.failed
    assert failed.name == "requests"
    assert reason in failed.reason


def test_a_relation_without_the_times_of_its_tables_is_an_error_of_its_definition(tmp_path: Path) -> None:
    read(tmp_path, [])
    file = tmp_path / "mine" / "gateway.toml"
    file.write_text(DEFINITION.partition("[times]")[0])
    with pytest.raises(UsageError, match=r"requests\.sql needs \[times\]"):
        gateways.plan(gateways.load(str(tmp_path / "mine")))


@pytest.mark.parametrize(("unit", "per_ms"), [("s", 0.001), ("ms", 1), ("us", 1000), ("ns", 1_000_000)])
def test_the_times_of_a_table_in_any_unit(unit: str, per_ms: float, tmp_path: Path) -> None:
    definition = DEFINITION.replace('unit = "ms"', f'unit = "{unit}"')
    times = [round(at * per_ms) for at in (UNTIL - 5000, UNTIL - 2000, UNTIL + 60_000)]
    (row,) = rows_of(read(tmp_path, [one_call(at) for at in (*times, -1, "late")], definition).tables["tables"])
    assert (row["rows"], row["first_ms"], row["last_ms"]) == (3, UNTIL - 5000, UNTIL - 2000)  # and one below 0
    assert (row["newest_ms"], row["future"], row["untimed"]) == (UNTIL + 60_000, 1, 2)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-11-20T10:11:12Z", 1795169472000),
        ("2026-11-20 10:11:12.123", 1795169472123),
        ("2026-11-20T10:11:12.123456789+00:00", 1795169472123),
        ("2026-11-20 10:11:12.5+08:00", 1795140672500),
        ("2026-11-20 10:11:12.123456789 +0000 UTC m=+0.1", 1795169472123),
        ("2026-11-20 10:11:12 +0800 CST", 1795140672000),
        ("2026-11-20 10:11:12 -0330 NST m=-1.2", 1795182072000),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_that_is_text(text: str | None, milliseconds: int | None) -> None:
    sql = expanded("SELECT ms(t), in_window(t) FROM (SELECT :t AS t)")
    inside = {"since_ms": (milliseconds or 0) - 1, "until_ms": milliseconds or 0}
    before = {"since_ms": (milliseconds or 0), "until_ms": (milliseconds or 0) + HOUR}
    connection = sqlite3.connect(":memory:")
    found, is_inside = connection.execute(sql, {"t": text, **inside}).fetchone()
    assert found == milliseconds
    assert bool(is_inside) is (milliseconds is not None)
    assert not connection.execute(sql, {"t": text, **before}).fetchone()[1]


def test_a_macro_is_none_in_a_text_a_name_or_a_comment() -> None:
    sql = """SELECT 'ms(x)', "in_window(y)", [ms(z)] -- ms(
    /* ms_to_s(a */ FROM t"""
    assert expanded(sql) == sql
    assert expanded("ms_to_s(coalesce(a, (b), ')'))").count("coalesce(a, (b), ')')") == 3


def call_of(number: int, **own: object) -> Call:
    call = {"at": UNTIL - number, "ended": "success", "name": f"call-{number}", "provider": "alpha", "model": "large"}
    return dict.fromkeys(COLUMNS) | call | own


def test_of_too_many_names_the_rarest_are_one(tmp_path: Path) -> None:
    usual = [call_of(number, tokens=1) for number in range(300)]
    made_up = [call_of(number, model=f"made-up-{number}", ended="client-error", tokens=1) for number in range(3000)]
    found = read(tmp_path, [*usual, *made_up])
    models = Counter(row["model"] for row in rows_of(found.tables["outcomes"]))
    assert len(models) == MAX_SUBJECTS
    assert {"large", OTHER} <= set(models)
    assert sum(row["requests"] for row in rows_of(found.tables["outcomes"])) == 3300


def test_a_name_and_an_error_have_a_length(tmp_path: Path) -> None:
    long = [call_of(n, model="x" * 1_200_000, ended="error", name="y" * 1_200_000, why="z" * 1_200_000) for n in (1, 2)]
    found = read(tmp_path, [*long, *(call_of(number, ms=9000) for number in range(9))])
    assert max(len(row["model"]) for row in rows_of(found.tables["outcomes"])) < 1000
    (error,) = rows_of(found.tables["error_patterns"])
    assert error["count"] == 2
    assert len(error["message"]) < 1000


@pytest.mark.parametrize("text", ["no answer to {0}", "{0} is the id of a request that got no answer"])
def test_errors_that_all_name_their_request_are_counted(text: str, tmp_path: Path) -> None:
    failed = [call_of(number, ended="timeout", why=text.format(f"{number * 7919:x}")) for number in range(25_000)]
    found = rows_of(read(tmp_path, failed).tables["error_patterns"])
    assert sum(error["count"] for error in found) == 25_000
    assert len(found) < 20_000


@pytest.mark.parametrize("time", ["at", "'soon'", "NULL", "x'00'", "9e999", "-1"])
@pytest.mark.parametrize("since", [":since_ms", "@since_ms", "0"])
def test_only_rows_of_the_window_are_judged(time: str, since: str, tmp_path: Path) -> None:
    rows = [call_of(number * HOUR // 4) for number in range(20)]
    sql = f"SELECT {time} AS time_ms, ended AS outcome FROM calls WHERE at > {since}"  # noqa: S608
    tables = read(tmp_path, rows, sql=sql).tables
    whole = {row["total"]: row["requests"] for row in rows_of(tables["traffic"])}
    assert whole[1] == (4 if time == "at" else 0)
    assert sum(point["requests"] for point in rows_of(tables["trend"])) == (12 if time == "at" else 0)


def test_a_log_is_read_beside_requests_and_attempts(tmp_path: Path) -> None:
    log = '[log]\ntime = "t"\n[log.columns]\nselect = "user-id"\n'
    lines = tmp_path / "day.log"
    lines.write_text(json.dumps({"t": UNTIL - 1, "user-id": "success"}))
    sql = "SELECT time_ms, \"select\" AS outcome, 'one' AS instance FROM log_lines WHERE time_ms > :since_ms"
    tables = read(tmp_path, [call_of(1)], DEFINITION + log, sql=sql, log=lines).tables
    assert [row["requests"] for row in rows_of(tables["outcomes"])] == [1]
    assert [row["requests"] for row in rows_of(tables["attempted"])] == [1]


@pytest.mark.parametrize("name", ["user-id", "a, b", "time_ms", ""])
def test_a_column_of_a_log_has_a_name_that_sql_takes(name: str, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(f'{DEFINITION}[log]\ntime = "t"\n[log.columns]\n"{name}" = "x"\n')
    with pytest.raises(UsageError, match="no name of a column"):
        gateways.load(str(tmp_path))


def test_only_a_column_of_a_log_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(
        f'{DEFINITION}[log]\ntime = "t"\ncolumns = {{}}\nonly = {{ level = ["x"] }}\n'
    )
    with pytest.raises(UsageError, match="not among"):
        gateways.load(str(tmp_path))


def test_no_query_has_a_macro_once_it_is_read() -> None:
    found = [(one.name, query) for one in gateways.load_all() for query in gateways.queries(one)]
    own = {one.name: one.dialect for one in gateways.load_all()}
    assert found
    assert [query.name for name, query in found if expanded(query.sql, own[name]) != query.sql] == []


def test_what_is_done_with_copied_rows_may_take_longer_than_to_copy_them() -> None:
    """The database is asked no more: as many rows as could be copied in time are counted and sorted to the end."""
    plan = gateways.plan(gateways.load("new-api"))
    longer = {one.name for relation in plan.relations for one in relation.derived if one.longest_seconds(5) > 5}
    own = {one.name for one in plan.queries} | {one.query.name for one in plan.relations} | {"trend"}
    assert {"traffic", "outcomes", "error_patterns"} <= longer
    assert not longer & own
