"""The gateways that come with the program in one file: the wheel's, or a checkout's cache of its folders.

To read all their folders takes as long as the rest of a report, and nothing in them changes from run to run.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from llmgw_report import installation, plugins, resources
from llmgw_report.errors import InstallationError
from llmgw_report.gateways.definition import BUILT_IN, Gateway
from llmgw_report.model.database import Query

_FILE = "gateways.msgpack"
#: All definitions with their queries take 0.2 MB.
_MOST_BYTES = 8 * 1024 * 1024


class Bundled(Struct, frozen=True):
    """A definition, and its queries, which are decoded for the gateway that is chosen.

    Its folders are names here: where a wheel is built says nothing, and two builds are the same bytes.
    """

    gateway: Gateway
    queries: msgspec.Raw


_File = tuple[str, int, int, int]
"""Name, times of the last changes and size. Of its content, and of anything: the first time anybody may set."""


class _Cache(Struct, frozen=True):
    """The gateways of a checkout as its files were."""

    files: tuple[_File, ...]
    gateways: dict[str, Bundled]


@cache
def gateways() -> dict[str, Gateway]:
    """Every gateway that comes with the program, by its name."""
    return {name: _placed(one.gateway) for name, one in _bundle().items()}


def queries_of(gateway: Gateway) -> tuple[Query, ...] | None:
    """The queries of a gateway that comes with the program; None for one of the user's."""
    name = Path(gateway.folder).name
    if name not in gateways() or gateway.folder != gateways()[name].folder:
        return None
    return msgspec.msgpack.decode(_bundle()[name].queries, type=tuple[Query, ...])


def write(target: Path) -> None:
    """Write the file of a wheel into the folder `target`."""
    (target / _FILE).write_bytes(installation.sealed(msgspec.msgpack.encode(_read())))


@cache
def _bundle() -> dict[str, Bundled]:
    compiled = resources.compiled()
    if compiled is None:
        return _of_checkout()
    file = compiled / _FILE
    try:
        sealed = installation.unsealed(resources.content(file, _MOST_BYTES))
        return msgspec.msgpack.decode(sealed, type=dict[str, Bundled])
    except (OSError, ValueError) as error:
        raise InstallationError(file, error) from error


def _of_checkout() -> dict[str, Bundled]:
    """The gateways as the folders have them now; where Python may keep its bytecode, they are kept beside it."""
    file = BUILT_IN / "__pycache__" / _FILE
    files = tuple(sorted(_files()))
    with suppress(OSError, ValueError):
        kept = msgspec.msgpack.decode(installation.unsealed(resources.content(file, _MOST_BYTES)), type=_Cache)
        if kept.files == files:
            return kept.gateways
    found = _read()
    if not sys.dont_write_bytecode:
        _keep(file, _Cache(files, found))
    return found


def _files() -> Iterator[_File]:
    """What the cache is made of: the definitions, and the code that reads them, which is most of the program."""
    seen: set[tuple[int, int]] = set()
    for place, folders, names in os.walk(plugins.HERE, followlinks=True):
        about = os.stat(place)  # noqa: PTH116 - as below
        folders[:] = (name for name in folders if name != "__pycache__" and (about.st_dev, about.st_ino) not in seen)
        seen.add((about.st_dev, about.st_ino))  # a link may lead to a folder that it lies in
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - a Path for each of 500 files takes longer than its stat
            with suppress(FileNotFoundError):  # editors save a file by another one, and lock it by a link to nowhere
                found = os.stat(path)  # noqa: PTH116 - the same
                yield os.path.relpath(path, plugins.HERE), found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _read() -> dict[str, Bundled]:
    """Every definition as its folder has it."""
    from llmgw_report.gateways import folder  # a wheel has done it

    found = {name: folder.definition_in(BUILT_IN / name) for name in folder.names()}
    return {
        name: Bundled(_named(name, one), msgspec.Raw(msgspec.msgpack.encode(folder.queries_of(one))))
        for name, one in found.items()
    }


def _keep(file: Path, content: _Cache) -> None:
    """Write the cache, whole or not at all: other processes read it meanwhile. A folder that is not ours keeps none."""
    part = file.with_name(f"{_FILE}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        try:
            part.write_bytes(installation.sealed(msgspec.msgpack.encode(content)))
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)


def _named(name: str, gateway: Gateway) -> Gateway:
    """The definition without the place that it was read from."""
    return structs.replace(gateway, folder=name, bases=tuple(Path(base).name for base in gateway.bases))


def _placed(gateway: Gateway) -> Gateway:
    """The definition in the folders of this installation."""
    bases = tuple(str(BUILT_IN / base) for base in gateway.bases)
    return structs.replace(gateway, folder=str(BUILT_IN / gateway.folder), bases=bases)
