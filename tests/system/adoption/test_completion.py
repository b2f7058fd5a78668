"""Completion in the shells themselves: what stands on the command line once the tab key was pressed."""

import os
import pty
import re
import select
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.process import CHECKOUT, PATH, needs
from tests.system.adoption.machine import shell

SCRIPTS = CHECKOUT / "docs" / "completion"
SHELLS = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
}
#: What is typed before the tab key -> what then stands there.
LINES = {
    "--trend-w": "--trend-window",
    "--format js": "--format json",
    "-f juni": "-f junit",
    "--format=nag": "--format=nagios",
    "--group-by api": "--group-by api-key",
    "--explain instance-h": "--explain instance-health",
    "--list-checks --fail-on nev": "--list-checks --fail-on never",
    "--gateway one-": "--gateway one-api",
    "--preset stag": "--preset staging",
    "--set error-budget.min": "--set error-budget.min-n=20",
    "--set=error-budget.min": "--set=error-budget.min-n=20",
    "--set latency-p99.severity=w": "--set latency-p99.severity=warn",
    "--db-path observ": "--db-path observability.db",
}
END = " -the-end-"
SECONDS = 60


@pytest.mark.parametrize("name", SHELLS)
def test_at_a_terminal(name: str, tmp_path: Path) -> None:
    """The tab key ends each line; `echo` before it and an end behind it then show what it has become."""
    needs(name)
    (tmp_path / "observability.db").touch()
    start = "autoload -Uz compinit; compinit -u -d zcompdump; " if name == "zsh" else ""
    typed = [f"{start}. {shlex.quote(str(SCRIPTS / f'llmgw-report.{name}'))}\n"]
    # Ctrl-A and Ctrl-E go to the beginning and to the end of the line.
    typed += [f"llmgw-report {line}\t\x01echo '{number}:' \x05{END}\n" for number, line in enumerate(LINES)]
    shown = session(SHELLS[name], typed, tmp_path)
    for number, wanted in enumerate(LINES.values()):
        assert f"\n{number}: llmgw-report {wanted}{END}\n" in re.sub(" +", " ", shown)


def session(command: tuple[str, ...], typed: Sequence[str], folder: Path) -> str:
    """All that a terminal shows of a shell that is typed at, one line after the other was answered."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, {"PATH": PATH, "HOME": str(folder), "TERM": "dumb", "PS1": "$ "})  # noqa: S606
    shown = ""
    try:
        for number, line in enumerate([*typed, "exit\n"]):
            os.write(terminal, line.encode())
            # To its end, for the rest of a line may come later.
            wanted = rf"\n{number - 1}: [^\n]*\n" if number and number < len(typed) else ""
            while not re.search(wanted, shown.replace("\r", "")):
                assert select.select([terminal], [], [], SECONDS)[0], f"no answer to {line!r} after:\n{shown}"
                shown += os.read(terminal, 65536).decode(errors="replace")
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown.replace("\r", "")


def test_in_fish(tmp_path: Path) -> None:
    """It says what it would offer, without a terminal."""
    needs("fish")
    (tmp_path / "observability.db").touch()
    asked = [f"complete -C {shlex.quote(f'llmgw-report {line}')}; echo {END}" for line in LINES]
    done = shell("; ".join([f"source {SCRIPTS / 'llmgw-report.fish'}", *asked]), tmp_path, {}, ("fish",))
    answers = done.stdout.split(f"{END.strip()}\n")
    offered = [[line.partition("\t")[0] for line in answer.splitlines()] for answer in answers]
    assert offered == [[wanted.rpartition(" ")[2]] for wanted in LINES.values()] + [[]]
