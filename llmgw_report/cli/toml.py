"""Values and lines of TOML, with what is said of each beside it."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from llmgw_report.redaction import redact, redact_all

Line = tuple[str, object, str]
"""Key, value, and what is said of it. A value of None is not set."""

BESIDE = 42


def value(given: object) -> str:
    """As TOML has it: like JSON but for days and tables in a line."""
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, Mapping):
        pairs = ", ".join(f"{key if _bare(key) else value(key)} = {value(each)}" for key, each in given.items())
        return f"{{ {pairs} }}"
    # TOML allows no raw DEL in a text, JSON does.
    return msgspec.json.encode(given).decode().replace("\x7f", "\\u007f")


def table(head: str, lines: Iterable[Line]) -> str:
    """A table with its head, which may be "" for the keys above the first one."""
    return "\n".join([*([redact(head)] if head else []), *map(_line, lines), ""])


def _bare(key: object) -> bool:
    return isinstance(key, str) and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _line(line: Line) -> str:
    """Without secrets: the page says what is set, and is pasted into tickets."""
    key, given, said = line[0], redact_all(line[1]), redact(line[2])
    assignment = f"#{key} =" if given is None else f"{key} = {value(given)}"
    return f"{assignment:<{BESIDE}}# {said}" if said else assignment
