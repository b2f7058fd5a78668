"""The supported Pythons of this machine."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

CLASSIFIER = "Programming Language :: Python :: 3."
#: An interpreter may be there and not work: a shim of pyenv for a version that is not chosen, a package without venv.
PROBE = "import json, sys, venv; print(json.dumps(sys.version_info[:3]))"


class Interpreter(NamedTuple):
    """One that was started: where it is and which Python it is."""

    path: Path
    version: tuple[int, int, int]

    def __str__(self) -> str:
        return f"Python {'.'.join(map(str, self.version))}"


def supported(checkout: Path) -> list[int]:
    """The minor versions that the package's classifiers name, oldest first."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    return sorted(int(one.removeprefix(CLASSIFIER)) for one in project["classifiers"] if one.startswith(CLASSIFIER))


def find(minor: int, variables: Mapping[str, str] = os.environ) -> Interpreter | None:
    """The first that starts: on PATH, of pyenv, of uv."""
    return next((found for path in candidates(minor, variables) if (found := started(path, minor))), None)


def candidates(minor: int, variables: Mapping[str, str]) -> Iterator[Path]:
    """Where it may be."""
    name = f"python3.{minor}"
    home = Path(variables.get("HOME", "/"))
    for folder in variables.get("PATH", "").split(os.pathsep):
        if found := shutil.which(name, path=folder):
            yield Path(found)
    pyenv = Path(variables.get("PYENV_ROOT", home / ".pyenv"), "versions")
    data = Path(variables.get("XDG_DATA_HOME", home / ".local" / "share"))
    uv = Path(variables.get("UV_PYTHON_INSTALL_DIR", data / "uv" / "python"))
    yield from sorted(pyenv.glob(f"3.{minor}.*/bin/{name}"))
    yield from sorted(uv.glob(f"cpython-3.{minor}*/bin/{name}"))


def started(path: Path, minor: int) -> Interpreter | None:
    """What it says of itself, if it starts and is the one that is looked for."""
    # `-P`, as a module beside the caller may have a name of the standard library.
    done = subprocess.run([path, "-P", "-c", PROBE], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    major, found, micro = json.loads(done.stdout)
    return Interpreter(path, (major, found, micro)) if (major, found) == (3, minor) else None
