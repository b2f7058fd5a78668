"""What a query can reach: nothing that holds content, however it goes about it, and nothing that changes anything."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Access, Database, Plan, Query
from llmgw_report.sources.sqlite import read
from llmgw_report.sources.sqlite.query import looks_like_content

SECRET = "what-the-user-said"
#: As many rows as a query asks for.
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
SCRIPT = """
CREATE TABLE requests (id INTEGER PRIMARY KEY, model TEXT, prompt TEXT, note TEXT, said AS (prompt), api_key TEXT,
                       error_message TEXT);
INSERT INTO requests (model, prompt, note, api_key, error_message) VALUES ('m', 'what-the-user-said', 'n', 'sk-1', 'e');
CREATE INDEX by_prompt ON requests (prompt);
CREATE INDEX by_start ON requests (substr(prompt, 1, 4));
CREATE VIEW harmless AS SELECT model, prompt AS label FROM requests;
CREATE TABLE words (prompt TEXT);
INSERT INTO words VALUES ('what-the-user-said');
CREATE TABLE notes (author TEXT, kept TEXT);
INSERT INTO notes VALUES ('a', 'b');
CREATE VIRTUAL TABLE search USING fts5 (said);
INSERT INTO search VALUES ('what-the-user-said');
CREATE TABLE sessions (id INTEGER PRIMARY KEY, "response body" TEXT);
CREATE TRIGGER copied AFTER INSERT ON requests BEGIN INSERT INTO words VALUES (new.prompt); END;
"""
ACCESS = Access(
    columns={"requests": ("id", "model", "prompt", "error_message"), "harmless": ("model", "label"), "words": ()},
    content=("requests.prompt",),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: what could change it is what is tested."""
    path = tmp_path_factory.mktemp("access") / "made.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    return path


def ask(path: Path, sql: str, *requires: str, seconds: float = 30) -> Database:
    one = Query(name="q", sql=sql, title="", requires=requires, builtin=False, deadline_seconds=seconds)
    return read(DatabaseTarget(path=str(path)), lambda _: Plan(queries=(one,), access=ACCESS), {})


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("SELECT prompt FROM requests", "requests.prompt, which holds content and is never read"),
        ("SELECT * FROM requests", "requests.prompt"),
        ("SELECT r.PROMPT FROM requests AS r", "requests.prompt"),
        ('SELECT "prompt" FROM main.requests', "requests.prompt"),
        ("SELECT label FROM harmless", "requests.prompt"),
        ("SELECT model FROM harmless WHERE label LIKE 'w%'", "requests.prompt"),
        ("WITH x AS (SELECT prompt AS y FROM requests) SELECT y FROM x", "requests.prompt"),
        ("WITH x AS (SELECT prompt FROM requests) SELECT 1 FROM x", "requests.prompt"),
        ("SELECT (SELECT prompt FROM requests)", "requests.prompt"),
        ("SELECT 1 FROM requests ORDER BY prompt", "requests.prompt"),
        ("SELECT 1 FROM requests WHERE substr(prompt, 1, 4) = 'what'", "requests.prompt"),
        ("SELECT count(*) FROM requests GROUP BY prompt", "requests.prompt"),
        ("SELECT group_concat(prompt) FROM requests", "requests.prompt"),
        ("SELECT row_number() OVER (ORDER BY prompt) FROM requests", "requests.prompt"),
        ("SELECT key FROM requests, json_each(json_array(prompt))", "requests.prompt"),
        ("SELECT id FROM requests UNION SELECT prompt FROM requests", "requests.prompt"),
        ("SELECT EXISTS (SELECT 1 FROM requests WHERE prompt = 'x')", "requests.prompt"),
        ("SELECT said FROM requests", "requests.said, which is computed from other columns"),
        ("SELECT api_key FROM requests", "requests.api_key, whose name suggests credentials or content"),
        ("SELECT 'what-the-user-said' IN words", "words.prompt"),
        ("SELECT 1 FROM requests JOIN (SELECT 'what-the-user-said' AS prompt) USING (prompt)", "NATURAL or USING"),
        ("SELECT 1 FROM requests /* '*/ natural join words", "NATURAL or USING"),
        ("SELECT said FROM search", "on the ordinary tables"),
        ("SELECT 1 FROM search WHERE search MATCH 'what'", "on the ordinary tables"),
        ("SELECT c0 FROM search_content", "search_content, and a virtual table"),
        ("SELECT block FROM search_data", "search_data, and a virtual table"),
        ('SELECT "response body" FROM sessions', "sessions.response body, whose name suggests credentials"),
        (
            "SELECT note FROM requests",
            'no gateway definition lists: if it holds no content, add "-- requires: requests.note"',
        ),
        ("SELECT count(*) FROM notes", '"-- requires: notes"'),
        ("SELECT name FROM pragma_table_xinfo('requests')", ""),
        ("SELECT * FROM dbstat", ""),
        ("SELECT * FROM sqlite_dbpage", ""),
        ("SELECT * FROM sqlite_stmt", ""),
        ("SELECT * FROM sqlite_stat4", ""),
        ("SELECT fts3_tokenizer('simple')", "calls fts3_tokenizer()"),
        ("SELECT fts5(NULL)", "calls fts5()"),
        ("SELECT readfile('/etc/passwd')", "no function readfile"),
        ("INSERT INTO requests (prompt) VALUES ('x') RETURNING prompt", "only SELECT is allowed"),
        ("WITH x AS (SELECT 1) DELETE FROM requests", "only SELECT is allowed"),
        ("REPLACE INTO notes VALUES (1, 2)", "only SELECT is allowed"),
        ("DROP TABLE notes", "only SELECT is allowed"),
        ("CREATE TABLE x AS SELECT * FROM notes", "only SELECT is allowed"),
        ("ALTER TABLE notes RENAME TO other", "only SELECT is allowed"),
        ("REINDEX", "only SELECT is allowed"),
        ("ANALYZE", "only SELECT is allowed"),
        ("VACUUM INTO 'copy.db'", ""),
        ("PRAGMA writable_schema = 1", "only SELECT is allowed"),
        ("PRAGMA wal_checkpoint(TRUNCATE)", "only SELECT is allowed"),
        ("PRAGMA table_info(requests)", "only SELECT is allowed"),
        ("ATTACH 'other.db' AS other", "only SELECT is allowed"),
        ("DETACH main", ""),
        ("BEGIN IMMEDIATE", "only SELECT is allowed"),
        ("SAVEPOINT x", "only SELECT is allowed"),
    ],
)
def test_what_is_refused(made: Path, sql: str, refused: str) -> None:
    before = made.read_bytes()
    found = ask(made, sql)
    assert found.tables == {}
    (failed,) = found.failed
    assert refused in failed.reason
    assert SECRET not in failed.reason
    assert made.read_bytes() == before
    assert [file.name for file in made.parent.iterdir()] == [made.name]


@pytest.mark.parametrize(
    ("sql", "rows", "requires"),
    [
        ("SELECT count(*) FROM requests", ((1,),), ()),
        ("SELECT rowid, model, error_message FROM requests", ((1, "m", "e"),), ()),
        ("SELECT model FROM harmless", None, ()),  # the view itself reads the prompt
        ("SELECT note FROM requests", (("n",),), ("requests.note",)),
        ("SELECT author FROM notes", (("a",),), ("Notes.Author",)),
        ("SELECT * FROM notes", (("a", "b"),), ("notes",)),
        ("SELECT count(*) FROM notes", ((1,),), ("notes.kept",)),
        ("SELECT prompt FROM requests", None, ("requests.prompt",)),
        ("SELECT api_key FROM requests", None, ("requests",)),
        ("SELECT said FROM requests", None, ("requests.said",)),
        ("SELECT said FROM search", None, ("search",)),
        ("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'", ((1,),), ()),
        ("SELECT 'using' AS \"natural\" -- using", (("using",),), ()),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT count(*) FROM n",
            ((3,),),
            (),
        ),
    ],
)
def test_what_a_query_may_read(
    made: Path, sql: str, rows: tuple[object, ...] | None, requires: tuple[str, ...]
) -> None:
    found = ask(made, sql, *requires)
    assert (found.tables["q"].rows if found.tables else None) == rows


@pytest.mark.parametrize(
    "column",
    [
        "prompt",
        "Prompts",
        "system_prompt",
        "messages",
        "chat_messages",
        "request_body",
        "responseBody",
        "response",
        "completion",
        "content",
        "raw_content",
        "proxy_server_request",
        "tool_arguments",
        "headers",
        "request_headers",
        "authorization",
        "Cookie",
        "api_key",
        "apiKey",
        "key",
        "token",
        "access_token",
        "client_secret",
        "passwd",
        "password",
        "payload",
        "input",
        "output",
        "text",
        "embedding",
        "transcript",
        "json",
        "data",
    ],
)
def test_a_name_that_says_content(column: str) -> None:
    assert looks_like_content(column)


@pytest.mark.parametrize(
    "column",
    [
        "prompt_tokens",
        "completion_tokens",
        "input_tokens",
        "outputTokens",
        "content_length",
        "response_time",
        "request_id",
        "message_count",
        "api_key_name",
        "api_key_hash",
        "key_alias",
        "token_type",
        "prompt_version",
        "response_status",
        "body_bytes",
        "model",
        "provider",
        "status",
        "finish_reason",
        "error_type",
        "created_at",
        "duration_ms",
        "total_cost",
        "requests",
        "success",
    ],
)
def test_a_name_that_says_something_about_content(column: str) -> None:
    assert not looks_like_content(column)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(length(hex(randomblob(300000)))) FROM n",
        "SELECT count(*) FROM n, n AS m, n",
        "SELECT length(randomblob(900000000))",
        "SELECT length(printf('%.*c', 900000000, 'x'))",
        "SELECT zeroblob(999999999)",
        "SELECT replace(hex(zeroblob(4000000)), '0', hex(zeroblob(4000000)))",
        "SELECT group_concat(zeroblob(100000)) FROM n",
        "SELECT json_group_array(hex(zeroblob(9000))) FROM n",
        "SELECT hex(zeroblob(700000))",
        "SELECT " + ", ".join(["zeroblob(16000000)"] * 400),
        "SELECT " + "(" * 3000 + "1" + ")" * 3000,
        "SELECT 1 WHERE '" + "a" * 90000 + "' LIKE '" + "%a" * 900 + "b'",
    ],
    ids=lambda sql: sql[-60:],
)
def test_a_query_that_wants_everything_gets_its_deadline_or_its_limit(made: Path, sql: str) -> None:
    found = ask(made, NUMBERS + sql if sql.endswith("FROM n") else sql, seconds=0.1)
    cells = [cell for table in found.tables.values() for row in table.rows for cell in row]
    assert cells in ([], [None], [0])


def test_a_result_of_very_many_rows_is_cut(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmgw_report.sources.answers._RESULT_BYTES", 4000)
    sql = NUMBERS + "SELECT i FROM n"  # noqa: S608 - two literals
    one = Query(name="q", sql=sql, title="", limit=10**9, deadline_seconds=30)
    table = read(DatabaseTarget(path=str(made)), lambda _: Plan(queries=(one,)), {}).tables["q"]
    assert (len(table.rows), table.truncated) == (500, True)


def test_a_result_is_cut_where_it_gets_too_large_to_keep(made: Path) -> None:
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 900) SELECT hex(zeroblob(10000)) FROM n"
    table = ask(made, sql).tables["q"]
    assert table.truncated
    assert sum(len(str(cell)) for row in table.rows for cell in row) <= 8 * 2**20


LOGS = """
CREATE TABLE logs (id INTEGER PRIMARY KEY, level TEXT, fields TEXT);
INSERT INTO logs (level, fields) VALUES
  ('a', '{"model":"m","sample":"what-the-user-said"}'),
  ('b', '{"model":"n","sample":"what-the-user-said","sample":"what-the-user-said"}'),
  ('c', 'what-the-user-said'),
  ('d', '"what-the-user-said"');
CREATE VIEW said AS SELECT fields AS label FROM logs;
"""
PATHS = Access(columns={"logs": ("id", "level", "fields")}, content_paths={"logs.fields": ("$.sample",)})


def ask_logs(folder: Path, sql: str) -> Database:
    path = folder / "logs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(LOGS)
    one = Query(name="q", sql=sql, title="", builtin=False)
    return read(DatabaseTarget(path=str(path)), lambda _: Plan(queries=(one,), access=PATHS), {})


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT fields FROM logs", (('{"model":"m"}',), (None,), (None,), (None,))),
        ("SELECT fields ->> '$.model' FROM logs WHERE level = 'a'", (("m",),)),
        ("SELECT fields ->> '$.sample' FROM logs WHERE level = 'b'", ((None,),)),
        ("SELECT * FROM logs AS l WHERE id = 1", ((1, "a", '{"model":"m"}'),)),
        ("WITH f AS (SELECT fields FROM logs) SELECT count(*) FROM f WHERE fields LIKE '%said%'", ((0,),)),
        (
            "/* one */ with recursive f(i) AS (SELECT 1) SELECT i, fields FROM f, logs WHERE id = i",
            ((1, '{"model":"m"}'),),
        ),
        ("SELECT count(*) FROM logs WHERE rowid > 1", ((3,),)),
        ("SELECT value FROM logs, json_each(logs.fields)", (("m",),)),
    ],
)
def test_content_inside_a_column_of_json_never_leaves(tmp_path: Path, sql: str, rows: object) -> None:
    found = ask_logs(tmp_path, sql)
    assert found.failed == ()
    assert found.tables["q"].rows == rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT fields FROM main.logs",
        'SELECT f.fields FROM "main"."logs" AS f',
        "SELECT label FROM said",
        "WITH logs AS (SELECT fields FROM main.logs) SELECT fields FROM logs",
        "SELECT fields FROM logs WHERE 0 UNION ALL SELECT fields FROM main.logs",
        "SELECT 1 FROM main.logs WHERE fields LIKE '%said%'",
    ],
)
def test_no_way_around_leads_to_it(tmp_path: Path, sql: str) -> None:
    found = ask_logs(tmp_path, sql)
    assert found.tables == {}
    assert SECRET not in found.failed[0].reason
