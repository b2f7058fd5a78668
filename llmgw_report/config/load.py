"""Reads `llmgw-report.toml`; a mistake is named with its place and the nearest right word."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from re import Match, search, sub
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.config import values
from llmgw_report.config.layers import Layer, place
from llmgw_report.config.option import Option
from llmgw_report.config.options import BY_KEY, TABLES
from llmgw_report.config.schema import CheckTable, ExpectTable, ForTable, WaiveTable, descriptions
from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest
from llmgw_report.resources import text

#: Labels that findings have as their subject: whose traffic it is, then what else checks speak of.
ROLES = (
    *("provider", "instance", "model", "api-key", "team", "target"),
    *("limit", "source", "query", "pattern", "figure", "comparison", "check", "against", "suite", "table"),
)
#: What a user calls the types that msgspec names as Python does.
TYPE_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "date": "a date such as 2026-12-31",
    "datetime": "a time",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
Table = TypeVar("Table", bound=Struct)


def read(path: Path, origin: str | None = None, *, found: bool = False) -> Layer:
    """The file's content, named by its path or by `origin`; UsageError for anything that may not stand in it.

    `found`: nobody named the file, and it is in the working directory.
    """
    import tomllib  # most runs read none

    try:
        raw = tomllib.loads(text(path))
    except (ValueError, RecursionError, OSError) as error:  # of tomllib also for 5,000 digits and 5,000 brackets
        message = f"{path}: not a TOML file: {error}"
        raise UsageError(message, "llmgw-report --show-config prints one with every key") from error
    name = origin or str(path)
    return Layer(
        origin=name,
        values=dict(_options(raw, name)),
        checks=dict(_checks(raw.get("checks", {}), name)),
        expect=tuple(_entries(raw.get("expect", []), ExpectTable, f"{name}: [[expect]]")),
        waive=tuple(_entries(raw.get("waive", []), WaiveTable, f"{name}: [[waive]]")),
        path=None if origin else str(path),
        found=found,
    )


def require_check(slug: str, place: str) -> None:
    """UsageError if no check has this slug: a misspelt check would silently never be applied."""
    known = plugins.modules("checks")
    if slug not in known:
        raise UsageError(f"{place}: unknown check {slug!r}", nearest(slug, known))


def require_roles(subject: Mapping[str, str], place: str) -> None:
    """UsageError if no finding has such a role: its glob would silently never match."""
    for role in subject:
        if role not in ROLES:
            raise UsageError(f"{place}: unknown role {role!r} in subject", nearest(role, ROLES))


def converted(raw: object, kind: type[Table], place: str) -> Table:
    """A table as its type; UsageError names the key, what it means, and the nearest key to an unknown one."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
    key = where.strip(".`")
    for named, meant in (
        ("Object contains unknown field", "unknown key"),
        ("Object missing required field", "missing required key"),
        ("Invalid enum value", "unknown value"),
        ("Invalid RFC3339 encoded date", "not a date"),
    ):
        problem = problem.replace(named, meant)
    unknown = search(r"unknown key `([^`]+)`", problem)
    problem = sub(r"((?:xpected|got) )`([^`]+)`", _in_words, problem)
    keys = kind.__struct_encode_fields__
    description = descriptions(kind).get(key)
    hint = f"{key}: {description}" if description else f"keys: {', '.join(keys)}; see --show-config"
    raise UsageError(
        f"{place}{f', {key}' if key else ''}: {problem[:1].lower()}{problem[1:]}",
        nearest(unknown.group(1), keys) if unknown else hint,
    )


def _in_words(types: Match[str]) -> str:
    return types[1] + " or ".join(TYPE_NAMES.get(name, name) for name in types[2].split(" | "))


def _options(raw: dict[str, Any], origin: str) -> Iterator[tuple[str, Any]]:
    """The options that the file sets, in base units."""
    for key, value in raw.items():
        if key in TABLES:
            for inner, found in _table(value, f"{origin}: [{key}]").items():
                option = _option(key, inner, f"{origin}: [{key}]")
                yield option.name, values.convert(option, found, place(option, origin))
        elif key not in {"checks", "expect", "waive"}:
            option = _option("", key, origin)
            yield option.name, values.convert(option, value, place(option, origin))


def _option(table: str, key: str, place: str) -> Option:
    if (table, key) in BY_KEY:
        return BY_KEY[table, key]
    keys = tuple(one for name, one in BY_KEY if name == table)
    keys = keys if table else (*keys, *TABLES, "checks", "expect", "waive")
    raise UsageError(f"{place}: unknown key `{key}`", nearest(key, keys))


def _checks(raw: object, origin: str) -> Iterator[tuple[str, CheckTable]]:
    for slug, table in _table(raw, f"{origin}: [checks]").items():
        place = f"{origin}: [checks.{slug}]"
        require_check(slug, place)
        overrides = _table(table, place).get("for", [])
        for number, entry in enumerate(_entries(overrides, ForTable, f"{origin}: [[checks.{slug}.for]]"), 1):
            where = f"{origin}: [[checks.{slug}.for]] {number}"
            require_roles(entry.subject, where)
            if not entry.subject:
                hint = f'thresholds for every subject stand under [checks.{slug}]; here: {{ model = "o3-*" }}'
                raise UsageError(f"{where}: subject is empty", hint)
        yield slug, converted(table, CheckTable, place)


def _table(raw: object, place: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise UsageError(f"{place}: {raw!r} is not a table", "see --show-config")
    return raw


def _entries(raw: object, kind: type[Table], place: str) -> Iterator[Table]:
    if not isinstance(raw, list):
        raise UsageError(f"{place}: not a list of tables", f"write {place.rpartition(' ')[2]} above each of them")
    for number, entry in enumerate(raw, 1):
        yield converted(entry, kind, f"{place} {number}")
