"""What wheel and sdist say of themselves to an index, and whether the workflow's way of publishing knows it.

hatchling writes the newest version of Core Metadata that it knows, and the action that publishes has another age.
"""

import re
import tarfile
from pathlib import Path
from zipfile import ZipFile

from packaging.metadata import Metadata
from packaging.version import Version

from tools.release.running import ReleaseError

WORKFLOW = ".github/workflows/release.yml"
#: The newest version that the pinned action knows; it stands beside the pin, with the reason.
KNOWN = re.compile(r'^ +CORE_METADATA: "(\d+\.\d+)"$', re.MULTILINE)


def known(checkout: Path) -> Version:
    """The newest version of Core Metadata that what publishes knows."""
    found = KNOWN.findall((checkout / WORKFLOW).read_text("utf-8"))
    if len(found) != 1:
        raise ReleaseError(f'{WORKFLOW}: one line `CORE_METADATA: "..."` is needed, and {len(found)} are there')
    return Version(found[0])


def check(package: Path, newest: Version) -> None:
    """Raise where the metadata are not valid, or newer than that."""
    version = read(package).metadata_version
    if Version(version) > newest:
        raise ReleaseError(
            f"{package.name} has Metadata-Version {version}, and what publishes knows no newer one than {newest}:"
            f" core-metadata-version in pyproject.toml, or a newer action and CORE_METADATA in {WORKFLOW}"
        )


def read(package: Path) -> Metadata:
    """The metadata of a wheel or an sdist."""
    try:
        return Metadata.from_email(_text(package))
    except ExceptionGroup as invalid:
        said = "; ".join(str(one) for one in invalid.exceptions)
        raise ReleaseError(f"{package.name}: its metadata are not valid: {said}") from invalid


def _text(package: Path) -> bytes:
    if package.suffix == ".whl":
        with ZipFile(package) as wheel:
            (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return wheel.read(name)
    with tarfile.open(package) as sdist:
        file = sdist.extractfile(f"{package.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert file
        return file.read()
