"""Pipes, devices and folders where a file is expected: refused at once, by every option that names an input file."""

import os
from pathlib import Path

import pytest

from tests.process import FILE, HEALTHY, run

URL = ("--url", "http://127.0.0.1:9/metrics")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A healthy gateway's scrape beside a pipe that nobody writes to."""
    (tmp_path / "healthy.prom").write_text(HEALTHY)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize("target", ["pipe", "/dev/zero", "."])
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--metrics-file",), 3),
        ((*FILE, "healthy.prom", "--tests"), 3),
        ((*FILE, "healthy.prom", "--query"), 2),
        ((*FILE, "healthy.prom", "--baseline"), 2),
        (("--rejudge",), 2),
        ((*FILE, "healthy.prom", "--css"), 2),
        ((*FILE, "healthy.prom", "--config"), 2),
        ((*URL, "--bearer-token-file"), 2),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_an_option_refuses_what_may_never_end(place: Path, options: tuple[str, ...], code: int, target: str) -> None:
    done = run(*options, target, cwd=place)
    assert done.returncode == code, done.stderr
    assert "irectory" in done.stdout + done.stderr or "a device or a pipe, not a file" in done.stdout + done.stderr


def test_a_header_from_a_pipe_is_refused(place: Path) -> None:
    assert run(*URL, "--header", "@pipe", cwd=place).returncode == 2


@pytest.mark.parametrize(("name", "code"), [("llmgw-report.toml", 2), ("config.toml", 0)])
def test_a_pipe_that_is_found_where_a_configuration_is_looked_for(place: Path, name: str, code: int) -> None:
    (place / "pipe").rename(place / name)
    assert run(*FILE, "healthy.prom", cwd=place).returncode == code
