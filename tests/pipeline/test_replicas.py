"""Databases of several processes of one gateway are one report: what adds up is exact, the rest says what it is."""

import os
import random
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
from msgspec import structs

from llmgw_report.config.settings import DatabaseTarget
from llmgw_report.model.database import Database, FailedQuery, Schema, Table
from llmgw_report.model.finding import Finding
from llmgw_report.model.moments import EachMoment, where
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Latency
from llmgw_report.pipeline import reading_files
from llmgw_report.pipeline.copies import copies
from llmgw_report.pipeline.merge import merged
from llmgw_report.renderers.md import render
from llmgw_report.sources import sqlite
from llmgw_report.sources.kept_rows import MomentRows
from llmgw_report.sources.sqlite.query import OUT_OF_MEMORY
from tests.builders.gateway import Machine, report
from tests.builders.replicas import (
    AT,
    HOUR_MS,
    UNTIL_MS,
    Request,
    named,
    of,
    replica,
    request_logs,
    requests_table,
)

DATA = Path(__file__).parents[1] / "data"
ACCEPTED = ("--set", "error-ratio.required=false")


def fleet(folder: Path, sizes: Sequence[int], **failing: float) -> dict[Path, list[Request]]:
    """GPT-Load's databases, one of each size; `failing` is the part that fails, by the number of the file."""
    rates = {int(name.removeprefix("n")): rate for name, rate in failing.items()}
    made = {folder / f"gw-{i}.db": replica(i, n, failing=rates.get(i, 0.004)) for i, n in enumerate(sizes)}
    for file, requests in made.items():
        request_logs(file, requests)
    return made


def found(document: Report, check: str, *statuses: str) -> list[Finding]:
    return [one for one in document.findings if one.check == check and one.status in statuses]


def total(document: Report, **subject: str) -> OutcomeCounts:
    outcomes = document.sections.outcomes
    assert outcomes is not None
    one = outcomes.of(subject)
    assert one is not None
    return one.outcomes


def latency(document: Report) -> Latency:
    assert document.sections.traffic is not None
    return document.sections.traffic.total.latency


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[ceil(0.99 * len(seconds) - 1e-9) - 1]


def test_ten_replicas_of_which_one_fails_and_one_is_idle(tmp_path: Path) -> None:
    made = fleet(tmp_path, [300, 280, 320, 300, 0, 310, 290, 300, 305, 295], n2=0.15)
    before = sorted(tmp_path.iterdir())
    document = of(*named(list(made)), "--slo", "99%", "--slow", "4s")
    everything = [one for requests in made.values() for one in requests]
    failed = [one for one in everything if one.failed]
    assert total(document) == OutcomeCounts(success=len(everything) - len(failed), server_error=len(failed))
    for model in ("gpt-4o", "claude-sonnet-4"):
        own = Counter(one.failed for one in everything if one.model == model)
        assert total(document, model=model) == OutcomeCounts(success=own[False], server_error=own[True])
    for file, requests in made.items():
        if requests:
            own = Counter(one.failed for one in requests)
            assert total(document, target=str(file)) == OutcomeCounts(success=own[False], server_error=own[True])
    sections = document.sections
    points = sections.trend.points if sections.trend else ()
    assert [sum(one.requests for one in points), sum(one.errors or 0 for one in points)] == [
        len(everything),
        len(failed),
    ]
    slow = sorted((one.seconds for one in everything if one.seconds > 4), reverse=True)
    assert sections.window_counts.slow_requests == len(slow)
    assert [one.duration_seconds for one in sections.slow_requests] == pytest.approx(slow[:5])
    assert [(one.count, sum(one.per_bucket)) for one in sections.errors] == [(len(failed), len(failed))]
    assert sum(sections.errors[0].provider_counts.values()) == len(failed)
    assert sections.error_budget is not None
    assert (sections.error_budget.good, sections.error_budget.bad) == (len(everything) - len(failed), len(failed))
    assert sorted(tmp_path.iterdir()) == before


def test_the_failing_replica_is_named_and_the_idle_one_is_not_known(tmp_path: Path) -> None:
    made = fleet(tmp_path, [300, 280, 320, 300, 0, 310, 290, 300, 305, 295], n2=0.15)
    document = of(*named(list(made)))
    assert document.verdict.status == "fail"
    (one,) = found(document, "error-ratio", "fail")
    assert one.subject == {"target": str(tmp_path / "gw-2.db")}
    assert [one.subject for one in found(document, "target-outlier", "warn")] == [one.subject]
    # What the sums have of it is no second fault.
    others = [each for each in found(document, "error-ratio", "warn") if each.derived_from is None]
    assert others == []
    shown = render(document)
    assert re.search(r"\*\*Last 1 h:\*\* Requests [\d,]+ \(10 of 10 targets\);", shown)
    assert shown.index("gw-2.db", shown.index("<b>Targets</b>")) < shown.index("gw-1.db", shown.index("<b>Targets</b>"))
    assert document.targets[0].target == str(tmp_path / "gw-2.db")
    assert {row.target: row.requests for row in document.targets} == {str(file): len(its) for file, its in made.items()}
    assert [one.subject for one in found(document, "data-fresh", "unknown")] == [{"target": str(tmp_path / "gw-4.db")}]
    assert [one.target for one in document.inputs if one.kind == "database"] == [str(file) for file in made]


def test_a_clean_fleet_passes_and_its_percentiles_lie_where_they_are_said_to(tmp_path: Path) -> None:
    made = {tmp_path / f"{i}.db": replica(i, 200 + i, slow=(3 + i) / 20) for i in range(10)}
    for file, requests in made.items():
        requests_table(file, requests)
    document = of(*named(list(made)), *ACCEPTED)
    everything = [one for requests in made.values() for one in requests]
    assert document.verdict.status == "pass", document.verdict
    assert document.sections.traffic is not None
    row = document.sections.traffic.total
    assert (row.tokens.input, row.tokens.output) == (
        sum(one.tokens for one in everything),
        2 * sum(one.tokens for one in everything),
    )
    assert row.figures["cost_usd"] == pytest.approx(sum(one.cost for one in everything))
    its = latency(document)
    assert its.count == len(everything)
    assert its.mean_seconds == pytest.approx(sum(one.seconds for one in everything) / len(everything))
    truth, bucket = p99([one.seconds for one in everything]), its.p99.bucket
    assert bucket is not None
    assert bucket.above_seconds < truth <= (bucket.up_to_seconds or 0)
    assert its.source == "sketches of 10 files"
    assert "(of 10 of 10 databases)" in document.sections.traffic.source
    for target in document.targets:  # of one file every percentile is exact
        assert target.latency is not None
        seconds = sorted(one.seconds for one in made[Path(target.target)])
        assert target.latency.percentiles["p50"].seconds == pytest.approx(seconds[(len(seconds) + 1) // 2 - 1])


def test_sessions_are_not_added(tmp_path: Path) -> None:
    made = {tmp_path / f"{i}.db": replica(i, 50) for i in range(2)}
    for file, requests in made.items():
        requests_table(file, requests)
        one = of("--db-path", str(file), *ACCEPTED)
        assert one.sections.sessions.total == len({request.session for request in requests})
    document = of(*named(list(made)), *ACCEPTED)
    assert document.sections.sessions.total is None
    assert any("a session that two files have would count twice" in one.reason for one in document.absent)
    assert document.sections.failed_queries == ()


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_several_files_say_what_one_file_of_all_rows_says(tmp_path: Path, parts: int) -> None:
    everything = replica(parts, 700, failing=0.05)
    whole = request_logs(tmp_path / "whole.db", everything)
    pieces = [request_logs(tmp_path / f"part-{i}.db", everything[i::parts]) for i in range(parts)]
    one, several = (of(*named(files), "--slo", "99%", "--slow", "3s") for files in ([whole], pieces))
    assert total(several) == total(one)
    for subject in ({"model": "gpt-4o"}, {"provider": "chat"}, {"instance": "https://one.example", "provider": "chat"}):
        assert total(several, **subject) == total(one, **subject)
    same = ("errors", "window_counts", "token_efficiency", "error_budget")
    for name in same:
        assert getattr(several.sections, name) == getattr(one.sections, name), name
    trends = [found.sections.trend.points if found.sections.trend else () for found in (one, several)]
    assert trends[0]
    for mine, theirs in zip(*trends, strict=True):
        assert structs.replace(theirs, mean_seconds=None) == structs.replace(mine, mean_seconds=None)
        assert theirs.mean_seconds == pytest.approx(mine.mean_seconds)
    assert latency(several).buckets == latency(one).buckets
    assert latency(several).mean_seconds == pytest.approx(latency(one).mean_seconds)
    instances = [structs.replace(row, error_ratio=None) for row in several.sections.instances]
    assert instances == [structs.replace(row, error_ratio=None) for row in one.sections.instances]


def _missing(file: Path) -> None:
    file.unlink()


def _damaged(file: Path) -> None:
    page = 4096
    content = bytearray(file.read_bytes())
    content[page:] = b"\xa5" * (len(content) - page)
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:2000])


def _text(file: Path) -> None:
    file.write_text("no database at all, but a text")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _no_table(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE other (x)")
        connection.commit()


@pytest.mark.parametrize("harm", [_missing, _damaged, _cut, _text, _pipe, _no_table])
@pytest.mark.parametrize(("failing", "status"), [(0.0, "unknown"), (0.3, "fail")])
def test_an_unreadable_file_is_unknown_and_the_rest_stands(
    tmp_path: Path, harm: object, failing: float, status: str
) -> None:
    made = fleet(tmp_path, [200, 200, 200], n0=failing, n2=0.0)
    first, bad, last = made
    assert callable(harm)
    harm(bad)
    document = of(*named([first, bad, last]))
    assert document.verdict.status == status
    assert total(document).observed == 400
    by_target = {row.target: row for row in document.targets}
    assert by_target[str(bad)].problem
    assert by_target[str(bad)].requests is None
    assert by_target[str(first)].requests == by_target[str(last)].requests == 200
    assert [(one.target, one.status) for one in document.inputs if one.kind == "database"] == [
        (str(first), "ok"),
        (str(bad), "unavailable"),
        (str(last), "ok"),
    ]
    assert document.sections.traffic is not None
    assert "(of 2 of 3 databases)" in document.sections.traffic.source
    assert [one.subject for one in found(document, "database-readable", "unknown")] == [{"source": str(bad)}]
    if status == "unknown":
        assert str(bad) in document.verdict.headline


_LOCK = """import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = delete")
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()"""


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """By another process: SQLite's locks are a process's own."""
    command = (sys.executable, "-c", _LOCK, str(file))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield
        process.communicate()


def test_a_locked_file_is_unknown_and_the_rest_stands(tmp_path: Path) -> None:
    first, bad = fleet(tmp_path, [200, 200])
    with locked(bad):
        document = of(*named([first, bad]))
    assert document.verdict.status == "unknown"
    assert total(document).observed == 200
    assert {row.target: row.problem is None for row in document.targets} == {str(first): True, str(bad): False}


def test_none_can_be_read(tmp_path: Path) -> None:
    document = of("--db-path", str(tmp_path / "a.db"), "--db-path", str(tmp_path / "b.db"))
    assert document.verdict.status == "unknown"
    assert [(row.target, row.problem) for row in document.targets] == [
        (str(tmp_path / name), "no such file") for name in ("a.db", "b.db")
    ]


def test_databases_of_two_products_are_no_sum(tmp_path: Path) -> None:
    one = request_logs(tmp_path / "one.db", replica(1, 100))
    two = requests_table(tmp_path / "two.db", replica(2, 100))
    document = of(*named([one, two]))
    assert document.verdict.status == "unknown"
    assert document.sections.traffic is None
    reason = "the databases are of several gateways: 1 file of gpt-load, 1 file of llm-gateway-requests"
    assert [row.problem for row in document.targets] == [reason, reason]
    document = of(*named([one, two]), "--gateway", "gpt-load")
    assert document.verdict.status == "unknown"
    assert total(document).observed == 100
    assert {row.target: row.problem for row in document.targets}[str(two)] == "it is no database of gpt-load"


def test_a_copy_is_not_counted_twice(tmp_path: Path) -> None:
    (first,) = fleet(tmp_path, [100])
    copy = request_logs(tmp_path / "gw-0-copy.db", replica(0, 100, failing=0.004))
    (tmp_path / "link.db").symlink_to(first)
    document = of(*named([first, tmp_path / "link.db", copy]))
    assert document.verdict.status == "unknown"
    assert total(document).observed == 100
    assert {row.target: row.problem for row in document.targets} == {
        str(first): None,
        str(copy): f"it has the same requests as {first}: a copy of it",
    }
    assert of(*named([first, tmp_path / "link.db"])).targets == ()


@pytest.mark.parametrize("size", [300, 12_000])
def test_a_backup_that_is_behind_is_not_counted_twice(tmp_path: Path, size: int) -> None:
    made = fleet(tmp_path, [size, size // 2])
    first, second = made
    backup = request_logs(tmp_path / "backup.db", made[first][: -size // 10])
    document = of(*named([backup, first, second]))
    assert document.verdict.status == "unknown"
    assert total(document).observed == size + size // 2
    problems = {row.target: row.problem for row in document.targets}
    assert problems[str(first)] is problems[str(second)] is None
    assert re.fullmatch(
        rf"\d+(\.\d+)?% of its requests are in {re.escape(str(first))} as well: .*", problems[str(backup)] or ""
    )


def test_files_that_overlap_in_part_are_said_to(tmp_path: Path) -> None:
    requests = replica(0, 4000)
    one, other = (
        request_logs(tmp_path / f"{name}.db", its)
        for name, its in {"one": requests[:3000], "other": requests[2400:]}.items()
    )
    document = of(*named([one, other]))
    assert [row.problem for row in document.targets] == [None, None]
    (said,) = (row.notes for row in document.inputs if row.notes and row.target == str(other))
    assert f"about 37.5% of its requests may be in {one} as well, and count twice" in said


def test_bursts_that_reach_two_replicas_at_the_same_milliseconds_are_no_overlap(tmp_path: Path) -> None:
    """Between them each has requests of its own."""
    both = replica(0, 300)
    files = [request_logs(tmp_path / f"{seed}.db", [*both, *replica(seed, 700)]) for seed in (1, 2)]
    document = of(*named(files))
    assert total(document).observed == 2000
    assert not any("count twice" in note for one in document.inputs for note in one.notes)


def test_idle_replicas_are_no_copies(tmp_path: Path) -> None:
    """Of one that was idle for the whole window the others may have as many requests at about the same times."""
    early = [[one._replace(time_ms=one.time_ms - 3 * HOUR_MS) for one in replica(seed, 60)] for seed in (1, 2, 3)]
    files = [request_logs(tmp_path / f"gw-{number}.db", its) for number, its in enumerate(early)]
    files.append(request_logs(tmp_path / "busy.db", replica(4, 4000)))
    document = of(*named(files), "--trend-window", "24h", "--slo", "99%")
    assert {row.problem for row in document.targets} == {None}


def test_requests_at_the_same_seconds_are_no_copy(tmp_path: Path) -> None:
    """A probe asks every replica once a minute, and a busy second is busy everywhere."""
    busy = [
        [one._replace(time_ms=one.time_ms // 1000 * 1000, model="gpt-4o") for one in replica(seed, 2500)]
        for seed in (1, 2)
    ]
    files = [request_logs(tmp_path / f"gw-{number}.db", its) for number, its in enumerate(busy)]
    document = of(*named(files))
    assert [row.problem for row in document.targets] == [None, None]
    assert total(document).observed == 5000


def test_a_replica_that_stopped_logging_does_not_hide_behind_the_others(tmp_path: Path) -> None:
    early = [one for one in replica(1, 400) if one.time_ms < UNTIL_MS - HOUR_MS // 2]
    files = [
        request_logs(tmp_path / "a.db", replica(2, 400)),
        request_logs(tmp_path / "b.db", early),
    ]
    document = of(*named(files))
    assert [one.subject for one in found(document, "data-fresh", "warn")] == [{"target": str(files[1])}]


def test_a_state_of_one_process_is_not_that_of_all(tmp_path: Path) -> None:
    files = [
        request_logs(tmp_path / "a.db", replica(1, 100)),
        request_logs(tmp_path / "b.db", replica(2, 100, failing=1.0), state="invalid"),
    ]
    document = of(*named(files))
    assert [(row.target, row.health, row.attempts) for row in document.sections.instances] == [
        (str(files[0]), "ok", 100),
        (str(files[1]), "down", 100),
    ]
    (one,) = found(document, "instance-health", "fail")
    assert one.subject["target"] == str(files[1])


def test_all_of_the_rows_are_the_window_of_all(tmp_path: Path) -> None:
    made = fleet(tmp_path, [100, 50])
    document = report(
        "--no-config", "--no-metrics", "--window", "all", "--at", AT, *named(list(made)), machine=Machine(AT)
    )
    assert total(document).observed == 150
    first = min(one.time_ms for requests in made.values() for one in requests)
    assert document.window.seconds == pytest.approx((UNTIL_MS - first) / 1000, abs=0.01)


def test_rows_of_a_query_of_the_users_own_say_whose_they_are(tmp_path: Path) -> None:
    made = list(fleet(tmp_path, [3, 4]))
    query = tmp_path / "mine.sql"
    query.write_text("SELECT count(*) AS n FROM request_logs")
    (table,) = (one for one in of(*named(made), "--query", str(query)).sections.queries if one.name == "mine")
    assert table.columns == ("n", "target")
    assert table.rows == ((3, str(made[0])), (4, str(made[1])))


def test_a_file_that_had_too_little_memory_beside_another_is_read_again_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list(fleet(tmp_path, [30, 40, 50]))
    read, calls = sqlite.read, Counter[str]()

    def starved(target: DatabaseTarget, *rest: Any) -> Database:  # noqa: ANN401 - as `read` takes them
        found = read(target, *rest)
        calls[target.path] += 1
        if target.path != str(made[1]) or calls[target.path] > 1:
            return found
        failed = FailedQuery(name="requests", title="", reason=OUT_OF_MEMORY)
        return structs.replace(found, tables={}, failed=(failed,))

    monkeypatch.setattr(sqlite, "read", starved)
    document = of(*named(made))
    assert total(document).observed == 120
    assert [calls[str(file)] for file in made] == [1, 2, 1]
    assert document.verdict.status != "unknown" or "memory" not in document.verdict.headline


def test_a_bug_while_one_is_read_is_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list(fleet(tmp_path, [3, 4]))

    def broken(*_: object) -> Database:
        raise RuntimeError("a bug")

    monkeypatch.setattr(sqlite, "read", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        of(*named(made))


def test_a_query_that_failed_in_one_file_is_no_sum_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list(fleet(tmp_path, [30, 40]))
    read = sqlite.read

    def late(target: DatabaseTarget, *rest: Any) -> Database:  # noqa: ANN401 - as `read` takes them
        found = read(target, *rest)
        if target.path == str(made[0]):
            return found
        failed = FailedQuery(name="trend", title="", reason="took longer than 5 s")
        return structs.replace(
            found, tables={name: its for name, its in found.tables.items() if name != "trend"}, failed=(failed,)
        )

    monkeypatch.setattr(sqlite, "read", late)
    document = of(*named(made))
    assert total(document).observed == 70
    assert document.sections.trend is None
    assert [(one.name, one.reason) for one in document.sections.failed_queries] == [
        ("trend", f"{made[1]}: took longer than 5 s")
    ]


def test_a_query_that_failed_everywhere_leaves_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list(fleet(tmp_path, [30, 40]))
    read = sqlite.read

    def nothing(target: DatabaseTarget, *rest: Any) -> Database:  # noqa: ANN401 - as `read` takes them
        failed = tuple(FailedQuery(name=name, title="", reason="late") for name in ("requests", "traffic"))
        return structs.replace(read(target, *rest), tables={}, failed=failed)

    monkeypatch.setattr(sqlite, "read", nothing)
    document = of(*named(made))
    assert document.verdict.status == "unknown"
    assert [row.problem for row in document.targets] == ["its query requests failed: late"] * 2
    assert of("--db-path", str(made[0])).verdict.status == "unknown"


def _part(name: str, rows: Sequence[tuple[object, ...]]) -> Database:
    columns = ("time_ms", "kind", "outcome", "provider", "requests")
    table = Table(name="outcomes", title="", columns=columns, rows=tuple(rows), elapsed_seconds=0.0)  # type: ignore[arg-type]
    return Database(target=name, schema=Schema(tables={}), tables={"outcomes": table})


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize("n", [300, 6_000, 40_000])
def test_requests_at_the_same_moments_are_no_copy_where_chance_has_as_many(n: int, step: int) -> None:
    """In three hours; a file may have whole seconds alone, and so many requests that most seconds have some."""
    pick = random.Random(n)  # noqa: S311 - a simulation

    def requests() -> list[tuple[object, ...]]:
        times = sorted(pick.randrange(10_800_000) // step * step for _ in range(n))
        return [(at, "request", "success", pick.choice("pq"), 1) for at in times]

    one, other = requests(), requests()
    behind = one[: n - n // 20]
    found = {file: _part(file, rows) for file, rows in {"one": one, "other": other, "behind": behind}.items()}
    assert [(one.file, one.copied) for one in copies(found, lambda *_: False)] == [("behind", True)]


def test_rows_with_moments_are_merged_as_those_without() -> None:
    """They are not made for it: of several busy gateways they would take the memory."""
    columns = ("part", "moments", "time_ms", "kind", "outcome", "provider", "requests")
    parts = []
    for name, moments in (("a", "[[1,2,null],[5,1,null]]"), ("b", "[2]")):
        made = MomentRows(columns, 10**6)
        made.add((1, moments, None, "request", "success", name, 4))
        made.add((2, None, 7, "revoke", "server-error", None, 1))
        table = Table(name="outcomes", title="", columns=made.columns, rows=made.all(), elapsed_seconds=0.0)
        parts.append(structs.replace(_part(name, []), tables={"outcomes": table}))
    together = merged(parts, 5, 2).tables["outcomes"]
    assert isinstance(together.rows, EachMoment)
    assert together.columns == (*made.columns, "target")
    assert list(together.rows) == [
        (5, "request", "success", "a", 1, "a"),
        (1, "request", "success", "a", 1, "a"),
        (7, "revoke", "server-error", None, 1, "a"),
        (2, "request", "success", "b", 1, "b"),
        (7, "revoke", "server-error", None, 1, "b"),
    ]
    assert list(where(together.rows, lambda row: row[-1] == "b")) == list(together.rows)[3:]
    plain = [
        structs.replace(part, tables={"outcomes": structs.replace(one, rows=tuple(one.rows))})
        for part in parts
        for one in part.tables.values()
    ]
    assert list(merged(plain, 5, 2).tables["outcomes"].rows) == list(together.rows)


def test_a_column_that_only_one_version_has_is_null_in_the_rows_of_the_other() -> None:
    one = _part("a", [(1, "request", "success", "p", 1)])
    table = Table(name="outcomes", title="", columns=("time_ms", "outcome"), rows=((2, "error"),), elapsed_seconds=0.0)
    other = structs.replace(one, target="b", tables={"outcomes": table})
    together = merged([one, other], 5, 2).tables["outcomes"]
    assert together.columns == ("time_ms", "kind", "outcome", "provider", "requests", "target")
    assert together.rows == ((1, "request", "success", "p", 1, "a"), (2, None, "error", None, None, "b"))


@pytest.mark.parametrize(("expected", "status"), [("2", "pass"), ("3", "fail")])
def test_fewer_files_than_are_expected_are_a_failure(expected: str, status: str, tmp_path: Path) -> None:
    made = fleet(tmp_path, [300, 280])
    document = of(*named(list(made)), "--expect-targets", expected)
    (one,) = [one for one in document.findings if one.check == "targets-up"]
    assert (one.status, one.observed, one.threshold) == (status, 2, int(expected))
    assert document.exit.code == (1 if status == "fail" else 0)


def test_a_file_that_cannot_be_read_is_not_among_those_that_are_expected(tmp_path: Path) -> None:
    made = fleet(tmp_path, [300, 280, 290])
    list(made)[1].write_bytes(b"no database")
    folder = ("--db-path", str(tmp_path))
    (one,) = found(of(*folder, "--expect-targets", "3"), "targets-up", "fail")
    assert one.seen == "2 of 3 databases could be read; 3 are expected"
    enough = of(*folder, "--expect-targets", "2")
    assert found(enough, "targets-up", "pass")
    assert (enough.verdict.status, enough.exit.code) == ("unknown", 3)
    (list(made)[1]).unlink()
    (list(made)[2]).unlink()
    assert found(of(*folder, "--expect-targets", "2"), "targets-up", "fail")


@pytest.mark.parametrize(("few", "most"), [(10, 1), (1_000, 2)])
def test_large_files_with_many_requests_are_read_one_at_a_time(
    few: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would share the memory that SQLite may use, and both would be read again."""
    made = list(fleet(tmp_path, [60, 50, 40, 30]))
    monkeypatch.setattr(reading_files, "_SMALL_BYTES", 0)
    monkeypatch.setattr(reading_files, "_FEW_REQUESTS", few)
    monkeypatch.setattr(reading_files, "Thread", thread := Mock(wraps=Thread))
    document = of(*named(made))
    assert total(document).observed == 180
    assert sum("target" in call.kwargs for call in thread.call_args_list) == most
