"""What is hidden from the guard of queries is one text or one comment to PostgreSQL as well."""

from random import Random
from typing import Any

import psycopg.errors
import pytest

from llmgw_report.sources.postgres import lexer
from tests.builders.postgres import Postgres

PIECES = (
    *("'a'", "'it''s'", "'\\'", "E'\\''", "e'a\\\\'", "E'\\'\\''", "b'1'", "x'1f'", "n'x'", "'"),
    *("/* /* */ ' */", "/**/", "/*", "*/", "--'\n", "-- x\r", "--", "\n", " ", " ", ", "),
    *("$$ ' $$", "$a$ $b$ $a$", "$ä$x$ä$", "$a", "$", "$1", "a$b$", " AS a$b$", ' AS "q\'q"', ' AS "a""b"', '"'),
    *("1", "1.5", "1e5", "1e", "0x1f", ".5", "x", "ä", " AS b", "::text", "||", "+", "-", "(", ")", "\\", ";"),
)


def answer(connection: Any, sql: str) -> tuple[str, ...] | None:  # noqa: ANN401 - psycopg is optional
    """The names of the columns; None for what PostgreSQL refuses."""
    try:
        cursor = connection.execute(sql.encode(), [])
    except psycopg.Error:
        return None
    return tuple(column.name for column in cursor.description)


def without_hidden(sql: str) -> str:
    """The query with a plain text or a blank in the place of all that is hidden."""
    shown = []
    for token in lexer.tokens(sql):
        comment = token.kind == "hidden" and token.text.startswith(("--", "/*"))
        shown.append("\n" if comment else "'hidden'" if token.kind == "hidden" else token.text)
    return "".join(shown)


def test_what_is_hidden_is_hidden_to_the_server_too(postgres: Postgres) -> None:
    random = Random(20261125)  # noqa: S311 - the same in every run
    compared = refused = 0
    with postgres.connect() as connection:
        for _ in range(5000):
            sql = "SELECT " + "".join(random.choices(PIECES, k=random.randint(1, 6)))
            columns = answer(connection, sql)
            try:
                shown = without_hidden(sql)
            except lexer.UnclearError:
                refused += columns is not None
                continue
            assert "".join(token.text for token in lexer.tokens(sql)) == sql
            if columns is not None:
                # Without a name of its own a column is called by its type, which the plain text may not have.
                found = answer(connection, shown)
                assert found is not None, sql
                assert [one for one in found if one in sql] == [one for one in columns if one in sql], sql
                compared += 1
    assert compared > 200
    assert refused < compared / 4


@pytest.mark.parametrize(
    ("sql", "visible"),
    [
        (r"SELECT E'\'' AS a, evil() AS b WHERE E'\'' <> ''", "evil"),
        ("SELECT /* /* */ ' */ evil() -- '", "evil"),
        ("SELECT 1 AS a$b$, evil() -- $b$", "evil"),
        (r"SELECT '\', evil() -- '", "evil"),
        ("SELECT 'a' -- '\r, evil() --'", "evil"),
    ],
)
def test_a_call_between_two_texts_is_seen(sql: str, visible: str) -> None:
    assert visible in {token.value for token in lexer.tokens(sql)}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a",
        'SELECT "a',
        "SELECT $a$ x",
        "SELECT /* /* */",
        "SELECT 1a$b$",
        "SELECT 1$a$x$a$",
        "SELECT $1",
        "SELECT E'a'\n'\\''",
        "SELECT U&'x'",
        'SELECT u&"x"',
        "SELECT a\\b",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(sql: str) -> None:
    with pytest.raises(lexer.UnclearError):
        list(lexer.tokens(sql))


def test_the_pieces_are_the_query() -> None:
    sql = 'WITH "A""b" AS (SELECT :top::int + 1.5e3, $x$ \':no\' $x$) SELECT * FROM "A""b" -- end'
    read = list(lexer.tokens(sql))
    assert "".join(token.text for token in read) == sql
    assert [token.value for token in read if token.kind == "quoted"] == ['A"b', 'A"b']
    assert [token.value for token in read if token.kind == "parameter"] == ["top"]
