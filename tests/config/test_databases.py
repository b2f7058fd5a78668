"""`--db-path` is a file, several of them, a folder or a glob, whichever place names it."""

import os
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.config import discovery
from llmgw_report.config.discovery import databases
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.errors import UsageError
from tests.builders.settings import typed
from tests.process import call

FILES = ("a.db", "b.sqlite", "c.sqlite3", "d.db3")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with four databases and what is none, as the working directory."""
    for name in (*FILES, "notes.txt", "a.db-wal", "a.db-shm"):
        (tmp_path / name).touch()
    (tmp_path / "more.db").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def chosen(text: str, folder: Path) -> DatabaseTarget:
    """The databases that a configuration file names."""
    file = folder / "my.toml"
    file.write_text(f"[sources]\n{text}\n", "utf-8")
    words: dict[str, Any] = typed("--config", str(file))
    found = settings(words, {}).database
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ('db-path = "a.db"', ()),
        ('db-path = ["a.db"]', ()),
        ('db-path = ["a.db", "b.sqlite"]', ("a.db", "b.sqlite")),
        ('db-path = "*.sql*"', ("b.sqlite", "c.sqlite3")),
        ('db-path = ["*.db3", "a.db", "d.db3"]', ("d.db3", "a.db")),
        ('db-path = "."', FILES),
        ('db-path = ["a.db", "gone.db"]', ("a.db", "gone.db")),
    ],
)
def test_what_the_file_names(text: str, files: tuple[str, ...], folder: Path) -> None:
    found = chosen(text, folder)
    assert found.files == files
    assert found.path == (files[0] if files else "a.db")
    assert found.named


def test_a_list_takes_no_number(folder: Path) -> None:
    with pytest.raises(UsageError, match="is not a list of texts"):
        chosen("db-path = [1]", folder)


def test_the_command_line_takes_it_several_times_and_the_environment_has_one_in_a_line(folder: Path) -> None:
    of_words = settings(typed("--no-config", "--db-path", "a.db", "--db-path", "b.sqlite"), {}).database
    assert of_words is not None
    assert of_words.files == ("a.db", "b.sqlite")
    (folder / "a b.db").touch()
    environment = {"LLMGW_REPORT_DB_PATH": "a b.db\nb.sqlite"}
    done = call("--no-config", "--show-config", cwd=folder, environment={**os.environ, **environment})
    assert 'db-path = ["a b.db", "b.sqlite"]' in done.stdout


@pytest.mark.parametrize("name", ["gone.db", "*.none", "empty"])
def test_what_stands_for_no_file_stays_as_it_is(name: str, folder: Path) -> None:
    (folder / "empty").mkdir()
    found = databases([name], "here")
    assert (found.path, found.files) == (name, ())


def test_a_file_whose_name_looks_like_a_glob_is_that_file(folder: Path) -> None:
    (folder / "[ab].db").touch()
    assert databases(["[ab].db"], "here").path == "[ab].db"


def test_two_names_of_one_file_are_one(folder: Path) -> None:
    (folder / "link.db").symlink_to("a.db")
    (folder / "hard.db").hardlink_to("a.db")
    assert databases(["a.db", "link.db", "./a.db", "hard.db"], "here").files == ()


def test_a_pattern_that_matches_too_much_is_a_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_FILES", 3)
    with pytest.raises(UsageError, match="4 files, and a report is of at most 3"):
        databases([str(folder)], "here")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--log", "requests.jsonl"), "nothing says which of them a log belongs to"),
        (("--check-gateway", "own"), "several databases"),
        (("--draft-gateway", "own"), "several databases"),
    ],
)
def test_what_is_of_one_database_is_a_mistake_beside_several(
    arguments: tuple[str, ...], said: str, folder: Path
) -> None:
    (folder / "requests.jsonl").touch()
    if "--check-gateway" in arguments:
        (folder / "own").mkdir()
        (folder / "own" / "gateway.toml").write_text('title = "Own"\nabout = "Of this test."\n')
    done = call("--no-config", "--no-metrics", "--db-path", "a.db", "--db-path", "b.sqlite", *arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_report_is_written_over_any_of_them(folder: Path) -> None:
    done = call("--no-config", "--no-metrics", "--db-path", ".", "-o", "md=c.sqlite3", cwd=folder)
    assert done.returncode == 2
    assert (folder / "c.sqlite3").read_bytes() == b""
