"""Whether the files of the program are as they were installed: a damaged installation gives no verdict.

A check whose file has lost its last lines still runs, and finds less. So the build of a wheel records the size and a
checksum of every file of the package, against accidents alone. A run compares the sizes of all of them before it writes
anything, and the content of what it reads as data when it reads it. An error is explained by a damage, if there is one,
before by anything else. A checkout has no record.

Nothing else of the program is imported before a damage is found: it may be what is damaged.
"""

from __future__ import annotations

import os
import sys
from binascii import crc32
from functools import cache
from struct import pack, unpack_from

from llmgw_report import __path__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from llmgw_report.errors import InstallationError, ReportError

HERE = __path__[0]
#: What the build of a wheel makes of templates and definitions, and the record that it writes.
COMPILED = "_compiled"
RECORD = f"{COMPILED}/installed"
#: A checkout has what makes a wheel of it beside the package. Others leave a pyproject.toml in site-packages.
_BUILDER = f"{os.path.dirname(HERE)}/tools/hatch_build.py"  # noqa: PTH120 - a start without pathlib is sooner
#: The record of all files takes 16 KiB.
_MOST_BYTES = 1024 * 1024


def is_checkout() -> bool:
    """Whether the program runs from its sources: no build has recorded them."""
    return os.path.isfile(_BUILDER) and not os.path.isdir(f"{HERE}/{COMPILED}")  # noqa: PTH112, PTH113 - the same


def record(files: Mapping[str, bytes]) -> bytes:
    """The record of these files, by their names in the package: the build of a wheel writes it."""
    names = sorted(files)
    sizes, sums = [len(files[name]) for name in names], [crc32(files[name]) for name in names]
    return sealed(pack(f">I{2 * len(names)}I", len(names), *sizes, *sums) + "\n".join(names).encode())


def sealed(content: bytes) -> bytes:
    """The content behind its sum: a file that a full disk has cut or a fault has changed may still be readable."""
    return crc32(content).to_bytes(4, "big") + content


def unsealed(file: bytes) -> bytes:
    """What was sealed; ValueError if it is not as it was."""
    content = file[4:]
    if crc32(content).to_bytes(4, "big") != file[:4]:
        raise ValueError("not as it was written")
    return content


def check() -> None:
    """InstallationError for a file that is not as it was installed; called once, before a report or a page is written.

    By size, which takes half a percent of a run; to read them takes three times as long. By content as well the modules
    of a run for which Python keeps no bytecode: what it keeps is of the content that was there when it was made.
    """
    _reject(_first("", () if _is_compiled() else _modules()))


def check_content(path: str | Path, content: bytes) -> None:
    """InstallationError for the content of a file of the program that is not as it was installed."""
    name = os.fspath(path)
    if not name.startswith(f"{HERE}/"):
        return
    try:
        found = {} if is_checkout() else _recorded()
    except (OSError, ValueError) as error:
        _reject((f"{HERE}/{RECORD}", error))
    else:
        now = len(content), crc32(content)
        _reject((name, _changed()) if found.get(name.removeprefix(f"{HERE}/"), now) != now else None)


def check_folder(name: str) -> str:
    """The path of a folder or a file of the package that others read; InstallationError if it is damaged."""
    _reject(_first(name, None))
    return f"{HERE}/{name}"


def damage() -> tuple[str, Exception] | None:
    """The first file of the program that is not as it was installed, by content, and what is wrong with it."""
    return _first("", None)


def damaged() -> InstallationError | None:
    """The same as an error."""
    from llmgw_report.errors import InstallationError

    found = damage()
    return InstallationError(*found) if found else None


def no_bug(error: BaseException) -> ReportError | None:
    """What an error says that no bug of the program causes.

    A limit of the memory, a file that is damaged, a library that is too old, a module that is not there, or a working
    directory that is gone.
    """
    from llmgw_report.errors import DAMAGED, INSTALL_AGAIN, MORE_MEMORY, ReportError, UsageError, lack_of_memory

    if lacking := lack_of_memory(error):
        return ReportError(lacking, MORE_MEMORY)
    if found := damaged():
        return found
    if outdated := _outdated():
        return ReportError(f"{DAMAGED}: {outdated[0]}", f"install llmgw-report again, or {outdated[1]!r}")
    # Of bytecode that is cut click makes an abort.
    cause = error.__context__ if "marshal data" in str(error.__context__) else error
    if isinstance(cause, (ImportError, SyntaxError)) or "marshal data" in str(cause):
        return ReportError(f"{DAMAGED}: {cause}", INSTALL_AGAIN)
    if isinstance(error, FileNotFoundError) and _is_nowhere():
        return UsageError("the working directory is gone", "change into a folder that exists")
    return None


def _is_compiled() -> bool:
    """Whether Python keeps bytecode of the program."""
    return os.path.isfile(__spec__.cached or "")  # noqa: PTH113 - as above


def _modules() -> set[str | None]:
    """The files of the modules of the program that this run has loaded."""
    # Not `module.__file__`, which would load the modules that are put off.
    modules = (vars(module) for name, module in tuple(sys.modules.items()) if name.startswith(__package__ or ""))
    # With `python -m` its name is another.
    return {f"{HERE}/__main__.py", *(one.get("__file__") for one in modules)}


def _reject(found: tuple[str, Exception] | None) -> None:
    if found:
        from llmgw_report.errors import InstallationError

        raise InstallationError(*found) from found[1]


def _first(beneath: str, read: Container[str | None] | None) -> tuple[str, Exception] | None:
    """The first damaged file at or beneath this place, and why; by content those that are `read`, or all for None."""
    try:
        recorded = {} if is_checkout() else _recorded()
    except (OSError, ValueError) as error:
        return f"{HERE}/{RECORD}", error
    for name, (size, checksum) in recorded.items():
        if not name.startswith(beneath):
            continue
        path = f"{HERE}/{name}"
        try:
            if read is None or path in read:
                same = crc32(content := _content(path, size + 1)) == checksum and len(content) == size
            else:
                same = os.stat(path).st_size == size  # noqa: PTH116 - a Path for each takes longer than its stat
        except OSError as error:
            return path, error
        if not same:
            return path, _changed()
    return None


def _changed() -> ValueError:
    return ValueError("not as it was installed")


@cache
def _recorded() -> dict[str, tuple[int, int]]:
    """Size and checksum of each file by its name. OSError or ValueError if the record is damaged itself."""
    found = unsealed(_content(f"{HERE}/{RECORD}", _MOST_BYTES))
    # In columns: to take lines apart would take as long as half of the comparison.
    number = int.from_bytes(found[:4], "big")
    numbers = unpack_from(f">{2 * number}I", found, 4)
    names = found[4 + 8 * number :].decode().split("\n")
    return dict(zip(names, zip(numbers[:number], numbers[number:], strict=True), strict=True))


def _content(path: str, most: int) -> bytes:
    """The content up to so many bytes; at once if it is a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def _outdated() -> tuple[str, str] | None:
    """A library that is older than the metadata of the program requires, and what they require."""
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        required = requires("llmgw-report") or []
    except PackageNotFoundError:  # a checkout on the path
        return None
    for one in required:
        name, _, least = one.partition(">=")
        if not least or ";" in one:  # of an extra
            continue
        try:
            found = version(name)
        except PackageNotFoundError:  # what fails to import it says so
            continue
        if _release(found) < _release(least):
            return f"{name} {found} is installed, and {one} is needed", one
    return None


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version without zeros at its end: 3.1 is 3.1.0."""
    from re import match

    numbers = match(r"[\d.]*\d|", version)
    parts = [int(part) for part in numbers[0].split(".") if part] if numbers else []
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _is_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - the same
    except FileNotFoundError:
        return True
    return False


#: The last line: where this file is cut, a function may return nothing, and everything would seem to be whole.
IS_WHOLE = True
