"""Where the gateway's own `config.toml` says that its metrics and its database are."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmgw_report import resources
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget

FILE_NAME = "config.toml"
DEFAULT_URL = "http://127.0.0.1:8080/metrics"
DEFAULT_DATABASE = "./data/observability.db"

#: A server that listens on every address is reached on the loopback one.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}  # noqa: S104 - compared, not bound


def metrics(directory: Path) -> MetricsTarget:
    """The endpoint that `config.toml` names, else the default. Never required: nobody asked for it."""
    tables = _tables(directory)
    server, endpoint = tables.get("server"), tables.get("metrics")
    if not isinstance(server, Mapping):
        return MetricsTarget(url=DEFAULT_URL)
    host, port = str(server.get("host", "127.0.0.1")), server.get("port", 8080)
    if not isinstance(port, int):
        return MetricsTarget(url=DEFAULT_URL)
    path = str(endpoint.get("endpoint", "/metrics")) if isinstance(endpoint, Mapping) else "/metrics"
    host = LOOPBACK.get(host, host)
    address = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return MetricsTarget(url=f"http://{address}:{port}/{path.lstrip('/')}", origin=FILE_NAME)


def database(directory: Path) -> DatabaseTarget:
    """The database that `config.toml` names, else the default; relative to the working directory."""
    table = _tables(directory).get("observability")
    path = table.get("database_path") if isinstance(table, Mapping) else None
    if not isinstance(path, str):
        return DatabaseTarget(path=DEFAULT_DATABASE)
    return DatabaseTarget(path=path.removeprefix("sqlite://").removeprefix("sqlite:"), origin=FILE_NAME)


def _tables(directory: Path) -> dict[str, Any]:
    """The file's tables; none if it is missing or is not TOML, since it may belong to any program."""
    try:
        return tomllib.loads(resources.text(directory / FILE_NAME))
    except (OSError, ValueError):
        return {}
