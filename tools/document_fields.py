"""The fields of the JSON document: what the schema has, what programs may rely on, and what is beyond that.

A path is as in `[[expect]]`, with `[]` for each item of a list and `.*` for each value of a mapping. The two files that
a schema is compared with are in tests/system/document/.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from llmgw_report.model.quantities import INTERVAL_FIELDS, OTHER_DURATIONS, PERCENTILES, ROW_FIGURES, TOKEN_TYPES

LISTS = Path(__file__).parents[1] / "tests" / "system" / "document"
ROW = "sections.traffic.rows[]"
Node = Mapping[str, Any]

#: What a field holds that is no list of words.
TYPES = frozenset({"text", "time", "count", "number", "object"})
_WORDS = {"string": "text", "integer": "count"}


class Field(NamedTuple):
    """What a value can be: one type, or words, or several types; and whether it may be null, in the list's word."""

    kind: tuple[str, ...]
    null: str = ""

    @property
    def written(self) -> "Field":
        """As a schema can say it, where a time is a text and null is null."""
        return Field(("text",) if self.kind == ("time",) else tuple(sorted(self.kind)), "null" if self.null else "")


class Core(NamedTuple):
    """The fields by path, and the paths below which the fields are those of another."""

    fields: dict[str, Field]
    same: dict[str, str]

    def own(self, path: str) -> str:
        """The path that a field is listed under: its own, or that of the same field elsewhere."""
        for below, other in self.same.items():
            if path.startswith((f"{below}.", f"{below}[")):
                return self.own(other + path.removeprefix(below))
        return path


def core() -> Core:
    """The fields that programs may rely on."""
    found = Core({}, {})
    for line in _lines("core.txt"):
        path, kind, *rest = line.split()
        if kind == "=":
            found.same[path] = rest[0]
        else:
            found.fields[path] = Field(tuple(kind.split("|")), *rest)
    return found


def additions() -> dict[str, str]:
    """Every path beyond the core that is not below another one, and what it is."""
    listed = core().fields
    found = {path: meaning for path, meaning in _of_vocabulary() if path not in listed}
    for line in _lines("additions.txt"):
        path, meaning = line.split(maxsplit=1)
        found[path] = meaning
    return found


def _of_vocabulary() -> Iterator[tuple[str, str]]:
    """What a traffic row has of every quantity, token type and percentile: a new one is in the document at once."""
    for quantity in (*OTHER_DURATIONS, *ROW_FIGURES):
        yield f"{ROW}.{quantity.field}", quantity.meaning
    for kind in TOKEN_TYPES.values():
        yield f"{ROW}.tokens.{kind.key}", str(kind.text)
    for name in PERCENTILES:
        yield f"{ROW}.latency.{name}_seconds", f"the {name}"
        yield f"sections.trend.points[].{name}_seconds", f"the {name} of the requests that began in the bucket"
        yield f"{ROW}.latency.{name}_bucket", f"the histogram bucket that the {name} lies in"
    for name in INTERVAL_FIELDS:
        yield f"{ROW}.latency.{name}", f"an end of the 95% interval of the {name.partition('_')[0]}"


def _lines(name: str) -> list[str]:
    lines = (LISTS / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def schema_fields(schema: Node) -> dict[str, Field]:
    """Every field of a JSON Schema by path; a list or a mapping of plain values stands for these alone."""
    return dict(_below(schema, "", schema["$defs"]))


def _below(node: Node, path: str, defined: Node) -> Iterator[tuple[str, Field]]:
    node = _resolved(node, defined)
    options = [_resolved(one, defined) for one in node.get("anyOf", [node])]
    null = "null" if {"type": "null"} in options else ""
    options = [one for one in options if one != {"type": "null"}]
    if (path and "items" not in options[0] and "additionalProperties" not in options[0]) or null:
        yield path, Field(tuple(sorted(word for one in options for word in _words(one))), null)
    for one in options:
        for name, field in one.get("properties", {}).items():
            yield from _below(field, f"{path}.{name}" if path else name, defined)
        if one.get("items"):
            yield from _below(one["items"], f"{path}[]", defined)
        if "additionalProperties" in one:
            yield from _below(one["additionalProperties"], f"{path}.*", defined)


def _resolved(node: Node, defined: Node) -> Node:
    while "$ref" in node:
        node = defined[node["$ref"].rpartition("/")[2]]
    return node


def _words(node: Node) -> list[str]:
    return list(map(str, node["enum"])) if "enum" in node else [_WORDS.get(str(node["type"]), str(node["type"]))]


def differences(schema: Node, wanted: Core, beyond: Mapping[str, str]) -> list[str]:
    """What a schema has otherwise than the lists say, in both directions."""
    found = schema_fields(schema)
    return [*_missing(found, wanted), *_unlisted(found, wanted, beyond), *_not_always(schema), *_bare(found)]


def _missing(found: Mapping[str, Field], wanted: Core) -> Iterator[str]:
    for path, field in wanted.fields.items():
        if path not in found:
            yield f"{path} is not in the schema"
        elif found[path] != field.written:
            yield f"{path} is {_text(found[path])}, not {_text(field)}"
    for path, other in wanted.same.items():
        here, there = (_subtree(found, place) for place in (path, other))
        if here != there:
            yield f"{path} has other fields than {other}: {min(name for name, _ in here.items() ^ there.items())}"


def _subtree(found: Mapping[str, Field], place: str) -> dict[str, Field]:
    return {path.removeprefix(place): one for path, one in found.items() if re.match(re.escape(place) + r"[.\[]", path)}


def _unlisted(found: Mapping[str, Field], wanted: Core, beyond: Mapping[str, str]) -> Iterator[str]:
    used: set[str] = set()
    for path in found:
        own = wanted.own(path)
        above = {own[: end.start()] for end in re.finditer(r"[.\[]|$", own)} & beyond.keys()
        used |= above
        if own not in wanted.fields and not above:
            yield f"{path} is in neither list"
        if own in wanted.fields and above:
            yield f"{path} is in both lists"
    yield from (f"{path} is listed, and not in the schema" for path in beyond if path not in used)


def _not_always(schema: Node) -> Iterator[str]:
    for name, node in schema["$defs"].items():
        left = node.get("properties", {}).keys() - set(node.get("required", ()))
        yield from (f"{name}.{field} may be left out" for field in sorted(left))


def _bare(found: Mapping[str, Field]) -> Iterator[str]:
    for path, field in found.items():
        if "boolean" in field.kind:
            yield f"{path} is a bare boolean"
        if "array" in field.kind and field.null:
            yield f"{path} is a list that may be null"


def _text(field: Field) -> str:
    return " ".join(filter(None, ["|".join(field.kind), field.null]))
