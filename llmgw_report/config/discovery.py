"""Where the gateway's own `config.toml` says that its metrics and its database are."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmgw_report import resources
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget
from llmgw_report.messages import Message, msg

FILE_NAME = "config.toml"
DEFAULT_URL = "http://127.0.0.1:8080/metrics"
DEFAULT_DATABASE = "./data/observability.db"
MAX_PORT = 65535

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
        return tomllib.loads(resources.text(directory / FILE_NAME)), None
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        return {}, _passed_over(getattr(error, "strerror", None) or str(error))


def _passed_over(reason: str) -> Message:
    return msg("{file} of the working directory was passed over: {reason}", file=FILE_NAME, reason=reason)
