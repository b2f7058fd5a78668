"""`--history`: what earlier runs add, and that no window of theirs is ever a wrong one."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.errors import UsageError
from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.model.run import Clock
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.remember import append
from llmgw_report.pipeline.verdict import summary
from llmgw_report.renderers.json import render
from llmgw_report.renderers.md import render as markdown
from llmgw_report.renderers.text import render as text
from tests.builders.gateway import Machine, gateway, report, said, scrape
from tests.builders.settings import typed
from tests.system.regression.test_second_scrape import serving

OLD = "2026-02-20T00:00:00Z"
Remember = Callable[..., Report]
Words = tuple[str, ...]


def at(clock: str) -> str:
    return f"2026-03-02T{clock}:00Z"


@pytest.fixture
def remember(tmp_path: Path) -> Remember:
    """One run with a history: a scrape, and when."""

    def once(page: str, clock: str, *more: str, budget: str | None = None) -> Report:
        scraped = tmp_path / "metrics.prom"
        scraped.write_text(page)
        os.utime(scraped, (timestamp.parse(at(clock)) / 1000,) * 2)
        source = ("--gateway", gateway(tmp_path, budget), "--metrics-file", str(scraped), "--no-db", "--no-config")
        chosen = settings(typed(*source, "--history", str(tmp_path / "history.db"), *more), {})
        machine = Machine(at(clock))
        found = run(chosen, "1.0.0", machine)
        append(found, chosen, machine.now_ms(), machine.clock())
        return found

    return once


def test_the_first_run_says_that_the_next_will_know_more(remember: Remember) -> None:
    found = remember(scrape(1000, started=OLD), "09:00")
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert "first run with --history: the next one will know" in found.verdict.headline
    assert found.sections.history
    assert (found.sections.history.state, found.sections.history.runs) == ("first run", 0)
    second = remember(scrape(1400, 2, started=OLD), "09:30")
    assert (second.verdict.status, second.window.basis) == ("pass", "window")
    assert second.sections.history
    assert (second.sections.history.state, second.sections.history.runs) == ("window", 1)


def test_a_run_is_of_what_came_since_the_run_that_is_a_window_old(remember: Remember) -> None:
    for clock, ok, bad in (("08:00", 1000, 500), ("09:00", 2000, 500), ("09:30", 2400, 500)):
        remember(scrape(ok, bad, slow=ok // 10, started=OLD), clock)
    found = remember(scrape(3000, 510, slow=300, started=OLD), "10:00")
    assert found.sections.outcomes
    total = found.sections.outcomes.total().outcomes
    assert (total.success, total.server_error, found.sections.outcomes.since) == (1000, 10, at("09:00"))
    assert found.sections.traffic
    assert (found.sections.traffic.basis, found.sections.traffic.total.requests) == ("window", 1010)
    assert found.sections.traffic.total.tokens.recorded["input"] == 1010 * 60
    assert found.sections.traffic.total.latency.count == 1010
    assert "**Since 09:00:** Requests 1,010" in markdown(found)
    assert "what was counted since 09:00" in text(found)
    assert found.sections.traffic.lifetime
    assert found.sections.traffic.lifetime.total.requests == 3510
    assert found.sections.live[0].seconds == 1800
    assert found.sections.live[0].requests_per_second == pytest.approx(610 / 1800)


def test_a_trend_with_its_errors_comes_from_the_runs(remember: Remember) -> None:
    for clock, ok, bad in (("09:00", 1000, 0), ("09:10", 1100, 0), ("09:20", 1200, 50)):
        remember(scrape(ok, bad, started=OLD), clock)
    found = remember(scrape(1310, 50, started=OLD), "09:30").sections.trend
    assert found
    assert found.bucket_seconds == 600
    assert [(one.requests, one.errors) for one in found.points] == [(100, 0), (150, 50), (110, 0)]
    assert found.trusted == "yes"


def test_percentiles_over_time_are_of_what_was_counted_between_the_runs(remember: Remember) -> None:
    """Up to 1 s, and a tenth from 2 s to 5 s; of what a restart has cut off nobody knows the latency."""
    remember(scrape(5000, started=OLD), "09:00")
    remember(scrape(5400, slow=40, started=OLD), "09:10")
    remember(scrape(5410, slow=40, started=OLD), "09:20")
    remember(scrape(400, slow=400, started=at("09:21")), "09:30")
    found = remember(scrape(800, slow=400, started=at("09:21")), "09:40").sections.trend
    assert found
    assert [one.percentiles for one in found.points] == [
        pytest.approx({"p50": 5 / 9, "p90": 1.0, "p99": 4.7}),
        pytest.approx({"p50": 0.5}),
        pytest.approx({"p50": 3.5, "p90": 4.7, "p99": 4.97}),
        pytest.approx({"p50": 0.5, "p90": 0.9, "p99": 0.99}),
    ]
    assert found.latency_source == "the buckets of a histogram"


def test_a_latency_over_a_gap_is_in_no_bucket(remember: Remember) -> None:
    for clock, ok in (("01:00", 0), ("01:10", 100), ("01:20", 200), ("07:20", 920)):
        remember(scrape(ok, started=OLD), clock)
    found = remember(scrape(1020, started=OLD), "07:30", "--window", "7h").sections.trend
    assert found
    places = [place for place, one in enumerate(found.points) if one.percentiles]
    assert places == [0, 1, len(found.points) - 1]


def test_runs_far_apart_make_a_trend_that_says_so(remember: Remember) -> None:
    for clock, ok in (("01:00", 0), ("01:10", 100), ("01:20", 200), ("07:20", 920)):
        remember(scrape(ok, started=OLD), clock)
    found = remember(scrape(1020, started=OLD), "07:30").sections.trend
    assert found
    assert sum(one.requests for one in found.points) == 1020
    assert found.trusted == "no"
    assert found.reason
    assert "6 h" in found.reason


def test_an_error_budget_is_counted_by_the_second_run(remember: Remember) -> None:
    first = remember(scrape(1000, started=OLD), "09:00", "--slo", "99.5%")
    assert first.verdict.status == "unknown"
    second = remember(scrape(3000, 1, started=OLD), "09:30", "--slo", "99.5%")
    budget = second.sections.error_budget
    assert budget
    assert (budget.basis, budget.good, budget.bad, budget.since) == ("window", 2000, 1, at("09:00"))
    assert (second.verdict.status, said(second, "error-budget")[0].status) == ("pass", "pass")
    assert budget.left_ratio is None
    assert "what is left of the error budget over 30 d is not known yet" in said(second, "error-budget")[0].seen
    assert "not known, as only 30 min is counted" in markdown(second)
    assert not [one for one in second.absent if one.quantity in {"error budget", "request trend"}]


def test_minutes_of_history_do_not_use_up_a_budget_of_a_month(remember: Remember) -> None:
    remember(scrape(100_000, 100, started=OLD), "09:00", "--slo", "99.5%")
    found = remember(scrape(100_900, 160, started=OLD), "09:10", "--slo", "99.5%")
    finding = said(found, "error-budget")[0]
    assert (finding.status, found.exit.code) == ("warn", 0)
    assert "60 of 960 requests failed in 10 min, 12.50x as many as 99.50% allows" in finding.seen
    assert "no window of a burn-rate alert is covered yet" in finding.seen


def test_an_alert_counts_once_its_windows_are_covered(remember: Remember) -> None:
    for place, clock in enumerate(("08:00", "08:30", "08:55")):
        remember(scrape(1000 * (place + 1), started=OLD), clock, "--slo", "99.5%")
    found = remember(scrape(3000, 500, started=OLD), "09:00", "--slo", "99.5%")
    finding = said(found, "error-budget")[0]
    assert finding.status == "fail"
    assert "burn rate above 14.4 over 1 h and 5 min" in finding.seen


def test_a_short_window_between_runs_an_hour_apart_says_what_it_is_of(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "08:00", "--slo", "99.5%")
    found = remember(scrape(2000, 500, started=OLD), "09:00", "--slo", "99.5%")
    assert "burn rate above 14.4 over 1 h and 1 h" in said(found, "error-budget")[0].seen
    assert "5 min, counted over 1 h" in markdown(found)
    budget = found.sections.error_budget
    assert budget
    assert [(one.seconds, one.counted_seconds) for one in budget.windows[-3:]] == [
        (3600, None),
        (1800, 3600),
        (300, 3600),
    ]


def test_a_budget_of_which_most_was_counted_by_workers_in_turn_is_not_evaluated(remember: Remember) -> None:
    """Each rise from one worker to the other is traffic of nobody; one of them is alone at the end."""
    for place in range(8):
        ok = (1000, 90_000)[place % 2] + 100 * place
        remember(scrape(ok, 900 * (place % 2), started=None), f"08:{5 * place:02}", "--slo", "99.5%")
    for minute in (40, 45, 50):
        found = remember(scrape(1000 + 20 * minute, started=None), f"08:{minute}", "--slo", "99.5%", "--window", "5m")
    assert found.sections.history
    assert found.sections.history.state == "window"
    assert found.sections.error_budget
    assert found.sections.error_budget.basis == "none"
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert "several processes answered" in found.verdict.headline


def test_a_trend_says_where_nothing_is_known(remember: Remember) -> None:
    for clock, ok in (("08:00", 9000), ("08:10", 9100), ("08:20", 100), ("08:30", 200), ("08:40", 300)):
        found = remember(scrape(ok, started=None), clock)
    assert found.sections.trend
    assert sum(one.requests for one in found.sections.trend.points) == 300
    assert (found.sections.trend.trusted, found.sections.trend.reason) == (
        "no",
        "of 10 min of it nothing is known: totals fell, or several processes answered",
    )


def test_a_failure_says_since_which_run(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "09:00")
    for clock, bad in (("09:30", 200), ("10:00", 400)):
        remember(scrape(1000 + 10 * bad, bad, started=OLD), clock)
    found = remember(scrape(7000, 600, started=OLD), "10:30")
    total = said(found, "error-ratio")[0]
    assert total.status == "fail"
    assert "3 runs" in total.seen
    assert (total.since, found.verdict.since) == (at("09:30"), at("09:30"))
    # The run before it was the first, which could not be evaluated.
    assert total.onset == "before"
    assert "it began before 09:30, 3 runs" in found.verdict.headline


def test_a_failure_that_a_run_before_did_not_have_began_then(remember: Remember) -> None:
    for clock, ok in (("08:30", 1000), ("09:00", 2000)):
        remember(scrape(ok, started=OLD), clock)
    for clock, bad in (("09:30", 200), ("10:00", 400), ("10:30", 600)):
        found = remember(scrape(2000 + 10 * bad, bad, started=OLD), clock)
    total = said(found, "error-ratio")[0]
    assert (total.since, total.onset) == (at("09:30"), "known")
    assert "in every run since 09:30, 3 runs" in total.seen
    assert "it began at 09:30, 3 runs" in found.verdict.headline


def test_a_problem_that_comes_and_goes_is_said_to(remember: Remember) -> None:
    ok, bad = 1000, 0
    for minute in range(0, 60, 5):
        ok, bad = ok + 400, bad + (100 if minute // 5 % 2 else 0)
        found = remember(scrape(ok, bad, started=OLD), f"09:{minute:02}", "--window", "5m")
    assert "it changed" in said(found, "error-ratio")[0].seen


def test_the_newest_requests_are_evaluated_too(remember: Remember) -> None:
    """8 of 508 is below every threshold, and the gateway is dead now."""
    remember(scrape(1000, started=OLD), "09:00")
    remember(scrape(1500, started=OLD), "09:30")
    found = remember(scrape(1500, 8, started=OLD), "09:35")
    assert found.verdict.status == "fail"
    assert said(found, "serving")[0].since == at("09:30")


def test_a_process_that_has_failed_since_it_began_is_dead(remember: Remember) -> None:
    """The window holds a million answers of the process before it."""
    remember(scrape(1_000_000, started=OLD), "09:00")
    remember(scrape(2_000_000, started=OLD), "09:25")
    found = remember(scrape(0, 5000, started=at("09:27")), "10:00")
    assert (found.verdict.status, found.exit.code) == ("fail", 1)
    assert "newest 5,000" in said(found, "serving")[0].seen
    assert said(found, "serving")[0].since == at("09:27")
    assert found.sections.outcomes
    assert found.sections.outcomes.total().outcomes.success == 1_000_000


@pytest.mark.parametrize("last", [300, 0])
def test_a_process_that_starts_again_and_again_is_dead(remember: Remember, last: int) -> None:
    """The last start may have answered nothing yet."""
    remember(scrape(1_000_000, started=OLD), "09:00")
    remember(scrape(2_000_000, started=OLD), "09:10")
    for minute, bad in ((20, 300), (30, 300), (40, 300), (50, last)):
        found = remember(scrape(0, bad, started=at(f"09:{minute - 1}")), f"09:{minute}")
    assert (found.verdict.status, found.exit.code) == ("fail", 1)
    assert "newest 300" in said(found, "serving")[0].seen


def test_a_process_that_began_and_answers_is_alive(remember: Remember) -> None:
    remember(scrape(1_000_000, started=OLD), "09:00")
    remember(scrape(2_000_000, started=OLD), "09:25")
    found = remember(scrape(100, 20, started=at("09:27")), "10:00")
    assert said(found, "serving")[0].status == "pass"


def test_start_times_that_go_back_are_several_processes(remember: Remember) -> None:
    """The gateway's clock is ahead, so that each start is later than the run before."""
    remember(scrape(50, started="2026-03-02T09:19:00Z"), "09:00")
    remember(scrape(40_000, started="2026-03-02T09:22:03Z"), "09:10")
    found = remember(scrape(250, started="2026-03-02T09:19:00Z"), "09:20")
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert found.sections.history
    assert found.sections.history.state == "several processes"
    assert found.sections.traffic
    assert (found.sections.traffic.basis, found.sections.traffic.total.requests) == ("lifetime", 250)


@pytest.mark.parametrize("clock", ["10:40", "10:55"])
def test_the_increments_on_both_sides_of_a_restart_count(remember: Remember, clock: str) -> None:
    remember(scrape(1000, 500, started=OLD), "10:00")
    remember(scrape(1900, 520, started=OLD), "10:30")
    found = remember(scrape(80, 3, started=at(clock)), "11:00")
    assert found.sections.outcomes
    total = found.sections.outcomes.total().outcomes
    assert (total.success, total.server_error) == (980, 23)
    assert found.sections.traffic
    assert found.sections.traffic.total.requests == 1003
    assert found.sections.traffic.total.latency.count == 1003
    assert found.sections.history
    assert found.sections.history.restarts == 1
    later = remember(scrape(180, 3, started=at(clock)), "11:15")
    assert later.sections.outcomes
    assert later.sections.outcomes.total().outcomes.success == 1080


def test_without_a_start_time_a_restart_is_not_excluded(remember: Remember) -> None:
    remember(scrape(1000, started=None), "09:00")
    found = remember(scrape(1400, started=None), "09:30")
    assert found.verdict.status == "pass"
    assert "a restart in between is not excluded" in markdown(found)
    fell = remember(scrape(90, started=None), "10:00")
    assert fell.verdict.status == "unknown"
    assert "no start time says when" in fell.verdict.headline
    after = remember(scrape(190, started=None), "10:15")
    assert after.sections.outcomes
    assert (after.verdict.status, after.sections.outcomes.total().outcomes.success) == ("pass", 100)


@pytest.mark.parametrize(
    "scrapes",
    [
        [scrape(1000, started=OLD), scrape(30, started="2026-02-21T00:00:00Z")],
        [scrape(1000, started=OLD), scrape(30, started="2026-02-19T00:00:00Z")],
        [scrape(1000, started=None), scrape(30, started=None), scrape(1010, started=None)],
        [scrape(1000, started=OLD), scrape(900, 20, started=OLD)],
    ],
)
def test_several_processes_are_unknown(remember: Remember, scrapes: list[str]) -> None:
    for place, page in enumerate(scrapes):
        found = remember(page, f"09:{place}0")
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert found.verdict.headline.startswith("--history: several processes")
    assert found.sections.outcomes
    assert found.sections.outcomes.evaluated == "no"


def test_a_window_more_than_twice_as_long_is_said(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "06:00")
    found = remember(scrape(1400, started=OLD), "09:30")
    assert found.verdict.status == "pass"
    assert "the window is 3 h 30 min" in found.verdict.headline
    assert "the window is" not in remember(scrape(1800, started=OLD), "10:30").verdict.headline


def test_a_window_less_than_half_as_long_is_said(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "09:00")
    found = remember(scrape(1100, started=OLD), "09:10", "--window", "24h")
    assert (found.verdict.status, found.exit.code) == ("pass", 0)
    assert "10 min of the 1 d that were asked for" in found.verdict.headline
    assert (found.window.seconds, found.window.counted_seconds) == (86_400, 600)
    assert "counted=10m" in summary(found)
    later = remember(scrape(1700, started=OLD), "09:40")
    assert "asked for" not in later.verdict.headline
    assert later.window.counted_seconds == 2400


def test_every_format_says_that_a_restart_is_not_excluded(remember: Remember) -> None:
    remember(scrape(1000, started=None), "09:00")
    found = remember(scrape(1400, started=None), "10:00")
    for name in ("csv", "github", "html", "json", "md", "nagios", "text"):
        render_one = import_module(f"llmgw_report.renderers.{name}").render
        assert "restart in between is not excluded" in render_one(found)
    assert "restart=not-excluded" in summary(found)


def test_a_run_by_other_groups_says_why_its_table_has_no_rows(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "09:00")
    found = remember(scrape(1400, started=OLD), "09:30", "--group-by", "model")
    assert found.sections.traffic
    assert (found.sections.traffic.rows, found.sections.traffic.total.requests) == ((), 400)
    assert "other groups (--group-by), so that only the total is of the window" in markdown(found)
    assert "other groups" not in markdown(remember(scrape(1800, started=OLD), "10:00"))


def test_another_gateway_is_not_subtracted(remember: Remember) -> None:
    remember(scrape(1000, started=OLD, provider="a"), "09:00")
    found = remember(scrape(1500, started=OLD, provider="b"), "09:30")
    assert found.verdict.status == "unknown"


def test_another_gateway_that_began_later_is_not_subtracted(remember: Remember) -> None:
    """Saved scrapes of two gateways in one history: the start time alone looks like a restart."""
    remember(scrape(1000, started=OLD, provider="a"), "07:00")
    found = remember(scrape(90_000, 50, started=at("07:30"), provider="b"), "09:30")
    assert (found.verdict.status, found.exit.code) == ("unknown", 3)
    assert found.sections.history
    assert (found.sections.history.state, found.sections.history.since) == ("not comparable", None)
    assert "another gateway" in (found.sections.history.reason or "")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("?target=gw1",), ("?target=gw2",)),
        (("", "--header", "X-Gateway: gw1"), ("", "--header", "X-Gateway: gw2")),
    ],
)
def test_gateways_at_one_address_are_told_apart(first: Words, second: Words, tmp_path: Path) -> None:
    """The proxy in front of them chooses by the query or a header, neither of which is shown or kept."""
    pages = [scrape(1000, started=OLD), scrape(90_000, 50, started=OLD), scrape(1400, started=OLD)]
    found = []
    with serving(*pages) as url:
        for words, clock in zip((first, second, first), ("09:00", "09:10", "09:30"), strict=True):
            source = (
                "--gateway",
                gateway(tmp_path, None),
                "--url",
                url + words[0],
                *words[1:],
                "--no-db",
                "--no-config",
            )
            chosen = settings(typed(*source, "--history", str(tmp_path / "history.db")), {})
            machine = Machine(at(clock))
            found.append(run(chosen, "1.0.0", machine))
            append(found[-1], chosen, machine.now_ms(), machine.clock())
    assert [one.sections.history.state for one in found if one.sections.history] == ["first run", "first run", "window"]
    assert found[-1].sections.traffic
    assert found[-1].sections.traffic.total.requests == 400
    assert b"gw1" not in (tmp_path / "history.db").read_bytes()


def test_all_of_the_life_of_a_process_stays_that(remember: Remember) -> None:
    remember(scrape(1000, started=OLD), "09:00")
    found = remember(scrape(1500, started=OLD), "09:30", "--window", "all")
    assert found.sections.outcomes
    assert (found.window.basis, found.sections.outcomes.total().outcomes.success) == ("lifetime", 1500)


def test_an_older_report_does_not_make_the_window_longer(remember: Remember, tmp_path: Path) -> None:
    (tmp_path / "older.json").write_text(render(remember(scrape(500, started=OLD), "08:00")))
    remember(scrape(1000, started=OLD), "09:00")
    found = remember(scrape(1500, started=OLD), "10:00", "--baseline", str(tmp_path / "older.json"))
    assert found.sections.outcomes
    assert found.sections.outcomes.total().outcomes.success == 500
    assert found.sections.since_last_report
    assert found.sections.since_last_report.total.requests == 1000


def test_a_second_scrape_is_the_end_of_the_window(tmp_path: Path) -> None:
    with serving(scrape(1000, started=OLD), scrape(1500, started=OLD), scrape(1550, 10, started=OLD)) as url:
        source = ("--gateway", gateway(tmp_path, None), "--url", url, "--no-db", "--no-config")
        words = (*source, "--history", str(tmp_path / "history.db"))
        chosen = settings(typed(*words), {})
        first = Machine(at("09:00"))
        append(run(chosen, "1.0.0", first), chosen, first.now_ms(), first.clock())
        found = run(settings(typed(*words, "--interval", "10"), {}), "1.0.0", Machine(at("10:00")))
    assert found.sections.outcomes
    total = found.sections.outcomes.total().outcomes
    assert (total.success, total.server_error, found.sections.outcomes.since) == (550, 10, at("09:00"))


def test_a_saved_report_is_evaluated_again_with_what_its_history_said(remember: Remember, tmp_path: Path) -> None:
    remember(scrape(1000, started=OLD), "09:00")
    remember(scrape(2000, 200, started=OLD), "09:30")
    found = remember(scrape(3000, 400, started=OLD), "10:00", "--slo", "99%")
    (tmp_path / "saved.json").write_text(render(found))
    again = report("--rejudge", str(tmp_path / "saved.json"), "--no-config", machine=Machine(at("12:00")))
    assert [(one.check, one.status, one.since) for one in again.findings if one.status == "fail"] == [
        (one.check, one.status, one.since) for one in found.findings if one.status == "fail"
    ]
    with pytest.raises(UsageError):
        report("--rejudge", str(tmp_path / "saved.json"), "--history", "h.db", machine=Machine(at("12:00")))


SECRET = "sk-proj-aBcD1234efGH5678ijKL9012mnOP"


def texts(path: Path) -> Iterable[bytes]:
    from zlib import decompress

    with closing(sqlite3.connect(path)) as database:
        yield from (decompress(body) for (body,) in database.execute("SELECT body FROM reading"))
        for table in ("run", "pattern"):
            yield json.dumps(database.execute(f"SELECT * FROM {table}").fetchall()).encode()  # noqa: S608 - ours


@pytest.mark.parametrize("more", [(), ("--no-redact",)])
def test_no_secret_is_kept(remember: Remember, tmp_path: Path, more: tuple[str, ...]) -> None:
    for clock, ok in (("09:00", 1000), ("09:30", 2000)):
        found = remember(scrape(ok, ok // 2, started=OLD, provider=SECRET), clock, *more)
    assert found.verdict.status == "fail"
    assert not [kept for kept in texts(tmp_path / "history.db") if SECRET.encode() in kept]


def test_a_run_that_was_overtaken_by_another_has_nothing_to_subtract(remember: Remember) -> None:
    remember(scrape(1010, started=OLD), "09:00")
    found = remember(scrape(1000, started=OLD), "09:00")
    assert found.sections.history
    assert (found.verdict.status, found.sections.history.state) == ("unknown", "first run")
    later = remember(scrape(1400, started=OLD), "09:30")
    assert later.sections.outcomes
    assert (later.verdict.status, later.sections.outcomes.total().outcomes.success) == ("pass", 400)


@pytest.mark.parametrize(("ahead", "words"), [(1440, "set ahead by 1 d"), (-120, "set back by 2 h")])
def test_a_clock_that_is_set_between_two_runs_is_said(ahead: int, words: str, tmp_path: Path) -> None:
    scraped = tmp_path / "metrics.prom"
    source = ("--gateway", gateway(tmp_path, None), "--metrics-file", str(scraped), "--no-db", "--no-config")
    chosen = settings(typed(*source, "--history", str(tmp_path / "history.db")), {})
    found = []
    for minute, set_by in ((0, 0), (5, 0), (10, ahead), (15, ahead)):
        machine = Booted(at("09:00"), minute, set_by)
        scraped.write_text(scrape(1000 + 100 * minute, started=OLD))
        os.utime(scraped, (machine.now_ms() / 1000,) * 2)
        found.append(run(chosen, "1.0.0", machine))
        append(found[-1], chosen, machine.now_ms(), machine.clock())
    first, second, changed, last = found
    assert [one.verdict.status for one in found] == ["unknown", "pass", "unknown", "pass"]
    assert changed.sections.history
    assert (changed.exit.code, changed.sections.history.state, changed.sections.history.since) == (
        3,
        "clock changed",
        None,
    )
    assert words in changed.verdict.headline
    assert words in markdown(changed)
    assert last.sections.outcomes
    assert (last.sections.outcomes.total().outcomes.success, last.sections.outcomes.since) == (500, changed.at)
    assert (first.window.basis, second.window.basis) == ("lifetime", "window")


class Booted(Machine):
    """A machine that started a day before its clock was right, so many minutes ago; the clock was set since."""

    def __init__(self, now: str, minute: int, set_by: int) -> None:
        super().__init__(now)
        self.ms += (minute + set_by) * 60_000
        self.booted_ms = timestamp.parse(now) - 86_400_000 + set_by * 60_000

    def clock(self) -> Clock:
        return Clock(now_ms=self.ms, boot=7, booted_ms=self.booted_ms)


def test_a_process_that_began_while_the_earlier_run_was_reading_counts_once(remember: Remember) -> None:
    began = "2026-03-02T09:00:01Z"
    remember(scrape(10, started=began), "09:00")
    found = remember(scrape(500, 2, started=began), "09:30")
    assert found.sections.outcomes
    total = found.sections.outcomes.total().outcomes
    assert (total.success, total.server_error) == (500, 2)
    assert found.sections.traffic
    assert found.sections.traffic.total.requests == 502
