"""A gateway is data: a folder with a `gateway.toml` and `.sql` files, found by its name."""

from pathlib import Path

import msgspec

from llmgw_report import plugins
from llmgw_report.errors import UsageError
from llmgw_report.gateways import sql
from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.table import Query

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
    return _read(folder)


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
        gateway = msgspec.toml.decode(file.read_bytes(), type=Gateway)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        message = f"{file}: {error}"
        raise UsageError(message, "see docs/writing-a-gateway.md for what a definition may hold") from error
    return msgspec.structs.replace(gateway, name=folder.resolve().name, folder=str(folder))


def queries(gateway: Gateway) -> tuple[Query, ...]:
    """The gateway's queries. Read once the gateway is chosen: of those that are not, nobody needs them."""
    return tuple(sql.load(path, builtin=True) for path in sorted(Path(gateway.folder).glob("*.sql")))
