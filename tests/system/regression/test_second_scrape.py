"""`--interval`: an endpoint that is scraped twice, by one worker or by two."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.errors import UsageError
from llmgw_report.model.report import Report
from llmgw_report.pipeline.document import run
from tests.builders.endpoint import running
from tests.builders.gateway import Machine, gateway, measured, report, said, scrape
from tests.builders.settings import typed

AT = "2026-03-02T12:00:00Z"
IN_BETWEEN = "2026-03-02T12:00:05Z"


@contextmanager
def serving(*pages: str) -> Iterator[str]:
    """An endpoint that answers with one page after the other, again with the last, and with 503 after a single one."""
    left = [*pages] if len(pages) > 1 else [*pages, ""]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(200 if page else 503)
            self.end_headers()
            self.wfile.write((page or "busy").encode())

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with running(HTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield f"{url}/metrics"


def twice(folder: Path, *pages: str, interval: str = "10") -> Report:
    with serving(*pages) as url:
        source = ("--gateway", gateway(folder), "--url", url, "--no-db", "--no-config")
        return report(*source, "--interval", interval, machine=Machine(AT))


@pytest.mark.parametrize(
    ("second", "consistent", "reset"),
    [
        (scrape(150, 2), "pass", "pass"),
        (scrape(100), "pass", "pass"),
        # A worker of the same age, an older one, and one that does not say its age.
        (scrape(300).replace("} 18000", "} 5"), "warn", "warn"),
        (scrape(500, started="2026-03-02T05:59:58Z"), "warn", "warn"),
        (scrape(40, started=None), "warn", "warn"),
        # A restart between both scrapes is no inconsistency.
        (scrape(3, started=IN_BETWEEN), "pass", "warn"),
    ],
)
def test_what_a_second_scrape_finds(second: str, consistent: str, reset: str, tmp_path: Path) -> None:
    found = twice(tmp_path, scrape(100), second)
    assert said(found, "scrape-consistent")[0].status == consistent
    assert said(found, "counters-reset")[0].status == reset
    assert bool(found.sections.live) == (reset == "pass")


def test_rates_are_what_came_in_between_over_the_time_in_between(tmp_path: Path) -> None:
    found = twice(tmp_path, scrape(100), scrape(150, 10))
    assert [one.group for one in found.sections.live] == ["a", "all"]
    for one in found.sections.live:
        assert one.seconds == 10
        assert (one.requests_per_second, one.errors_per_second) == (6, 1)
        assert (one.input_tokens_per_second, one.output_tokens_per_second) == (360, 240)


def test_the_report_is_of_the_first_scrape(tmp_path: Path) -> None:
    found = twice(tmp_path, scrape(100), scrape(150))
    assert found.sections.traffic
    assert found.sections.traffic.total.requests == 100


def test_totals_that_are_evaluated_are_those_of_the_last_scrape(tmp_path: Path) -> None:
    young = "2026-03-02T11:40:00Z"
    found = twice(tmp_path, scrape(100, started=young), scrape(150, 30, started=young))
    assert found.sections.traffic
    assert found.sections.outcomes
    assert found.sections.traffic.total.outcomes == found.sections.outcomes.total().outcomes
    assert found.sections.traffic.total.requests == 180


def test_a_second_scrape_that_fails_is_said(tmp_path: Path) -> None:
    (one,) = said(twice(tmp_path, scrape(100)), "scrape-consistent")
    assert one.status == "unknown"
    assert "503" in (one.reason or "")


def test_without_a_first_scrape_there_is_no_second(tmp_path: Path) -> None:
    assert said(twice(tmp_path), "scrape-consistent")[0].status == "skip"


def test_counters_at_0_prove_nothing(tmp_path: Path) -> None:
    (one,) = said(twice(tmp_path, scrape(0), scrape(10)), "scrape-consistent")
    assert one.status == "unknown"


@pytest.mark.parametrize("source", [("--metrics-file", "metrics.prom"), ("--no-metrics",)])
def test_what_cannot_be_scraped_twice_is_wrong_usage(source: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--interval"):
        report(*source, "--interval", "5", "--no-config", machine=Machine(AT))


def test_a_second_worker_is_found_although_the_first_answers_last(tmp_path: Path) -> None:
    other = scrape(500, started="2026-03-02T05:59:58Z")
    found = twice(tmp_path, scrape(100), other, scrape(100))
    assert said(found, "scrape-consistent")[0].status == "warn"
    assert not found.sections.live


def test_workers_without_a_start_time_that_answer_in_turns_are_several(tmp_path: Path) -> None:
    one, other = scrape(100, started=None), scrape(500, started=None)
    found = twice(tmp_path, one, other, one, other, one)
    (course,) = found.sections.continuity
    assert course.state == "another process"
    assert "readings another process answered" in course.reason
    assert found.verdict.status == "unknown"


def test_a_process_whose_clock_is_ahead_did_not_start_again(tmp_path: Path) -> None:
    ahead = "2026-03-02T23:00:00Z"
    found = twice(tmp_path, scrape(100, started=ahead), scrape(150, started=ahead))
    (course,) = found.sections.continuity
    assert course.state == "continued"


@pytest.mark.parametrize(("seconds", "status"), [("10", "warn"), ("80", "fail")])
def test_a_state_is_confirmed_once_it_had_time_to_end(seconds: str, status: str) -> None:
    """The gateway marks an instance down for 70 s after a single failure."""
    labels = 'provider="a",instance="a-1"'
    counted = f'llm_gateway_info{{version="0.3.0"}} 1\nllm_gateway_instance_requests_total{{{labels},status='
    page = f'{counted}"success"}} 1000\nllm_gateway_instance_health_status{{{labels}}} 0\n'
    with serving(page, page) as url:
        found = report("--url", url, "--no-db", "--no-config", "--interval", seconds, machine=Machine(AT))
    assert [one.status for one in said(found, "instance-health")] == [status]


def both(folder: Path, *pages: str) -> Report:
    """Two scrapes ten seconds apart, an hour after an earlier report of a process that is six hours old by then."""
    measured(folder, scrape(1000, 2), "2026-03-02T11:00:00Z", name="earlier.json")
    with serving(*pages) as url:
        source = ("--gateway", gateway(folder), "--url", url, "--no-db", "--no-config")
        words = typed(*source, "--interval", "10", "--baseline", str(folder / "earlier.json"))
        return run(settings(words, {}), "1.0.0", Machine(AT))


def test_the_seconds_of_the_interval_are_the_end_of_the_hour_since_the_earlier_report(tmp_path: Path) -> None:
    """A quiet gateway has no request in ten seconds, and two hundred in the hour."""
    found = both(tmp_path, scrape(1200, 3), scrape(1202, 3))
    assert found.sections.outcomes is not None
    assert found.sections.outcomes.since == "2026-03-02T11:00:00Z"
    assert found.sections.outcomes.total().outcomes.success == 202
    assert found.sections.outcomes.total().outcomes.server_error == 1
    assert found.verdict.status == both(tmp_path, scrape(1200, 3), scrape(1200, 3)).verdict.status == "pass"


def test_a_gateway_that_only_fails_in_the_interval_is_dead_however_good_the_hour_was(tmp_path: Path) -> None:
    assert both(tmp_path, scrape(9000, 3), scrape(9000, 7)).verdict.status == "pass"
    found = both(tmp_path, scrape(9000, 3), scrape(9000, 8))
    assert found.verdict.status == "fail"
    dead = next(one for one in said(found, "serving") if one.status == "fail")
    assert dead.n == 5


@pytest.mark.parametrize(("failed", "status"), [(4, "pass"), (5, "fail")])
def test_a_young_process_that_only_fails_in_the_interval_is_dead_too(failed: int, status: str, tmp_path: Path) -> None:
    """Its totals count, so that 5 of 9,005 are no ratio to speak of; and they are the newest."""
    started = "2026-03-02T11:50:00Z"
    found = twice(tmp_path, scrape(9000, started=started), scrape(9000, failed, started=started))
    assert found.verdict.status == status
    assert found.sections.outcomes is not None
    assert found.sections.outcomes.total().outcomes.server_error == failed


@pytest.mark.parametrize(
    ("answered", "lost", "status"),
    [(0, 8, "fail"), (30, 90, "fail"), (100, 1, "pass"), (100, 0, "pass")],
)
def test_requests_that_reached_no_instance_in_the_interval_failed(answered: int, lost: int, status: str) -> None:
    """Since when such a gateway counts is unknown, so that its totals allow for a hundred in flight."""

    def page(good: int, asked: int) -> str:
        names = 'provider="a",model="m"'
        return (
            'llm_gateway_info{version="0.3.0"} 1\n'
            'llm_gateway_instance_health_status{provider="a",instance="a-1"} 1\n'
            f'llm_requests_total{{api_key="k",{names}}} {asked}\n'
            f'llm_gateway_instance_requests_total{{provider="a",instance="a-1",status="success"}} {good}\n'
            f'llm_request_duration_seconds_sum{{api_key="k",{names}}} {good}\n'
            f'llm_request_duration_seconds_count{{api_key="k",{names}}} {good}\n'
        )

    with serving(page(1000, 1000), page(1000 + answered, 1000 + answered + lost)) as url:
        found = report("--url", url, "--no-db", "--no-config", "--interval", "600", machine=Machine(AT))
    assert found.verdict.status == status
