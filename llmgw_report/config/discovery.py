"""Where a gateway says it listens and logs: the `config.toml` it is started with, in the working directory."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmgw_report.config.targets import DatabaseTarget, MetricsTarget
from llmgw_report.model.message import say

NAME = "config.toml"
DEFAULT_URL = "http://127.0.0.1:8080/metrics"
DEFAULT_DATABASE = "./data/observability.db"

#: A server that listens on every address is reached on the loopback one.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}  # noqa: S104 - compared, not bound


def metrics(directory: Path) -> MetricsTarget:
    """The endpoint that `config.toml` names, else the default. Never required: nobody asked for it."""
    tables = _tables(directory)
    server, endpoint = tables.get("server"), tables.get("metrics")
    if not isinstance(server, Mapping):
        return MetricsTarget(url=DEFAULT_URL, origin=say("default"))
    host, port = str(server.get("host", "127.0.0.1")), server.get("port", 8080)
    if not isinstance(port, int):
        return MetricsTarget(url=DEFAULT_URL, origin=say("default"))
    path = str(endpoint.get("endpoint", "/metrics")) if isinstance(endpoint, Mapping) else "/metrics"
    url = f"http://{_address(host)}:{port}/{path.lstrip('/')}"
    return MetricsTarget(url=url, origin=NAME)


def database(directory: Path) -> DatabaseTarget:
    """The database that `config.toml` names, else the default; relative to the working directory."""
    table = _tables(directory).get("observability")
    path = table.get("database_path") if isinstance(table, Mapping) else None
    if not isinstance(path, str):
        return DatabaseTarget(path=DEFAULT_DATABASE, origin=say("default"))
    return DatabaseTarget(path=path.removeprefix("sqlite://").removeprefix("sqlite:"), origin=NAME)


def _address(host: str) -> str:
    """The host as a URL needs it: loopback for "any", brackets around IPv6."""
    host = LOOPBACK.get(host, host)
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _tables(directory: Path) -> dict[str, Any]:
    """The file's tables; none if it is missing or is not TOML, since it may belong to any program."""
    try:
        return tomllib.loads((directory / NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
