"""Where the metrics and the databases are: as the gateway's own `config.toml` says, or as --db-path names them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from llmgw_report import resources
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget
from llmgw_report.errors import UsageError
from llmgw_report.messages import Message, msg

FILE_NAME = "config.toml"
DEFAULT_URL = "http://127.0.0.1:8080/metrics"
DEFAULT_DATABASE = "./data/observability.db"
MAX_PORT = 65535

#: What the files of a folder end with that are taken. One that is no database is reported: it may be a damaged one.
ENDINGS = (".db", ".db3", ".sqlite", ".sqlite3")
#: Each is read in turn; more than this many is a pattern that matches more than was meant.
MOST_FILES = 500

#: A server that listens on every address is reached on the loopback one.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}  # noqa: S104 - compared, not bound


def metrics(directory: Path) -> MetricsTarget:
    """The endpoint that `config.toml` names, else the default. Never required: nobody asked for it."""
    tables, problem = _tables(directory)
    server, endpoint = tables.get("server"), tables.get("metrics")
    if not isinstance(server, Mapping):
        return MetricsTarget(url=DEFAULT_URL, passed_over=problem)
    host, port = server.get("host", "127.0.0.1"), server.get("port", 8080)
    if not isinstance(host, str) or type(port) is not int or not 0 < port <= MAX_PORT:
        return MetricsTarget(url=DEFAULT_URL, passed_over=_passed_over(msg("its [server] is no host and port")))
    path = str(endpoint.get("endpoint", "/metrics")) if isinstance(endpoint, Mapping) else "/metrics"
    host = LOOPBACK.get(host, host)
    address = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return MetricsTarget(url=f"http://{address}:{port}/{path.lstrip('/')}", origin=FILE_NAME)


def database(directory: Path) -> DatabaseTarget:
    """The database that `config.toml` names, else the default; relative to the working directory."""
    tables, problem = _tables(directory)
    table = tables.get("observability")
    path = table.get("database_path") if isinstance(table, Mapping) else None
    if not isinstance(path, str):
        problem = problem if path is None else _passed_over(msg("its database_path is not a text"))
        return DatabaseTarget(path=DEFAULT_DATABASE, passed_over=problem)
    return DatabaseTarget(path=path.removeprefix("sqlite://").removeprefix("sqlite:"), origin=FILE_NAME)


def _tables(directory: Path) -> tuple[dict[str, Any], Message | None]:
    """The file's tables; none of one that is missing, or, with the reason, that cannot be read."""
    try:
        text = resources.text(directory / FILE_NAME)
        import tomllib  # most runs find none

        return tomllib.loads(text), None
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        return {}, _passed_over(getattr(error, "strerror", None) or str(error))


def _passed_over(reason: str) -> Message:
    return msg("{file} of the working directory was passed over: {reason}", file=FILE_NAME, reason=reason)


def databases(names: Sequence[str], origin: str) -> DatabaseTarget:
    """The files of these names, folders and globs; a file that has several names is one."""
    files: dict[object, str] = {}
    for file in (file for name in names for file in _files_of(name)):
        files.setdefault(_identity(file), file)
    found = tuple(files.values())
    if len(found) > MOST_FILES:
        message = f"--db-path: {len(found)} files, and a report is of at most {MOST_FILES}"
        raise UsageError(message, "name fewer, or make a report of each part of the fleet")
    return DatabaseTarget(path=found[0], files=found if len(found) > 1 else (), named=True, origin=origin)


def _files_of(name: str) -> Iterator[str]:
    """The files that a name stands for; what stands for none stays as it is, so that reading it says why."""
    if os.path.lexists(name):
        inside = _in_folder(Path(name)) if Path(name).is_dir() else []
        yield from inside or [name]
    else:
        from glob import glob  # most names are those of a file

        yield from sorted(glob(name, recursive=True)) or [name]  # noqa: PTH207 - Path has none of an absolute pattern


def _in_folder(folder: Path) -> list[str]:
    try:
        return sorted(str(file) for file in folder.iterdir() if file.suffix in ENDINGS and not file.is_dir())
    except OSError:
        return []


def _identity(file: str) -> object:
    """What two names of one file have in common: added up twice it would be two processes."""
    try:
        found = Path(file).stat()
    except (OSError, ValueError):
        return file
    return found.st_dev, found.st_ino
