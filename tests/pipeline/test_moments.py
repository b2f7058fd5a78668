"""Requests that only their milliseconds tell apart are one row: what they come to is what rows of their own would."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report import gateways
from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.gateways.rows import OutcomeRecord
from llmgw_report.model.database import Database, Plan, Schema, Table, Value
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.pipeline.copies import copies
from llmgw_report.pipeline.sections.endings import Closing
from llmgw_report.pipeline.tally import outcomes
from llmgw_report.sources import sqlite
from tools.bench import database, sql
from tools.bench.vocabulary import END_MS, HOUR_MS

#: Far enough apart that each ending fits one request: of two at once the order of rows would decide.
STEP_MS = 1000
Request = tuple[str, int, int | None]
"""Model, whether its success is recorded, and milliseconds until its ending, or None without one."""

REQUESTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1), st.none() | st.integers(1, 900)), max_size=30)


def alone(requests: Sequence[Request]) -> list[OutcomeRecord]:
    """A row for each request, and for each ending."""
    rows = []
    for number, (model, recorded, took_ms) in enumerate(requests):
        began = STEP_MS * number
        rows.append(OutcomeRecord(time_ms=began, kind="request", outcome=None, model=model, recorded=recorded))
        if took_ms:
            ended = {"kind": "ending", "outcome": "success", "model": model, "began_ms": began - 3}
            rows.append(msgspec.convert({"time_ms": began + took_ms, **ended}, OutcomeRecord))
    return rows


def together(rows: Sequence[OutcomeRecord]) -> list[OutcomeRecord]:
    """The same with one row for all that are alike."""
    alike: dict[tuple[object, ...], list[OutcomeRecord]] = {}
    for row in rows:
        alike.setdefault((row.kind, row.outcome, row.model, row.recorded), []).append(row)
    return [
        msgspec.structs.replace(
            its[0],
            time_ms=min(one.time_ms for one in its),
            began_ms=None,
            requests=len(its),
            moments=json.dumps([[one.time_ms, one.began_ms] for one in its]),
        )
        for its in alike.values()
    ]


def closed(rows: Sequence[OutcomeRecord]) -> Outcomes:
    tally = Closing(rows, "canceled", None, 3_600_000.0).closed()
    found = outcomes(tally, source="database", basis="window")
    return msgspec.structs.replace(found, cells=tuple(sorted(found.cells, key=str)))


@given(REQUESTS)
def test_rows_of_many_moments_end_as_rows_of_one(requests: list[Request]) -> None:
    rows = alone(requests)
    assert closed(together(rows)) == closed(rows)


def of_file(name: str, times: Sequence[int]) -> Database:
    """A database whose requests, all alike, began at these times."""
    columns = ("time_ms", "kind", "outcome", "requests", "moments")
    row: tuple[Value, ...] = (min(times), "request", None, len(times), json.dumps([[at, None] for at in times]))
    table = Table(name="outcomes", title="", columns=columns, rows=(row,), elapsed_seconds=0)
    return Database(target=name, schema=Schema(tables={}), tables={"outcomes": table})


def test_a_backup_is_found_by_the_moments_of_its_requests() -> None:
    times = [977 * number * number for number in range(1, 200)]
    other = [at + 1 for at in times]
    found = dict(copies({"live": of_file("live", times), "backup": of_file("backup", times[20:150])}))
    assert list(found) == ["backup"]
    assert not dict(copies({"live": of_file("live", times), "other": of_file("other", other)}))


def test_a_busy_hour_has_as_many_rows_as_names(tmp_path: Path) -> None:
    """Of native requests, and of chat requests whose spans are not there, each has to be matched with its ending."""
    database.write(str(tmp_path / "busy.db"), 20_000, 0, 12, 1 / 24)
    gateway = gateways.load("llm-gateway")
    plan = Plan(queries=gateways.queries(gateway), access=gateway.access())
    target = DatabaseTarget(path=str(tmp_path / "busy.db"), timeout_seconds=60)
    table = sqlite.read(target, lambda _: plan, sql.parameters(END_MS)).tables["outcomes"]
    rows = [msgspec.convert(dict(zip(table.columns, row, strict=True)), OutcomeRecord) for row in table.rows]
    begun = [time_ms for row in rows if row.kind == "request" for time_ms, _, _ in row.each()]
    assert len(begun) == sum(row.requests for row in rows if row.kind == "request") > 9_000
    assert END_MS - HOUR_MS < min(begun) < max(begun) <= END_MS
    assert len(rows) < 1_000


def test_only_queries_of_the_window_wait_for_its_bounds() -> None:
    """One of a longer window finds its own: to look for that takes longer than all the others."""
    queries = {query.name: query.sql for query in gateways.queries(gateways.load("llm-gateway"))}
    assert ":trend_since_ms" not in queries["bounds"]
    assert ":trend_since_ms" in queries["trend"]
