"""Which source of a gateway has which quantity: the families that it maps, the columns of its relation, its log."""

import re
import sqlite3
from collections.abc import Iterator, Sequence

from llmgw_report import gateways as definitions
from llmgw_report.gateways.definition import Gateway, MetricMapping
from llmgw_report.gateways.relation import ATTEMPTS, REQUESTS
from llmgw_report.model.database import Query
from llmgw_report.model.outcomes import OUTCOMES
from llmgw_report.model.quantities import QUANTITIES, TOKEN_TYPES, Quantity
from tools.documentation import table
from tools.golden import EXAMPLES

_STATES = EXAMPLES.parent / "tests" / "gateways" / "products"
#: Line of the table -> the blind spot that is about all of it.
_BLIND = {
    "how it ended": "errors",
    "api-key": "api keys",
    "input and output tokens": "tokens",
    "cached tokens": "cached tokens",
    "error texts, slow requests, trend": "error patterns, slow requests and trend",
    "health": "instance health",
}
_DIMENSIONS = ("provider", "instance", "model", "api-key")


def written(products: Sequence[Gateway]) -> str:
    """A table of quantities by product."""
    found = [_Product(one) for one in products]
    lines = [(name, *(product.cell(name) for product in found)) for name in _names()]
    head = ("", *(f"[{one.name}](#{one.name})" for one in products))
    return table(head, [line for line in lines if any(line[1:])])


def columns(gateway: Gateway, query: Query) -> tuple[str, ...]:
    """The columns that a query of this gateway returns, by a database of its tables without rows.

    One for PostgreSQL is read as text: its last SELECT, which has no SELECT inside.
    """
    if gateway.dialect == "postgresql":
        return _listed(re.sub(r"--[^\n]*", "", query.sql).rpartition("SELECT")[2].rpartition("FROM")[0])
    connection = sqlite3.connect(":memory:")
    access = gateway.access().columns
    lines = {"log_lines": ("time_ms", *gateway.log.columns)} if gateway.log else {}
    for name, cells in {**access, **lines}.items():
        listed = ", ".join(f'"{cell}"' for cell in dict.fromkeys(cells))
        connection.execute(f'CREATE TABLE "{name}" ({listed})')
    cursor = connection.execute(f"SELECT * FROM ({query.sql}\n) LIMIT 0", _Any())
    return tuple(column[0] for column in cursor.description)


def _listed(expressions: str) -> tuple[str, ...]:
    """The names of a list of expressions with commas between: the last word of each."""
    outside = re.sub(r"'[^']*'", "", expressions)
    while "(" in outside:
        outside = re.sub(r"\([^()]*\)", "", outside)
    return tuple(one.split()[-1] for one in outside.split(","))


class _Any(dict[str, int]):
    """Every parameter that a query may name."""

    def __missing__(self, name: str) -> int:
        return 1


def _names() -> Iterator[str]:
    """The lines of the table."""
    yield from ("requests", "how it ended", *_DIMENSIONS)
    for quantity in QUANTITIES.values():
        if quantity.name == "tokens":
            yield from ("input and output tokens", "cached tokens", "reasoning tokens")
        elif quantity.name == "limit-used":
            yield "limits"
        elif quantity.name not in {"requests", "build-info"} and not quantity.name.startswith("limit-"):
            yield quantity.name
    yield "error texts, slow requests, trend"


class _Product:
    """What one gateway has."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        own = {query.name: query for query in definitions.queries(gateway)}
        read = [query for name, query in own.items() if name in {REQUESTS, "outcomes", "traffic"}]
        # What the first SELECT of a UNION leaves open comes from the others, which read the log.
        self._open = {name for query in read for name in re.findall(r"(?<!NOT )\bNULL AS (\w+)", query.sql)}
        self._rows = {name for query in read for name in columns(gateway, query)}
        self._sql = " ".join(query.sql for query in read)
        self._queries = set(own)

    def cell(self, name: str) -> str:
        """m, r and l for metrics, rows and log; a dash for what is never recorded."""
        letters = ("m" if self._in_metrics(name) else "") + ("r" if self._in_rows(name) else "")
        letters += "l" if self._in_log(name) else ""
        spots = {spot.quantity for spot in self._gateway.blind_spots}
        return letters or ("–" if _BLIND.get(name, name.replace("-", " ")) in spots else "")

    def _in_metrics(self, name: str) -> bool:
        metrics = self._gateway.metrics
        counted = (*metrics.get("requests", ()), *metrics.get("attempts", ()))
        if name == "requests":
            return bool(counted)
        if name == "how it ended":
            return any(one.outcomes for one in counted) and self._gateway.counts_failures
        if name in _DIMENSIONS:
            return any(name in one.labels for one in counted)
        if "tokens" in name:
            return bool(self._token_types() & set(_kinds(name)))
        return name in metrics or (name == "limits" and any(one.startswith("limit-") for one in metrics))

    def _token_types(self) -> set[str]:
        """The types of tokens that are mapped by name, or that a test's scrape has."""
        return {kind for one in self._gateway.metrics.get("tokens", ()) for kind in self._kinds_of(one)}

    def _kinds_of(self, mapping: MetricMapping) -> Iterator[str]:
        if "token-type" in mapping.const:
            yield mapping.const["token-type"]
        values = mapping.values.get("token-type", {})
        for label in mapping.label_names("token-type") if "token-type" in mapping.labels else ():
            found = rf'^{re.escape(mapping.family)}\{{[^}}]*\b{label}="([^"]*)"'
            for file in (_STATES / self._gateway.name).glob("*/metrics.prom"):
                yield from (values.get(one, one) for one in re.findall(found, file.read_text("utf-8"), re.MULTILINE))
            yield from ("input", "output", *values.values())

    def _in_rows(self, name: str) -> bool:
        if name == "how it ended":
            failures = set(OUTCOMES) - {"success", "unknown"}
            return not self._is_in_log(name) and any(f"'{word}'" in self._sql for word in failures)
        if name == "requests":
            return bool(self._rows)
        if name == "attempts":
            return ATTEMPTS in self._queries or name in self._rows
        if name == "error texts, slow requests, trend":
            return "error_patterns" in self._queries or bool({"seconds", "error"} & self._rows)
        if name in {"health", "sessions"}:
            return name in self._queries
        return bool((set(_columns(name)) & self._rows) - self._open)

    def _in_log(self, name: str) -> bool:
        return self._is_in_log(name) and self._gateway.log is not None

    def _is_in_log(self, name: str) -> bool:
        return self._gateway.log is not None and _BLIND.get(name) in self._gateway.log.reveals


def _kinds(name: str) -> tuple[str, ...]:
    if name == "input and output tokens":
        return ("input", "output")
    return ("cached-read", "cached-write") if name == "cached tokens" else ("reasoning",)


def _columns(name: str) -> tuple[str, ...]:
    """The columns of a relation, or of a `traffic.sql`, that hold it."""
    if name in _DIMENSIONS:
        return (name.replace("-", "_"),)
    if "tokens" in name:
        return tuple(TOKEN_TYPES[kind].column for kind in _kinds(name))
    quantity = QUANTITIES.get(name)
    return _column(quantity) if quantity else ()


def _column(quantity: Quantity) -> tuple[str, ...]:
    if quantity.name == "latency":
        return ("seconds", "observed")
    return (f"{quantity.field}_seconds" if quantity.is_duration else quantity.field,)
