"""The second half of a first definition: which table has a row per request, and what its columns may mean. Pure."""

# ruff: noqa: S608 - the text is made of names of the schema, in quotation marks

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from llmgw_report.gateways import synonyms
from llmgw_report.model.database import Schema, Value
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.redaction import redact

#: What makes a table one of requests, beside a time, and how many of them it takes.
_TELLING = ("model", "input_tokens", "output_tokens", "code", "word", "flag", "seconds")
_FEWEST_TELLING = 2
#: Unit of a time by its size, from 1973 to 5138 in seconds.
_TIMES = ((1e8, 1e11, "s"), (1e11, 1e14, "ms"), (1e14, 1e17, "us"), (1e17, 1e20, "ns"))
#: Unit of a duration without one in its name, by the mean that requests to a model have in it.
_MEANS = ((1e6, "ns"), (1e2, "ms"), (0, "s"))
_SECONDS = {"ms": 1e-3, "us": 1e-6, "ns": 1e-9, "s": 1.0}
_TO_SECONDS = {
    "s": "{x}",
    "ms": "ms_to_s({x})",
    "us": "CASE WHEN {x} < '' THEN {x} / 1e6 ELSE {x} END",
    "ns": "ns_to_s({x})",
}
_TO_MS = {"s": "{x} * 1000", "ms": "{x}", "us": "{x} / 1000", "ns": "{x} / 1000000", "text": "ms({x})"}
_WITHIN = {
    "s": "{x} * 1000 > :since_ms AND {x} * 1000 <= :until_ms\n"
    "  AND {x} BETWEEN :since_ms / 1000 AND :until_ms / 1000  -- for an index",
    "ms": "{x} > :since_ms AND {x} <= :until_ms",
    "us": "{x} > :since_ms * 1000 AND {x} <= :until_ms * 1000",
    "ns": "{x} > :since_ms * 1000000 AND {x} <= :until_ms * 1000000",
    "text": "in_window({x})",
}
#: Columns of the relation in the order of the query.
_ORDER = tuple(name for name in synonyms.COLUMNS if name not in {"time", "code", "flag", "failed", "word"})
#: Roles whose column may have the id of a row with the name, and the alias of that table in the query.
_ALIASES = {"provider": "p", "instance": "i", "model": "m", "api_key": "k"}
#: Rows of a table that are looked at.
_NEWEST_ROWS = 20_000
#: Values of a column that are words: so many, and of such letters.
_FEWEST_WORDS, _MOST_WORDS = 2, 8
_PLAIN = r"[A-Za-z][\w.:/-]{0,39}"
#: So many rows for one id are more than a client that sends an id twice.
_REPEATED = 1.1
_KEYWORDS = frozenset(("group", "order", "index", "key", "from", "to", "where", "select", "table", "values", "limit"))


class ColumnSample(Struct, frozen=True, kw_only=True):
    """What the newest rows have in one column; `values` are the most frequent texts of it with their counts."""

    filled: int = 0
    low: Value = None
    high: Value = None
    mean: float | None = None
    distinct: int = 0
    values: dict[str, int] = field(default_factory=dict)

    @property
    def are_words(self) -> bool:
        """Whether its values are a few plain words, each of several rows: no content is such."""
        some = _FEWEST_WORDS <= len(self.values) <= _MOST_WORDS
        whole = self.filled == sum(self.values.values()) >= 2 * len(self.values)
        return some and whole and all(re.fullmatch(_PLAIN, one) and redact(one) == one for one in self.values)


class Observed(Struct, frozen=True, kw_only=True):
    """A database that nobody described: its schema, columns that may hold content, and samples by table."""

    schema: Schema
    content: frozenset[str]
    samples: dict[str, dict[str, ColumnSample]] = field(default_factory=dict)


class DraftedRows(Struct, frozen=True, kw_only=True):
    """The query, and what `gateway.toml` says of the database; `attempts` where some of the rows are no requests."""

    sql: str
    attempts: str
    table: str
    time: str
    unit: str
    columns: tuple[str, ...]
    reads: dict[str, tuple[str, ...]]
    content: tuple[str, ...]
    left: tuple[str, ...]
    notes: tuple[str, ...]
    quantities: tuple[str, ...]


class _Join(Struct, frozen=True):
    """A table that has the name of what a column only has the id of."""

    table: str
    alias: str
    key: str
    name: str
    provider: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read of it."""
        return (self.key, self.name, *([self.provider] if self.provider else []))


class _RowDraft(Struct, frozen=True, kw_only=True):
    """One table with the columns that its roles were given."""

    observed: Observed
    table: str
    roles: dict[str, str]
    joins: dict[str, _Join] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def sample(self, role: str) -> ColumnSample:
        """What was seen in the column of a role."""
        return self.observed.samples.get(self.table, {}).get(self.roles.get(role, ""), ColumnSample())

    def column_of(self, role: str) -> str:
        """The column of a role as SQL names it."""
        return f"r.{quoted(self.roles[role])}"


def quoted(name: str) -> str:
    """A name as SQL has it, in quotation marks only where it needs them."""
    plain = re.fullmatch(r"[A-Za-z_]\w*", name) and name.lower() not in _KEYWORDS
    return name if plain else _name(name)


def candidates(schema: Schema, content: frozenset[str]) -> dict[str, dict[str, str]]:
    """Tables that may have a row per request, the most telling first, with the columns of their roles."""
    found: dict[str, tuple[int, dict[str, str]]] = {}
    for table in filter(str.isprintable, schema.tables):
        roles = _roles(table, schema, content)
        telling = sum(name in roles for name in _TELLING)
        spoken = {"model", "input_tokens", "code"} & set(roles)
        if table not in schema.virtual and "time" in roles and spoken and telling >= _FEWEST_TELLING:
            sums = 10 if re.search(rf"(^|_)({synonyms.SUMS})(_|$)", synonyms.snake(table)) else 0
            named = 2 if re.search("log|request|usage|call", table.lower()) else 0
            # A log of what was used has no row for what failed.
            ended = 8 if {"code", "word", "flag", "failed"} & set(roles) else 0
            found[table] = (telling * 2 + len(roles) + ended + named - sums, roles)
    return {table: found[table][1] for table in sorted(found, key=lambda one: (-found[one][0], one))}


def _roles(table: str, schema: Schema, content: frozenset[str]) -> dict[str, str]:
    """Role -> column, each column once."""
    found: dict[str, str] = {}
    plain = {synonyms.snake(column): column for column in schema.tables[table] if column.isprintable()}
    bare = {synonyms.without_unit(name)[0]: column for name, column in reversed(plain.items())}
    for role, names in synonyms.COLUMNS.items():
        there = plain | (bare if role in {*synonyms.DURATIONS, "time"} else {})
        for name in names:
            column = there.get(name)
            generated = f"{table}.{column}" in schema.generated
            # The text of an error is what a name of messages may well hold; no other such column is read.
            hidden = role != "error" and f"{table}.{column}" in content
            if column and column not in found.values() and not hidden and not generated:
                found[role] = column
                break
    return found


def draft(observed: Observed) -> DraftedRows | None:
    """The query that names and values suggest; None where no table looks like one of requests."""
    ranked = candidates(observed.schema, observed.content)
    filled = [table for table in ranked if any(one.filled for one in observed.samples.get(table, {}).values())]
    table = next(iter(filled or ranked), None)
    if table is None:
        return None
    drafted = _RowDraft(observed=observed, table=table, roles=dict(ranked[table]))
    if any(map(synonyms.is_code, drafted.sample("word").values)):
        drafted.roles.setdefault("code", drafted.roles.pop("word"))
    unit = _unit(drafted)
    drafted.joins.update(_joins(drafted))
    _name_provider(drafted)
    stages, parting = _beginnings(drafted), _parting(drafted)
    _note_repeated(drafted, stages)
    sql = _sql(drafted, unit, {**stages, **parting}, "one per request")
    others = [f"table {one} may have a row per call as well" for one in ranked if one != table]
    return DraftedRows(
        sql=sql,
        attempts=_sql(drafted, unit, stages, "one per attempt") if parting else "",
        table=table,
        time=drafted.roles["time"],
        unit=unit,
        columns=tuple(dict.fromkeys((*drafted.roles.values(), *parting, *stages))),
        reads={join.table: join.columns for join in drafted.joins.values()},
        content=tuple(sorted(_content(drafted))),
        left=tuple(_left(drafted)),
        notes=(*drafted.notes, *others),
        quantities=tuple(role for role in _ORDER if role in drafted.roles),
    )


def _unit(drafted: _RowDraft) -> str:
    """The unit of the time."""
    high = drafted.sample("time").high
    if isinstance(high, (int, float)):
        found = next((unit for low, most, unit in _TIMES if low <= high < most), None)
        if found:
            return found
        drafted.notes.append(f"the unit of {drafted.roles['time']} is not known: {high}")
    elif high is None:
        drafted.notes.append(f"the unit of {drafted.roles['time']} is a guess: the table has no row")
        return "text" if re.search("at$|time|date", drafted.roles["time"].lower()) else "ms"
    return "text" if isinstance(high, str) else "ms"


def _name_provider(drafted: _RowDraft) -> None:
    """Without a provider the instance is one: a report groups by providers."""
    join = drafted.joins.get("instance")
    if "provider" not in drafted.roles and "instance" in drafted.roles and not (join and join.provider):
        drafted.roles["provider"] = drafted.roles.pop("instance")
        if join:
            drafted.joins["provider"] = drafted.joins.pop("instance")
        drafted.notes.append(f"{drafted.roles['provider']} is taken for the provider, as no column has one")


def _joins(drafted: _RowDraft) -> Iterator[tuple[str, _Join]]:
    """Tables with the names of what the columns of some roles hold the id of."""
    for role, short in _ALIASES.items():
        found = re.fullmatch(r"(\w+?)_?(id|used)", synonyms.snake(drafted.roles.get(role, "")))
        if not found:
            continue
        for table, columns in drafted.observed.schema.tables.items():
            stem = re.sub("s$", "", synonyms.snake(table))
            name = synonyms.first(synonyms.NAMES, columns)
            if (
                name
                and "id" in columns
                and (found[1] == stem or found[1].endswith(f"_{stem}") or stem.endswith(f"_{found[1]}"))
            ):
                yield role, _Join(table, short, "id", name, "provider" if "provider" in columns else None)
                break


def _sql(drafted: _RowDraft, unit: str, parting: Mapping[str, Sequence[str]], what: str) -> str:
    """One query: of requests, without the rows that are stages or attempts of one, or of all attempts."""
    time = drafted.column_of("time")
    shown = [f"{_TO_MS[unit].format(x=time)} AS time_ms", f"CASE {_outcome(drafted)} END AS outcome", *_status(drafted)]
    shown += [_shown(drafted, role) for role in _ORDER if role in drafted.roles]
    instance = drafted.joins.get("instance")
    if instance and instance.provider and "provider" not in drafted.roles:
        shown.append(f"{instance.alias}.{instance.provider}")
    joins = [
        f"LEFT JOIN {quoted(one.table)} AS {one.alias} ON {one.alias}.{one.key} = {drafted.column_of(role)}"
        for role, one in drafted.joins.items()
    ]
    # The plus keeps SQLite on an index of the time.
    parted = [f"  AND +r.{quoted(column)} NOT IN ({_texts(words)})" for column, words in parting.items()]
    lines = [
        f"-- title: rows of table {drafted.table}, {what}",
        "SELECT " + ",\n       ".join(shown),
        f"FROM {quoted(drafted.table)} AS r",
        *joins,
        f"WHERE {_WITHIN[unit].format(x=time)}",
        *parted,
    ]
    return "\n".join([*lines, ""])


def _shown(drafted: _RowDraft, role: str) -> str:
    """One column of the relation."""
    column, join = drafted.column_of(role), drafted.joins.get(role)
    if join:
        return f"coalesce({join.alias}.{quoted(join.name)}, {column}) AS {role}"
    if role in synonyms.DURATIONS:
        column = _TO_SECONDS[_duration_unit(drafted, role)].format(x=column)
    if role == "stream" and isinstance(drafted.sample(role).high, str):
        column = f"lower({column}) IN ('true', 't', '1')"
    return f"{column} AS {role}" if column != f"r.{role}" else column


def _duration_unit(drafted: _RowDraft, role: str) -> str:
    """By the column's name, else by its size."""
    named = synonyms.without_unit(synonyms.snake(drafted.roles[role]))[1]
    if named is None and synonyms.snake(drafted.roles[role]) == "millis":
        named = 1e-3
    if named is not None:
        return next(unit for unit, seconds in _SECONDS.items() if seconds == named)
    mean = drafted.sample(role).mean or 0.0
    unit = next((unit for least, unit in _MEANS if mean >= least), "s")
    drafted.notes.append(f"{drafted.roles[role]} is taken for a duration in {unit}: {mean:.6g} on average")
    return unit


def _status(drafted: _RowDraft) -> Iterator[str]:
    """The gateway's own word for how a request ended: its code where there is one."""
    named = [drafted.column_of(role) for role in ("code", "word") if role in drafted.roles]
    if named:
        yield f"{named[0]} AS status" if len(named) == 1 else f"coalesce({', '.join(named)}) AS status"


def _outcome(drafted: _RowDraft) -> str:
    """How a request ended, of the columns that say so."""
    whens = [*_good(drafted), *_words(drafted, "success")]
    if "code" in drafted.roles:
        code = drafted.column_of("code")
        code = f"CAST({code} AS INTEGER)" if isinstance(drafted.sample("code").high, str) else code
        if "flag" not in drafted.roles:
            whens.append(f"WHEN {code} BETWEEN 200 AND 299 THEN 'success'")
        whens += [
            f"WHEN {code} = 499 THEN 'canceled'",
            f"WHEN {code} IN (408, 504) THEN 'timeout'",
            f"WHEN {code} >= 500 THEN 'server-error'",
            f"WHEN {code} >= 400 THEN 'error'  -- add whose fault it is, and which 429 and 401 are the upstream's",
        ]
    for outcome in (*OUTCOMES, "open"):
        whens += _words(drafted, outcome) if outcome != "success" else ()
    return "\n            ".join([*whens, _otherwise(drafted)])


def _good(drafted: _RowDraft) -> Iterator[str]:
    """What a flag says, and an error where there is nothing else."""
    for role, outcome in (("flag", "success"), ("failed", "error")):
        if role in drafted.roles:
            is_text = isinstance(drafted.sample(role).high, str)
            column = drafted.column_of(role)
            yes = f"lower({column}) IN ('true', 't', '1')" if is_text else column
            yield f"WHEN {yes} THEN '{outcome}'"


def _words(drafted: _RowDraft, outcome: str) -> Iterator[str]:
    """The gateway's own words for one outcome."""
    if "word" not in drafted.roles:
        return
    seen = drafted.sample("word").values or dict.fromkeys(("success", "error"), 0)
    words = [value for value in seen if synonyms.outcome_of(value) == outcome]
    if words:
        end = "NULL" if outcome == "open" else f"'{outcome}'"
        yield f"WHEN {drafted.column_of('word')} {_among(words)} THEN {end}"


def _otherwise(drafted: _RowDraft) -> str:
    if "word" in drafted.roles:
        seen = drafted.sample("word").values
        known = {*synonyms.RETRIES, *(one for one in seen if synonyms.is_code(one) or synonyms.outcome_of(one))}
        unknown = [f"{value} ({n})" for value, n in seen.items() if value not in known]
        if unknown:
            drafted.notes.append(f"no outcome for the {drafted.roles['word']} of {', '.join(unknown)}")
        return "ELSE 'unknown'"
    if "flag" in drafted.roles:
        return "ELSE 'error'"
    if "failed" in drafted.roles:
        return "ELSE 'success'"
    if "code" in drafted.roles:
        return "ELSE 'unknown'"
    if "error" in drafted.roles:
        drafted.notes.append(f"a row without {drafted.roles['error']} is taken for a success")
        return f"WHEN nullif({drafted.column_of('error')}, '') IS NULL THEN 'success' ELSE 'error'"
    return "WHEN true THEN 'success'"


def records_successes(rows: DraftedRows) -> bool:
    """Whether no column says that a request failed."""
    return "WHEN true THEN 'success'" in rows.sql


def _parting(drafted: _RowDraft) -> Mapping[str, tuple[str, ...]]:
    """Columns with the words of rows that are attempts and no requests."""
    samples = drafted.observed.samples.get(drafted.table, {})
    found = {}
    for column in drafted.observed.schema.tables[drafted.table]:
        values = samples.get(column, ColumnSample()).values
        words = tuple(value for value in values if value.lower() in synonyms.RETRIES)
        if synonyms.snake(column) in synonyms.KINDS and words and len(values) > len(words):
            found[column] = words
    return found


def _is_repeated(ids: ColumnSample) -> bool:
    return ids.distinct > 0 and ids.filled > _REPEATED * ids.distinct


def _beginnings(drafted: _RowDraft) -> Mapping[str, tuple[str, ...]]:
    """The column with the words of rows that begin a request, where another row of the same id ends it."""
    samples = drafted.observed.samples.get(drafted.table, {})
    for column, sample in samples.items() if _is_repeated(drafted.sample("request_id")) else ():
        words = tuple(filter(synonyms.begins, sample.values))
        if column not in drafted.roles.values() and sample.are_words and 0 < len(words) < len(sample.values):
            return {column: words}
    return {}


def _note_repeated(drafted: _RowDraft, stages: Mapping[str, Sequence[str]]) -> None:
    """Say that a request has several rows, and which are left out."""
    ids = drafted.sample("request_id")
    if not _is_repeated(ids):
        return
    rows = f"{ids.filled} rows of {drafted.table} have {ids.distinct} different {drafted.roles['request_id']}"
    for column, words in stages.items():
        kept = ", ".join(one for one in drafted.observed.samples[drafted.table][column].values if one not in words)
        drafted.notes.append(
            f"{rows}: those with {column} {', '.join(words)} begin a request and are left out; {kept} end it"
        )
    if not stages:
        drafted.notes.append(f"{rows}: they may be stages or attempts of a request; requests.sql returns one of each")


def _content(drafted: _RowDraft) -> Iterator[str]:
    """Columns of the tables that are read which may hold content, and are not read."""
    tables = (drafted.table, *(join.table for join in drafted.joins.values()))
    read = {f"{drafted.table}.{column}" for column in drafted.roles.values()}
    read |= {f"{join.table}.{name}" for join in drafted.joins.values() for name in join.columns}
    for name in drafted.observed.content:
        if name.partition(".")[0] in tables and name not in read:
            yield name


def _left(drafted: _RowDraft) -> Iterator[str]:
    """Columns that were not placed, with what they hold."""
    content = set(_content(drafted))
    for column in drafted.observed.schema.tables[drafted.table]:
        if column in drafted.roles.values() or f"{drafted.table}.{column}" in content:
            continue
        sample = drafted.observed.samples.get(drafted.table, {}).get(column, ColumnSample())
        few = ", ".join(redact(value) for value in sample.values) if sample.are_words or _may_be_words(column) else ""
        held = few or (_range(sample) if sample.filled else "empty")
        yield f"{column} ({held})"
    for join in drafted.joins.values():
        rest = [one for one in drafted.observed.schema.tables[join.table] if one not in join.columns]
        yield f"table {join.table} ({', '.join(rest)})"


def _range(sample: ColumnSample) -> str:
    """What kind of values a column has; texts are not shown, because anything may stand in them."""
    if isinstance(sample.high, (int, float)):
        return f"numbers from {sample.low} to {sample.high}"
    return "texts"


def _among(words: Sequence[str]) -> str:
    return f"= {_texts(words)}" if len(words) == 1 else f"IN ({_texts(words)})"


def _texts(words: Sequence[str]) -> str:
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


def _may_be_words(column: str) -> bool:
    """Whether a column has a name of those that say what a row is, or how a request ended."""
    named = (synonyms.COLUMNS[role] for role in ("code", "flag", "failed", "word"))
    return any(synonyms.snake(column) in names for names in (*named, synonyms.KINDS))


def samplings(
    schema: Schema, tables: Mapping[str, Mapping[str, str]], hidden: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    """Table, column and SQL of every question that a draft asks; columns that may hold content are not among them."""
    for table in tables:
        for column in schema.tables[table]:
            if f"{table}.{column}" in hidden or f"{table}.{column}" in schema.generated:
                continue
            newest = f"(SELECT {_name(column)} AS x FROM {_name(table)} ORDER BY rowid DESC LIMIT {_NEWEST_ROWS})"
            numbers = "avg(CASE WHEN typeof(x) IN ('integer', 'real') THEN x END)"
            filled = "nullif(x, '')"
            figures = f"count({filled}), min(x), max(x), {numbers}, count(DISTINCT {filled})"
            yield table, column, f"SELECT {figures} FROM {newest}"
            named = _may_be_words(column)
            kept, most = ("x IS NOT NULL", 40) if named else ("typeof(x) = 'text'", _MOST_WORDS + 1)
            words = f"SELECT CAST(x AS TEXT), count(*) FROM {newest} WHERE {kept} GROUP BY 1"
            yield table, column, f"{words} ORDER BY 2 DESC LIMIT {most}"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
