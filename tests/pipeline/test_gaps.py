"""What a PASS lacks: the metrics of another time, which --window all would take for those of now."""

import os
from pathlib import Path

import pytest

from llmgw_report.model.report import Report
from tests.builders.gateway import STARTED, Machine, gateway, report, scrape

NOW = "2026-03-02T12:00:00Z"


def read(folder: Path, made: str, *more: str, bad: int = 0) -> Report:
    """A saved scrape that was written then, read now; its process started hours before."""
    file = folder / "metrics.prom"
    file.write_text(scrape(2000, bad, started=STARTED))
    os.utime(file, (Machine(made).ms / 1000,) * 2)
    source = ("--gateway", gateway(folder), "--metrics-file", str(file), "--no-db", "--no-config", "--window", "all")
    return report(*source, *more, machine=Machine(NOW))


@pytest.mark.parametrize(
    ("made", "status"),
    [
        ("2026-03-02T12:00:30Z", "pass"),  # by the clock of another machine
        ("2026-03-02T11:50:00Z", "pass"),
        ("2026-03-02T10:00:00Z", "unknown"),
        ("2026-03-01T12:00:00Z", "unknown"),
        ("2026-03-02T12:30:00Z", "unknown"),
    ],
)
def test_a_scrape_of_another_time_is_no_evidence_of_now(made: str, status: str, tmp_path: Path) -> None:
    found = read(tmp_path, made)
    assert found.verdict.status == status
    assert ("--at" in found.verdict.headline) == (status == "unknown")


def test_who_names_its_time_evaluates_it(tmp_path: Path) -> None:
    assert read(tmp_path, "2026-03-01T12:00:00Z", "--at", "2026-03-02T11:00:00Z").verdict.status == "pass"


def test_what_it_proves_to_fail_stands(tmp_path: Path) -> None:
    assert read(tmp_path, "2026-03-02T10:00:00Z", bad=500).verdict.status == "fail"
