"""The table of tests/system/faults/exposition.py, each row as a command in this process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from llmgw_report.cli import main
from tests.process import AT, CHECKOUT, HEALTHY
from tests.system.faults.exposition import SCRAPES, Odd
from tests.system.faults.test_http import of_the_scrape

#: `make bench` reads a million.
SERIES = 300_000
COMMAND = ("--no-config", "--no-db", "--at", AT, "-f", "json", "--metrics-file", "m.prom")


@pytest.mark.parametrize("odd", SCRAPES, ids=lambda odd: odd.name)
def test_what_the_report_says_of_a_scrape(
    odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.prom").write_bytes(odd.text)
    code = main(COMMAND)
    out, err = capsys.readouterr()
    assert code == odd.code, err
    report = json.loads(out)
    traffic = report["sections"]["traffic"]
    latency = traffic["total"]["latency"]["reason"] if traffic else ""
    assert odd.said in f"{of_the_scrape(report)}\n{latency}"
    assert (traffic["total"]["requests"] if traffic else None) == odd.requests


def test_no_more_values_of_a_label_are_told_apart_than_a_report_can_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.prom").write_bytes(next(odd.text for odd in SCRAPES if odd.name == "values"))
    assert main([*COMMAND, "--group-by", "model"]) == 0
    rows = {row["group"]: row["requests"] for row in json.loads(capsys.readouterr().out)["sections"]["traffic"]["rows"]}
    assert len(rows) == 1001
    assert (rows["m"], rows["m0"], rows["(other)"]) == (1000, 1, 5000 - 999)


def test_many_series_take_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "m.prom").open("w") as file:
        file.write(HEALTHY)
        for number in range(SERIES):
            file.write(f'llm_requests_total{{api_key="k{number % 97}",provider="p{number % 7}",model="m{number}"}} 3\n')
    # The meter of a process begins at that of its parent: a small one in between.
    program = "import subprocess, sys; subprocess.run([sys.executable, '-m', 'llmgw_report', *sys.argv[1:]])"
    done = subprocess.run(
        [sys.executable, "-c", program, *COMMAND],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["sections"]["traffic"]["total"]["requests"] == 1000 + 3 * SERIES
    assert report["timings"]["peak_rss_bytes"] < 64 * 2**20
