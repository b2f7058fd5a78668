"""A list that is cut says of how many it is, and a query of sums is never cut."""

from pathlib import Path

import pytest

from llmgw_report import gateways
from llmgw_report.errors import UsageError
from llmgw_report.gateways import definition
from llmgw_report.renderers import md
from tests.builders.databases import build
from tests.builders.gateway import Machine, report
from tests.process import AT, HEALTHY

Words = tuple[str, ...]

DEFINITION = """
title = "Lists"
about = "A gateway of this test."
keeps = ["database"]
[detect.tables]
calls = ["ms", "outcome", "model", "seconds", "tokens", "error"]
[times]
calls = { column = "ms", unit = "ms" }
"""
REQUESTS = """-- title: rows of calls
SELECT ms AS time_ms, outcome, 'alpha' AS provider, model, seconds, tokens AS input_tokens,
  tokens AS output_tokens, error
FROM calls WHERE ms > :since_ms AND ms <= :until_ms"""
#: Twelve models, each with one slow answer and an error of its own.
CALLS = """CREATE TABLE calls (ms, outcome, model, seconds, tokens, error);
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 23)
INSERT INTO calls SELECT strftime('%s', '{at}') * 1000 - 1000 * (i + 1), iif(i % 2, 'success', 'client-error'),
  'm-' || char(97 + i / 2), iif(i % 2, 9, 1), 10, iif(i % 2, NULL, 'no ' || char(97 + i / 2)) FROM n;"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "gateway.toml").write_text(DEFINITION)
    (folder / "requests.sql").write_text(REQUESTS)
    return folder


def test_lists_that_are_cut_say_of_how_many(own: Path, tmp_path: Path) -> None:
    database = tmp_path / "calls.db"
    build(CALLS.format(at=AT), database)
    sources = ("--gateway", str(own), "--db-path", str(database), "--no-metrics")
    found = report(*sources, "--top", "5", "--at", AT, machine=Machine(AT))
    its, all_of = found.sections, found.sections.window_counts
    assert [len(rows) for rows in (its.token_efficiency, its.errors, its.slow_requests)] == [5, 5, 5]
    assert (all_of.token_efficiency, all_of.errors, all_of.slow_requests) == (12, 12, 12)
    text = md.render(found)
    for what in ("models", "error patterns", "slow requests"):
        assert f"5 of 12 {what} shown." in text


@pytest.mark.parametrize("metrics", [("--no-metrics",), ("--metrics-file", "metrics.prom")])
def test_what_no_log_was_read_for_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metrics: Words
) -> None:
    """Nobody looked for an error, a slow request or the tokens of a model: that is not none of them."""
    monkeypatch.chdir(tmp_path)
    Path("metrics.prom").write_text(HEALTHY)
    found = report(*metrics, "--no-db", "--no-config", "--at", AT, machine=Machine(AT)).sections.window_counts
    assert (found.errors, found.slow_requests, found.log_rows, found.timed_requests) == (None,) * 4
    assert found.token_efficiency is None


@pytest.mark.parametrize("name", sorted(definition.COMPLETE))
@pytest.mark.parametrize("end", ["LIMIT 100", "ORDER BY 1 limit\n5", "LIMIT :top OFFSET 2", "UNION SELECT 2 LIMIT 1"])
def test_a_query_of_sums_is_not_cut(own: Path, name: str, end: str) -> None:
    (own / f"{name}.sql").write_text(f"SELECT 1 AS n FROM calls {end}")  # noqa: S608 - a test's own
    with pytest.raises(UsageError, match=rf"{name}\.sql: a LIMIT at the end"):
        gateways.plan(gateways.load(str(own)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT (SELECT ms FROM calls ORDER BY ms DESC LIMIT 1) AS n",
        "WITH one AS (SELECT ms FROM calls LIMIT 1) SELECT ms FROM one",
        "SELECT 'no LIMIT 5' AS n -- LIMIT 5",
        'SELECT "limit", [limit], `limit`, limit_ms /* LIMIT 5 */ FROM calls',
    ],
)
def test_a_limit_elsewhere_cuts_nothing(sql: str) -> None:
    assert definition.parse("trend", sql).sql == sql


def test_a_list_may_be_cut() -> None:
    for name in ("slow_requests", "recent_logs", "newest_files"):
        definition.parse(name, "SELECT 1 AS n LIMIT 5")
    definition.parse("trend", "SELECT 1 AS n LIMIT 5", builtin=False)  # a table of the user's own, whatever its name
