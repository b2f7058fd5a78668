"""Where the benchmark runs: a folder of its own with the wheel, its dependencies and nothing else installed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
WITHOUT_NETWORK = (
    "The locked packages of requirements/ are fetched from a package index, for which a network is needed. Without one:"
    " put their files into a folder, and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to that folder."
)


class Place(NamedTuple):
    """`python` and `command` are the installed ones; `rows` the size of the log table, `repeat` scales the rounds."""

    folder: Path
    python: Path
    command: Path
    rows: int
    repeat: float

    def rounds(self, usual: int) -> int:
        """How often to measure what is usually measured `usual` times; never less than once."""
        return max(1, round(usual * self.repeat))


def prepare(folder: Path, rows: int, repeat: float, interpreter: Path = Path(sys.executable)) -> Place:
    """Build the wheel and install it with its locked dependencies, for this Python or another.

    Not the development environment: a package that merely lies beside httpx can make its import slower.
    """
    environment = folder / "venv"
    # Debian's Python makes an environment with pip in it only if yet another package is installed.
    subprocess.run([interpreter, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    _module("build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT)
    (wheel,) = folder.glob("*.whl")
    locked: list[str | Path] = [
        "--require-hashes",
        "--no-deps",
        "--requirement",
        CHECKOUT / "requirements" / "runtime.txt",
    ]
    _module("pip", "--quiet", "--quiet", "--python", python, "install", *locked)
    _module("pip", "--quiet", "--quiet", "--python", python, "install", "--no-deps", "--no-index", wheel)
    return Place(folder, python, environment / "bin" / "llmgw-report", rows, repeat)


def install(place: Place, *locked: str) -> None:
    """Add packages that only some runs need, once those that do without were measured."""
    file = place.folder / "more.txt"
    file.write_text("\n".join(locked))
    exact = ("--require-hashes", "--no-deps", "--requirement", file)
    _module("pip", "--quiet", "--quiet", "--python", place.python, "install", *exact)


def _module(*arguments: str | Path) -> None:
    """Run a module of this environment; what it could not do ends the tool, with its last words and what helps."""
    command = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        first, *_, last = ((done.stderr or done.stdout).strip() or "nothing").splitlines() * 2
        remedy = f"\n{WITHOUT_NETWORK}" if arguments[0] == "pip" else ""
        raise SystemExit(
            f"not installed: {arguments[0]} ended with {done.returncode} and said: {first}\n{last}{remedy}"
        )


@contextmanager
def served(file: Path) -> Iterator[str]:
    """The URL at which a process of its own answers with `file`."""
    command: list[str | Path] = [sys.executable, CHECKOUT / "tools" / "bench" / "serve.py", file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()
