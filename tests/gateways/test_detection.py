"""Which definition a source is of: labels, needed and forbidden columns, variants, pairs, and two that fit alike."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import structs

from llmgw_report import gateways
from llmgw_report.errors import UsageError
from llmgw_report.gateways import detection, variants
from llmgw_report.gateways.definition import Detect, Gateway, MetricMapping
from llmgw_report.gateways.normalise import interest
from llmgw_report.model.database import Database, Schema
from llmgw_report.pipeline.identify import Identity, identify
from llmgw_report.sources.exposition import parse
from tests.builders.gateway import Machine, report
from tests.process import AT

COUNTED: dict[str, tuple[MetricMapping, ...]] = {"requests": (MetricMapping(family="x_total"),)}


def gateway(name: str, *, bases: tuple[str, ...] = (), pairs_with: tuple[str, ...] = (), **detect: object) -> Gateway:
    return Gateway(
        title=name,
        about=name,
        name=name,
        folder=name,
        bases=bases,
        pairs_with=pairs_with,
        metrics=COUNTED,
        detect=Detect(**detect),  # type: ignore[arg-type]
    )


def identity(
    candidates: tuple[Gateway, ...], text: str = "", tables: Mapping[str, tuple[str, ...]] | None = None
) -> Identity:
    """The gateway of a scrape and of a database with these tables."""
    wanted = interest(candidates, "provider")
    scrape = parse([text.encode()], wanted, target="t") if text else None
    database = Database(target="d", schema=Schema(tables=dict(tables)), tables={}) if tables is not None else None
    return identify(candidates, named=False, scrapes=(scrape,) if scrape else (), database=database, interest=wanted)


def name(found: Identity) -> str | None:
    return found.gateway.name if found.gateway else None


OTEL = 'x_total{otel_scope_name="one"} 5\n'


def test_a_family_that_belongs_to_nobody_is_told_apart_by_a_label() -> None:
    both = tuple(gateway(one, families=("x_total",), labels={"otel_scope_name": f"{one}*"}) for one in ("one", "two"))
    assert name(identity(both, OTEL)) == "one"
    assert identity(both, OTEL).detected_by == ("family x_total", "label otel_scope_name=one")
    assert name(identity(both, OTEL.replace("one", "two-b"))) == "two"
    assert name(identity(both, OTEL.replace("one", "three"))) is None
    assert name(identity((gateway("alone", labels={"otel_scope_name": "one"}),), OTEL)) == "alone"


def test_a_family_may_be_forbidden() -> None:
    both = (gateway("old", families=("x_total",), not_families=("y_total",)), gateway("new", families=("y_total",)))
    assert name(identity(both, "x_total 5\n")) == "old"
    assert name(identity(both, "x_total 5\ny_total 5\n")) == "new"


def test_two_that_fit_alike_have_to_be_told_apart_by_name() -> None:
    both = (gateway("one", families=("x_total",)), gateway("two", any_families=("x_total", "y_total")))
    found = identity(both, "x_total 5\n")
    assert found.gateway is None
    assert found.metrics_problem
    assert found.metrics_problem.reason == "it fits several gateways alike: one, two"
    assert "--gateway" in found.metrics_problem.hint
    rows = identity(tuple(gateway(one, tables={"r": ("a", "b")}) for one in ("one", "two")), tables={"r": ("a", "b")})
    assert rows.gateway is None
    assert rows.database_problem


def test_a_variant_is_preferred_to_what_it_extends() -> None:
    both = (gateway("base", families=("x_total",)), gateway("variant", bases=("base",), families=("x_total",)))
    assert name(identity(both, "x_total 5\n")) == "variant"
    assert name(identity(both[::-1], "x_total 5\n")) == "variant"


COLUMNS = ("id", "time", "status", "model", "elapsed")


def test_a_fork_is_not_its_ancestor() -> None:
    """It lacks one of five columns, which a release of the ancestor may lack too, and has one of its own."""
    fork = {"r": (*COLUMNS[:4], "use_time")}
    assert name(identity((gateway("ancestor", tables={"r": COLUMNS}),), tables=fork)) == "ancestor"
    needed = gateway("ancestor", tables={"r": COLUMNS}, needed_columns=("r.elapsed",))
    assert name(identity((needed,), tables=fork)) is None
    forbidden = gateway("ancestor", tables={"r": COLUMNS}, not_columns=("r.use_time",))
    assert name(identity((forbidden,), tables=fork)) is None
    assert name(identity((structs.replace(forbidden),), tables={"r": COLUMNS[:4]})) == "ancestor"


def test_of_two_that_fit_the_one_that_asks_for_more_columns_counts() -> None:
    both = (gateway("ancestor", tables={"r": COLUMNS[:4]}), gateway("fork", tables={"r": (*COLUMNS[:4], "use_time")}))
    assert name(identity(both, tables={"r": (*COLUMNS[:4], "use_time")})) == "fork"
    assert name(identity(both, tables={"r": COLUMNS[:4]})) == "ancestor"


def test_a_store_of_traces_belongs_to_the_metrics_that_name_it() -> None:
    spans = structs.replace(gateway("spans", tables={"r": COLUMNS}), records="successes", log_fields=("a",))
    proxy = gateway("proxy", families=("x_total",), pairs_with=("spans",))
    found = identity((proxy, spans), "x_total 5\n", {"r": COLUMNS})
    assert (name(found), found.database_problem) == ("proxy", None)
    assert found.gateway
    assert (found.gateway.records, found.gateway.log_fields) == ("successes", ("a",))
    assert found.detected_by == ("family x_total", "table r")
    other = identity((structs.replace(proxy, pairs_with=()), spans), "x_total 5\n", {"r": COLUMNS})
    assert other.database_problem
    assert name(other) == "proxy"


def test_a_named_gateway_reads_the_database_that_it_pairs_with() -> None:
    spans, proxy = gateway("spans", tables={"r": COLUMNS}), gateway("proxy", families=("x_total",))
    assert detection.of_named((proxy, spans), {"r": COLUMNS}).name == "spans"
    assert detection.of_named((proxy, spans), {"other": COLUMNS}).name == "proxy"
    assert detection.of_named((spans, proxy), {"r": COLUMNS}).name == "spans"


def folder(place: Path, own: str, text: str) -> Path:
    (place / own).mkdir()
    (place / own / "gateway.toml").write_text(text)
    return place / own


BASE = """
title = "Base"
about = "What both have."
[detect]
families = ["x_total"]
[families]
missing = ["", "none"]
[[metrics.requests]]
family = "x_total"
[[metrics.tokens]]
family = "t_total"
const = { token-type = "input" }
[[blind-spots]]
quantity = "cost"
reason = "no prices"
"""
VARIANT = """
extends = "base"
title = "Variant"
[detect]
not-families = ["z_total"]
[[metrics.requests]]
family = "y_total"
"""


def test_a_variant_has_the_keys_of_its_base_and_replaces_its_lists(tmp_path: Path) -> None:
    base, variant = folder(tmp_path, "base", BASE), folder(tmp_path, "variant", VARIANT)
    (base / "cost.sql").write_text("-- title: of the base\nSELECT 1")
    (base / "slow.sql").write_text("-- title: of the base\nSELECT 1")
    (variant / "slow.sql").write_text("-- title: its own\nSELECT 2")
    found = gateways.load(str(variant))
    assert (found.name, found.title, found.about) == ("variant", "Variant", "What both have.")
    assert (found.detect.families, found.detect.not_families) == (("x_total",), ("z_total",))
    assert [one.family for one in (*found.metrics["requests"], *found.metrics["tokens"])] == ["y_total", "t_total"]
    assert found.families.missing == ("", "none")
    assert [one.quantity for one in found.blind_spots] == ["cost"]
    assert {one.name: one.title for one in gateways.queries(found)} == {"cost": "of the base", "slow": "its own"}
    assert variants.are_paired(found, structs.replace(gateways.load(str(base)), folder=found.bases[0]))


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("variant", "it extends itself"),
        ("nothing", "it extends 'nothing', which is no gateway"),
        ("../base", "it extends '../base', which is no gateway"),
        ("..", "it extends '..', which is no gateway"),
    ],
)
def test_what_cannot_be_extended_is_named(tmp_path: Path, extends: str, message: str) -> None:
    folder(tmp_path, "base", BASE)
    variant = folder(tmp_path, "variant", VARIANT.replace('"base"', f'"{extends}"'))
    with pytest.raises(UsageError) as caught:
        gateways.load(str(variant))
    assert message in caught.value.message


def test_a_definition_without_a_product_is_not_listed() -> None:
    shared = Path(gateways.__file__).parent / "_opentelemetry-genai" / "gateway.toml"
    assert shared.exists()
    assert not any(one.startswith("_") for one in gateways.names())


def test_metrics_of_one_definition_and_rows_of_another_make_one_report(tmp_path: Path) -> None:
    rows = """
title = "Spans"
about = "A store of traces."
keeps = ["database"]
[detect.tables]
spans = ["ms", "failed"]
[times]
spans = { column = "ms", unit = "ms" }
"""
    store = folder(tmp_path, "store", rows)
    (store / "requests.sql").write_text(
        "SELECT ms AS time_ms, CASE failed WHEN 0 THEN 'success' ELSE 'server-error' END AS outcome"
        " FROM spans WHERE ms > :since_ms AND ms <= :until_ms"
    )
    metrics = 'keeps = ["metrics"]\npairs-with = ["store"]\n'
    proxy = folder(tmp_path, "proxy", BASE.replace("[detect]", f"{metrics}[detect]", 1))
    (tmp_path / "metrics.prom").write_text("x_total 60\n")
    with sqlite3.connect(tmp_path / "spans.db") as database:
        database.execute("CREATE TABLE spans (ms INTEGER, failed INTEGER)")
        at = 1_768_000_000_000
        database.executemany("INSERT INTO spans VALUES (?, ?)", [(at - i * 1000, i % 6 == 0) for i in range(60)])
    found = report(
        *("--gateway", str(proxy), "--metrics-file", str(tmp_path / "metrics.prom")),
        *("--db-path", str(tmp_path / "spans.db"), "--at", "2026-01-09T23:06:40Z"),
        machine=Machine(AT),
    )
    assert found.gateway.name == "proxy"
    assert found.sections.outcomes
    assert (found.sections.outcomes.source, found.sections.outcomes.total().outcomes.failed) == ("database", 10)
