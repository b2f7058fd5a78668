"""A gateway is data: a folder with a `gateway.toml` and `.sql` files, found by its name."""

import re
from pathlib import Path

import msgspec

from llmgw_report import plugins
from llmgw_report.errors import UsageError
from llmgw_report.gateways import definition
from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.database import Query

MARKER = "gateway.toml"
UNKNOWN = "unknown"


def names() -> tuple[str, ...]:
    """Gateways that come with the program."""
    return plugins.folders("gateways", MARKER)


def load(name: str) -> Gateway:
    """A gateway by its name, or from a folder of the user's; UsageError says what is wrong with it."""
    if name in names():
        return _read(plugins.HERE / "gateways" / name)
    folder = Path(name)
    if not _is_there(folder / MARKER):
        hint = f"a folder needs a {MARKER}" if _is_there(folder) else plugins.nearest(name, names())
        message = f"no gateway {name!r}"
        raise UsageError(message, hint)
    found = _read(folder)
    _shapes(found, folder / MARKER)
    return found


def _shapes(gateway: Gateway, file: Path) -> None:
    """UsageError for a shape that is no regular expression; those that come with the program are some."""
    for shape in (shape for sources in gateway.metrics.values() for one in sources for shape in one.shapes.values()):
        try:
            re.compile(shape)
        except (re.error, RecursionError, OverflowError) as error:
            message = f"{file}: the shape {shape!r} is not a regular expression: {error}"
            raise UsageError(message, "see docs/writing-a-gateway.md for what a definition may hold") from error


def load_all() -> tuple[Gateway, ...]:
    """Every gateway that comes with the program."""
    return tuple(load(name) for name in names())


def _is_there(path: Path) -> bool:
    """A name that no file can have is none: too long, for example."""
    try:
        return path.exists()
    except OSError:
        return False


def _read(folder: Path) -> Gateway:
    """One definition."""
    file = folder / MARKER
    try:
        gateway = msgspec.toml.decode(_inside(file, folder).read_bytes(), type=Gateway)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        message = f"{file}: {error}"
        raise UsageError(message, "see docs/writing-a-gateway.md for what a definition may hold") from error
    return msgspec.structs.replace(gateway, name=folder.resolve().name, folder=str(folder))


def queries(gateway: Gateway) -> tuple[Query, ...]:
    """The gateway's queries. Read once the gateway is chosen: of those that are not, nobody needs them."""
    folder = Path(gateway.folder)
    return tuple(definition.load(_inside(path, folder), builtin=True) for path in sorted(folder.glob("*.sql")))


def _inside(path: Path, folder: Path) -> Path:
    """A definition may come from anybody: a link in it must not read what is elsewhere into a report.

    Within the folder it may lead anywhere, as the files of a mounted ConfigMap do.
    """
    if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
        return path
    message = f"{path}: not a file in this folder"
    raise UsageError(message, "copy into the gateway's folder what its links lead to")
