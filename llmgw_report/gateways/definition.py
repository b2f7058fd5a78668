"""The definition of a gateway: what its `gateway.toml` and the headers of its `.sql` files may hold.

The reasons for each key are the gateways themselves: see docs/gateways.md.
"""

import re
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from llmgw_report import plugins, resources
from llmgw_report.errors import UsageError
from llmgw_report.model.database import Access, Dialect, Query
from llmgw_report.model.finding import Health
from llmgw_report.model.indicator import Role
from llmgw_report.model.outcomes import Outcome
from llmgw_report.model.report import BlindSpot
from llmgw_report.plugins import nearest


def listed(names: str | tuple[str, ...]) -> tuple[str, ...]:
    """The labels of a role, which may be a single one."""
    return (names,) if isinstance(names, str) else names


class OutcomeRule(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What became of the requests of a series whose labels match: `when` maps label names to globs, `|` between them.

    A label that is absent reads as an empty text, so `{ error_type = "" }` is a series without that label. `"a|b"` as a
    name is the first of these labels with a value. Every glob has to match; of several rules the first one counts.
    """

    outcome: Outcome
    when: dict[str, str] = field(default_factory=dict)


class Part(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """How many of the requests that are split ended in `outcome`: the count of series whose labels match `plus`.

    Those that match `minus` are taken off, and the rest is divided by `divide`, for a family that counts each of them
    more than once. A part without `plus` is all that is left.
    """

    outcome: Outcome
    plus: dict[str, str] = field(default_factory=dict)
    minus: dict[str, str] = field(default_factory=dict)
    divide: float = 1.0


class Split(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The requests of one status that another family divides by outcome, in count.

    `when` are the labels of the series that are split, and `family` with `only` is what counts their `parts`, each at
    most what those before it have left. The total is divided exactly as counted. `labels` are roles that the other
    family names as well, as the mapping does: each value of them is divided by its own counts. A subject beside those
    gets for certain only what no other can have, and the rest of its requests keeps the outcome of the rules, as all do
    without that family.
    """

    when: dict[str, str]
    family: str
    parts: tuple[Part, ...]
    labels: dict[Role, str | tuple[str, ...]] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)


class MetricMapping(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """One metric family that holds a quantity.

    `labels` maps roles to label names of the family, of several the first with a value, and `const` gives a role a
    fixed value. `values` replaces what a role reads, by globs of which the first counts; "" means no value.
    `outcomes` are rules over its labels; what none matches is `unknown`, and unobserved where all their
    labels are absent. Of a distribution they choose the successes, which alone are kept; without rules of its own they
    are those of the `requests` that are counted by it. `split` divides one status by the counts of another family.
    `only` and `except` map label names to globs: series to keep and to leave out, such as a
    gateway's own probes. `unless-family`: not where the scrape has a series of that family, because a version of the
    product that has it counts better there. `less-family`: without the requests of that family, which are among these
    and mapped before; not where the scrape does not know that family. `states` maps the values of a gauge to a health.
    `shapes` are regular expressions of labels: a value that does not match may be a secret and is hidden. `scale`
    converts the family's unit to the base unit. `idle-zero`: the quantiles of the summary read 0 while nothing happens,
    which is not fast. `population` names the requests that are in the family at all. `includes-scrape`: the request for
    the metrics itself is among them. `zero-is-absent`: a series of 0 holds no figure, such as the cost of what has no
    price. `recovery` is how a state of "down" ends: after a time such as "70s", by the next "request" that succeeds, or
    "none": not before its operator acts. `unlogged` are globs of statuses that leave no row in the log.
    """

    family: str
    labels: dict[Role, str | tuple[str, ...]] = field(default_factory=dict)
    const: dict[str, str] = field(default_factory=dict)
    values: dict[Role, dict[str, str]] = field(default_factory=dict)
    outcomes: tuple[OutcomeRule, ...] = ()
    split: Split | None = None
    only: dict[str, str] = field(default_factory=dict)
    except_: dict[str, str] = field(default_factory=dict, name="except")
    unless_family: str | None = None
    less_family: str | None = None
    states: dict[str, Health] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    scale: float = 1.0
    idle_zero: bool = False
    population: str = ""
    includes_scrape: bool = False
    zero_is_absent: bool = False
    recovery: str | None = None
    unlogged: tuple[str, ...] = ()

    def label_names(self, role: Role) -> tuple[str, ...]:
        """The labels that may hold a role, the preferred one first."""
        return listed(self.labels[role])

    @property
    def is_of_successes(self) -> bool:
        """Whether its rules call everything a success."""
        return bool(self.outcomes) and self.outcomes[0] == OutcomeRule(outcome="success")

    @property
    def all_labels(self) -> tuple[str, ...]:
        """Every label that is read of the family."""
        return tuple(name for role in self.labels for name in self.label_names(role))


class Detect(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """How the product is recognised: by families and labels of its scrape, by tables of its database.

    All of `families` or one of `any-families`, and none of `not-families`. `labels` are globs: each has to match that
    label of a series of a family that is mapped, because the families of a convention belong to no product; with
    `labels` alone that is enough. All of `tables`, and none of `not-tables`. Of the columns of a table a quarter may be
    missing, but none of `needed-columns`, and none of `not-columns` is there (`table.column`): a fork keeps most of
    the columns of its ancestor.
    Never by a prefix (`llm_` belongs to three products) and never by a version (one product kept "0.3.0" through eight
    schemas). Of two definitions that fit, the one with more evidence counts, and a variant before what it extends;
    where both fit equally well, `--gateway` decides.
    """

    families: tuple[str, ...] = ()
    any_families: tuple[str, ...] = ()
    not_families: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_tables: tuple[str, ...] = ()
    needed_columns: tuple[str, ...] = ()
    not_columns: tuple[str, ...] = ()


class TimeColumn(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The column with the time of a table's rows: Unix seconds, milliseconds, microseconds or nanoseconds, or text.

    A text without a zone is UTC, and so is a timestamp without one in PostgreSQL, which is "text" here.
    """

    column: str
    unit: Literal["s", "ms", "us", "ns", "text"]


class Log(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Log files beside the database, of JSON lines, which `--log` names; relations read them as the table `log_lines`.

    `time` is the path of a line's time, the column `time_ms`. `columns` maps the other columns to their paths: member
    names with dots between, and no more is read of a line. `only` maps columns to globs, one of which has to match.
    `records` is what the gateway records with them, and `reveals` lists the quantities of `blind-spots` that they
    hold. `files` are globs of where the gateway writes them, from its working directory: they are read where its
    database was found there as well.
    """

    time: str
    columns: dict[str, str]
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
    records: Literal["everything", "successes"] = "everything"
    reveals: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.columns:
            if not name.isidentifier() or name.lower() == "time_ms":
                message = f"[log.columns] {name} is no name of a column: letters, digits and _, and not time_ms"
                raise ValueError(message)
        for name in self.only:
            if name not in self.columns:
                message = f"[log.only] {name} is not among [log.columns]"
                raise ValueError(message)


class Families(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Families beside those that are mapped: `other` are known, `never` are declared and never exposed.

    `ignore` are globs of families that hold no data; `missing` are label values that mean "no value".
    """

    other: tuple[str, ...] = ()
    never: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)


class Guide(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What docs/gateways.md says of the product; no report depends on it.

    `versions` are those that were read, `arguments` those of a command line for its usual address and file, `needs`
    what its operator has to switch on. `tried` is how the definition was compared with what really happened.
    """

    versions: str = ""
    arguments: str = ""
    needs: str = ""
    tried: str = ""


class Quirk(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """A `fact` that the gateway records wrongly and the `allowance` that is made for it, for docs/gateways.md alone."""

    fact: str
    allowance: str


class Gateway(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What is known of one product. `folder` is where it was read from, with its .sql files; `name` is the folder's.

    `extends` names the definition that this one is a variant of, one that comes with the program or in a folder beside
    this one: its keys and queries hold unless this one has its own; a table is joined key by key, a list is replaced.
    `pairs-with` names definitions whose database may belong to this one's metrics, such as a store of traces.
    `only` and `except` are filters of all its metrics (see below), for labels that most of its families have.
    `keeps` names the sources that the product has at all, so that the absence of another is no error of its operator.
    `dialect` is the database that its queries are written for, "sqlite" or "postgresql". `records` "successes": a
    failure leaves no trace, and looks like silence. `open-requests` is how a request ended that has a row which begins
    it and none that ends it. `input-includes-cached`: whether the input tokens hold those that were read from a cache.
    `populations` names by quantity the requests whose rows have it, where it is not every success. `metrics` maps its
    metric families to [quantities](#quantities). `reads` lists the columns of each table that queries may read, beside
    those of `detect`; where a version lacks one, the relation has NULL for it. `times` names the column with the time
    of each table that the report counts. `write-delay` is how late a row may be written, such as "60s", where the
    gateway collects rows before it writes them. `content-columns` (`table.column`) hold prompts or answers, and no
    query ever reads them. `content-paths` lists by `table.column` the paths in its JSON that hold content: queries of
    the user's own read the column without them. `log-fields` are the fields of a log row that a report shows.
    `settings` names the product's own settings that decide on an outcome, for the advice of a report.
    """

    title: str
    about: str
    detect: Detect
    extends: str | None = None
    pairs_with: tuple[str, ...] = ()
    only: dict[str, str] = field(default_factory=dict)
    except_: dict[str, str] = field(default_factory=dict, name="except")
    keeps: tuple[str, ...] = ("metrics", "database")
    dialect: Dialect = "sqlite"
    families: Families = Families()
    metrics: dict[str, tuple[MetricMapping, ...]] = field(default_factory=dict)
    blind_spots: tuple[BlindSpot, ...] = ()
    records: Literal["everything", "successes"] = "everything"
    open_requests: Literal["canceled", "error"] = "error"
    input_includes_cached: bool | None = None
    populations: dict[str, str] = field(default_factory=dict)
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, TimeColumn] = field(default_factory=dict)
    write_delay: str | None = None
    content_columns: tuple[str, ...] = ()
    content_paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    log_fields: tuple[str, ...] = ()
    log: Log | None = None
    settings: dict[Outcome, str] = field(default_factory=dict)
    guide: Guide = Guide()
    quirks: tuple[Quirk, ...] = ()
    name: str = ""
    folder: str = ""
    bases: tuple[str, ...] = ()

    @property
    def counts_failures(self) -> bool:
        """Whether its metrics can tell that a request failed: families of successes alone cannot."""
        mappings = (*self.metrics.get("requests", ()), *self.metrics.get("attempts", ()))
        if self.records == "successes" and "database" not in self.keeps:
            return False
        return not mappings or any(one.split or not one.is_of_successes for one in mappings)

    def with_log(self) -> "Gateway":
        """The product as its database and its log files together show it."""
        if self.log is None:
            return self
        spots = tuple(spot for spot in self.blind_spots if spot.quantity not in self.log.reveals)
        return msgspec.structs.replace(self, records=self.log.records, blind_spots=spots)

    def access(self) -> Access:
        """What queries on this product's database may read."""
        tables = {**self.detect.tables, **self.reads}
        columns = {table: (*self.detect.tables.get(table, ()), *self.reads.get(table, ())) for table in tables}
        return Access(
            columns=columns, content=self.content_columns, content_paths=self.content_paths, optional=self.reads
        )


#: Where the definitions are that come with the program, and the file that makes a folder one.
BUILT_IN = Path(plugins.HERE, "gateways")
MARKER = "gateway.toml"
#: Queries of a gateway whose rows are all there are; those of any other name may be lists of the first few.
COMPLETE = frozenset(
    (
        *("requests", "attempts", "traffic", "outcomes", "attempted", "instances", "health", "sessions", "trend"),
        *("budget", "token_efficiency", "error_patterns", "levels", "tables", "snapshots"),
    )
)
#: What hides a word of SQL, and what opens and closes a part of it.
_SQL_PART = r"(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|[()]|\w+"
HEADER_KEYS = ("title", "deadline", "limit", "weight", "requires")

#: A reader that stays keeps SQLite from truncating the write-ahead log of the gateway.
LONGEST_DEADLINE_SECONDS = 600
LIMITS_HINT = f"deadline and limit are positive numbers, and no query has more than {LONGEST_DEADLINE_SECONDS} s"


def parse(name: str, text: str, *, builtin: bool = True, place: str = "") -> Query:
    """Read one query; UsageError names the header line that is wrong."""
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
        raise UsageError(message, LIMITS_HINT) from error
    if builtin and name in COMPLETE and _is_cut(body):
        message = f"{place or name}: a LIMIT at the end, where every row counts: of a part of them each sum is wrong"
        raise UsageError(message, "leave it out; a query of another name may be a list of the first few rows")
    deadline = 1.0 if query.deadline_seconds is None else query.deadline_seconds
    if query.limit < 1 or not 0 < deadline <= LONGEST_DEADLINE_SECONDS:
        message = f"{place or name}: a deadline of {deadline:g} s, a limit of {query.limit} rows"
        raise UsageError(message, LIMITS_HINT)
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


def _is_cut(sql: str) -> bool:
    """Whether the outermost SELECT has a LIMIT; one in parentheses picks what is looked up, such as the newest row."""
    depth = 0
    for part in re.findall(_SQL_PART, sql):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth == 0 and part.upper() == "LIMIT":
            return True
    return False


def _split(text: str) -> tuple[list[tuple[str, str]], str]:
    """Header pairs and the SQL. A comment line without "key:" does not end the header: prose may stand between."""
    head = []
    lines = text.splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        key, colon, value = lines.pop(0).strip().removeprefix("--").partition(":")
        if colon and " " not in key.strip():
            head.append((key.strip(), value.strip()))
    return head, "\n".join(lines).strip().removesuffix(";")


def _field(key: str, value: str, place: str) -> dict[str, object]:
    """One header line as a field of `Query`."""
    if key not in HEADER_KEYS:
        message = f"{place}: unknown header {key!r}"
        raise UsageError(message, nearest(key, HEADER_KEYS))
    if key == "deadline":
        return {"deadline_seconds": value.removesuffix("s").strip()}
    if key == "requires":
        return {"requires": tuple(value.replace(",", " ").split())}
    return {key: value}
