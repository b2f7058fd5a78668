"""What a `gateway.toml` can say. The reasons for each key are the gateways themselves: see docs/gateways.md."""

from pathlib import Path

import msgspec
from msgspec import Struct, field

from llmgw_report import resources
from llmgw_report.errors import UsageError
from llmgw_report.model.database import Access, Query
from llmgw_report.model.finding import Health
from llmgw_report.model.indicator import Quantity, Role, StatusClass
from llmgw_report.model.report import BlindSpot
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


class Source(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """One metric family that gives one quantity.

    `labels` maps our roles to its label names and `const` sets roles outright; `outcomes` maps globs
    over the status role to what they mean; `states` maps a gauge's value to a health. `scale` turns
    its unit into ours. `idle-zero`: quantiles read 0 when nothing happened lately, which is not fast.
    """

    family: str
    labels: dict[Role, str] = field(default_factory=dict)
    const: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, StatusClass] = field(default_factory=dict)
    states: dict[str, Health] = field(default_factory=dict)
    shapes: dict[Role, str] = field(default_factory=dict)
    scale: float = 1.0
    idle_zero: bool = False
    population: str = "all requests"


class Detect(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """How the product shows itself: every one of `families`, or every column of `tables`, none of `not-tables`.

    Never a prefix (`llm_` belongs to three products) and never a version string (one product kept
    "0.3.0" through eight schemas).
    """

    families: tuple[str, ...] = ()
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_tables: tuple[str, ...] = ()


class Families(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Families beyond those mapped: `other` are known too, `never` are declared by the product and never emitted.

    `ignore` are globs of families that are not data; `missing` are label values that mean "no value".
    """

    other: tuple[str, ...] = ()
    never: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)


class Gateway(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What we know of one product. `folder` is where it was read from, with its .sql files; `name` is the folder's.

    `keeps` says which witnesses the product has at all: asking for another is not an error of the
    gateway's operator. `reads` lists the columns of each table that queries may read, beside those of
    `detect`; `content-columns` (`table.column`) hold what people said, and no query ever reads them.
    """

    title: str
    about: str
    detect: Detect
    keeps: tuple[str, ...] = ("metrics", "database")
    families: Families = Families()
    metrics: dict[Quantity, tuple[Source, ...]] = field(default_factory=dict)
    blind_spots: tuple[BlindSpot, ...] = ()
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    content_columns: tuple[str, ...] = ()
    name: str = ""
    folder: str = ""

    def access(self) -> Access:
        """What queries on this product's database may read."""
        tables = {**self.detect.tables, **self.reads}
        columns = {table: (*self.detect.tables.get(table, ()), *self.reads.get(table, ())) for table in tables}
        return Access(columns=columns, content=self.content_columns)
