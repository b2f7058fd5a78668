"""`--history` as a process: refused before anything is read, and a report that is printed although it is not kept."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.process import AT, HEALTHY, hung_server, last_line, needs, run
from tools.torture import history

OPTIONS = ("--no-db", "--no-config", "--at", AT, "--history", "history.db", "-f", "json")


def once(folder: Path, requests: int, *prefix: str) -> CompletedProcess[str]:
    (folder / "metrics.prom").write_text(HEALTHY.replace("} 1000", f"}} {requests}"))
    return run(*OPTIONS, "--metrics-file", "metrics.prom", cwd=folder, prefix=prefix)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(84)])
def test_what_is_no_history_is_refused_before_the_scrape(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(content)
    with hung_server() as (url, asked):
        done = run(*OPTIONS, "--url", url, cwd=tmp_path)
        assert not asked.is_set()
    assert (done.returncode, done.stdout) == (2, "")
    assert "not a history" in done.stderr
    assert last_line(done) == "llmgw-report: USAGE exit=2"
    assert (tmp_path / "history.db").read_bytes() == content


def test_a_trigger_of_another_program_is_refused(tmp_path: Path) -> None:
    assert once(tmp_path, 1000).returncode == 0
    with closing(sqlite3.connect(tmp_path / "history.db")) as database, database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON run BEGIN UPDATE run SET at_ms = 'soon'; END")
    done = once(tmp_path, 1100)
    assert (done.returncode, done.stdout) == (2, "")
    assert "it has the trigger t" in done.stderr


def test_a_report_is_printed_although_it_cannot_be_kept(tmp_path: Path) -> None:
    needs("prlimit")
    for requests in range(1000, 1200, 100):
        assert once(tmp_path, requests).returncode == 0
    history = tmp_path / "history.db"
    for requests in range(1200, 4000, 100):  # until the next run does not fit any more
        done = once(tmp_path, requests, "prlimit", f"--fsize={history.stat().st_size}")
        if done.returncode:
            break
    assert (done.returncode, last_line(done)) == (4, "llmgw-report: INTERNAL exit=4")
    assert "this run is not in it" in done.stderr
    assert json.loads(done.stdout)["verdict"]["status"] == "pass"
    assert once(tmp_path, 5000).returncode == 0
    with closing(sqlite3.connect(history)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_it_is_no_place_for_a_report(tmp_path: Path) -> None:
    once(tmp_path, 1000)
    done = run(*OPTIONS, "--metrics-file", "metrics.prom", "-o", "json=history.db", cwd=tmp_path)
    assert done.returncode == 2
    assert "which is read" in done.stderr


def test_two_jobs_keep_one_file(tmp_path: Path) -> None:
    """A few runs; `make torture TORTURE=history` has ten minutes of them."""
    result = history.campaign(0, 8, tmp_path)
    assert result.crashes == ()
    assert "failures: 0" in result.notes[0]


def test_a_wrong_window_would_be_told() -> None:
    answers = [history.Answer(100.0, 1000, 0), history.Answer(130.0, 7000, 0), history.Answer(160.0, 13_000, 6990)]
    at = "1970-01-01T00:02:10Z"
    assert list(history.wrong(answers, 7000, 6000, 100.0, at)) == []
    assert list(history.wrong(answers, 7000, 6001, 100.0, at))
    assert list(history.wrong(answers, 7000, 6000, 115.0, at))
    across = "1970-01-01T00:02:39Z"
    assert list(history.wrong(answers, 6010, 5990, 130.0, across)) == []
    assert list(history.wrong(answers, 6010, 13_000, 130.0, across))
