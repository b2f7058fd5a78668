"""A .sql file is a query: `-- key: value` lines at its head, then one SELECT."""

from pathlib import Path

import msgspec

from llmgw_report import resources
from llmgw_report.errors import UsageError
from llmgw_report.model.table import Query
from llmgw_report.plugins import nearest

KEYS = ("title", "deadline", "limit", "weight", "requires")

#: A reader that never ends keeps the gateway's log from being emptied.
LONGEST_SECONDS = 600
POSITIVE = f"deadline and limit are positive numbers, and no query has more than {LONGEST_SECONDS} s"


def parse(name: str, text: str, *, builtin: bool = True, place: str = "") -> Query:
    """Read one query; UsageError names the header line that cannot be understood."""
    head, body = _split(text)
    fields = {"name": name, "sql": body, "title": name.replace("_", " "), "builtin": builtin}
    for key, value in head:
        fields |= _field(key, value, place or name)
    if not body:
        message = f"{place or name}: no SQL in the file"
        raise UsageError(message, "write one SELECT below the header comment")
    try:
        query = msgspec.convert(fields, Query, strict=False)
    except msgspec.ValidationError as error:
        message = f"{place or name}: {error}"
        raise UsageError(message, POSITIVE) from error
    if query.limit < 1 or not 0 < query.deadline_seconds <= LONGEST_SECONDS:
        message = f"{place or name}: a deadline of {query.deadline_seconds:g} s, a limit of {query.limit} rows"
        raise UsageError(message, POSITIVE)
    return query


def load(file: Path, *, builtin: bool) -> Query:
    """The query in `file`, named after it; UsageError if it cannot be read."""
    try:
        text = resources.text(file)
    except OSError as error:
        message = f"query {file}: {error.strerror or error}"
        raise UsageError(message, "name a readable .sql file") from error
    except ValueError as error:  # of the text, or of the name
        message = f"query {file}: {'not UTF-8 text' if isinstance(error, UnicodeDecodeError) else error}"
        raise UsageError(message, "name a readable .sql file") from error
    return parse(file.stem, text, builtin=builtin, place=str(file))


def _split(text: str) -> tuple[list[tuple[str, str]], str]:
    """Header pairs and the SQL. A comment line without "key:" ends nothing: prose may stand between."""
    head = []
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        key, colon, value = lines.pop(0).strip().removeprefix("--").partition(":")
        if colon and " " not in key.strip():
            head.append((key.strip(), value.strip()))
    return head, "\n".join(lines).strip().removesuffix(";")


def _field(key: str, value: str, place: str) -> dict[str, object]:
    """One header line as a field of `Query`."""
    if key not in KEYS:
        message = f"{place}: unknown header {key!r}"
        raise UsageError(message, nearest(key, KEYS))
    if key == "deadline":
        return {"deadline_seconds": value.removesuffix("s").strip()}
    if key == "requires":
        return {"requires": tuple(value.replace(",", " ").split())}
    return {key: value}
