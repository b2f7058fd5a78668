"""What is wrong with a configuration file, in the words of the file: its tables by name, its entries by number."""

from collections.abc import Iterator
from pathlib import Path
from re import search
from typing import Any

import msgspec
from msgspec import Struct

from llmgw_report.config.file import (
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
from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest

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
