"""One source gone, the other, both: the report is written with what was left, and the exit code is the contract's."""

import http.server
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report.cli.demo import example
from tests.builders.endpoint import running
from tests.process import HEALTHY, call, hung_server, last_line

EXAMPLES = Path(__file__).parents[2] / "examples"
ANSWERS = {
    "/metrics": (200, "text/plain; version=0.0.4", HEALTHY),
    "/500": (500, "text/plain", "no"),
    "/login": (200, "text/html", "<!doctype html><title>Sign in</title>"),
    "/json": (200, "application/json", '{"status":"ok"}'),
    "/empty": (200, "text/plain", ""),
    "/other": (200, "text/plain", "queue_length 0.5\n"),
    "/node": (200, "text/plain", "node_load1 0.5\n"),
}


class Answer(http.server.BaseHTTPRequestHandler):
    """The answers above, by path."""

    def do_GET(self) -> None:
        code, kind, text = ANSWERS.get(self.path, (404, "text/plain", "not here"))
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A metrics endpoint and several things that are none."""
    with running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as url:
        yield url


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good scrape, a good database and several things that are neither."""
    folder = tmp_path_factory.mktemp("faults")
    with example(EXAMPLES / "verification"):
        (folder / "good.db").write_bytes(Path("observability.db").read_bytes())
    (folder / "good.prom").write_text(HEALTHY)
    (folder / "folder").mkdir()
    (folder / "text.txt").write_text("hello\n")
    (folder / "empty.db").write_bytes(b"")
    sqlite3.connect(folder / "other.db").execute("CREATE TABLE notes (text)").connection.close()
    return folder


@pytest.mark.parametrize(
    ("arguments", "lost", "said"),
    [
        (["--metrics-file", "good.prom", "--db-path", "none.db"], "database", "no such file"),
        (["--metrics-file", "good.prom", "--db-path", "folder"], "database", "is a directory"),
        (["--metrics-file", "good.prom", "--db-path", "text.txt"], "database", "is not an SQLite database"),
        (["--metrics-file", "good.prom", "--db-path", "empty.db"], "database", "is empty"),
        (
            ["--metrics-file", "good.prom", "--db-path", "other.db"],
            "database",
            "not a supported gateway: none of its tables is known",
        ),
        (["--metrics-file", "none.prom", "--db-path", "good.db"], "metrics", "no such file"),
        (["--metrics-file", "folder", "--db-path", "good.db"], "metrics", "directory"),
        (["--metrics-file", "empty.db", "--db-path", "good.db"], "metrics", "empty"),
        (["--url", "{server}/500", "--db-path", "good.db"], "metrics", "HTTP 500"),
        (["--url", "{server}/nowhere", "--db-path", "good.db"], "metrics", "HTTP 404"),
        (["--url", "{server}/login", "--db-path", "good.db"], "metrics", "a web page"),
        (["--url", "{server}/json", "--db-path", "good.db"], "metrics", "JSON"),
        (["--url", "{server}/empty", "--db-path", "good.db"], "metrics", "empty"),
        (
            ["--url", "{server}/other", "--db-path", "good.db"],
            "metrics",
            "not a supported gateway: nothing known among",
        ),
        (["--url", "{server}/node", "--db-path", "good.db"], "metrics", "this is the page of a node_exporter"),
        (["--url", "http://127.0.0.1:9/metrics", "--db-path", "good.db"], "metrics", "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_named_source_that_is_lost(place: Path, server: str, arguments: list[str], lost: str, said: str) -> None:
    command = [word.format(server=server) for word in arguments]
    done = call(*command, "--at", "2026-01-09T01:26:40Z", "-f", "json", cwd=place)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    report = json.loads(done.stdout)
    states = {source["kind"]: source for source in report["inputs"]}
    assert states.pop(lost)["status"] == "unavailable"
    assert [source["status"] for source in states.values()] == ["ok"]
    reason = next(source["reason"] for source in report["inputs"] if source["kind"] == lost)
    assert said in reason
    assert report["sections"]["traffic"] is not None
    assert reason in report["exit"]["reason"]
    assert report["exit"]["reason"] == report["verdict"]["headline"]
    source = next(one for one in report["inputs"] if one["kind"] == lost)
    assert source["target"] in report["exit"]["reason"]
    assert source["hint"] in report["exit"]["reason"]


def test_a_server_that_never_answers(place: Path) -> None:
    with hung_server() as (url, _):
        done = call(
            "--url", url, "--timeout", "300ms", "--db-path", "good.db", "--at", "2026-01-09T01:26:40Z", cwd=place
        )
    assert done.returncode == 3, done.stderr
    assert "no complete response within 0.3 s" in done.stdout


def test_both_gone_is_unknown_and_still_a_report(tmp_path: Path) -> None:
    done = call("--url", "http://127.0.0.1:9/metrics", "-o", "report.json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads((tmp_path / "report.json").read_text())["verdict"]["status"] == "unknown"
    assert last_line(done).startswith("llmgw-report: UNKNOWN exit=3 ")


def test_defaults_that_are_not_there_are_noted_and_not_required(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server]\nport = 9\n")
    done = call("-f", "json", cwd=tmp_path)
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert [(source["named"], source["status"]) for source in report["inputs"]] == [("no", "unavailable")] * 2
    remedy = "start the gateway, give --url, or --no-metrics to evaluate the log alone"
    assert report["verdict"]["headline"] == f"connection refused at http://127.0.0.1:9/metrics: {remedy}"
    assert report["verdict"]["reasons"][1].startswith("./data/observability.db: no such file")


def test_without_any_source_the_headline_names_the_options_that_give_one(tmp_path: Path) -> None:
    done = call("--no-metrics", "--no-db", "-f", "json", cwd=tmp_path)
    headline = json.loads(done.stdout)["verdict"]["headline"]
    assert (done.returncode, headline) == (3, "no source was read: give one with --url, --metrics-file or --db-path")


def test_the_default_address_is_missed_beside_a_database_too(tmp_path: Path, place: Path) -> None:
    """Unless it is left out on purpose."""
    (tmp_path / "config.toml").write_text("[server]\nport = 9\n")
    command = ["--db-path", str(place / "good.db"), "--window", "2h", "--at", "2026-01-09T01:26:40Z", "-f", "json"]
    both = json.loads(call(*command, cwd=tmp_path).stdout)
    assert (both["verdict"]["status"], both["exit"]["code"]) == ("unknown", 3)
    assert both["verdict"]["headline"].startswith("connection refused at http://127.0.0.1:9/metrics: ")
    assert both["verdict"]["headline"].endswith(" --no-metrics to evaluate the log alone")
    alone = json.loads(call(*command, "--no-metrics", cwd=tmp_path).stdout)
    assert (alone["verdict"]["status"], alone["exit"]["code"]) == ("warn", 0)  # a model that nobody has answers nothing


def test_beside_a_gateway_its_own_configuration_is_enough(tmp_path: Path, place: Path, server: str) -> None:
    port = server.rpartition(":")[2]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "o.db").write_bytes((place / "good.db").read_bytes())
    (tmp_path / "config.toml").write_text(
        f'[server]\nhost = "0.0.0.0"\nport = {port}\n[metrics]\nendpoint = "/metrics"\n'
        '[observability]\ndatabase_path = "./logs/o.db"\n'
    )
    report = json.loads(call("--at", "2026-01-09T01:26:40Z", "-f", "json", cwd=tmp_path).stdout)
    assert [(source["status"], source["origin"]) for source in report["inputs"]] == [("ok", "config.toml")] * 2
    assert report["inputs"][0]["target"] == f"http://127.0.0.1:{port}/metrics"


def test_two_witnesses_of_two_products_are_not_joined(place: Path) -> None:
    command = ["--metrics-file", str(EXAMPLES / "litellm" / "metrics.prom"), "--db-path", "good.db", "-f", "json"]
    report = json.loads(call(*command, cwd=place).stdout)
    assert report["gateway"]["name"] == "litellm"
    assert "llm-gateway" in report["inputs"][1]["reason"]
    assert report["sections"]["database"] is None


def test_a_gateway_and_a_query_of_ones_own(tmp_path: Path) -> None:
    gateway = tmp_path / "mine"
    gateway.mkdir()
    (gateway / "gateway.toml").write_text(
        'title = "Mine"\nabout = "A test"\n[detect]\nfamilies = ["mine_up"]\n'
        '[[metrics.requests]]\nfamily = "mine_requests"\nlabels = { model = "m", status = "code" }\n'
        'outcomes = [{ when = { code = "2*" }, outcome = "success" }, { outcome = "server-error" }]\n'
    )
    (tmp_path / "m.prom").write_text(
        'mine_up 1\nmine_requests{m="a",code="200"} 900\nmine_requests{m="b",code="500"} 100\n'
    )
    sqlite3.connect(tmp_path / "o.db").execute("CREATE TABLE t AS SELECT 1 AS one").connection.close()
    (tmp_path / "ones.sql").write_text("-- title: Ones\n-- requires: t\nSELECT one, one / 2.0 AS half_ratio FROM t")
    sources = ["--metrics-file", "m.prom", "--db-path", "o.db", "--query", "ones.sql"]
    done = call(*sources, "--gateway", "mine", "--group-by", "model", "-f", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    rows = {row["group"]: row["outcomes"]["server_error"] for row in report["sections"]["traffic"]["rows"]}
    assert rows == {"a": 0, "b": 100}
    assert report["sections"]["queries"][0]["rows"] == [[1, 0.5]]
