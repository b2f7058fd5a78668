"""A scrape that is older than the window: the report says so, and when each input is of."""

import json
import os
from pathlib import Path

import pytest

from tests.process import AT, HEALTHY, run

DAY_OLD = 1772366400000  # 2026-03-01T12:00:00Z


@pytest.mark.parametrize(
    ("options", "stamped", "as_of", "stale"),
    [
        (("--at", AT), False, AT, False),
        (("--at", AT), True, "2026-03-01T12:00:00Z", True),
        ((), False, "2001-09-09T01:46:45Z", True),
    ],
    ids=["--at", "times of samples", "a file's last change"],
)
def test_a_scrape_that_is_older_than_the_window(
    options: tuple[str, ...],
    stamped: bool,  # noqa: FBT001 - a parameter of the table
    as_of: str,
    stale: bool,  # noqa: FBT001 - the same
    tmp_path: Path,
) -> None:
    lines = HEALTHY.splitlines()
    text = "\n".join(line if line[0] == "#" or not stamped else f"{line} {DAY_OLD}" for line in lines)
    (tmp_path / "m.prom").write_text(text + "\n")
    os.utime(tmp_path / "m.prom", (1e9 + 5, 1e9 + 5))
    done = run("--no-db", "--metrics-file", "m.prom", *options, "-f", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [one["as_of"] for one in report["inputs"] if one["kind"] == "metrics"] == [as_of]
    found = next(one for one in report["findings"] if one["check"] == "scrape-readable")
    assert (found["status"] == "warn", "before the evaluation time" in found["seen"]) == (stale, stale)
    assert (report["verdict"]["status"], done.returncode) == (("unknown", 3) if stale else ("pass", 0))
    assert ("the samples are of" in report["verdict"]["headline"]) == stale


@pytest.mark.parametrize(("seconds", "code"), [(30, 0), (3600, 3)])
def test_a_scrape_from_after_the_evaluation_time(tmp_path: Path, seconds: int, code: int) -> None:
    stamp = 1772452800000 + seconds * 1000
    lines = (line if line[0] == "#" else f"{line} {stamp}" for line in HEALTHY.splitlines())
    (tmp_path / "m.prom").write_text("\n".join(lines) + "\n")
    done = run("--no-db", "--metrics-file", "m.prom", "--at", AT, cwd=tmp_path)
    assert done.returncode == code
    assert ("after the evaluation time" in done.stdout) == bool(code)
