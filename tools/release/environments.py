"""Clean environments: a package of the release is installed, and the command is run."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from tools.release import metadata
from tools.release.interpreters import Interpreter
from tools.release.running import ReleaseError, run

DISTRIBUTION = "llmgw-report"
#: What an extra is there to import.
EXTRAS = {"postgres": "psycopg"}
#: The demo's gateway is unhealthy.
FAILED = 1


class Trial(NamedTuple):
    """One environment: `lowest` takes the lowest versions that the wheel's metadata allows."""

    interpreter: Interpreter
    package: Path
    extras: tuple[str, ...] = ()
    lowest: bool = False

    def __str__(self) -> str:
        kind = "wheel" if self.package.suffix == ".whl" else "sdist"
        extras = f" with {', '.join(self.extras)}" if self.extras else ""
        return f"{self.interpreter}, {kind}{extras}{', lowest dependencies' if self.lowest else ''}"


def trials(interpreters: Sequence[Interpreter], wheel: Path, sdist: Path) -> Iterator[Trial]:
    """Wheel and sdist in each; the lowest dependencies in the oldest, which is of their time; extras in the newest."""
    for interpreter in interpreters:
        yield Trial(interpreter, wheel)
        yield Trial(interpreter, sdist)
    yield Trial(interpreters[0], wheel, lowest=True)
    yield Trial(interpreters[-1], wheel, extras=tuple(EXTRAS))


def perform(trial: Trial, wheel: Path, version: Version, folder: Path) -> None:
    """Install in a new environment in the folder, and run what is there."""
    environment = folder / "environment"
    folder.mkdir()
    run(trial.interpreter.path, "-m", "venv", "--without-pip", environment, cwd=folder)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    extras = f"[{','.join(trial.extras)}]" if trial.extras else ""
    arguments = [f"{DISTRIBUTION}{extras} @ {trial.package.as_uri()}"]
    if trial.lowest:
        (folder / "lowest.txt").write_text("".join(f"{pin}\n" for pin in lowest(wheel)), "utf-8")
        arguments += ["--constraint", str(folder / "lowest.txt")]
    run(*pip, "install", "--quiet", *arguments, cwd=folder)
    run(*pip, "check", cwd=folder)
    for extra in trial.extras:
        run(python, "-I", "-c", f"import {EXTRAS[extra]}", cwd=folder)
    exercise(environment, version, folder)


def lowest(wheel: Path) -> Iterator[str]:
    """Pins of the direct dependencies to the lowest version that the wheel's metadata allows."""
    for requirement in metadata.read(wheel).requires_dist or []:
        if requirement.marker and "extra" in str(requirement.marker):
            continue
        floors = [one.version for one in requirement.specifier if one.operator == ">="]
        if len(floors) != 1:
            raise ReleaseError(f"{requirement}: a dependency has a lowest version, `{requirement.name}>=...`")
        yield f"{requirement.name}=={floors[0]}"


def exercise(environment: Path, version: Version, folder: Path) -> None:
    """Run the command, by its script and as a module, in an empty folder and with nothing of the caller's."""
    programs = environment / "bin"
    empty = folder / "empty"
    empty.mkdir()
    variables = {"PATH": os.defpath, "HOME": str(empty), "LC_ALL": "C.UTF-8"}
    starts: tuple[tuple[Path | str, ...], ...] = (programs / DISTRIBUTION,), (programs / "python", "-m", "llmgw_report")
    documents = []
    for command in starts:
        output = partial(run, *command, cwd=empty, environment=variables)
        said = output("--version").strip()
        if said.split()[-1:] != [str(version)]:
            raise ReleaseError(f"--version prints {said!r}, and {version} was built")
        if not output("--demo", expected=FAILED).startswith("# "):
            raise ReleaseError("--demo prints no Markdown report")
        documents.append(output("--demo", "--format", "json", expected=FAILED))
    valid(documents, output("--schema"), version, folder)
    if left := sorted(file.name for file in empty.iterdir()):
        raise ReleaseError(f"the command left files in its working directory: {', '.join(left)}")


def valid(documents: Sequence[str], schema: str, version: Version, folder: Path) -> None:
    """The documents are what their schema describes, and of this version."""
    (folder / "schema.json").write_text(schema, "utf-8")
    files = [folder / f"report-{number}.json" for number, _ in enumerate(documents)]
    for file, document in zip(files, documents, strict=True):
        file.write_text(document, "utf-8")
        if (found := json.loads(document)["tool"]["version"]) != str(version):
            raise ReleaseError(f"the JSON document is of version {found}, and {version} was built")
    run(Path(sys.executable).with_name("check-jsonschema"), "--schemafile", folder / "schema.json", *files, cwd=folder)
