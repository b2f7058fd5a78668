"""What docs/writing-a-gateway.md says of a definition, out of the types that read one."""

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, Union, cast, get_args, get_origin

from msgspec import NODEFAULT, Struct, structs

from llmgw_report.gateways import definition, relation, rows
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.quantities import DURATIONS, QUANTITIES, ROW_FIGURES, TOKEN_TYPES
from llmgw_report.model.report import BlindSpot
from llmgw_report.pipeline import reading
from llmgw_report.pipeline.measure import Windows
from tools.documentation import code, codes, table

#: Columns of a relation that are no quantity of the vocabulary.
_COLUMNS = {
    "time_ms": ("whole number", "when the request came, in Unix milliseconds; required"),
    "outcome": ("text", "how it ended, one of the outcomes below; NULL: it has begun and not ended; required"),
    "kind": ("text", "`request`, unless rows cannot be joined: see below"),
    "status": ("text", "the gateway's own word or code for how it ended"),
    "provider": ("text", "who answered, or failed to"),
    "instance": ("text", "the upstream behind that provider: a deployment, a channel, an account, a key"),
    "model": ("text", "the model that the client asked for"),
    "api_key": ("text", "the name of the client's key, never the key"),
    "endpoint": ("text", "the path or the kind of request"),
    "request_id": ("text", "what the gateway's own log calls it"),
    "error": ("text", "the text of its error; never of a prompt or an answer"),
    "stream": ("0 or 1", "whether its answer was a stream"),
    "attempts": ("whole number", "calls to upstreams that were made for it"),
    "began_ms": ("whole number", "when it began, of kind `ending`"),
    "recorded": ("0 or 1", "0: a success of this kind leaves no row that ends it"),
    "streamed": ("0 or 1", "whether it can break after it counted as a success"),
    "requests": ("whole number", "how many requests the row stands for; 1 unless given"),
}
_UNITS = {"s": "seconds", "USD": "US dollars", "{token}": "whole number"}


def relation_columns() -> str:
    """Every column that a row of `requests.sql` and `attempts.sql` may have."""
    lines = [(code(name), *_meaning(name)) for name in sorted(relation.columns(), key=_place)]
    return table(("column", "type", "meaning"), lines)


def _place(name: str) -> int:
    return list(_COLUMNS).index(name) if name in _COLUMNS else len(_COLUMNS)


def _meaning(name: str) -> tuple[str, str]:
    if name in _COLUMNS:
        return _COLUMNS[name]
    tokens = {one.column: one for one in TOKEN_TYPES.values()}
    if name in tokens:
        return "whole number", tokens[name].text
    durations = {"seconds" if one.by_name else f"{one.field}_seconds": one for one in DURATIONS}
    quantity = durations.get(name) or next(one for one in ROW_FIGURES if one.field == name)
    return _UNITS.get(quantity.unit, "whole number"), "how long it took" if name == "seconds" else quantity.meaning


def outcomes() -> str:
    return codes(OUTCOMES)


def health_columns() -> str:
    return codes(field.encode_name for field in structs.fields(rows.HealthRecord))


def derived_queries() -> str:
    """The queries that are put to a relation, each with the name of the file that replaces it."""
    folder = Path(relation.__file__).parent / "derived"
    lines = [
        (code(f"{file.stem}.sql"), code(f"{kept}.sql"), _words(file.stem).partition(". ")[0])
        for kept in (relation.REQUESTS, relation.ATTEMPTS)
        for file in sorted((folder / kept).glob("*.sql"))
    ]
    return table(("query", "is put to", "what it gives"), lines)


def _words(name: str) -> str:
    """What the rows of a query are."""
    return " ".join((rows.RECORDS[name].__doc__ or "").split()).rstrip(".").removeprefix(f"`{name}`: ")


def definition_keys() -> str:
    """Every table of a `gateway.toml` with its keys."""
    parts: list[tuple[str, type[Struct]]] = [
        ("The file itself", definition.Gateway),
        ("`[detect]`", definition.Detect),
        ("`[families]`", definition.Families),
        ("`[[metrics.<quantity>]]`", definition.MetricMapping),
        ("Rules of `outcomes`", definition.OutcomeRule),
        ("`split` of a mapping", definition.Split),
        ("`parts` of a split", definition.Part),
        ("`[times]`, each table", definition.TimeColumn),
        ("`[log]`", definition.Log),
        ("`[[blind-spots]]`", BlindSpot),
        ("`[[quirks]]`", definition.Quirk),
        ("`[guide]`", definition.Guide),
    ]
    return "\n".join(_keys(name, kind) for name, kind in parts)


def _keys(name: str, kind: type[Struct]) -> str:
    """`name` and `folder` of a gateway say where it lies; no file can set them."""
    found = [field for field in structs.fields(kind) if (kind, field.name) not in FROM_FILES]
    lines = [(code(field.encode_name), _type(field.type), _default(field)) for field in found]
    paragraphs = (kind.__doc__ or "").split("\n\n")
    text = " ".join(" ".join(words.split()) for words in paragraphs if "`folder`" not in words)
    return f"### {name}\n\n{text}\n\n{table(('key', 'type', 'default'), lines)}\n"


FROM_FILES = {(definition.Gateway, name) for name in ("name", "folder", "bases")}


def _type(kind: object) -> str:
    """In words of TOML."""
    if get_origin(kind) is Literal:
        return " or ".join(code(word) for word in get_args(kind))
    inner = [_type(argument) for argument in get_args(kind) if argument not in {Ellipsis, NoneType}]
    if get_origin(kind) in {Union, UnionType}:
        return " or ".join(inner)
    if get_origin(kind) is tuple:
        return f"list, each {inner[0]}"
    if get_origin(kind) is dict:
        return f"table of {inner[0]} = {inner[1]}"
    return {str: "text", float: "number", bool: "true or false"}.get(cast("type", kind), "table, see below")


def _default(field: structs.FieldInfo) -> str:
    if field.default_factory is not NODEFAULT or field.default == ():
        return "empty"
    if field.default is NODEFAULT:
        return "required"
    return "empty" if isinstance(field.default, Struct) else code(json.dumps(field.default))


def quantities() -> str:
    """The vocabulary."""
    lines = ((code(one.name), one.kind, one.unit or "–", one.meaning) for one in QUANTITIES.values())
    return table(("quantity", "kind", "unit", "meaning"), lines)


def query_roles() -> str:
    """Every query name that a section is made of, with its columns."""
    return "\n".join(_role(name, kind) for name, kind in rows.RECORDS.items())


def _role(name: str, kind: type[Struct]) -> str:
    columns = [
        code(field.encode_name) + (" (or NULL)" if type(None) in get_args(field.type) else "")
        for field in structs.fields(kind)
    ]
    return f"- **`{name}.sql`**: {_words(name)}. Columns: {', '.join(columns)}."


def header_keys() -> str:
    return codes(f"-- {key}:" for key in definition.HEADER_KEYS)


def parameters() -> str:
    """Names that a query may mention."""
    windows = Windows(
        until_ms=0, latest_ms=0, since_ms=0, trend_since_ms=0, bucket_ms=1, slow_ms=0, top=0, group_by="all"
    )
    return codes(f":{name}" for name in reading.parameters(windows))
