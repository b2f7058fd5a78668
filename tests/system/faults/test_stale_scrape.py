"""A scrape of another time proves nothing: the report says so, and when each input is of."""

import json
import os
from pathlib import Path

import pytest

from tests.process import AT, HEALTHY, call

DAY_MS = 86_400_000
AT_MS = 1772452800000


@pytest.mark.parametrize(
    ("options", "stamped", "as_of", "said"),
    [
        (("--at", AT), None, AT, ""),
        (("--at", AT), AT_MS - DAY_MS, "2026-03-01T12:00:00Z", "1 d before the evaluation time"),
        (("--at", AT), AT_MS + DAY_MS, "2026-03-03T12:00:00Z", "after the evaluation time"),
        (("--at", AT), AT_MS + 59_000, "2026-03-02T12:00:59Z", ""),
        ((), None, "2001-09-09T01:46:45Z", "before the evaluation time"),
    ],
    ids=["--at", "times of samples", "later times", "clocks that do not quite agree", "a file's last change"],
)
def test_a_scrape_of_another_time(
    options: tuple[str, ...], stamped: int | None, as_of: str, said: str, tmp_path: Path
) -> None:
    lines = HEALTHY.splitlines()
    text = "\n".join(line if line[0] == "#" or not stamped else f"{line} {stamped}" for line in lines)
    (tmp_path / "m.prom").write_text(text + "\n")
    os.utime(tmp_path / "m.prom", (1e9 + 5, 1e9 + 5))
    done = call("--no-db", "--metrics-file", "m.prom", *options, "-f", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [one["as_of"] for one in report["inputs"] if one["kind"] == "metrics"] == [as_of]
    found = next(one for one in report["findings"] if one["check"] == "scrape-readable")
    assert (done.returncode, found["status"]) == ((3, "unknown") if said else (0, "pass"))
    assert said in found["seen"]
    assert (found["seen"] in report["verdict"]["headline"]) == bool(said)
