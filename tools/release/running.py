"""Programs that a release runs; what they print is shown when they fail, and they end with it."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.temporary import ENDINGS, handled

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
    apart: bool = True,
) -> str:
    """Its standard output; any exit code but the expected one ends the release.

    Apart from the terminal it is the head of a group, which ends as a whole if the release is interrupted: what pip and
    build have started would go on and write into folders that are being removed.
    """
    program = None
    try:
        with _uninterrupted():
            program = subprocess.Popen(
                command,
                cwd=cwd,
                env=os.environ | {"PYTHONPATH": ""} if environment is None else environment,
                umask=umask,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                process_group=0 if apart else None,
            )
        output, errors = program.communicate()
    except BaseException:
        if program is not None:
            _end(program, apart=apart)
        raise
    if program.returncode != expected:
        shown = "\n".join(f"    {line}" for line in (output + errors).splitlines()[-SHOWN:])
        wanted = f" instead of {expected}" if expected else ""
        raise ReleaseError(f"exit code {program.returncode}{wanted} of: {shlex.join(map(str, command))}\n{shown}")
    return output


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Whatever asks the release to end comes after this: nobody could end a program that is just being started."""
    asked: list[int] = []
    with handled((signal.SIGINT, *ENDINGS), lambda number, _: asked.append(number)):
        yield
    for number in asked:
        signal.raise_signal(number)


def _end(program: "subprocess.Popen[str]", *, apart: bool) -> None:
    """End a program, with its group if it is the head of one."""
    if apart:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
    else:
        program.kill()
    program.communicate()


def git(checkout: Path, *arguments: str | Path) -> str:
    """What git prints, without the end of its last line; it may ask at the terminal for what signs a commit."""
    return run("git", *arguments, cwd=checkout, apart=False).rstrip("\n")


def answer(checkout: Path, *arguments: str) -> str:
    """What git prints, or nothing where it has no answer: no such tag, no upstream, no setting."""
    try:
        return git(checkout, *arguments)
    except ReleaseError:
        return ""
