"""The connection URL of PostgreSQL is in a file, and what opens the database is shown nowhere."""

from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.config import database_url
from llmgw_report.errors import UsageError
from llmgw_report.redaction import redact
from tests.builders.settings import NAME, refused, settled, typed


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter2@db:5432/litellm?sslmode=require", "postgresql://db:5432/litellm"),
        ("postgres://me@db/litellm?password=hunter2", "postgresql://db/litellm"),
        ("postgresql://me:hunter2@a:1,b:2/litellm?target_session_attrs=prefer-standby", "postgresql://a:1,b:2/litellm"),
        ("postgresql://[::1]:5432/x", "postgresql://[::1]:5432/x"),
        ("postgresql://?service=litellm&password=hunter2", "postgresql://?service=litellm"),
        ("postgresql:///litellm?host=/run/postgresql", "postgresql:///litellm"),
        (
            "host=db port=5432 dbname=litellm user=me password='hunter2 x'",
            "postgresql: host=db port=5432 dbname=litellm",
        ),
        ("service=litellm", "postgresql: service=litellm"),
        ("user=me password=hunter2", "postgresql"),
        ("postgresql://me:hunter2#x9@db:5432/litellm", "postgresql://db:5432/litellm"),
        ("postgresql://me:hunter2?x9@db:5432/litellm", "postgresql://db:5432/litellm"),
        ("postgresql://me:hunter2?x=9@db:5432/litellm", "postgresql://db:5432/litellm"),
        ("postgresql://me:a@hunter2@db/litellm", "postgresql://db/litellm"),
        ("postgresql://me:hunter2/x9@db/litellm", "postgresql://db/litellm"),
        ("postgresql://me:1/hunter2?x=9@db/litellm", "postgresql://db/litellm"),
        ("postgresql://me:hunter2", "postgresql://"),
        ("postgresql://db/litellm?sslmode=require&password=x@hunter2", "postgresql://db/litellm"),
        (r"host=db password=x\ host=hunter2", "postgresql: host=db"),
    ],
)
def test_what_is_shown_of_a_url(url: str, shown: str) -> None:
    assert database_url.one_line(f"# ours\n\n{url}\n", "x") == url
    assert database_url.shown(url) == shown


@pytest.mark.parametrize(
    "text", ["", "\n\n", "postgresql://a/b\npostgresql://c/d\n", "mysql://me:hunter2@db/x", "hunter2", "a\0b"]
)
def test_what_is_no_url_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        database_url.one_line(text, "--db-url-file pg.txt")
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_the_file_takes_the_place_of_a_database_of_a_lower_layer(tmp_path: Path) -> None:
    file = tmp_path / "pg.txt"
    file.write_text("postgresql://me:hunter2@db/litellm\n")
    found = settled(tmp_path, '[sources]\ndb-path = "x.db"\n', "--db-url-file", str(file)).database
    assert found
    assert (found.path, found.url_file, found.named) == ("postgresql://db/litellm", str(file), True)
    assert found.url == "postgresql://me:hunter2@db/litellm"


def test_what_contradicts_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pg.txt"
    file.write_text("service=litellm\n")
    both = f'[sources]\ndb-url-file = "{file}"\ndb-path = "x.db"\n'
    assert "a report is of one log database" in refused(tmp_path, both)
    assert "beside an SQLite database alone" in refused(tmp_path, "", "--db-url-file", str(file), "--log", "x.jsonl")
    assert "No such file" in refused(tmp_path, "", "--db-url-file", str(tmp_path / "none.txt"))


def test_it_is_an_error_before_anything_is_read_where_psycopg_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmgw_report.cli.build_settings.find_spec", lambda _: None)
    file = tmp_path / "pg.txt"
    file.write_text("service=litellm\n")
    assert "pip install 'llmgw-report[postgres]'" in refused(tmp_path, "", "--db-url-file", str(file))


def test_a_file_that_was_merely_found_is_told_from_one_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pg.txt").write_text("postgresql://me@db/litellm\n")
    (tmp_path / NAME).write_text('[sources]\ndb-url-file = "pg.txt"\n')
    monkeypatch.chdir(tmp_path)
    found, named = settings(typed(), {}).database, settings(typed("--db-url-file", "pg.txt"), {}).database
    assert found
    assert named
    assert (found.url_found, named.url_found) == (True, False)


def test_what_is_to_be_written_is_shown_whole() -> None:
    """A word before an @ would be hidden as a user of the reader's own is."""
    assert redact(database_url.HINT) == database_url.HINT
