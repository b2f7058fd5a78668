"""The SBOM: what a run of the release consists of, as CycloneDX.

Its components are those of `requirements/runtime.txt`, not whatever is newest on the day: the same commit has the same
SBOM. Licences and what needs what are in the metadata of the packages, which the development environment has in the
locked versions, so that nothing is downloaded.
"""

import json
import re
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.version import Version

from tools.release.running import ReleaseError, run

LOCKED = "requirements/runtime.txt"
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
SPECIFICATION = "1.6"


def write(checkout: Path, version: Version, epoch: str, file: Path) -> None:
    """Write it; `check` compares it with its schema, which takes longer."""
    with TemporaryDirectory(prefix="llmgw-report-sbom-") as folder:
        python = locked(checkout, Path(folder))
        command = ["environment", "--spec-version", SPECIFICATION, "--no-validate", "--output-reproducible"]
        command += ["--pyproject", "pyproject.toml", "--mc-type", "application", str(python)]
        variables = {"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": epoch}
        text = run(sys.executable, "-m", "cyclonedx_py", *command, cwd=checkout, environment=variables)
    file.write_text(named(text, version), "utf-8")


def check(file: Path) -> None:
    """Raise where it is not valid against the schema of its format."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    schema = SchemaVersion.from_version(SPECIFICATION)
    if error := JsonStrictValidator(schema).validate_str(file.read_text("utf-8")):
        raise ReleaseError(f"{file.name} is not valid against the schema of CycloneDX {SPECIFICATION}: {error}")


def locked(checkout: Path, folder: Path) -> Path:
    """An interpreter that sees the metadata of the locked packages and nothing else."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name, pinned in PIN.findall((checkout / LOCKED).read_text("utf-8")):
        try:
            found = Distribution.from_name(name)
        except PackageNotFoundError:
            raise ReleaseError(f"{name} is locked in {LOCKED} and not installed: make setup") from None
        if found.version != pinned:
            raise ReleaseError(f"{name} {found.version} is installed, and {LOCKED} has {pinned}: make setup")
        listed = next(file for file in found.files or () if file.name == "METADATA")
        metadata = Path(str(found.locate_file(listed))).parent
        (packages / metadata.name).symlink_to(metadata)
    return folder / "bin" / "python"


def named(text: str, version: Version) -> str:
    """The document with the version of what it is about, which is not in pyproject.toml."""
    document = json.loads(text)
    about = document["metadata"]["component"]
    about |= {"version": str(version), "purl": f"pkg:pypi/{about['name']}@{version}"}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
