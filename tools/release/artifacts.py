"""What a release consists of: `python -m tools.release.artifacts FOLDER` makes it of the checkout's last commit.

The same commit gives the same bytes: its time is that of every file, and what is built with is locked.
"""

import hashlib
import os
import sys
import tarfile
import zipfile
from argparse import ArgumentParser
from pathlib import Path

from tools.release import bill, edits
from tools.release.running import ReleaseError, git, run
from tools.temporary import temporary

CHECKOUT = Path(__file__).parents[2]
SUMS = "SHA256SUMS"


def make(checkout: Path, folder: Path, variables: dict[str, str] | None = None, umask: int = -1) -> None:
    """Make sdist, wheel (out of the sdist) and SBOM in the folder."""
    epoch = git(checkout, "log", "--max-count=1", "--format=%ct")
    version = edits.version(checkout)
    folder.mkdir(parents=True, exist_ok=True)
    # Not isolated: the wheel carries what jinja2 makes of the templates, and a newer jinja2 makes something else.
    run(
        *(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, checkout),
        cwd=checkout,
        environment=os.environ | {"PYTHONPATH": "", "SOURCE_DATE_EPOCH": epoch} | (variables or {}),
        umask=umask,
    )
    bill.write(checkout, version, epoch, folder / f"llmgw_report-{version}.cdx.json")


def write_sums(folder: Path) -> str:
    """Write the checksums of everything in the folder, as `sha256sum --check` reads them."""
    files = sorted(file for file in folder.iterdir() if file.name != SUMS)
    text = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (folder / SUMS).write_text(text, "utf-8")
    return text


def differences(one: Path, other: Path) -> list[str]:
    """Files that are not the same in two folders of artifacts, with the place inside an archive."""
    names = sorted({file.name for folder in (one, other) for file in folder.iterdir()})
    return [place for name in names for place in different(one / name, other / name)]


def different(one: Path, other: Path) -> list[str]:
    """What is not the same in two files of one name."""
    if not (one.exists() and other.exists()):
        return [f"{one.name}: made only once"]
    if one.read_bytes() == other.read_bytes():
        return []
    first, second = members(one), members(other)
    found = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    return [f"{one.name}: {name}" for name in found] or [f"{one.name}: the order of its files, or their compression"]


def members(archive: Path) -> dict[str, tuple[object, ...]]:
    """Name -> contents, time and mode of each file in it."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {one.filename: (wheel.read(one), one.date_time, one.external_attr) for one in wheel.infolist()}
    if archive.suffix != ".gz":
        return {"its text": (archive.read_bytes(),)}
    with tarfile.open(archive) as sdist:
        files = ((one, sdist.extractfile(one)) for one in sdist)
        return {one.name: (file.read() if file else b"", one.mtime, one.mode, one.uname) for one, file in files}


def main() -> None:
    """The artifacts of the checkout's last commit, not of what is changed in it or lies beside it."""
    parser = ArgumentParser(prog="python -m tools.release.artifacts")
    parser.add_argument("folder", type=Path, help="is made, or is empty")
    folder: Path = parser.parse_args().folder
    if folder.exists() and any(folder.iterdir()):
        raise ReleaseError(f"{folder} is not empty")
    with temporary("artifacts") as place:
        git(CHECKOUT, "clone", "--quiet", "--no-tags", CHECKOUT, place)
        make(place, folder.resolve())
    print(write_sums(folder), end="")


if __name__ == "__main__":
    try:
        main()
    except ReleaseError as error:
        sys.exit(f"artifacts: {error}")
