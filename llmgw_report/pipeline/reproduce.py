"""How a reader sees a figure again: a query of the database, lines of the scrape, or PromQL, ready to paste."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import groupby, product

from msgspec import structs

from llmgw_report import gateways
from llmgw_report.checks import Check, every
from llmgw_report.config.settings import MetricsTarget, ServerTarget, Settings
from llmgw_report.gateways.definition import Gateway, Log, MetricMapping
from llmgw_report.gateways.relation import ATTEMPTS, REQUESTS
from llmgw_report.model import timestamp
from llmgw_report.model.database import LOG_LINES, Database, Query
from llmgw_report.model.finding import Finding
from llmgw_report.model.quantities import LONGEST_SECONDS, QUANTITIES
from llmgw_report.model.report import Input, Snapshot
from llmgw_report.model.sections import UNRECORDED, Latency
from llmgw_report.printable import visible
from llmgw_report.redaction import HIDDEN

#: The query whose columns are parameters of the others.
_BOUNDS = "bounds"
_SHOWN = frozenset({"fail", "warn", "unknown"})
#: Quantities that a figure is of, by its unit.
_DURATIONS = frozenset({"latency", "time-to-first-token"})
#: Quantities of all other figures, and the state that is no figure.
_COUNTS = frozenset({"attempts", "requests", "tokens", "cost", "health"})
#: What is looked at of requests: how they ended, the slowest of them, or their errors. What is in brackets has a name,
#: without which PostgreSQL before 16 rejects it.
_OF_RATIOS = (
    "SELECT {ending}, count(*) AS requests FROM ({sql}) AS looked{where} GROUP BY {ending} ORDER BY requests DESC"
)
_OF_DURATIONS = "SELECT * FROM ({sql}) AS looked{where} ORDER BY seconds DESC LIMIT 20"
_OF_ERRORS = (
    "SELECT outcome, error, count(*) AS requests FROM ({sql}) AS looked WHERE outcome <> 'success' "
    "GROUP BY outcome, error ORDER BY requests DESC LIMIT 20"
)
#: The same of a query that counts those that ended alike; what ends one is a row of another kind.
_OF_COUNTS = "SELECT {ending}, sum(requests) AS requests FROM ({sql}) AS looked{where} GROUP BY {ending}"
#: Behind such a query of one subject: what ends a request may not say whose it is.
_MATCHED = "  -- the report gives an ending that has no name to the request that was open at the time"
_OF_STATES = "SELECT * FROM ({sql}) AS looked{where}"
#: The percentile of a duration, and how many took longer than the threshold; the first where a query ranks them itself.
_OF_P99 = (
    "SELECT count(*) AS requests, min(duration) FILTER (WHERE 100 * place >= 99 * n) AS p99_seconds, "
    "count(*) FILTER (WHERE duration > {limit}) AS slower FROM (SELECT {column} AS duration, "
    "row_number() OVER (ORDER BY {column}) AS place, count(*) OVER () AS n FROM ({sql}) AS looked{where}) AS timed"
)
_OF_RANKED = "SELECT {of}observed AS requests, {of}p99_seconds FROM ({sql}) AS looked WHERE {where}"
#: By what a check reads first.
_LOOKS = {
    "requests": _OF_RATIOS,
    "health": _OF_RATIOS,
    "slow_requests.sql": _OF_DURATIONS,
    "error_patterns.sql": _OF_ERRORS,
}


def with_evidence(
    findings: Sequence[Finding], snapshot: Snapshot, settings: Settings, database: Database | None
) -> tuple[Finding, ...]:
    """The findings, those that did not pass with what shows their figure; one whose source is not known stays."""
    if snapshot.gateway.name not in gateways.names() or not any(one.status in _SHOWN for one in findings):
        return tuple(findings)
    gateway = gateways.load(snapshot.gateway.name)
    checks = {check.slug: check for check in every()}
    sources = _Sources(gateway, snapshot, settings, database)
    return tuple(
        structs.replace(one, evidence=sources.of(one, checks[one.check])) if _can_be_shown(one) else one
        for one in findings
    )


def _can_be_shown(finding: Finding) -> bool:
    """Not where the sources hold the name of its subject, and the report must not; nor where nothing was counted."""
    hidden = any(HIDDEN in name for name in finding.subject.values())
    return finding.status in _SHOWN and (bool(finding.n) or finding.status != "unknown") and not hidden


#: Labels, of which any may hold the name -> the name.
_Names = dict[tuple[str, ...], str]


class _Sources:
    """What there is to look at: the scrape or the server, and the database."""

    def __init__(self, gateway: Gateway, snapshot: Snapshot, settings: Settings, database: Database | None) -> None:
        self._gateway, self._snapshot, self._settings, self._database = gateway, snapshot, settings, database
        metrics = snapshot.sections.metrics
        traffic = snapshot.sections.traffic
        self._group_by = traffic.group_by if traffic else settings.group_by
        self._families = {family.name for family in metrics.families} if metrics else set()
        self._outcomes = snapshot.sections.outcomes
        self._of_rows = self._outcomes is not None and self._outcomes.source == "database"

    def of(self, finding: Finding, check: Check) -> str | None:
        """The text for one finding, from the source that its outcomes are of."""
        counted = self._outcomes.of(finding.subject) if self._of_rows and self._outcomes else None
        if counted and "outcomes.sql" in check.reads:
            # What rows say has its time; what is counted without one is of a subject that counters alone name.
            of_counters = counted.outcomes.observed and not counted.runs
            return self._in_metrics(finding, check) if of_counters else self._in_database(finding, check)
        if timed := self._timed(check):
            return self._ranked(finding, timed[0]) if timed[1].source == "rows" else self._in_metrics(finding, check)
        found = (self._in_database, self._in_metrics) if self._of_rows else (self._in_metrics, self._in_database)
        return next((text for look in found if (text := look(finding, check))), None)

    def _timed(self, check: Check) -> tuple[str, Latency] | None:
        """The duration whose percentile a check evaluates, and its distribution in total."""
        sections = self._snapshot.sections
        traffic = sections.window_traffic or sections.lifetime_traffic
        name = next((one for one in check.reads if one in _DURATIONS), None) if check.unit == "seconds" else None
        found = traffic.total.durations.get(name) if traffic and name else None
        return (name, found) if name and found else None

    def _ranked(self, finding: Finding, duration: str) -> str | None:
        """The statement for a percentile of rows: of those of requests, or the query that was written by hand."""
        if len(self._databases()) != 1:
            return None
        queries, prefix = self._all_queries, "" if QUANTITIES[duration].by_name else f"{QUANTITIES[duration].field}_"
        if relation := queries.get(REQUESTS):
            column = f"{prefix}seconds"
            words = set(re.findall(r"\w+", relation.sql))
            of = [*(["kind = 'request'"] if "kind" in words else []), "outcome = 'success'"]
            of.append(f"{column} BETWEEN 0 AND {LONGEST_SECONDS:.0f}")
            look = _OF_P99.replace("{column}", column).replace("{limit}", f"{finding.threshold or 0:g}")
            return self._looked(look, relation, finding.subject, of)
        (role, name), *others = [*finding.subject.items()] or [("", "")]
        if others or role not in {"", self._group_by} or "traffic" not in queries:
            return None
        where = f"grp = {_sql(name)}" if role else "total = 1"
        sql = self._bound(queries["traffic"].sql)
        return sql and _OF_RANKED.format(sql=sql, of=prefix, where=where)

    def _databases(self) -> list[Input]:
        return [one for one in self._snapshot.inputs if one.kind == "database" and one.status == "ok"]

    def _in_metrics(self, finding: Finding, check: Check) -> str | None:
        mappings = self._mappings(finding, check)
        if not mappings:
            return None
        metrics, names = self._settings.metrics, _names(mappings, finding.subject)
        if isinstance(metrics, ServerTarget):
            timed = self._timed(check)
            return self._promql(mappings, names, metrics, finding.subject, timed[1].source if timed else None)
        families = list(dict.fromkeys(one.family for one in mappings))
        if metrics is None:
            return " or ".join(_selectors(families, names))
        either = "|".join(families)
        lines = f"grep -E {shlex.quote(f'^({either})')}" if families[1:] else f"grep ^{either}"
        file = shlex.quote(metrics.file or "-")
        first = [_curl(metrics), lines] if metrics.url else [f"{lines} {file}"]
        shown = " | ".join([*first, *(_lines_with(labels, value) for labels, value in names.items())])
        history = self._snapshot.sections.history
        # Counters know no window: an earlier run was subtracted from them.
        since = history.since if history and self._snapshot.window.basis == "window" else None
        added = f"totals; the report counts what was added since {since}" if since else ""
        notes = "; ".join(filter(None, (added, _left_out(metrics))))
        return f"{shown}  # {notes}" if notes else shown

    def _promql(
        self,
        mappings: Sequence[MetricMapping],
        names: _Names,
        server: ServerTarget,
        subject: Mapping[str, str],
        timed: str | None,
    ) -> str:
        """The question for a server; `timed` is what a percentile is of: a histogram has no series of its own name."""
        counters = [one for one in mappings if not one.states]
        families = list(dict.fromkeys(one.family for one in counters or mappings))
        own = [server.selector, *([f"{server.label}={_quoted(subject['target'])}"] if "target" in subject else [])]
        if not counters:
            return " or ".join(_selectors(families, names, own))
        if timed == "summary":
            return " or ".join(_selectors(families, names, [*own, 'quantile="0.99"']))
        if timed:
            families = [f"{one}_bucket" for one in families]
        decisive = dict.fromkeys(label for one in counters for label in _decisive(one))
        by = ", ".join([*(["__name__"] if families[1:] else []), *decisive]) or server.label
        window = f"[{round(self._snapshot.window.seconds)}s]"
        series = " or ".join(f"increase({one}{window})" for one in _selectors(families, names, own))
        return f"histogram_quantile(0.99, sum by (le) ({series}))" if timed else f"sum by ({by}) ({series})"

    def _mappings(self, finding: Finding, check: Check) -> list[MetricMapping]:
        """The families that the figure is of: what was counted, and what says how it ended where that is another."""
        shown = _DURATIONS if check.unit == "seconds" else _DURATIONS | _COUNTS
        held = {name: _that_hold(self._read(name), finding.subject) for name in check.reads if name in shown}
        if any(any(_decisive(one)) for one in held.get("requests", ())):
            held.pop("attempts", None)
        return [one for its in held.values() for one in its]

    def _read(self, quantity: str) -> list[MetricMapping]:
        return [one for one in self._gateway.metrics.get(quantity, ()) if one.family in self._families]

    def _in_database(self, finding: Finding, check: Check) -> str | None:
        if len(self._databases()) != 1:  # of several files no statement has the sum
            return None
        queries = self._all_queries
        relation = (queries.get(ATTEMPTS) if "instance" in finding.subject else None) or queries.get(REQUESTS)
        look = _LOOKS.get(check.reads[0]) if check.reads else None
        state = queries.get("health") if check.reads and check.reads[0] == "health" else None
        if state and (text := self._looked(_OF_STATES, state, finding.subject)):
            return text
        if relation and look:
            unsaid = look == _OF_ERRORS and not re.search(r"\berror\b", relation.sql)
            return self._looked(_OF_RATIOS if unsaid else look, relation, finding.subject)
        if finding.subject and "outcomes.sql" not in check.reads:
            return None  # What was written by hand for a product is of all requests.
        own = next((queries[stem] for one in check.reads if (stem := one.removesuffix(".sql")) in queries), None)
        if own and own.name == "outcomes":
            return self._looked(_OF_COUNTS, own, finding.subject)
        return self._bound(own.sql) if own else None

    def _looked(self, look: str, query: Query, subject: Mapping[str, str], of: Sequence[str] = ()) -> str | None:
        """The statement for the rows of one subject that are such as `of` says; None where they do not name it."""
        wanted = {role.replace("-", "_"): value for role, value in subject.items()}
        words = set(re.findall(r"\w+", query.sql))
        if any(name not in words and value != UNRECORDED for name, value in wanted.items()):
            return None
        names = (
            f"{name} IS NULL" if value == UNRECORDED else f"{name} = {_sql(value)}"
            for name, value in wanted.items()
            if name in words
        )
        where = " AND ".join((*of, *names))
        text = self._bound(self._with_requests(query.sql))
        ending = "kind, outcome" if "kind" in words else "outcome"
        matched = _MATCHED if subject and "kind" in words and "{ending}" in look else ""
        return text and look.format(sql=text, where=f" WHERE {where}" if where else "", ending=ending) + matched

    @cached_property
    def _all_queries(self) -> dict[str, Query]:
        return {one.name: self._of_this_version(one) for one in gateways.queries(self._gateway)}

    def _of_this_version(self, query: Query) -> Query:
        """A relation as it was put to the database, without the columns that this version of the product lacks."""
        schema = self._database.schema if self._database else None
        if schema is None or schema.dialect != "sqlite" or query.name not in {ATTEMPTS, REQUESTS}:
            return query
        from llmgw_report.sources.sqlite.keeping import of_this_version  # not imported by a run without a database

        return of_this_version(query, self._gateway.access(), schema)

    def _bound(self, sql: str) -> str | None:
        """The statement with its parameters written out; None where one is not known."""
        values = self._values
        text = self._with_log_lines(_without_comments(sql))
        if text is None or any(values.get(name) is None for name in _PARAMETER.findall(text)):
            return None
        return _PARAMETER.sub(lambda one: str(values[one[1]]), text).strip()

    @cached_property
    def _values(self) -> dict[str, object]:
        """What the parameters of a statement stand for."""
        window = self._snapshot.window
        until = timestamp.milliseconds(window.until) or 0
        values: dict[str, object] = {
            "since_ms": timestamp.milliseconds(window.since),
            "trend_since_ms": until - round(1000 * window.trend_seconds),
            "until_ms": until,
            "latest_ms": until,
            "bucket_ms": round(1000 * (window.bucket_seconds or 0)) or None,
            "slow_ms": round(1000 * window.slow_seconds),
            "top": 20,
            "group_by": _sql(self._group_by),
            **{name: _sql(value) for name, value in self._parameters().items()},
        }
        if bounds := self._all_queries.get(_BOUNDS):
            inner = _PARAMETER.sub(lambda one: str(values.get(one[1])), _without_comments(bounds.sql))
            names = re.findall(r"AS (\w+)", inner)
            values |= {name: f"(SELECT {name} FROM ({inner}))" for name in names}  # noqa: S608 - the definition's own
        return values

    def _with_requests(self, sql: str) -> str:
        """The statement with the rows of requests, where it is put to them."""
        from llmgw_report.sources.sqlite.query import with_tables  # not imported by a run without a database

        table, relation = f"llmgw_{REQUESTS}", self._all_queries.get(REQUESTS)
        return with_tables(sql, [f"{table} AS ({relation.sql})"]) if relation and table in sql else sql

    def _with_log_lines(self, sql: str) -> str | None:
        """The statement with the table of log files, which no database has; None where a shell cannot read them so."""
        log, read = self._gateway.log, self._database.log if self._database else None
        if log is None or not re.search(rf"\b{LOG_LINES}\b", sql):
            return sql
        if read and (read.bad or any(file.endswith(".gz") for file in read.files)):
            return None
        names = ("time_ms", *log.columns)
        none = f"SELECT {', '.join('NULL' for _ in names)} WHERE 0"
        rows = " UNION ALL ".join(_lines_of(file, log) for file in (read.files if read else ()))
        table = f"{LOG_LINES}({', '.join(names)}) AS MATERIALIZED ({rows or none})"
        begun = sql.lstrip()
        return f"WITH {table}, {begun[len('WITH') :]}" if begun.upper().startswith("WITH") else f"WITH {table} {begun}"

    def _parameters(self) -> dict[str, str]:
        found = next(iter(self._all_queries.values()), None)
        return {name: str(value) for name, value in found.parameters.items()} if found else {}


#: What an extended regular expression reads otherwise.
_SPECIAL = r"[][\\.*+?^${}()|]"
#: The colon first: what is before it would be looked at for every character of a statement.
_PARAMETER = re.compile(r":(?<![:\w]:)([a-z_]\w*)")


@cache  # many findings are of the same few statements
def _without_comments(sql: str) -> str:
    """On one line, its texts as they are. A blank between two words, as most are, is one already."""
    return re.sub(r"('[^']*')|(?! [^\s-])(?:--[^\n]*|\s)+", lambda piece: piece[1] or " ", sql)


def _lines_of(file: str, log: Log) -> str:
    """The lines of a log file, which `sqlite3` reads from where the report was made."""
    whole = f"rtrim(readfile({_sql(file)}), char(10))"
    columns = ", ".join(f"json_extract(value, {_sql('$.' + place)}) AS {name}" for name, place in log.columns.items())
    asked = (" OR ".join(f"{name} GLOB {_sql(glob)}" for glob in globs) for name, globs in log.only.items())
    where = " AND ".join(f"({one})" for one in asked) or "1"
    from llmgw_report.gateways.macros import expanded  # most gateways have no log beside the database

    time = expanded(f"ms(json_extract(value, {_sql('$.' + log.time)}))")
    lines = f"json_each('[' || replace({whole}, char(10), ',') || ']')"
    return f"SELECT {time} AS time_ms, {columns} FROM {lines} WHERE {where}"  # noqa: S608 - for the reader to run


#: What whoever pastes the line puts the headers into; a header on the command line is seen by every process.
_HEADERS = "headers.txt"


def _curl(metrics: MetricsTarget) -> str:
    """The request without its secrets, which no report holds."""
    options = (
        ("-H", f"@{_HEADERS}" if metrics.headers or metrics.bearer_token else None),
        ("--cacert", metrics.ca_file),
        ("--cert", metrics.client_cert),
        ("--key", metrics.client_key),
    )
    words = [word for name, value in options if value for word in (name, value)]
    insecure = ["-k"] if metrics.insecure else []
    return shlex.join(["curl", "-s", *insecure, *words, metrics.shown or ""])


def _left_out(metrics: MetricsTarget) -> str:
    """What a reader has to add to the request; "" if nothing."""
    headers = [name for name, _ in metrics.headers] + (["Authorization: Bearer"] if metrics.bearer_token else [])
    return "; ".join(
        (
            *((f"{_HEADERS}: a line each for {visible(', '.join(headers))}",) if headers else ()),
            *(("with the user and the query of --url",) if metrics.url and metrics.url != metrics.shown else ()),
        )
    )


def _that_hold(mappings: Sequence[MetricMapping], subject: Mapping[str, str]) -> list[MetricMapping]:
    """The families that distinguish the subject."""
    return [
        one
        for one in mappings
        if all(role in one.labels or one.const.get(role) == name or role == "target" for role, name in subject.items())
    ]


def _decisive(mapping: MetricMapping) -> Iterator[str]:
    """The labels that say how requests ended."""
    for rule in mapping.outcomes:
        yield from (name for names in rule.when for name in names.split("|"))
    yield from mapping.label_names("status") if "status" in mapping.labels else ()


def _names(mappings: Sequence[MetricMapping], subject: Mapping[str, str]) -> _Names:
    """The labels that hold each name of the subject: any of them, where a series without one has another."""
    roles = (role for role in mappings[0].labels if role in subject and all(role in one.labels for one in mappings))
    return {
        tuple(dict.fromkeys(name for one in mappings for name in one.label_names(role))): subject[role]
        for role in roles
    }


def _selectors(families: Sequence[str], names: _Names, own: Sequence[str] = ()) -> Iterator[str]:
    """PromQL for the series of the families, once for each label that may hold a name."""
    name = "" if families[1:] else families[0]
    common = [f"__name__=~{_quoted('|'.join(families))}", *own] if families[1:] else own
    for labels in product(*names):
        pairs = (f"{label}={_quoted(value)}" for label, value in zip(labels, names.values(), strict=True))
        yield f"{name}{{{','.join((*common, *pairs))}}}"


def _lines_with(labels: Sequence[str], value: str) -> str:
    """The shell's filter of lines: nobody can paste what is not printed, which is any text there."""
    written = value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    if written.isprintable() and not labels[1:]:
        return "grep -F " + shlex.quote(f'{labels[0]}="{written}"')
    exact = "".join(re.sub(_SPECIAL, r"\\\g<0>", char) if char.isprintable() else ".+" for char in written)
    either = f"({'|'.join(labels)})" if labels[1:] else labels[0]
    return "grep -E " + shlex.quote(f'{either}="{exact}"')


def _quoted(value: str) -> str:
    """A string of PromQL."""
    return '"' + visible(value.replace("\\", r"\\").replace('"', r"\"")) + '"'


def _sql(value: str) -> str:
    """A string of SQL, what cannot be printed as the number of its character."""
    runs = ((printed, "".join(run)) for printed, run in groupby(value, str.isprintable))
    return " || ".join(
        "'" + run.replace("'", "''") + "'" if printed else f"char({', '.join(str(ord(one)) for one in run)})"
        for printed, run in runs
    )
