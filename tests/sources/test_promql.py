"""A Prometheus-compatible server that answers well, badly, and in the words of other products."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from llmgw_report.config.matchers import Matcher, matchers
from llmgw_report.config.settings import ServerTarget
from llmgw_report.errors import SourceError, UsageError
from llmgw_report.model.scrape import Scrape, Wanted, Wish
from llmgw_report.model.target import SEVERAL
from llmgw_report.sources import promql
from llmgw_report.sources.promql import counting
from llmgw_report.sources.promql.counting import SETTLED_SECONDS, Grid
from llmgw_report.sources.promql.questions import ASKED
from tests.builders.endpoint import running

UNTIL = 1_767_232_800
SINCE = UNTIL - 60
GRID = [SINCE + 15 * i for i in range(5)]
Form = Mapping[str, str]
Answer = tuple[int, object]
COUNTED = Wanted(labels=("code",), low=0, high=2**63, adds_up=True)
WISH = Wish(
    interest={"x_total": COUNTED, "process_start_time_seconds": Wanted(labels=())},
    names=frozenset(),
    starts=frozenset({"process_start_time_seconds"}),
    wide=frozenset(),
    requests=frozenset(),
    until_ms=UNTIL * 1000,
    now_ms=(UNTIL + 3600) * 1000,
    seconds=60,
    bucket_seconds=60,
    buckets=0,
)
ME = {"job": "gw", "instance": "a:1"}


def matrix(*rows: tuple[Mapping[str, str], list[float]]) -> Answer:
    result = [
        {"metric": metric, "values": [[time, str(value)] for time, value in zip(GRID, values, strict=False)]}
        for metric, values in rows
    ]
    return 200, {"status": "success", "data": {"resultType": "matrix", "result": result}}


def vector(*rows: tuple[Mapping[str, str], float | str], time: float = UNTIL) -> Answer:
    result = [{"metric": metric, "value": [time, str(value)]} for metric, value in rows]
    return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


def honest(
    counters: list[float], start: list[float] | None = None, up: list[float] | None = None
) -> Callable[..., Answer]:
    """A server with one target, which answers every question of a reading."""

    def answer(path: str, form: Form) -> Answer:
        query = form["query"]
        if path.endswith("query_range"):
            if "(up{" in query:
                return matrix(({**ME, ASKED: "count"}, [1.0] * 5), ({**ME, ASKED: "sum"}, up or [1.0] * 5))
            if "process_start" in query:
                return matrix((ME, start)) if start else matrix()
            return matrix(({**ME, "code": "200", ASKED: "x_total"}, counters))
        if "avg_over_time" in query:
            return vector((ME, 1.0))
        if "last_over_time" in query:
            names = ["x_total", *(["process_start_time_seconds"] if start else [])]
            return vector(*(({**ME, "__name__": name}, 1.0) for name in names))
        return vector(({**ME, "__name__": "process_start_time_seconds"}, start[-1])) if start else vector()

    return answer


@contextmanager
def server(answer: Callable[[str, Form], Answer]) -> Iterator[tuple[str, list[tuple[str, Form]]]]:
    """The address of a server, and what it was asked."""
    asked: list[tuple[str, Form]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            asked.append((self.path, form | {"auth": self.headers.get("X-Scope-OrgID", "")}))
            status, said = answer(self.path.partition("?")[0], form)
            content = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the log of a test is its failures."""

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url, asked


def read(answer: Callable[[str, Form], Answer], base: str = "") -> Scrape:
    with server(answer) as (url, _):
        (found,) = promql.window(target(url + base), WISH).scrapes
        return found


def target(url: str, **more: object) -> ServerTarget:
    return ServerTarget(url=url, match=(Matcher("job", "=", "gw"),), label="instance", **more)  # type: ignore[arg-type]


def refused(answer: Callable[[str, Form], Answer]) -> str:
    with pytest.raises(SourceError) as caught:
        read(answer)
    assert caught.value.hint
    return f"{caught.value.message} | {caught.value.hint}"


def counted(found: Scrape) -> float:
    return sum(cell.sum for cell in found.samples.get("x_total", {}).values())


@pytest.mark.parametrize(
    ("values", "start", "n"),
    [
        ([10, 20, 30, 40, 50], [1.0] * 5, 40),
        ([10, 20, 5, 15, 25], [1.0, 1.0, SINCE + 25, SINCE + 25, SINCE + 25], 35),
        ([10, 20, 25, 35, 45], [1.0, 1.0, SINCE + 25, SINCE + 25, SINCE + 25], 55),  # past its old value already
        ([10, 20, float("nan"), 3, 8], [1.0, 1.0, SINCE + 25, SINCE + 25, SINCE + 25], 18),  # no event at first
        ([10, 20, 20, 3, 8], [1.0, 1.0, SINCE + 25, SINCE + 25, SINCE + 25], 18),  # what it shows has ended
        ([10, 20, 20, 20, 20], [1.0, 1.0, SINCE + 25, SINCE + 25, SINCE + 25], 10),
        ([10, 20, 5, 15, 25], None, 35),
    ],
)
def test_value_less_value_with_resets_by_the_start_of_the_process(
    values: list[float], start: list[float] | None, n: float
) -> None:
    found = read(honest(values, start))
    assert found.watched
    assert (counted(found), found.watched.problem) == (n, None)
    assert found.watched.restarts == (values[2] != 30)


@pytest.mark.parametrize(
    ("values", "start"),
    [
        ([10, 20, 30, 40, 50], [5.0, 9.0, 5.0, 9.0, 5.0]),  # workers that take turns
        ([10, 20, 30, 40, 50], [9.0, 9.0, SINCE - 9000.0, SINCE - 9000.0, SINCE - 9000.0]),  # it ran beside the other
        ([10, 20, 5, 40, 50], [1.0] * 5),  # a fall, and nothing began
        ([100, 7, 110, 9, 120], None),
    ],
)
def test_several_processes_at_one_address_make_no_figures(values: list[float], start: list[float] | None) -> None:
    found = read(honest(values, start))
    assert found.watched
    assert found.watched.problem == SEVERAL


def test_a_start_time_that_a_server_rounds_is_no_restart() -> None:
    found = read(honest([10, 20, 30, 40, 50], [1.6523843, 1.6523845, 1.6523843, 1.6523843, 1.6523845]))
    assert found.watched
    assert (found.watched.restarts, found.watched.problem) == (0, None)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.integers(0, 100), st.data())
def test_increments_add_up_to_what_was_counted(steps: list[int], before: int, data: st.DataObject) -> None:
    """Whatever samples are missing, but for the first and the last of each life of the process."""
    restart = data.draw(st.integers(1, len(steps)))
    total, points = before, {0: float(before)}
    for place, n in enumerate(steps, 1):
        total = n if place == restart else total + n
        points[place] = float(total)
    for place in data.draw(st.sets(st.integers(1, len(steps) - 1))) - {restart - 1, restart}:
        del points[place]
    found = counting.increments(points, len(steps), [restart], 0.0)
    assert sum(found) == sum(steps)


@pytest.mark.parametrize(
    ("points", "left"),
    [
        ({0: 7, 1: 9, 2: 9, 3: 9, 5: 2}, {0: 7, 1: 9, 5: 2}),  # not there in between, then counted again
        ({0: 7, 1: 9, 2: 9, 3: 9, 4: 9, 5: 9}, {0: 7, 1: 9, 2: 9, 3: 9, 4: 9, 5: 9}),  # too long to be of the old one
        ({0: 7, 1: 9, 2: 9, 3: 10}, {0: 7, 1: 9, 3: 10}),  # nothing is lost: it counts from 0
        ({2: 9, 3: 9}, {2: 9, 3: 9}),
    ],
)
def test_a_sample_that_is_shown_for_longer_is_no_count_of_the_next_process(
    points: dict[int, float], left: dict[int, float]
) -> None:
    assert counting.without_echoes(points, [2], 2) == left


def test_a_group_is_born_at_0_if_its_process_was_there() -> None:
    assert counting.increments({2: 3.0, 3: 4.0}, 3, (), 0.0) == [0.0, 3.0, 1.0]
    assert counting.increments({2: 3.0, 3: 4.0}, 3, (), None) == [0.0, 0.0, 1.0]


OLD, NO = 1.0, float("nan")
NEAR = {ASKED: "near"}


def with_a_past(
    groups: dict[str, list[float]],
    past: dict[str, float],
    up: list[float],
    near: float,
    *,
    lives: tuple[float, float] = (OLD, OLD),
) -> Callable[..., Answer]:
    """A server whose one process has these groups in the window, and had these last values before it.

    `lives` are when the process before the window and the one in it began.
    """
    before, start = lives
    there = [start if any(its[place] == its[place] for its in groups.values()) else NO for place in range(5)]

    def answer(path: str, form: Form) -> Answer:
        if path.endswith("query_range") and "x_total{" in form["query"]:
            return matrix(*(({**ME, "code": code, ASKED: "x_total"}, its) for code, its in groups.items()))
        if path.endswith("query") and form["time"].startswith(str(SINCE)):
            last = [({**ME, "code": code, ASKED: "x_total"}, value) for code, value in past.items()]
            own = [({**ME, ASKED: "process_start_time_seconds"}, before)] if past else []
            return vector(({**ME, **NEAR}, near), *own, *last, time=SINCE)
        return honest([], there, up)(path, form)

    return answer


@pytest.mark.parametrize(
    ("groups", "past", "up", "near", "n"),
    [
        # scrapes failed as the window began: what is born later was born in it
        ({"200": [NO, 20, 30, 40, 50], "500": [NO, NO, NO, 300, 300]}, {"200": 10}, [0, 1, 1, 1, 1], 1, 340),
        ({"200": [NO, 20, 30, 40, 50], "500": [NO, NO, NO, 300, 300]}, {}, [0, 1, 1, 1, 1], 0, 330),
        # a series that an exporter drops while it is idle comes back with what it counted before
        ({"200": [10, 20, 30, 40, 50], "500": [NO, NO, 9000, 9003, 9003]}, {"500": 9000}, [1] * 5, 1, 43),
        # all of a process that was there is left out as the window begins
        ({"200": [NO, NO, 7000, 7010, 7020]}, {"200": 6980}, [1] * 5, 1, 40),
        # nobody knows what was counted while nobody looked
        ({"200": [NO, NO, 7000, 7010, 7020]}, {"200": 5000}, [0, 0, 1, 1, 1], 0, 20),
        ({"200": [NO, NO, 7000, 7010, 7020]}, {}, [NO, NO, 1, 1, 1], 0, 20),
        # labels change, and the counters go on
        ({"200": [7000, 7010, NO, NO, NO], "201": [NO, NO, 7020, 7030, 7040]}, {}, [1] * 5, 1, 40),
        # a series that ends is no fall of the others
        ({"200": [10, 20, 30, 40, 50], "500": [900, 900, NO, NO, NO]}, {}, [1] * 5, 1, 40),
    ],
)
def test_a_series_that_appears_counts_what_is_new(
    groups: dict[str, list[float]], past: dict[str, float], up: list[float], near: float, n: float
) -> None:
    found = read(with_a_past(groups, past, up, near))
    assert found.watched
    assert (counted(found), found.watched.problem) == (n, None)


def test_a_process_that_began_in_the_window_counts_from_0() -> None:
    past, up = {"200": 9000.0}, [0.0, 0.0, 1.0, 1.0, 1.0]
    found = read(with_a_past({"200": [NO, NO, 7, 17, 27]}, past, up, 0, lives=(OLD, SINCE + 20)))
    assert found.watched
    assert (counted(found), found.watched.problem, found.watched.since_ms) == (27, None, None)


@pytest.mark.parametrize(("own", "n"), [({}, 340), ({"500": 250}, 90)])
def test_what_the_process_before_it_counted_is_not_taken_off(own: dict[str, float], n: float) -> None:
    start = SINCE - 600.0

    def answer(path: str, form: Form) -> Answer:
        if '(x_total{job="gw",job="gw",instance="a:1"}[600000ms])' in form["query"]:
            return vector(*(({**ME, "code": code, ASKED: "x_total/0"}, was) for code, was in own.items()), time=SINCE)
        groups = {"200": [10.0, 20, 30, 40, 50], "500": [NO, NO, NO, 300, 300]}
        return with_a_past(groups, {"500": 300}, [1.0] * 5, 1, lives=(start, start))(path, form)

    found = read(answer)
    assert found.watched
    assert (counted(found), found.watched.problem) == (n, None)


def test_a_process_that_was_not_seen_as_the_window_began_says_since_when() -> None:
    found = read(with_a_past({"200": [NO, NO, 7000, 7010, 7020]}, {"200": 5000}, [0, 0, 1, 1, 1], 0))
    assert found.watched
    assert found.watched.since_ms == 1000 * GRID[2]


@pytest.mark.parametrize(
    ("values", "several"),
    [
        ([5000, 5010, 5020, 900, 905, 910, 915], True),  # switched once, to one that has counted for long
        ([5000, 5010, 5020, 12, 22, 32, 42], False),
        ([5000, 5010, 5020, 60, 70, 80, 90], False),  # busier than before
        ([900, 905, 5000, 5010, 5020, 910, 915, 920, 925, 930], True),
        ([5000, 5000, 5000, 90, 90], False),
        ([5000, 5010, None, None, None, None, None, None, None, 450, 500, 550, 600], False),  # not seen for longer
    ],
)
def test_requests_that_go_on_from_a_high_number_are_of_another_process(
    values: list[float | None], *, several: bool
) -> None:
    groups = [{place: float(value) for place, value in enumerate(values) if value is not None}]
    assert counting.leaps(groups, counting.falls(groups)) == several


@pytest.mark.parametrize("seconds", [1, 60, 3600, 86_400, 30 * 86_400])
def test_the_grid_covers_the_window_at_settled_times_every_server_keeps(seconds: float) -> None:
    grid = Grid.of((UNTIL + 7) * 1000, (UNTIL + 7) * 1000, seconds)
    assert grid.until <= UNTIL + 7 - SETTLED_SECONDS
    assert grid.until - grid.since >= seconds
    assert grid.until % 15 == grid.since % 15 == 0
    assert grid.steps <= 240
    assert grid.step >= 15


def test_what_is_asked_of_every_server() -> None:
    with server(honest([1, 2, 3, 4, 5])) as (url, asked):
        promql.window(target(f"{url}/select/0/prometheus/?extra_label=a%3Db", headers=(("X-Scope-OrgID", "t"),)), WISH)
    for path, form in asked:
        assert path.startswith("/select/0/prometheus/api/v1/query")
        assert path.endswith("?extra_label=a%3Db")
        assert (form["partial_response"], form["dedup"], form["nocache"], form["auth"]) == ("false", "true", "1", "t")
        assert 'job="gw"' in form["query"]
    assert len(asked) < 10


def _refusal(status: int, kind: str, words: str) -> Answer:
    return status, {"status": "error", "errorType": kind, "error": words}


#: Of documented form, not taken from a running server: nobody here has a Thanos, a Mimir or a VictoriaMetrics cluster.
RECORDED: dict[str, Answer] = {
    "prometheus points": _refusal(400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries."),
    "prometheus samples": _refusal(422, "execution", "query processing would load too many samples into memory"),
    "prometheus slow": _refusal(503, "timeout", "query timed out in expression evaluation"),
    "thanos store": _refusal(422, "execution", "expanding series: proxy Series(): rpc error: code = Unavailable"),
    "mimir tenant": (401, b"no org id\n"),
    "mimir limit": _refusal(422, "execution", "the query exceeded the maximum (err-mimir-max-chunks-per-query)"),
    "mimir rate": (429, b"too many outstanding requests"),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_refusal_is_told_in_the_words_of_the_server(name: str) -> None:
    status, said = RECORDED[name]
    words = refused(lambda *_: (status, said))
    assert f"HTTP {status}" in words
    if isinstance(said, dict):
        assert said["error"][:40] in words


EMPTY: list[object] = []
BAD: dict[str, tuple[Answer, str]] = {
    "partial": (
        (200, {"status": "success", "isPartial": True, "data": {"resultType": "matrix", "result": EMPTY}}),
        "partial",
    ),
    "page": ((200, b"<html>log in</html>"), "not that of a Prometheus-compatible server"),
    "other JSON": ((200, {"hello": 1}), "not that of a Prometheus-compatible server"),
    "wrong kind": (vector(), "not of the kind"),
    "wrong types": (
        (200, {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"a": 1}}]}}),
        "not that of a Prometheus-compatible server",
    ),
    "twice": (matrix((ME, [1.0]), (ME, [1.0])), "same series twice"),
    "copies": (matrix(({**ME, ASKED: "count"}, [2.0] * 5)), "stored more than once"),
    "other times": (
        (
            200,
            {
                "status": "success",
                "data": {"resultType": "matrix", "result": [{"metric": ME, "values": [[SINCE + 7, "1"]]}]},
            },
        ),
        "times or values that were not asked for",
    ),
    "no number": (matrix((ME, ["x"])), "times or values that were not asked for"),  # type: ignore[list-item]
    "another language's number": (matrix((ME, ["1_0"])), "not asked for"),  # type: ignore[list-item]
    "native histograms": (
        (200, {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": ME, "histograms": EMPTY}]}}),
        "series that have no values",
    ),
    "an average": (matrix(({**ME, ASKED: "sum"}, [0.5] * 5)), "neither 0 nor 1"),
    "redirect": ((302, b""), "redirects to another address"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_answer_that_makes_no_figures_is_none(name: str) -> None:
    answer, words = BAD[name]
    assert words in refused(lambda *_: answer)


BAD_INSTANTS: dict[str, tuple[Answer, str]] = {
    "no value": (
        (200, {"status": "success", "data": {"resultType": "vector", "result": [{"metric": ME}]}}),
        "series that have no values",
    ),
    "another time": (vector((ME, 1.0), time=UNTIL - 7200), "times or values that were not asked for"),
    "no number": (vector((ME, "1_0")), "a value that is no number"),
}


@pytest.mark.parametrize("name", BAD_INSTANTS)
def test_an_instant_that_makes_no_figures_is_none(name: str) -> None:
    answer, words = BAD_INSTANTS[name]
    assert words in refused(lambda path, _: matrix() if path.endswith("query_range") else answer)


def without(part: str, answer: Callable[..., Answer]) -> Callable[..., Answer]:
    """The same server, that answers nothing to questions with these words."""
    nothing = {"query_range": matrix(), "query": vector()}
    return lambda path, form: nothing[path.rpartition("/")[2]] if part in form["query"] else answer(path, form)


@pytest.mark.parametrize(
    ("answer", "up", "problem"),
    [
        (honest([10, 20, 30]), "up", "no metric of the gateway for some time"),
        (without("up{", honest([10, 20, 30])), "gone", None),
        (honest([10, 20, 30], [1.0] * 5), "up", "it answers, and has had no metric"),
        (without("sum by (job,instance,code) (x_total", honest([], [1.0] * 5)), "up", "lack what it says is stored"),
    ],
)
def test_a_process_without_metrics_as_the_window_ends_is_said(
    answer: Callable[..., Answer], up: str, problem: str | None
) -> None:
    found = read(answer).watched
    assert found
    assert found.up == up
    assert problem in (found.problem or "") if problem else found.problem is None


def test_a_process_that_answers_without_any_of_the_metrics_is_not_idle() -> None:
    def answer(path: str, form: Form) -> Answer:
        if path.endswith("query_range") and "(up{" in form["query"]:
            other = {**ME, "instance": "b:1"}
            return matrix(*(({**one, ASKED: kind}, [1.0] * 5) for one in (ME, other) for kind in ("count", "sum")))
        return honest([10, 20, 30, 40, 50], [1.0] * 5)(path, form)

    with server(answer) as (url, _):
        one, other = promql.window(target(url), WISH).scrapes
    assert one.watched
    assert other.watched
    assert one.watched.problem is None
    assert other.watched.problem == "it answers, and has none of the gateway's metrics"


@pytest.mark.parametrize(("other", "start", "copies"), [("a:1", 1.25, True), ("b:1", 1.25, True), ("b:1", 1.5, False)])
def test_one_process_under_two_jobs_is_stored_twice(*, other: str, start: float, copies: bool) -> None:
    def answer(path: str, form: Form) -> Answer:
        status, said = honest([10, 20, 30, 40, 50], [1.25] * 5)(path, form)
        second = json.loads(json.dumps(said).replace('"gw"', '"gw2"').replace("a:1", other).replace("1.25", str(start)))
        said["data"]["result"] += second["data"]["result"]  # type: ignore[index]
        return status, said

    with server(answer) as (url, _):
        wish = replace(WISH, requests=frozenset({"x_total"}))
        if copies:
            with pytest.raises(SourceError, match="stored more than once"):
                promql.window(target(url), wish)
        else:
            assert len(promql.window(target(url), wish).scrapes) == 2


def test_too_many_targets_are_refused_before_their_counters_are_read() -> None:
    def answer(path: str, form: Form) -> Answer:
        if "last_over_time" in form["query"]:
            return vector(*(({**ME, "instance": str(n), "__name__": "x_total"}, 1.0) for n in range(5_001)))
        return without("x_total", honest([10, 20, 30, 40, 50]))(path, form)

    with server(answer) as (url, asked), pytest.raises(SourceError, match="more than 5000 targets match"):
        promql.window(target(url), WISH)
    assert not any("sum by (job,instance,code)" in form["query"] for _, form in asked)


def test_a_label_that_nothing_has_tells_no_process_from_another() -> None:
    def answer(path: str, form: Form) -> Answer:
        status, said = without("up{", honest([10, 20, 30, 40, 50]))(path, form)
        return status, json.loads(json.dumps(said).replace('"instance"', '"pod"'))

    found = read(answer).watched
    assert found
    assert found.problem == "no series has the label that distinguishes one process from another"


def aged(seconds: float, n: int) -> Callable[..., Answer]:
    """A server whose newest sample is so old, of so many in half an hour."""

    def answer(path: str, form: Form) -> Answer:
        if "timestamp(" in form["query"]:
            return vector(({ASKED: "newest0"}, UNTIL - seconds), ({ASKED: "many0"}, n))
        return honest([10, 20, 30, 40, 50], [1.0] * 5)(path, form)

    return answer


def test_samples_that_are_old_are_said_and_make_no_figures_of_now() -> None:
    hour = replace(WISH, seconds=3600)
    for seconds, n, note in ((100, 120, ""), (240, 120, "4 min older than the end"), (240, 15, "")):
        with server(without("sum by (job,instance,code)", aged(seconds, n))) as (url, _):
            assert note in "".join(promql.window(target(url), WISH if not note else hour).notes)
    assert "5 min 10 s older than the end" in refused(aged(310, 120))


def test_a_clock_that_is_wrong_is_said_where_the_window_ends_now() -> None:
    now = replace(WISH, now_ms=WISH.until_ms + 60_000)
    with server(honest([10, 20, 30, 40, 50])) as (url, _):
        assert not promql.window(target(url), WISH).notes
        with pytest.raises(SourceError, match="its clock and that of this machine"):
            promql.window(target(url), now)


def test_a_bucket_that_holds_one_sample_is_counted_over_two() -> None:
    wish = replace(WISH, requests=frozenset({"x_total"}), buckets=2)

    def answer(path: str, form: Form) -> Answer:
        return matrix() if "increase" in form["query"] else aged(0, 30)(path, form)

    with server(answer) as (url, asked):
        promql.window(target(url), wish)
    assert any("[120000ms])) * 0.5" in form["query"] for _, form in asked)


OF_LATENCY = replace(
    WISH,
    interest={
        **WISH.interest,
        "took_count": Wanted(labels=(), low=0, high=2**63, adds_up=True),
        "took_bucket": Wanted(labels=("le",), low=0, high=2**63, adds_up=True),
    },
    requests=frozenset({"x_total"}),
    durations=frozenset({"took"}),
    buckets=5,
)


def timed(series: float, buckets: Answer) -> Callable[[str, Form], Answer]:
    """A server with so many series of a histogram, and this answer about its buckets over time."""

    def answer(path: str, form: Form) -> Answer:
        if "increase(took" in form["query"]:
            return buckets
        if "increase" in form["query"]:
            return matrix(({ASKED: "x_total", "code": "200"}, [60.0] * 5))
        if "last_over_time" in form["query"]:
            return vector(*(({**ME, "__name__": name}, n) for name, n in (("x_total", 1.0), ("took_count", series))))
        return honest([10, 20, 30, 40, 50])(path, form)

    return answer


def test_histograms_are_counted_in_each_bucket_of_the_trend() -> None:
    wish = replace(OF_LATENCY, bucket_seconds=15)
    each = {"1": 30.000_000_1, "+Inf": 30.0}  # as a server adds up, which does not count less up to infinity
    counted = [({ASKED: "took_bucket", "le": le}, [n] * 5) for le, n in each.items()]
    with server(timed(1, matrix(*counted, ({ASKED: "took_count"}, [30.0] * 5)))) as (url, _):
        buckets = promql.window(target(url), wish).buckets
    assert len(buckets) == 5
    for bucket in buckets:
        assert {key: cell.sum for key, cell in bucket.samples["took_bucket"].items()} == {("1",): 30, ("+Inf",): 30}
        assert bucket.samples["x_total"]["200",].sum == 60


def test_a_server_that_does_not_answer_about_histograms_over_time_has_answered_the_rest() -> None:
    with server(timed(1, (503, {"status": "error", "errorType": "timeout", "error": "too long"}))) as (url, _):
        found = promql.window(target(url), replace(OF_LATENCY, bucket_seconds=15))
    assert found.buckets[0].samples.keys() == {"x_total"}
    assert any(note.startswith("Latency over time: ") for note in found.notes)


def test_more_histograms_than_can_be_read_over_the_trend_are_not_asked_for() -> None:
    with server(timed(1_000, matrix())) as (url, asked):
        found = promql.window(target(url), replace(OF_LATENCY, bucket_seconds=15, buckets=2_000))
    assert found.buckets[-1].samples.keys() == {"x_total"}
    assert not any("increase(took" in form["query"] for _, form in asked)


def test_a_target_that_is_gone_did_not_answer_since() -> None:
    found = read(honest([10, 20, 30], [1.0] * 3, [1.0, 1.0, 1.0, float("nan"), float("nan")])).watched
    assert found
    assert found.up_ratio == pytest.approx(0.6)


def test_nothing_that_matches_is_said() -> None:
    nothing = {"query_range": matrix(), "query": vector()}
    assert "no target matches" in refused(lambda path, _: nothing[path.rpartition("/")[2]])


@pytest.mark.parametrize(("groups", "kept"), [([10], "all"), ([9_000, 10], "few"), ([9_000, 90_000], "none")])
def test_so_many_groups_lose_the_labels_that_clients_fill(groups: list[int], kept: str) -> None:
    counts = iter(groups)
    asked: list[str] = []

    def answer(path: str, form: Form) -> Answer:
        if "count(count" in form["query"]:
            return vector(({ASKED: "x_total"}, next(counts, 1)))
        if "last_over_time" in form["query"]:
            return vector(({**ME, "__name__": "x_total"}, 6_000))
        asked.append(form["query"])
        return honest([10, 20, 30, 40, 50])(path, form)

    with server(answer) as (url, _):
        if kept == "none":
            with pytest.raises(SourceError, match="more than 50000 groups of x_total"):
                promql.window(target(url), replace(WISH, wide=frozenset({"code"})))
            return
        found = promql.window(target(url), replace(WISH, wide=frozenset({"code"})))
    assert any("sum by (job,instance,code) (x_total" in query for query in asked) == (kept == "all")
    assert (found.groups is not None) == (kept == "few")
    assert counted(found.scrapes[0]) == 40


def test_nan_is_no_sample() -> None:
    assert counted(read(honest([10, float("nan"), 30, 40, float("nan")], [1.0] * 5))) == 30


def test_an_answer_that_is_cut_and_one_that_comes_too_late_are_none() -> None:
    whole = json.dumps(honest([1, 2, 3, 4, 5])("query_range", {"query": "count by (job) (up{})"})[1]).encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode()

        def answer() -> None:
            cut, _ = listener.accept()
            with cut:
                cut.recv(65536)
                cut.sendall(head + whole[:20])
            late, _ = listener.accept()
            with late:
                released.wait()

        released = Event()
        Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(SourceError, match=r"truncated|before the response was complete"):
            promql.window(target(url), WISH)
        with pytest.raises(SourceError, match="no complete response within"):
            promql.window(target(url, timeout_seconds=0.3), WISH)
        released.set()


def test_nobody_answers() -> None:
    with pytest.raises(SourceError, match="connection refused") as caught:
        promql.window(target("http://127.0.0.1:9"), WISH)
    assert "--prometheus" in caught.value.hint


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ('job="litellm"', 'job="litellm"'),
        ('{ job = "a" , pod =~ "b.*" , }', 'job="a",pod=~"b.*"'),
        ("job='it\\'s'", 'job="it\'s"'),
        ("job=`a\\b`", 'job="a\\\\b"'),
        ('job!=""', 'job!=""'),
        ('job="a",env!~"x"', 'job="a",env!~"x"'),
    ],
)
def test_matchers_are_written_again(word: str, found: str) -> None:
    assert ",".join(one.written() for one in matchers(word, "--match")) == found


@pytest.mark.parametrize(
    "word",
    [
        "",
        "litellm",
        'job="a"}) or vector(1) or ({',
        'job="a" job="b"',
        'job="a',
        'job="a"[5m]',
        '__name__="x"',
        'job=~".*"',
        'job!="a"',
        'job=""',
        'up{job="a"}',
        'job="\\q"',
        'a-b="c"',
    ],
)
def test_any_other_text_reaches_no_server(word: str) -> None:
    with pytest.raises(UsageError):
        matchers(word, "--match")


@given(st.text(min_size=1, max_size=20))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    (one,) = matchers(Matcher("job", "=", text).written(), "--match")
    assert one.text == text


def test_groups_that_are_too_many_are_asked_for_over_all_targets() -> None:
    asked: list[str] = []

    def answer(path: str, form: Form) -> Answer:
        query = form["query"]
        asked.append(query)
        if "count(count" in query:
            return vector(({ASKED: "x_total"}, 9_000 if "(job,instance,code)" in query else 10))
        if "last_over_time" in query:
            return vector(({**ME, "__name__": "x_total"}, 6_000))
        if "increase" in query:
            return vector(({"code": "200", ASKED: "x_total"}, 38.5), ({"code": "500", ASKED: "x_total"}, 1.2))
        return honest([10, 20, 30, 40, 50])(path, form)

    with server(answer) as (url, _):
        found = promql.window(target(url), replace(WISH, wide=frozenset({"code"})))
    assert counted(found.scrapes[0]) == 40
    assert found.groups
    assert {key: cell.sum for key, cell in found.groups.samples["x_total"].items()} == {("200",): 38.5, ("500",): 1.2}
    assert not [one for one in asked if "instance" in one and "increase" in one]


def test_an_agent_that_writes_no_up_leaves_its_targets_to_be_known_by_their_families() -> None:
    def answer(path: str, form: Form) -> Answer:
        if "up{" in form["query"]:
            return matrix() if path.endswith("query_range") else vector()
        return honest([10, 20, 30, 40, 50], [1.0] * 5)(path, form)

    found = read(answer)
    assert found.watched
    assert (found.target, found.watched.up, found.watched.up_ratio) == ("a:1", "unknown", None)
    assert counted(found) == 40


def test_copies_without_an_up_are_told_by_their_start_times() -> None:
    def answer(path: str, form: Form) -> Answer:
        if "up{" in form["query"]:
            return matrix() if path.endswith("query_range") else vector()
        if "last_over_time" in form["query"]:
            return vector(({**ME, "__name__": "process_start_time_seconds"}, 2.0))
        return honest([10, 20, 30, 40, 50], [1.0] * 5)(path, form)

    assert "stored more than once" in refused(answer)


def test_an_infinite_counter_and_a_name_without_end_are_said_and_not_taken() -> None:
    def answer(path: str, form: Form) -> Answer:
        status, said = honest([10, 20, float("inf"), 40, 50], [1.0] * 5)(path, form)
        return status, json.loads(json.dumps(said).replace("a:1", "a" * 1_000_000))

    with server(answer) as (url, _):
        found = promql.window(target(url), WISH)
    assert counted(found.scrapes[0]) == 0
    assert any("alues of x_total that cannot be right" in one for one in found.notes)
    assert found.scrapes[0].target == "a" * 200 + " … (#1)"


def test_a_window_in_longer_steps_has_the_same_ends() -> None:
    grid = Grid(0, 15, 240)
    coarse = grid.of_about(13)
    assert (coarse.since, coarse.until, coarse.steps) == (grid.since, grid.until, 12)
    assert coarse.places([1, 20, 21, 240], grid) == (1, 2, 12)
    assert [Grid(0, 15, n).of_about(1).steps for n in (240, 61, 4)] == [12, 61, 4]
    assert grid.of_about(1000) == grid


def test_a_warning_is_a_note_and_no_partial_answer() -> None:
    def answer(path: str, form: Form) -> Answer:
        status, said = honest([10, 20, 30, 40, 50])(path, form)
        return status, {**said, "warnings": ["a block is \x1b[31m not compacted"]}  # type: ignore[dict-item]

    with server(answer) as (url, _):
        found = promql.window(target(url), WISH)
    assert counted(found.scrapes[0]) == 40
    assert found.notes == ("The server warns: a block is \\x1b[31m not compacted",)


def test_a_target_that_left_the_server_is_gone() -> None:
    found = read(honest([10, 20, 30], [1.0] * 3, [1.0, 1.0, 1.0, float("nan"), float("nan")]))
    assert found.watched
    assert found.watched.up == "gone"
    assert counted(found) == 20
