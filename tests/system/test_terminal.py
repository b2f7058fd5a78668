"""Standard output as a terminal, and what decides on colour there."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import process
from tests.process import AT, DOWN, ENVIRONMENT

TEXT = ("--format", "text")
CODES = re.compile(rb"\x1b\[[\d;]*m")


def run(folder: Path, *arguments: str, terminal: bool = True, **variables: str) -> bytes:
    """What one run writes to standard output, which is a pseudo-terminal or a pipe."""
    (folder / "down.prom").write_text(DOWN)
    line = ("--no-db", "--at", AT, "--metrics-file", "down.prom", *arguments)
    command = [sys.executable, "-m", "llmgw_report", *line]
    environment = ENVIRONMENT | {"HOME": str(folder), "TERM": "xterm"}
    parent, child = pty.openpty() if terminal else os.pipe()
    # Started and read at once: a terminal holds a page at most until somebody reads.
    process = subprocess.Popen(
        command, cwd=folder, env=environment | variables, stdout=child, stderr=subprocess.DEVNULL
    )
    os.close(child)
    read = b"".join(chunks(parent))
    assert process.wait(60) == 1
    return read


def chunks(descriptor: int) -> list[bytes]:
    """Everything up to its end, which on a terminal is an error of its own."""
    found: list[bytes] = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            part = b""
        if not part:
            os.close(descriptor)
            return found
        found.append(part)


@pytest.mark.parametrize(
    ("terminal", "variables", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_a_terminal_that_wants_it(
    tmp_path: Path, *, terminal: bool, variables: dict[str, str], coloured: bool
) -> None:
    shown = run(tmp_path, *TEXT, terminal=terminal, **variables)
    assert shown.startswith(b"\x1b[1;31mFAIL\x1b[0m " if coloured else b"FAIL ")
    assert b"\n" in CODES.sub(b"", shown)
    assert (CODES.search(shown) is not None) == coloured


def test_a_file_has_no_colour_and_the_terminal_the_same_words(tmp_path: Path) -> None:
    shown = run(tmp_path, *TEXT, "--output", "report.txt")
    assert CODES.sub(b"", shown).replace(b"\r\n", b"\n") == (tmp_path / "report.txt").read_bytes()


@pytest.mark.parametrize("name", ["md", "json"])
def test_no_other_format_has_colour(tmp_path: Path, name: str) -> None:
    assert b"\x1b" not in run(tmp_path, "--format", name, FORCE_COLOR="1")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_prose_is_as_wide_as_the_terminal(width: int, tmp_path: Path) -> None:
    """A line that is wider is one word: a path or a name is never broken."""
    report = run(tmp_path, *TEXT, "--brief", terminal=False, COLUMNS=str(width)).decode()
    page = process.run("--explain", "error-ratio", cwd=tmp_path, environment={"COLUMNS": str(width)}).stdout
    for text in (report, page):
        assert not [line for line in text.splitlines() if len(line) > width and " " in line.strip()]
        assert max(map(len, text.splitlines())) > width * 0.7
