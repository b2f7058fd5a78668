"""Every worked example says what its golden reports say, in each format and as a process, and its witnesses agree."""

import json
import os
import sqlite3
import subprocess
import sys
from difflib import unified_diff
from functools import cache
from itertools import islice
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from llmgw_report.cli.demo import example
from llmgw_report.model import timestamp
from llmgw_report.resources import demo
from tools import golden

FOLDERS = golden.folders()

Document = dict[str, Any]
example_of_each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@cache
def rendered(folder: Path) -> dict[str, str]:
    return golden.documents(golden.report(folder), golden.FORMATS)


@cache
def document(folder: Path) -> Document:
    found: Document = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def same(rendered_text: str, golden_file: Path) -> None:
    """A failure shows the lines that differ, not two pages."""
    wanted = golden_file.read_bytes().decode() if golden_file.is_file() else ""
    if rendered_text != wanted:
        differing = unified_diff(wanted.splitlines(), rendered_text.splitlines(), "golden", "now", lineterm="", n=1)
        shown = "\n".join(islice(differing, 60))
        pytest.fail(
            f"{golden_file.parent.name}/{golden_file.name}; `make examples` if it is meant:\n{shown}", pytrace=False
        )


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        pytest.param(folder, f"report.{name}", id=f"{folder.name}-{name}")
        for folder in FOLDERS
        for name in golden.formats(folder)
    ],
)
def test_the_report_is_the_golden_one(folder: Path, name: str) -> None:
    same(rendered(folder)[name], folder / name)


@example_of_each
def test_it_renders_in_every_format(folder: Path) -> None:
    assert rendered(folder).keys() == {f"report.{name}" for name in golden.FORMATS}
    assert all(text.endswith("\n") for text in rendered(folder).values())


def test_no_golden_report_is_left_over() -> None:
    kept = {file for folder in FOLDERS for file in folder.glob("report.*")} - set(TRANSLATED)
    assert kept == {folder / f"report.{name}" for folder in FOLDERS for name in golden.formats(folder)}


TRANSLATED = [file for folder in FOLDERS for file in sorted(folder.glob("report.*.*"))]


@pytest.mark.parametrize("file", TRANSLATED, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_the_report_in_another_language_is_the_golden_one(file: Path) -> None:
    same(golden.translations(file.parent, golden.report(file.parent))[file.name], file)


@example_of_each
def test_the_exit_code_is_the_one_its_readme_promises(folder: Path) -> None:
    assert document(folder)["exit"]["code"] == golden.exit_code(folder)


@example_of_each
def test_the_same_as_a_process(folder: Path) -> None:
    with example(folder) as arguments:
        done = subprocess.run(
            [sys.executable, "-m", "llmgw_report", *arguments, "--format", "json"],
            env={"PYTHONPATH": str(golden.EXAMPLES.parent), "PATH": os.environ["PATH"]},
            capture_output=True,
            check=False,
        )
    assert done.returncode == golden.exit_code(folder), done.stderr.decode()
    found, wanted = golden.rounded(json.loads(done.stdout)), document(folder)
    assert untimed(found["sections"]) == untimed(wanted["sections"])
    for part in ("at", "gateway", "window", "verdict", "exit", "findings", "absent", "counters"):
        assert found[part] == wanted[part]
    offset = {"utc_offset_seconds": wanted["setup"]["utc_offset_seconds"]}  # of this machine it is another one
    assert found["setup"] | offset == wanted["setup"]


def untimed(sections: Document) -> Document:
    queries = [{**table, "elapsed_seconds": None} for table in sections["queries"]]
    return {**sections, "queries": queries}


def test_the_demo_is_one_of_them() -> None:
    assert demo() in FOLDERS
    assert golden.exit_code(demo()) == 1


def test_a_new_folder_is_an_example_once_it_has_a_command_line(tmp_path: Path) -> None:
    copytree(FOLDERS[0], tmp_path / "another")
    (tmp_path / "notes").mkdir()
    (found,) = golden.folders(tmp_path)
    assert found.name == "another"
    assert golden.documents(golden.report(found), golden.FORMATS) == rendered(FOLDERS[0])


def test_a_golden_report_that_differs_is_told_by_its_lines(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("one\ntwo\n")
    with pytest.raises(pytest.fail.Exception, match=r"(?s)-two\n\+three"):
        same("one\nthree\n", tmp_path / "report.md")


# The inputs: what a database holds, counted here by plain SQL, must be what the scrape beside it says.

with_both = pytest.mark.parametrize(
    "folder",
    [folder for folder in FOLDERS if (folder / "metrics.prom").is_file() and (folder / "database.sql").is_file()],
    ids=lambda folder: folder.name,
)


def in_rows(folder: Path, what: str, message: str) -> dict[str, int]:
    """`what` per model, over log rows since the process that was scraped began, up to the instant judged."""
    since = document(folder)["sections"]["traffic"]["lifetime"]["since"]
    lifetime = [timestamp.parse(moment) for moment in (since, at(folder))]
    connection = sqlite3.connect(":memory:")
    connection.executescript((folder / "database.sql").read_text("utf-8"))
    rows = connection.execute(
        f"SELECT json_extract(fields, '$.model'), {what} FROM logs"  # noqa: S608 - literals of this file
        " WHERE message LIKE ? AND timestamp > ? AND timestamp <= ? GROUP BY 1",
        (f"{message}%", *lifetime),
    ).fetchall()
    connection.close()
    return dict(rows)


def at(folder: Path) -> str:
    return str(document(folder)["at"])


def in_scrape(folder: Path, sample: str, label: str = "{") -> dict[str, float]:
    """A family's samples added up per model."""
    found: dict[str, float] = {}
    for line in (folder / "metrics.prom").read_text("utf-8").splitlines():
        if line.startswith(f"{sample}{{") and label in line:
            model = line.partition('model="')[2].partition('"')[0]
            found[model] = found.get(model, 0) + float(line.rpartition(" ")[2])
    return found


@pytest.mark.parametrize(
    ("sample", "label", "what", "message"),
    [
        ("llm_requests_total", "{", "count(*)", "Handling"),
        ("llm_tokens_total", 'type="input"', "sum(json_extract(fields, '$.input_tokens'))", "Completed"),
        ("llm_tokens_total", 'type="output"', "sum(json_extract(fields, '$.output_tokens'))", "Completed"),
        ("llm_request_duration_seconds_count", "{", "count(*)", "Completed"),
    ],
)
@with_both
def test_both_witnesses_of_an_example_say_the_same(
    folder: Path, sample: str, label: str, what: str, message: str
) -> None:
    assert in_rows(folder, what, message) == in_scrape(folder, sample, label)
    assert sum(in_rows(folder, what, message).values()) > 0
