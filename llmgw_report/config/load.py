"""Finding `llmgw-report.toml` and reading it: a mistake is named, with its place and the nearest right word."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import search
from typing import Any

import msgspec
from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.config.schema import (
    NAME,
    CheckTable,
    ExpectTable,
    File,
    ForTable,
    ReportTable,
    SloTable,
    SourcesTable,
    WaiveTable,
    WindowTable,
    meanings,
)
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget
from llmgw_report.errors import UsageError
from llmgw_report.messages import say
from llmgw_report.plugins import nearest
from llmgw_report.resources import is_file

#: The list of tables stands before the table that holds it, because the mistake inside is the more precise one.
Part = tuple[str, object, type[Struct]]


def explained(raw: dict[str, Any], error: msgspec.ValidationError, path: Path) -> UsageError:
    """The first mistake of the file; `error` is what the whole of it gave."""
    for place, value, kind in _parts(raw):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as found:
            return _mistake(found, kind, f"{path}: {place}")
    return _mistake(error, File, str(path))


def _parts(raw: dict[str, Any]) -> Iterator[Part]:
    for slug, table in _items(raw.get("checks")):
        entries = table.get("for") if isinstance(table, dict) else None
        yield from _entries(f"checks.{slug}.for", entries, ForTable)
        yield f"[checks.{slug}]", table, CheckTable
    yield from _entries("expect", raw.get("expect"), ExpectTable)
    yield from _entries("waive", raw.get("waive"), WaiveTable)
    for name, kind in (("sources", SourcesTable), ("window", WindowTable), ("report", ReportTable), ("slo", SloTable)):
        if name in raw:
            yield f"[{name}]", raw[name], kind


def _items(table: object) -> list[tuple[str, Any]]:
    return list(table.items()) if isinstance(table, dict) else []


def _entries(name: str, entries: object, kind: type[Struct]) -> Iterator[Part]:
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        yield f"[[{name}]] {number}", entry, kind


def _mistake(error: msgspec.ValidationError, kind: type[Struct], place: str) -> UsageError:
    """The sentence of msgspec with its `$.key` as a key, and the nearest key to an unknown one."""
    problem, _, where = str(error).partition(" - at `$")
    key = where.strip(".`")
    problem = problem.replace("Object contains unknown field", "unknown key").replace("Object missing", "missing")
    problem = problem.replace("required field", "required key")
    unknown = search(r"unknown key `([^`]+)`", problem)
    keys = kind.__struct_encode_fields__
    meant = meanings(kind).get(key)
    hint = f"{key}: {meant}" if meant else f"keys: {', '.join(keys)}; see --show-config"
    hint = nearest(unknown.group(1), keys) if unknown else hint
    return UsageError(f"{place}{f', {key}' if key else ''}: {problem[:1].lower()}{problem[1:]}", hint)


#: Whose traffic it is, then what else checks speak of. A test holds it equal to what they do speak of.
ROLES = (
    *("provider", "instance", "model", "api-key"),
    *("source", "query", "pattern", "figure", "comparison", "check", "against", "suite", "table"),
)


def known_roles(subject: Mapping[str, str], place: str) -> None:
    """UsageError if no finding has such a role: its glob would silently never fit."""
    for role in subject:
        if role not in ROLES:
            message = f"{place}: unknown role {role!r} in subject"
            raise UsageError(message, nearest(role, ROLES))


HERE = Path(__file__).parent / "presets"


def names() -> tuple[str, ...]:
    """Every preset there is, sorted."""
    return tuple(sorted(file.stem for file in HERE.glob("*.toml")))


def path(name: str, place: str) -> Path:
    """The file of one preset; UsageError names `place` and the nearest preset."""
    known = names()
    if name not in known:
        message = f"{place}: unknown preset {name!r}"
        raise UsageError(message, nearest(name, known))
    return HERE / f"{name}.toml"


GATEWAY_CONFIG = "config.toml"
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
    return MetricsTarget(url=url, origin=GATEWAY_CONFIG)


def database(directory: Path) -> DatabaseTarget:
    """The database that `config.toml` names, else the default; relative to the working directory."""
    table = _tables(directory).get("observability")
    path = table.get("database_path") if isinstance(table, Mapping) else None
    if not isinstance(path, str):
        return DatabaseTarget(path=DEFAULT_DATABASE, origin=say("default"))
    return DatabaseTarget(path=path.removeprefix("sqlite://").removeprefix("sqlite:"), origin=GATEWAY_CONFIG)


def _address(host: str) -> str:
    """The host as a URL needs it: loopback for "any", brackets around IPv6."""
    host = LOOPBACK.get(host, host)
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _tables(directory: Path) -> dict[str, Any]:
    """The file's tables; none if it is missing or is not TOML, since it may belong to any program."""
    try:
        return tomllib.loads((directory / GATEWAY_CONFIG).read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def find(named: str | None, directory: Path, user_folder: Path | None) -> Path | None:
    """The named file, else the one in `directory`, else the user's own; UsageError if a named one is missing."""
    if named:
        try:
            if Path(named).is_file():
                return Path(named)
            problem = "no such file"
        except OSError as error:  # a name too long, a folder that nobody may look into
            problem = error.strerror or str(error)
        message = f"configuration {named}: {problem}"
        raise UsageError(message, "name an existing file, or use --no-config")
    candidates = [directory / NAME] + ([user_folder / "llmgw-report" / NAME] if user_folder else [])
    return next((file for file in candidates if is_file(file)), None)


def read(path: Path) -> File:
    """The file's content; UsageError names the file, the place in it and the nearest known word."""
    import tomllib  # a run without a file does without

    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        content = msgspec.convert(raw, File)
    except msgspec.ValidationError as error:
        raise explained(raw, error, path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{path}: not a TOML file: {error}"
        raise UsageError(message, "llmgw-report --show-config prints one with every key") from error
    for slug, table in content.checks.items():
        _known(slug, table, path)
    return content


def known_check(slug: str, place: str) -> None:
    """UsageError if no check has this slug: a misspelt check would silently never be applied."""
    known = plugins.modules("checks")
    if slug not in known:
        message = f"{place}: unknown check {slug!r}"
        raise UsageError(message, plugins.nearest(slug, known))


def _known(slug: str, table: CheckTable, path: Path) -> None:
    known_check(slug, f"{path}: [checks.{slug}]")
    for number, one in enumerate(table.for_, 1):
        place = f"{path}: [[checks.{slug}.for]] {number}"
        known_roles(one.subject, place)
        if not one.subject:
            message = f"{place}: subject is empty"
            raise UsageError(
                message, f'write bounds for every subject under [checks.{slug}]; here: {{ model = "o3-*" }}'
            )
