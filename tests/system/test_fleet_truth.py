"""`make fleet`: its traffic is what it says, its samples arrive as they are, and a figure that is off is a miss."""

import json
import struct
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.builders import engines
from tools.fleet import __main__ as program
from tools.fleet import engines as servers
from tools.fleet import table
from tools.fleet.line import ERRORS, EXACT, REQUESTS, Line, Wanted
from tools.fleet.remote_write import STALE, Series, bodies
from tools.fleet.samples import Job, Scraped
from tools.fleet.traffic import BEGIN, DYING, END, FAILING, MINUTE, RESTARTING, Replica, between, counted, of

AT = 1_767_225_600_000


@pytest.mark.parametrize(
    ("found", "truth", "wanted", "met"),
    [
        (100, 100, EXACT, True),
        (100, 101, EXACT, False),
        (1010, 1000, REQUESTS, True),
        (1011, 1000, REQUESTS, False),
        (None, 1000, REQUESTS, False),
        (None, 0, REQUESTS, False),
        (7, 5, ERRORS, True),
        (8, 5, ERRORS, False),
        (2, 0, ERRORS, True),
        ("up", "down", EXACT, False),
        (45, 0, Wanted(0.01, 45), True),
    ],
)
def test_what_a_figure_may_differ_by(found: object, truth: object, wanted: Wanted, *, met: bool) -> None:
    assert Line("source", "figure", "", found, truth, wanted).met is met


@pytest.mark.parametrize("found", [100, 90])
def test_a_figure_that_falls_short_is_exit_1_and_listed_again(
    found: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = Line("Prometheus", "requests", "1 h", found, 100, REQUESTS)
    monkeypatch.setenv("FLEET_ROWS", "1")
    monkeypatch.setattr(program, "lines", lambda *_: [line])
    monkeypatch.setattr(servers, "missing", lambda *_: [])
    monkeypatch.setattr(program, "PLACES", [Path("/usr")])
    assert program.main() == (found != 100)
    said = capsys.readouterr().out
    assert said.count(table.row(line)) == (1 if found == 100 else 2)
    assert f"{int(found == 100)} of 1 figures" in said


def test_a_server_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(servers, "VICTORIA", Path("/nowhere/victoria-metrics"))
    assert program.main() == 2
    assert "victoria-metrics" in capsys.readouterr().err


def test_the_page_has_the_largest_error_of_each_kind() -> None:
    its = [Line("one", "requests", str(n), n, 100, REQUESTS) for n in (99, 101, 97)]
    rows = list(table.summary([*its, Line("two", "verdict", "", "fail", "fail")]))
    assert rows[2:] == ["| requests | 1% | -3.0% of 3 | – |", "| verdict | exact | – | 1 of 1 |"]


def test_a_replica_takes_what_it_is_said_to_take() -> None:
    requests, hour = of(FAILING), 60 * MINUTE
    assert requests == of(FAILING)
    mine = counted(between(requests, END - hour, END))
    assert mine.requests == pytest.approx(3 * hour, rel=0.05)
    assert mine.failed / mine.requests == pytest.approx(0.154, abs=0.01)
    assert DYING.dies
    assert not between(of(DYING), DYING.dies, END)


def test_a_process_shows_what_it_counted_and_begins_at_0_after_a_restart() -> None:
    requests, began = of(RESTARTING), RESTARTING.restarts
    assert began
    scraped = Scraped(RESTARTING, requests, BEGIN)
    for at, since in ((began - 1, BEGIN), (END, began)):
        process = scraped.at(at)
        assert process
        shown = Counter[str]()
        for name, _, value in process.samples():
            shown[name] += round(value)
        true = counted(between(requests, since, at))
        assert shown["litellm_proxy_total_requests_metric_total"] == true.requests
        assert shown["litellm_proxy_failed_requests_metric_total"] == true.failed + true.client_errors
        assert shown["litellm_input_tokens_metric_total"] == true.input_tokens
    assert scraped.replica.serves(began + 7)
    assert not scraped.replica.serves(began + 6)


def values(series: Series) -> list[float]:
    return [value for (value,) in struct.iter_unpack("<d", series.values)]


def test_a_series_ends_with_the_scrape_that_no_longer_has_it() -> None:
    dying = Replica(name="a", dies=BEGIN + 40)
    job = Job("gw", 15, BEGIN, BEGIN + 60)
    job.add("a", Scraped(dying, of(dying), BEGIN))
    assert [round(one) for one in values(job.series["up", 'job="gw",instance="a"'])].count(0) in {1, 2}
    for (name, _), series in job.series.items():
        *before, last = values(series)
        assert (last != last) == (name != "up")  # noqa: PLR0124 - NaN alone is not itself
        assert all(value == value for value in before)  # noqa: PLR0124


def test_samples_arrive_and_a_marker_ends_a_series(tmp_path: Path) -> None:
    engines.require(servers.PROMETHEUS)
    series = Series()
    for number, value in enumerate((1.0, 2.5, STALE)):
        series.add(AT + 15_000 * number, value)
    with servers.prometheus(tmp_path) as url:
        servers.write(url, bodies({("x_total", 'job="gw",code="200"'): series}, AT, AT + 60_000))
        shown = []
        for second in (5, 20, 35):
            asked = urlencode({"query": "x_total", "time": AT / 1000 + second})
            with urlopen(f"{url}/api/v1/query?{asked}", timeout=10) as answer:  # noqa: S310 - loopback
                shown.append(json.load(answer)["data"]["result"])
    assert [[one["value"][1] for one in its] for its in shown] == [["1"], ["2.5"], []]
    assert shown[0][0]["metric"] == {"__name__": "x_total", "job": "gw", "code": "200"}
