"""Says where in a definition a mistake is, and what may stand there instead: the path and the types are looked up."""

# ruff: noqa: ANN401 - what a file holds, and the type of what may stand there, are any

import re
from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest

HINT = "see docs/writing-a-gateway.md for what a definition may hold"
#: How msgspec ends a message: the path of the value, or of the table whose key is wrong.
_PLACE = r"(?s)^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$"
_STEPS = r"\.([\w-]+)|\[(\.\.\.|\d+)\]"
#: What msgspec calls the types of TOML.
_TYPES = {
    "array": "a list",
    "object": "a table",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}
_WORD = r"[`'](.*?)[`']"


def explained(file: object, found: dict[str, Any], kind: type, error: msgspec.ValidationError) -> UsageError:
    """The error for a definition that is not one: file, place, the word that is wrong, and the nearest right one."""
    told = re.fullmatch(_PLACE, str(error))
    if told is None:
        return UsageError(f"{file}: {error}", HINT)
    names, type_ = list(_walked(found, kind, told["path"] or "")), kind
    if names:
        type_ = names[-1][1]
    place = ": ".join([f"{file}", *([", ".join(name for name, _ in names)] if names else [])])
    what, word = told["what"], re.search(_WORD, told["what"])
    if word and "unknown field" in what:
        return UsageError(f"{place}: unknown key {word[1]!r}", nearest(word[1], _fields(type_)))
    allowed = _allowed(get_args(type_)[0] if told["key"] else type_)
    if word and what.startswith("Invalid enum value") and allowed:
        noun = "role" if told["key"] else "value"
        return UsageError(f"{place}: unknown {noun} {word[1]!r}", nearest(word[1], allowed))
    if word and "missing required field" in what:
        return UsageError(f"{place}: the key {word[1]!r} is missing", HINT)
    plain = re.sub("`(.*?)`", lambda one: _TYPES.get(one[1], one[0]), what)
    return UsageError(f"{place}: {plain[:1].lower()}{plain[1:]}", HINT)


def _walked(found: Any, kind: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The steps of a path, each as a reader would say it, with the type of what is there."""
    for field, index in re.findall(_STEPS, path):
        kind = _bare(kind)
        if field:
            found, kind = found[field], _hints(kind)[field]
            yield field, kind
        elif index == "...":
            kind = get_args(kind)[1]
            key = next(key for key, value in found.items() if _is_wrong(value, kind))
            found = found[key]
            yield key, kind
        else:
            found, kind = found[int(index)], get_args(kind)[0]
            family = found.get("family") if isinstance(found, dict) else None
            yield f"{family}" if family else f"number {int(index) + 1}", kind


def _is_wrong(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return True
    return False


def _bare(kind: Any) -> Any:
    """The type without "or nothing"."""
    return next((one for one in get_args(kind) if one is not NoneType), kind) if NoneType in get_args(kind) else kind


def _hints(kind: Any) -> dict[str, Any]:
    """The types of a structure's keys, as a definition spells them."""
    hints = get_type_hints(kind)
    return {one.encode_name: hints[one.name] for one in msgspec.structs.fields(kind)}


def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(_hints(_bare(kind)))


def _allowed(kind: Any) -> tuple[str, ...]:
    """The words that a value may be; none where it may be any."""
    kind = _bare(kind)
    return tuple(get_args(kind)) if get_origin(kind) is Literal else ()
