"""PostgreSQL is read in one read-only state, within its time, and never what people wrote or models answered."""

import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import Any, Self

import pytest
from msgspec import structs

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.database import Database, Plan, Query, Schema, Table, Value
from llmgw_report.sources import sqlite
from tests.builders.postgres import COLUMNS, GRANT, SCHEMA, Postgres

AT = 1_795_622_400_000
PARAMETERS: Mapping[str, Value] = {
    "until_ms": AT,
    "latest_ms": AT + 60_000,
    "since_ms": AT - 3_600_000,
    "trend_since_ms": AT - 12 * 3_600_000,
    "bucket_ms": 300_000,
    "slow_ms": 5000,
    "top": 5,
    "group_by": "provider",
    "burn_windows": "[2592000, 3600]",
    "burn_since_ms": AT - 2_592_000_000,
    "burn_step_ms": 3_600_000,
    "burn_part_ms": 3_600_000,
}
ROWS = [{"time_ms": AT - 1000 * number} for number in range(20)]
LITELLM = gateways.load("litellm-spendlogs")


def read(
    url: str,
    *sql: str,
    builtin: bool = False,
    timeout: float = 20.0,
    deadline: float | None = None,
    gateway: Gateway | None = LITELLM,
) -> Database:
    """What the database says to LiteLLM's queries and to these, which are the user's own."""
    from llmgw_report.sources import postgres

    extra = tuple(
        Query(name=f"own{number}", title="", sql=one, builtin=builtin, deadline_seconds=deadline)
        for number, one in enumerate(sql)
    )

    def planned(schema: Schema) -> Plan:
        return gateways.plan(gateway, extra) if gateway and schema.tables else Plan(queries=extra)

    target = DatabaseTarget(path="shown", url=url, timeout_seconds=timeout)
    return postgres.read(target, planned, PARAMETERS)


def own(database: Database, number: int = 0) -> Table:
    """The result of one of the user's queries."""
    return database.tables[f"own{number}"]


def why(database: Database, name: str = "own0") -> str:
    """Why a query returned nothing."""
    return next(one.reason for one in database.failed if one.name == name)


@pytest.fixture(scope="module")
def logs(postgres: Postgres) -> str:
    """A database of LiteLLM with 20 good requests in the window."""
    return postgres.spend_logs(ROWS)


@pytest.fixture(scope="module")
def tempting(postgres: Postgres) -> str:
    """The same with functions of its own; that no query changes it is what is tested."""
    functions = """CREATE TABLE written (n int); CREATE FUNCTION write_it() RETURNS int LANGUAGE sql SECURITY DEFINER
      AS 'INSERT INTO written VALUES (1) RETURNING n';
      CREATE FUNCTION own_function() RETURNS int LANGUAGE sql AS 'SELECT 1'"""
    return postgres.spend_logs(ROWS, functions)


def test_every_query_reads_one_state_that_nothing_can_change(postgres: Postgres) -> None:
    names = ("transaction_read_only", "transaction_isolation", "application_name", "TimeZone")
    columns = ", ".join(f"current_setting('{name}') AS setting{number}" for number, name in enumerate(names))
    view = f"CREATE VIEW settings AS SELECT {columns}; GRANT SELECT ON settings TO reader"
    found = own(read(postgres.url(postgres.spend_logs(ROWS, view)), "SELECT * FROM settings"))
    assert found.rows == (("on", "repeatable read", "llmgw-report", "UTC"),)


def test_the_rows_of_the_window_are_found_whatever_the_zone_of_the_role(postgres: Postgres, logs: str) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE shanghai LOGIN IN ROLE reader")
        connection.execute("ALTER ROLE shanghai SET timezone = 'Asia/Shanghai'")
    found = read(postgres.url(logs, "shanghai"))
    assert found.failed == ()
    assert found.tables["window"].rows == ((20, 20),)


def test_windows_longer_than_the_rows_that_were_fetched_are_counted_by_the_server(postgres: Postgres) -> None:
    failed = {"status": "failure", "class": "InternalServerError", "code": "500"}
    hours = [{"time_ms": AT - 3_600_000 * number - 1, **(failed if number % 4 == 0 else {})} for number in range(40)]
    found = read(postgres.url(postgres.spend_logs(hours)))
    assert sorted(found.tables["budget"].rows) == [(3600, 0, 1), (2_592_000, 30, 9)]
    trend = {row[0]: row[1:3] for row in found.tables["trend"].rows}
    assert len(trend) == 12
    assert sum(errors for _, errors in trend.values() if isinstance(errors, int)) == 3


def test_the_server_sketches_the_durations_of_successes_in_each_bucket(postgres: Postgres) -> None:
    """Part 10 ends at 10 s; what failed, and what ended before it began, is in none."""
    took = [1, 1000, 1001, 9000, 10_000, 10_001, 0, -5]
    rows = [{"time_ms": AT - 1, "took_ms": ms} for ms in took]
    failed = {"status": "failure", "class": "InternalServerError", "code": "500"}
    found = read(postgres.url(postgres.spend_logs([*rows, {"time_ms": AT - 1, **failed}]))).tables["trend"]
    (row,) = (dict(zip(found.columns, row, strict=True)) for row in found.rows)
    assert (row["requests"], row["errors"], row["timed"]) == (9, 1, 9)
    assert json.loads(str(row["buckets"])) == {"-30": 2, "0": 1, "1": 1, "10": 2, "11": 1}


def test_attempts_are_one_request_and_one_without_its_request_still_is_one(postgres: Postgres) -> None:
    late = {"time_ms": AT - 5000, "status": "failure", "class": "Timeout", "code": "408"}
    rows = [
        {**late, "id": "a"},
        {**late, "id": "a-attempt-0"},
        {**late, "id": "a-attempt-1"},
        {**late, "id": "b-attempt-0"},
        {**late, "id": "b-attempt-1"},
        {"time_ms": AT - 1, "id": "c-attempt-x"},
    ]
    found = read(postgres.url(postgres.spend_logs(rows))).tables["outcomes"]
    outcome, requests = found.columns.index("outcome"), found.columns.index("requests")
    assert sorted((row[outcome], row[requests]) for row in found.rows) == [("success", 1), *[("timeout", 1)] * 2]


def test_a_row_with_an_infinite_time_costs_itself_alone(postgres: Postgres) -> None:
    rows: list[dict[str, Any]] = [{"time_ms": AT - 1, "id": f"infinite-{number}"} for number in range(3)]
    script = """UPDATE "LiteLLM_SpendLogs" SET "startTime" = 'infinity' WHERE request_id = 'infinite-0';
      UPDATE "LiteLLM_SpendLogs" SET "startTime" = '-infinity' WHERE request_id = 'infinite-1';
      UPDATE "LiteLLM_SpendLogs" SET "endTime" = 'infinity' WHERE request_id = 'infinite-2'"""
    found = read(postgres.url(postgres.spend_logs([*ROWS, *rows], script)))
    assert found.failed == ()
    assert found.tables["window"].rows == ((21, 20),)
    (table,) = found.tables["tables"].rows
    told = dict(zip(found.tables["tables"].columns, table, strict=True))
    assert (told["newest_ms"], told["last_ms"], told["future"], told["untimed"]) == (AT, AT, 0, 2)


ENDINGS: list[tuple[dict[str, object], str]] = [
    ({"class": "ClientDisconnected", "code": "499"}, "canceled"),
    ({"class": "CancelledError", "status": "failure"}, "canceled"),
    ({"status": "failure", "class": "BudgetExceededError", "code": "422"}, "limited"),
    ({"status": "failure", "class": "ProxyRateLimitError", "code": "429"}, "limited"),
    ({"status": "failure", "class": "RouterRateLimitError", "code": "429"}, "rate-limited"),
    ({"status": "failure", "class": "RateLimitError", "code": "429"}, "rate-limited"),
    ({"status": "failure", "class": "AuthenticationError", "code": "401"}, "upstream-refused"),
    ({"status": "failure", "class": "KeyNotFoundError", "code": "401"}, "client-error"),
    ({"status": "failure", "class": "ProxyModelNotFoundError", "code": "400"}, "client-error"),
    ({"status": "failure", "class": "ContextWindowExceededError", "code": "400"}, "client-error"),
    ({"status": "failure", "class": "Exception", "hash": ""}, "client-error"),
    ({"status": "failure", "class": "Timeout", "code": "408"}, "timeout"),
    ({"status": "failure", "class": "APIConnectionError", "code": "500"}, "server-error"),
    ({"status": "failure", "class": "SomethingNew", "code": "418"}, "error"),
    ({"status": "failure"}, "error"),
]


def test_how_requests_ended(postgres: Postgres) -> None:
    rows = [{"time_ms": AT - 1, "instance": str(number), **ended} for number, (ended, _) in enumerate(ENDINGS)]
    found = read(postgres.url(postgres.spend_logs(rows))).tables["outcomes"]
    instance, outcome = found.columns.index("instance"), found.columns.index("outcome")
    told = {row[instance]: row[outcome] for row in found.rows}
    assert told == {str(number): wanted for number, (_, wanted) in enumerate(ENDINGS)}


def test_an_older_version_without_some_columns_is_read(postgres: Postgres) -> None:
    columns = ("status", "model_id", "cache_hit", "metadata")
    drop = 'ALTER TABLE "LiteLLM_SpendLogs" ' + ", ".join(f"DROP COLUMN {name}" for name in columns)
    found = read(postgres.url(postgres.spend_logs(ROWS, drop)))
    assert found.failed == ()
    assert found.tables["window"].rows == ((20, 20),)


def test_a_view_with_less_in_it_stands_for_the_table(postgres: Postgres) -> None:
    view = """CREATE SCHEMA report;
      CREATE VIEW report."LiteLLM_SpendLogs" AS SELECT request_id, api_key, spend, prompt_tokens, completion_tokens,
        "startTime", "endTime", model, model_group, model_id, custom_llm_provider, call_type, status, cache_hit,
        jsonb_build_object('error_information', (metadata -> 'error_information') - 'traceback',
          'user_api_key_alias', metadata -> 'user_api_key_alias') AS metadata FROM public."LiteLLM_SpendLogs";
      GRANT USAGE ON SCHEMA report TO viewer; GRANT SELECT ON report."LiteLLM_SpendLogs" TO viewer"""
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE viewer LOGIN")
        connection.execute("ALTER ROLE viewer SET search_path = report")
    found = read(postgres.url(postgres.spend_logs(ROWS, view), "viewer"), 'SELECT metadata FROM "LiteLLM_SpendLogs"')
    assert [one.name for one in found.failed] == ["own0"]
    assert found.tables["window"].rows == ((20, 20),)


CONTENT = [
    'SELECT messages FROM "LiteLLM_SpendLogs"',
    'SELECT to_json(s)::text FROM "LiteLLM_SpendLogs" AS s',
    'SELECT * FROM "LiteLLM_SpendLogs"',
    'SELECT * FROM public."LiteLLM_SpendLogs"',
    'SELECT * FROM "public" . "LiteLLM_SpendLogs"',
    'SELECT * FROM public/**/."LiteLLM_SpendLogs"',
    'SELECT * FROM U&"\\0070ublic"."LiteLLM_SpendLogs"',
    "SELECT query_to_xml('SELECT messages FROM \"LiteLLM_SpendLogs\"', true, true, '')::text",
    "SELECT pg_catalog.\"table_to_xml\"('\"LiteLLM_SpendLogs\"', true, true, '')::text",
    'SELECT (SELECT s FROM "LiteLLM_SpendLogs" AS s LIMIT 1)::text',
]


def test_no_definition_reads_a_copy_in_another_schema(postgres: Postgres) -> None:
    copy = """CREATE SCHEMA other; CREATE TABLE other."LiteLLM_SpendLogs" AS TABLE public."LiteLLM_SpendLogs";
      CREATE TABLE other.prices AS SELECT 1 AS price; GRANT USAGE ON SCHEMA other TO reader;
      GRANT SELECT ON other.prices TO reader"""
    name = postgres.spend_logs(ROWS, copy)
    sql = 'SELECT messages FROM other."LiteLLM_SpendLogs"'
    assert "reads other.LiteLLM_SpendLogs" in why(read(postgres.url(name, "admin"), sql, builtin=True))
    assert own(read(postgres.url(name), "SELECT price FROM other.prices")).rows == ((1,),)


@pytest.mark.parametrize("sql", CONTENT)
def test_no_query_reads_content_though_the_role_could(postgres: Postgres, logs: str, sql: str) -> None:
    found = read(postgres.url(logs, "admin"), sql, builtin=True)
    rows = found.tables["own0"].rows if "own0" in found.tables else ()
    assert '"role"' not in str(rows)


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ('CREATE VIEW spy AS SELECT * FROM "LiteLLM_SpendLogs"; GRANT SELECT ON spy TO reader', "spy.messages"),
        ('CREATE VIEW spy AS SELECT metadata FROM "LiteLLM_SpendLogs"; GRANT SELECT ON spy TO reader', "spy.metadata"),
        (
            """CREATE SCHEMA other; CREATE TABLE other."LiteLLM_SpendLogs" AS TABLE public."LiteLLM_SpendLogs";
            GRANT USAGE ON SCHEMA other TO reader; GRANT SELECT (response) ON other."LiteLLM_SpendLogs" TO reader""",
            'other."LiteLLM_SpendLogs".response',
        ),
        (
            """CREATE TABLE "LiteLLM_ErrorLogs" (request_id text, request_kwargs jsonb);
            GRANT SELECT ON "LiteLLM_ErrorLogs" TO reader""",
            "LiteLLM_ErrorLogs.request_kwargs",
        ),
    ],
)
def test_content_anywhere_else_stops_the_queries_of_the_user(postgres: Postgres, script: str, named: str) -> None:
    found = read(postgres.url(postgres.spend_logs(ROWS, script)), "SELECT 1 AS one")
    assert named in why(found)
    assert found.tables["window"].rows == ((20, 20),)


def test_a_role_that_may_not_read_how_requests_ended_knows_nothing_of_them(postgres: Postgres) -> None:
    failed = [{**row, "status": "failure", "class": "InternalServerError", "code": "500"} for row in ROWS]
    blind = postgres.spend_logs(failed, 'REVOKE SELECT (status, metadata) ON "LiteLLM_SpendLogs" FROM reader')
    found = read(postgres.url(blind))
    assert 'GRANT SELECT ("status", "metadata") ON "LiteLLM_SpendLogs"' in why(found, "requests")
    assert not {"outcomes", "traffic", "budget"} & found.tables.keys()
    half = postgres.spend_logs(failed, 'REVOKE SELECT (metadata) ON "LiteLLM_SpendLogs" FROM reader')
    found = read(postgres.url(half))
    assert found.hint == (
        'the role may not read LiteLLM_SpendLogs.metadata: GRANT SELECT ("metadata") ON "LiteLLM_SpendLogs"'
    )
    outcome = found.tables["outcomes"].columns.index("outcome")
    assert {row[outcome] for row in found.tables["outcomes"].rows} == {"error"}
    assert read(postgres.url(postgres.spend_logs(failed))).hint is None


def test_a_role_that_could_read_content_runs_no_query_of_the_users(postgres: Postgres, logs: str) -> None:
    found = read(postgres.url(logs, "admin"), "SELECT 1 AS one")
    assert "messages" in why(found)
    assert "GRANT SELECT" in "".join(found.notes)
    assert "messages" not in "".join(found.notes).partition("GRANT")[2]
    limited = read(postgres.url(logs), "SELECT 1 AS one")
    assert own(limited).rows == ((1,),)
    assert limited.notes == ()


def test_a_query_of_the_users_with_a_wrong_column_has_failed(postgres: Postgres, logs: str) -> None:
    found = read(postgres.url(logs), 'SELECT nosuch FROM "LiteLLM_SpendLogs"')
    assert [(one.name, one.missing_column) for one in found.failed] == [("own0", False)]


def test_the_rights_of_the_note_are_enough(postgres: Postgres) -> None:
    name = postgres.spend_logs(ROWS, f'REVOKE SELECT ({COLUMNS}) ON "LiteLLM_SpendLogs" FROM reader')  # noqa: S608
    (note,) = read(postgres.url(name, "admin")).notes
    with postgres.connect(name) as connection:
        connection.execute(f"{note.rpartition(': ')[2].rstrip('.')} TO reader")
    found = read(postgres.url(name))
    assert found.failed == ()
    assert found.tables["window"].rows == ((20, 20),)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ('DELETE FROM "LiteLLM_SpendLogs"', "only SELECT"),
        ('WITH gone AS (DELETE FROM "LiteLLM_SpendLogs" RETURNING 1) SELECT * FROM gone', ""),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1 INTO made", "only SELECT"),
        ("SET statement_timeout = 0", "only SELECT"),
        ("DO $$ BEGIN END $$", "only SELECT"),
        ("COPY (SELECT 1) TO PROGRAM 'true'", "only SELECT"),
        ("SELECT set_config('statement_timeout', '0', false)", "calls set_config()"),
        ("SELECT pg_sleep(60)", "calls pg_sleep()"),
        ("SELECT pg_terminate_backend(1)", "calls pg_terminate_backend()"),
        ("SELECT pg_advisory_lock(1)", "calls pg_advisory_lock()"),
        ("SELECT pg_read_file('/etc/passwd')", "calls pg_read_file()"),
        ("SELECT pg_notify('a', 'b')", "calls pg_notify()"),
        ("SELECT pg_try_advisory_lock_shared(1)", "calls pg_try_advisory_lock_shared()"),
        ("SELECT lo_import('/etc/passwd')", "calls lo_import()"),
        ("SELECT current_setting('app.secret')", "calls current_setting()"),
        ("SELECT (pg_terminate_backend)(1)", ""),
        (r"SELECT E'\'', pg_terminate_backend(0), E'\''", "calls pg_terminate_backend()"),
        ("SELECT /* /* */ ' */ pg_notify('a', 'b') -- '", "calls pg_notify()"),
        ("SELECT 1 AS a$b$, pg_try_advisory_lock(3) AS c -- $b$", "calls pg_try_advisory_lock()"),
        ("SELECT most_common_vals::text FROM pg_stats", "reads pg_stats"),
        ('SELECT stavalues1::text FROM pg_catalog."pg_statistic"', "reads pg_statistic"),
        ("SELECT query FROM PG_STAT_ACTIVITY", "reads pg_stat_activity"),
        ("SELECT * FROM information_schema.columns", "reads information_schema"),
        ("SELECT 1 OPERATOR(pg_catalog.+) 1", "calls operator()"),
        ("SELECT write_it()", "names write_it"),
        ('SELECT s.write_it FROM "LiteLLM_SpendLogs" AS s', "names write_it"),
        ("SELECT own_function()", "calls own_function()"),
        ("SELECT :nothing", "needs a parameter"),
        ("SELECT nothing", "SQL error"),
        ('SELECT response FROM "LiteLLM_SpendLogs"', ""),
    ],
)
def test_what_no_query_may_do_says_why(postgres: Postgres, tempting: str, sql: str, reason: str) -> None:
    found = read(postgres.url(tempting), sql)
    assert reason in why(found)
    assert found.tables["window"].rows == ((20, 20),)
    with postgres.connect(tempting) as connection:
        assert connection.execute('SELECT count(*) FROM "LiteLLM_SpendLogs"').fetchone() == (20,)
        assert connection.execute("SELECT count(*) FROM written").fetchone() == (0,)


def test_every_kind_of_value_is_a_text_or_a_number(postgres: Postgres, logs: str) -> None:
    sql = """SELECT 1.5::numeric, true, 'NaN'::float8, now() IS NULL, '{"a": 1}'::jsonb, ARRAY[1, 2], '\\xff00'::bytea,
      timestamp '2026-11-25 16:00', interval '1 s', NULL, 'a%b' AS "100%", 7 % 4, '{"x": 1}'::jsonb ? 'x',
      $q$ :since_ms $q$, :slow_ms + 1, 'a' || :group_by"""
    (row,) = own(read(postgres.url(logs), sql)).rows
    assert row[:2] == (1.5, 1)
    assert row[2:7] == (None, 0, '{"a": 1}', "{1,2}", "<2 bytes>")
    assert row[7:] == ("2026-11-25 16:00:00", "00:00:01", None, "a%b", 3, 1, " :since_ms ", 5001, "aprovider")


def test_a_long_answer_is_cut_and_says_so(postgres: Postgres, logs: str) -> None:
    found = read(postgres.url(logs), "SELECT g FROM generate_series(1, 5000) AS g", "SELECT repeat('x', 9000000)")
    assert (len(own(found).rows), own(found).truncated) == (1000, True)
    assert (own(found, 1).rows, own(found, 1).truncated) == ((), True)


def test_an_answer_without_rows_has_its_columns(postgres: Postgres) -> None:
    sql = "WITH none AS (SELECT 1 AS one, 'a%' AS \"100%\" WHERE :top < 0) SELECT * FROM none -- a comment"
    found = read(postgres.url(postgres.spend_logs([])), sql, "VALUES (1)")
    assert found.failed == ()
    assert (own(found).columns, own(found).rows) == (("one", "100%"), ())
    assert own(found, 1).rows == ((1,),)
    assert found.tables["window"].rows == ((0, 0),)
    assert found.tables["budget"].rows == found.tables["trend"].rows == ()


def test_a_slow_query_ends_at_its_deadline_and_the_others_run(postgres: Postgres, logs: str) -> None:
    slow = "SELECT count(*) FROM generate_series(1, 100000000000) AS g"
    found = read(postgres.url(logs), slow, "SELECT 1 AS one", deadline=0.5)
    assert why(found) == "took longer than 0.5 s"
    assert own(found, 1).rows == ((1,),)


def test_a_query_that_lifts_the_limit_of_the_server_is_canceled_by_the_client(postgres: Postgres) -> None:
    function = """CREATE FUNCTION slow() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      PERFORM set_config('statement_timeout', '0', false); PERFORM pg_sleep(60); RETURN 1; END $$;
      CREATE VIEW harmless AS SELECT slow() AS one; GRANT SELECT ON harmless TO reader"""
    name = postgres.spend_logs(ROWS, function)
    started = perf_counter()
    found = read(postgres.url(name), "SELECT * FROM harmless", "SELECT 1 AS one", deadline=0.5)
    assert why(found) == "took longer than 0.5 s"
    assert own(found, 1).rows == ((1,),)
    assert perf_counter() - started < 30


def test_a_locked_table_is_not_waited_for(postgres: Postgres) -> None:
    name = postgres.spend_logs(ROWS)
    with postgres.connect(name) as migration:
        migration.execute("BEGIN")
        migration.execute('LOCK TABLE "LiteLLM_SpendLogs" IN ACCESS EXCLUSIVE MODE')
        found = read(postgres.url(name), "SELECT 1 AS one")
    assert "locked" in why(found, "requests")
    assert own(found).rows == ((1,),)


def _when_it_runs(server: Postgres, name: str, act: Callable[[int], object]) -> Thread:
    """Acts on the process that answers the report, as soon as it runs a query that takes long."""

    def wait() -> None:
        with server.connect() as connection:
            for _ in range(600):
                found = connection.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'llmgw-report'"
                    " AND query LIKE '%%generate_series%%' AND state = 'active'",
                    [name],
                ).fetchone()
                if found:
                    act(found[0])
                    return
                sleep(0.02)

    thread = Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_a_server_that_ends_in_the_middle_is_unread(postgres: Postgres) -> None:
    name = postgres.spend_logs(ROWS)
    slow = "SELECT count(*) FROM generate_series(1, 100000000000) AS g"

    def end(pid: int) -> None:
        with postgres.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [pid])

    thread = _when_it_runs(postgres, name, end)
    with pytest.raises(SourceError, match="cannot be read"):
        read(postgres.url(name), slow)
    thread.join()


def test_a_server_that_no_longer_answers_is_given_up(postgres: Postgres) -> None:
    name = postgres.spend_logs(ROWS)
    slow = "SELECT count(*) FROM generate_series(1, 100000000000) AS g"
    stopped: list[int] = []

    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        stopped.append(pid)

    thread = _when_it_runs(postgres, name, stop)
    try:
        with pytest.raises(SourceError, match="did not answer in time"):
            read(postgres.url(name), slow, deadline=2.0)
    finally:
        thread.join()
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class Frozen:
    """A server that stops for as long as the `with`, after so many bytes of its answers.

    What stands between is a program of the test's own: the server's processes are those of other tests too.
    """

    def __init__(self, port: int, after: int) -> None:
        self._port, self._left = port, after
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listening, *self._open):
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, server]
                Thread(target=self._pass, args=(client, server), daemon=True).start()
                Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while self._left > 0 and (data := server.recv(min(4096, self._left))):
                self._left -= len(data)
                client.sendall(data)


def bytes_until_ready(postgres: Postgres, name: str) -> int:
    """What a server says until it has let somebody in."""
    with socket.create_connection(("127.0.0.1", postgres.port)) as one:
        words = f"user\0reader\0database\0{name}\0application_name\0llmgw-report\0client_encoding\0UTF8\0\0".encode()
        one.sendall((len(words) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + words)
        said = b""
        while not said.endswith(b"Z\0\0\0\x05I"):
            said += one.recv(4096)
    return len(said)


@pytest.mark.parametrize("more", [0, 300, 20_000])
def test_a_server_that_freezes_at_any_time_is_given_up(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    from llmgw_report.sources.postgres import connection

    monkeypatch.setattr(connection, "_QUIET_SECONDS", 1.0)
    name = postgres.spend_logs([{"time_ms": AT - number} for number in range(400)])
    with Frozen(postgres.port, bytes_until_ready(postgres, name) + 1 + more) as frozen:
        url = f"postgresql://reader@127.0.0.1:{frozen.port}/{name}?gssencmode=disable"
        started = perf_counter()
        with pytest.raises(SourceError, match="did not answer in time"):
            read(url, timeout=1.0)
        assert perf_counter() - started < 60  # the rows alone may take two minutes


def test_a_query_that_works_for_long_before_its_first_row_is_waited_for(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    from llmgw_report.sources.postgres import connection

    monkeypatch.setattr(connection, "_QUIET_SECONDS", 0.1)
    view = "CREATE VIEW slow AS SELECT 1 AS one FROM pg_sleep(1.5); GRANT SELECT ON slow TO reader"
    name = postgres.spend_logs(ROWS, view)
    assert own(read(postgres.url(name), "SELECT * FROM slow", timeout=0.5, deadline=30)).rows == ((1,),)


def test_texts_are_read_alike_whatever_the_role_has_set(postgres: Postgres, logs: str) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE escaping LOGIN IN ROLE reader")
        connection.execute("ALTER ROLE escaping SET standard_conforming_strings = off")
    found = read(postgres.url(logs, "escaping"), r"SELECT '\' AS a, 'b' AS b")
    assert own(found).rows == (("\\", "b"),)


def test_rows_that_come_too_many_are_not_fetched(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmgw_report.sources.postgres import statement

    monkeypatch.setattr(statement, "MAX_ROWS", 10)
    found = read(postgres.url(postgres.spend_logs(ROWS)))
    assert why(found, "requests") == "more than 10 rows in the window: take a shorter --window"
    assert "traffic" not in found.tables


def test_no_transaction_is_open_while_queries_are_put_to_fetched_rows(
    postgres: Postgres, logs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may take four times the time of a query, and an open transaction holds the gateway's vacuum back."""
    local, connected = sqlite.read, list[int]()

    def watched(
        target: DatabaseTarget, plan_for: Callable[[Schema], Plan], parameters: Mapping[str, Value]
    ) -> Database:
        with postgres.connect() as connection:
            own = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'llmgw-report'")
            connected.extend(n for (n,) in own.fetchall())
        return local(target, plan_for, parameters)

    monkeypatch.setattr(sqlite, "read", watched)
    assert "traffic" in read(postgres.url(logs)).tables
    assert connected == [0]


def test_nothing_is_left_in_the_temporary_folder(
    postgres: Postgres, logs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read(postgres.url(logs))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("postgresql://reader:hunter2@127.0.0.1:1/x", "Connection refused"),
        ("postgresql://reader:hunter2@127.0.0.1:{port}/nothing", "does not exist"),
        ("postgresql://nobody:hunter2@127.0.0.1:{port}/postgres", "does not exist"),
        ("postgresql://reader:hunter2@127.0.0.1:{port}/postgres?sslmode=require", "SSL"),
        ("postgresql://reader:hunter2@127.0.0.1:{port}/postgres?password=hunter2&nonsense=1", "no connection URL"),
        ("postgresql://reader:hunter2/x@127.0.0.1:{port}/postgres", "no connection URL"),
        ("postgresql://reader:1/hunter2@127.0.0.1:{port}/postgres", "no connection URL"),
        ("service=hunter2nothing password=hunter2", "definition of service"),
    ],
)
def test_why_there_is_no_connection_never_with_the_password(postgres: Postgres, parameters: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(parameters.format(port=postgres.port))
    assert reason in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}".replace("hunter2nothing", "")


@pytest.mark.usefixtures("postgres")
def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(SourceError, match="timeout"):
            read(f"postgresql://reader@127.0.0.1:{port}/x", timeout=1.0)


def test_services_password_files_and_a_standby_if_there_is_one(
    postgres: Postgres, logs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = tmp_path / "services.conf"
    service.write_text(f"[litellm]\nhost=127.0.0.1\nport={postgres.port}\ndbname={logs}\nuser=reader\n")
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{postgres.port}:*:reader:secret\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert own(read("service=litellm target_session_attrs=prefer-standby", "SELECT 1 AS one")).rows == ((1,),)
    assert own(read(f"host={postgres.folder} port={postgres.port} dbname={logs} user=reader", "SELECT 2")).rows == (
        (2,),
    )


def test_a_url_of_a_found_file_gets_no_password_that_it_does_not_name(
    postgres: Postgres, logs: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from llmgw_report.sources import postgres as source

    with postgres.connect() as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'hunter2' IN ROLE reader")
    rules = postgres.folder / "data" / "pg_hba.conf"
    rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    with postgres.connect() as connection:
        connection.execute("SELECT pg_reload_conf()")
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    url = postgres.url(logs, "guarded")
    assert own(read(url, "SELECT 1")).rows == ((1,),)
    found = DatabaseTarget(path="shown", url=url, url_found=True)
    with pytest.raises(SourceError, match="no password supplied"):
        source.read(found, lambda _: Plan(queries=()), PARAMETERS)
    (tmp_path / "pgpass").write_text("127.0.0.1:*:*:guarded:hunter2\n")
    (tmp_path / "pgpass").chmod(0o600)
    assert source.read(found, lambda _: Plan(queries=()), PARAMETERS).schema.tables


def test_another_product_s_tables_are_no_litellm(postgres: Postgres) -> None:
    with pytest.raises(SourceError, match="no table that this role may read"):
        read(postgres.url(postgres.database("CREATE TABLE other (prompt text)")), "SELECT 1", gateway=None)
    wide = postgres.database("CREATE TABLE other (prompt text); GRANT SELECT ON other TO reader")
    assert "other.prompt" in why(read(postgres.url(wide), "SELECT 1", gateway=None))


def test_tables_that_are_not_litellm_s_schema_say_what_is_missing(postgres: Postgres) -> None:
    script = SCHEMA.replace("prompt_tokens integer DEFAULT 0 NOT NULL, ", "")
    found = read(postgres.url(postgres.database(script, GRANT.replace('"prompt_tokens", ', ""))))
    assert "prompt_tokens" in why(found, "requests")


def test_a_definition_can_name_other_columns_as_content(postgres: Postgres, logs: str) -> None:
    stricter = structs.replace(LITELLM, content_columns=(*LITELLM.content_columns, "LiteLLM_SpendLogs.metadata"))
    found = read(postgres.url(logs), gateway=stricter)
    assert "metadata" in why(found, "requests")
