"""Programs that a release runs; what they print is shown when they fail."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

#: Lines of a failed program's output that are shown.
SHOWN = 30


class ReleaseError(Exception):
    """Why a release goes no further, for whoever started it."""


def run(
    *command: str | Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    umask: int = -1,
    expected: int = 0,
) -> str:
    """Its standard output; any exit code but the expected one ends the release."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": ""} if environment is None else environment,
        umask=umask,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != expected:
        shown = "\n".join(f"    {line}" for line in (done.stdout + done.stderr).splitlines()[-SHOWN:])
        wanted = f" instead of {expected}" if expected else ""
        raise ReleaseError(f"exit code {done.returncode}{wanted} of: {shlex.join(map(str, command))}\n{shown}")
    return done.stdout


def git(checkout: Path, *arguments: str | Path) -> str:
    """What git prints, without the end of its last line."""
    return run("git", *arguments, cwd=checkout).rstrip("\n")


def answer(checkout: Path, *arguments: str) -> str:
    """What git prints, or nothing where it has no answer: no such tag, no upstream, no setting."""
    try:
        return git(checkout, *arguments)
    except ReleaseError:
        return ""
