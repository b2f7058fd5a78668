"""The SBOM: what a run of the release consists of, as CycloneDX; what an extra adds to that is of optional scope.

Its components are those that `requirements/` locks, not whatever is newest on the day: the same commit has the same
SBOM. Licences and what needs what are in the metadata of the packages, which the development environment has in the
locked versions, so that nothing is downloaded. A component stands for all files of its version, of which one is
installed: each is a distribution of the component and has its own checksum, the locked one.
"""

import json
import re
import sys
import tomllib
import venv
from collections.abc import Container, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.release import licences
from tools.release.running import ReleaseError, run
from tools.temporary import temporary

LOCKED = "requirements/runtime.txt"
#: Where the packages of extras are locked too, among those of development.
ALL_LOCKED = "requirements/dev.txt"
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
#: A package with the lines that belong to it, and the checksum of one of its files.
ENTRY = re.compile(r"^([\w.-]+)==(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")
#: Lists the files of a package with their checksums; the lock has no addresses of single files.
INDEX = "https://pypi.org/simple/{name}/"
SPECIFICATION = "1.6"


def write(checkout: Path, version: Version, epoch: str, file: Path) -> None:
    """Write it; `check` compares it with its schema, which takes longer."""
    optional = extras(checkout)
    with temporary("sbom") as folder:
        python = environment(pins(checkout, LOCKED) | optional, folder)
        command = ["environment", "--spec-version", SPECIFICATION, "--no-validate", "--output-reproducible"]
        command += ["--pyproject", "pyproject.toml", "--mc-type", "application", str(python)]
        variables = {"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": epoch}
        text = run(sys.executable, "-m", "cyclonedx_py", *command, cwd=checkout, environment=variables)
    file.write_text(completed(json.loads(text), version, optional, checkout), "utf-8")


def check(file: Path) -> None:
    """Raise where it is not valid against the schema of its format."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    schema = SchemaVersion.from_version(SPECIFICATION)
    if error := JsonStrictValidator(schema).validate_str(file.read_text("utf-8")):
        raise ReleaseError(f"{file.name} is not valid against the schema of CycloneDX {SPECIFICATION}: {error}")


def pins(checkout: Path, file: str) -> dict[str, str]:
    """The versions that a file of locked packages has, by name."""
    return {canonicalize_name(name): pin for name, pin in PIN.findall((checkout / file).read_text("utf-8"))}


def distributions(checkout: Path, file: str) -> dict[str, list[dict[str, Any]]]:
    """CycloneDX's references to the files of each package that is locked, by its name."""
    entries = {canonicalize_name(name): lines for name, lines in ENTRY.findall((checkout / file).read_text("utf-8"))}
    return {
        name: [
            {"type": "distribution", "url": INDEX.format(name=name), "hashes": [{"alg": "SHA-256", "content": content}]}
            for content in HASH.findall(lines)
        ]
        for name, lines in entries.items()
    }


def extras(checkout: Path) -> dict[str, str]:
    """The locked versions of what the extras add to a run, with all that it needs."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [Requirement(one) for ones in project.get("optional-dependencies", {}).values() for one in ones]
    needed = {name for requirement in wanted for name in _needed(requirement)} - pins(checkout, LOCKED).keys()
    return {name: pin for name, pin in pins(checkout, ALL_LOCKED).items() if name in needed}


def _needed(requirement: Requirement) -> Iterator[str]:
    """It and what it needs, on whatever system: the SBOM is the same, wherever it is made."""
    yield canonicalize_name(requirement.name)
    for further in map(Requirement, installed(requirement.name).requires or ()):
        condition = str(further.marker or "")
        if "extra ==" not in condition or any(f'extra == "{extra}"' in condition for extra in requirement.extras):
            yield from _needed(further)


def installed(name: str) -> Distribution:
    """The metadata of a package of the development environment."""
    try:
        return Distribution.from_name(name)
    except PackageNotFoundError:
        raise ReleaseError(f"{name} is locked in requirements/ and not installed: make setup") from None


def environment(packages: Mapping[str, str], folder: Path) -> Path:
    """An interpreter that sees the metadata of these versions and nothing else."""
    venv.create(folder, symlinks=True)
    (place,) = folder.glob("lib/python*/site-packages")
    for name, pinned in packages.items():
        found = installed(name)
        if found.version != pinned:
            raise ReleaseError(f"{name} {found.version} is installed, and requirements/ has {pinned}: make setup")
        listed = next(file for file in found.files or () if file.name == "METADATA")
        metadata = Path(str(found.locate_file(listed))).parent
        (place / metadata.name).symlink_to(metadata)
    return folder / "bin" / "python"


def completed(document: dict[str, Any], version: Version, optional: Container[str], checkout: Path) -> str:
    """The document as text, with its version, which is not in pyproject.toml, and with what the lock adds."""
    about = document["metadata"]["component"]
    about |= {"version": str(version), "purl": f"pkg:pypi/{about['name']}@{version}"}
    required, all_locked = (distributions(checkout, file) for file in (LOCKED, ALL_LOCKED))
    for component in document["components"]:
        name = canonicalize_name(component["name"])
        component["scope"] = "optional" if name in optional else "required"
        component["licenses"] = [licences.element(installed(name))]
        component["externalReferences"] = [
            *component.get("externalReferences", []),
            *(all_locked if name in optional else required)[name],
        ]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
