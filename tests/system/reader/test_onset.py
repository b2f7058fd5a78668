"""Since when: what the log shows of the beginning, and never the edge of the window without saying so."""

import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace

from llmgw_report.cli.demo import example
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.model.sections import ErrorPattern, Trend, TrendPoint
from llmgw_report.renderers import _finding_texts
from tests.builders import reports as make
from tests.builders.gateway import Machine, report
from tests.builders.outcomes import ONE, OTHER, bad, good, unsure, window
from tests.builders.snapshots import ask
from tools import golden


def beginning_of(one: Finding) -> str:
    """What a report of the edge says beside the figure."""
    return _finding_texts.problem(one, make.report(at=EDGE.at)).rpartition("; ")[2]


#: As the README of the example says.
TRUTH = "2026-03-02T09:30:00Z"
UNHEALTHY = golden.EXAMPLES / "unhealthy"


@pytest.mark.parametrize("length", ["30m", "1h", "4h", "all"])
def test_the_demo_began_to_fail_when_it_did_whatever_the_window(length: str) -> None:
    assert "from 09:30 on" in (UNHEALTHY / "README.md").read_text("utf-8")
    with example(UNHEALTHY) as arguments:
        found = report(*arguments, "--window", length, machine=Machine("2026-03-02T12:00:00Z"))
    down, total = (
        next(one for one in found.findings if one.check == name) for name in ("instance-health", "error-ratio")
    )
    assert [(one.since, one.onset) for one in (down, total)] == [(TRUTH, "known")] * 2
    assert ", since 09:30" in found.verdict.headline
    assert found.verdict.since == TRUTH


def test_no_format_for_people_says_since_the_edge_of_the_window() -> None:
    for name in ("md", "text", "html"):
        shown = (UNHEALTHY / f"report.{name}").read_text("utf-8")
        assert "since 09:30" in shown.replace("\N{NO-BREAK SPACE}", " ")
        assert "since 11:00" not in shown.replace("\N{NO-BREAK SPACE}", " ")


def of_trend(*points: tuple[int, int | None], rows: bool = False) -> Trend:
    """Buckets of five minutes up to noon with so many requests and failures; the last twelve are the window."""
    begin = 12 * 12 - len(points)
    return Trend(
        source="rows",
        bucket_seconds=300,
        points=tuple(
            TrendPoint(
                time=f"2026-03-02T{(begin + at) // 12:02}:{(begin + at) % 12 * 5:02}:00.000Z",
                requests=n,
                **{"error_rows" if rows else "errors": failed},
            )
            for at, (n, failed) in enumerate(points)
        ),
        trusted="yes",
    )


def total(seen: Snapshot, check: str = "error-ratio") -> Finding:
    return next(one for one in ask(check, seen) if not one.subject)


GOOD, BAD, NONE = (100, 0), (100, 40), (0, 0)
#: Failures from the first request of the window on.
EDGE = window(*[bad(10), good(20)] * 10)


@pytest.mark.parametrize(
    ("points", "since"),
    [
        ([GOOD] * 12 + [BAD] * 18, "10:30"),
        ([GOOD] * 12 + [BAD] * 6 + [NONE] * 3 + [BAD] * 15, "10:00"),
        ([GOOD] * 12 + [BAD] * 3 + [GOOD] * 3 + [BAD] * 18, "10:30"),
        # One bad bucket of few requests long before, and one failure in a hundred at any time.
        ([(5, 1), *[(100, 1)] * 20, *[BAD] * 18], "10:30"),
        ([GOOD] * 24 + [BAD] * 12, "11:00"),
    ],
    ids=["before the window", "across a silence", "the last of two", "among single failures", "at the edge"],
)
def test_the_trend_shows_where_it_began(points: list[tuple[int, int]], since: str) -> None:
    one = total(replace(EDGE, sections=replace(EDGE.sections, trend=of_trend(*points))))
    assert (one.since, one.onset) == (f"2026-03-02T{since}:00.000Z", "known")


@pytest.mark.parametrize(
    "trend",
    [
        of_trend(*[BAD] * 24),
        of_trend((10, 0), *[BAD] * 24),
        of_trend(*[GOOD] * 12, (100, None), *[BAD] * 18),
    ],
    ids=["it begins later", "too few before", "a stretch without a record"],
)
def test_where_nothing_shows_it_the_edge_is_called_an_edge(trend: Trend) -> None:
    one = total(replace(EDGE, sections=replace(EDGE.sections, trend=trend)))
    assert (one.since, one.onset) == (EDGE.window.since, "before")
    assert beginning_of(one) == "it began before 11:00"


def test_sources_that_begin_in_the_window_have_a_first_failure_and_no_edge() -> None:
    one = total(replace(EDGE, sections=replace(EDGE.sections, trend=None)))
    assert (one.since, one.onset) == ("2026-03-02T11:55:01Z", "first")
    assert beginning_of(one) == "the first failure known was at 11:55:01"


def test_rows_of_errors_stand_for_failures_that_nobody_counts() -> None:
    trend = of_trend(*[GOOD] * 12, *[(100, 400)] * 18, rows=True)
    assert total(replace(EDGE, sections=replace(EDGE.sections, trend=trend))).since == "2026-03-02T10:30:00.000Z"


def test_a_failure_that_began_inside_the_window_says_its_time() -> None:
    one = total(window(good(300), bad(100)))
    assert (one.since, one.onset) == ("2026-03-02T11:58:21Z", "known")
    assert beginning_of(one) == "it began at 11:58:21"


def test_a_single_failure_long_before_is_not_the_beginning() -> None:
    one = total(window(bad(1), good(300), bad(100)))
    assert (one.since, one.onset) == ("2026-03-02T11:58:21Z", "known")


def test_the_trend_of_all_requests_says_nothing_of_one_model_or_of_other_failures() -> None:
    trend = of_trend(*[GOOD] * 12, *[BAD] * 18)
    of_one = window(*[bad(10, ONE), good(20, OTHER)] * 10)
    found = ask("error-ratio", replace(of_one, sections=replace(of_one.sections, trend=trend)))
    assert {one.onset for one in found if one.subject.get("model") == "m"} == {"before"}
    nobodys = window(*[unsure(20), good(2)] * 10)
    one = total(replace(nobodys, sections=replace(nobodys.sections, trend=trend)), "unattributed-error-ratio")
    assert one.onset == "before"


def test_an_error_pattern_of_before_the_window_has_the_time_that_the_log_shows() -> None:
    page = (UNHEALTHY / "report.md").read_text("utf-8")
    table = page.partition("**Error patterns in ")[2].partition("</details>")[0]
    rows = [row for row in table.splitlines() if row.startswith(("| WARN", "| ERROR"))]
    assert len(rows) == 5
    assert all("| 09:3" in row for row in rows)
    assert "Times before 11:00 are from the log before the window." in table
    assert "most frequent (91; it began at 09:30:41)" in page


def patterns_of(length: str, *, without: str = "0") -> dict[str, ErrorPattern]:
    """The error patterns of the demo's last hours, its log without some rows."""
    with example(UNHEALTHY) as arguments:
        with closing(sqlite3.connect(arguments[arguments.index("--db-path") + 1])) as database, database:
            database.execute(f"DELETE FROM logs WHERE {without}")  # noqa: S608 - written below
        found = report(*arguments, "--window", length, machine=Machine("2026-03-02T12:00:00Z"))
    return {one.pattern: one for one in found.sections.errors}


FAILED = "Instance marked unhealthy due to request failure"


@pytest.mark.parametrize("length", ["15m", "30m", "1h", "2h"])
def test_an_error_pattern_began_when_it_did_whatever_the_window(length: str) -> None:
    assert patterns_of(length)[FAILED].began == "2026-03-02T09:30:35.830Z"


@pytest.mark.parametrize(
    ("rows", "began"),
    [
        (("10:00", "10:20"), "2026-03-02T10:20"),
        (("11:00", "11:20"), "2026-03-02T11:20"),
        (("09:30", "11:00"), "2026-03-02T11:00"),
    ],
    ids=["after a pause before the window", "after a pause in the window", "at the edge of the window"],
)
def test_an_error_pattern_that_paused_began_again(rows: tuple[str, str], began: str) -> None:
    since, until = (f"strftime('%s', '2026-03-02T{time}:00') * 1000" for time in rows)
    found = patterns_of("1h", without=f"timestamp BETWEEN {since} AND {until} AND level <> 'INFO'")[FAILED]
    assert found.began is not None
    assert found.began.startswith(began)
    assert (found.began == found.first_seen) == (began >= "2026-03-02T11:00")


def test_where_the_log_itself_begins_the_edge_is_called_an_edge() -> None:
    edge = "strftime('%s', '2026-03-02T10:30:00') * 1000"
    assert patterns_of("1h", without=f"timestamp < {edge}")[FAILED].began is None
