"""What we are given to get in: from files and the environment, and said aloud where it was typed."""

import http.server
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report import plugins
from tests.builders.endpoint import running
from tests.process import HEALTHY, call


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A metrics endpoint, and the headers of each request that it got."""
    seen: list[dict[str, str]] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(HEALTHY.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as url:
        yield url.removeprefix("http://"), seen


def test_headers_come_from_a_file(tmp_path: Path, server: tuple[str, list[dict[str, str]]]) -> None:
    host, seen = server
    (tmp_path / "headers").write_text("X-Api-Key: hunter2hunter2\n\nX-Scope-OrgID: team-a\n")
    done = call("--url", f"http://{host}/metrics", "--header", "@headers", "--no-db", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (seen[0]["X-Api-Key"], seen[0]["X-Scope-OrgID"]) == ("hunter2hunter2", "team-a")
    assert "hunter2" not in done.stdout + done.stderr
    assert "Hint" not in done.stderr
    shown = call("--header", "@headers", "--show-config", cwd=tmp_path).stdout
    assert 'headers = ["@headers"]' in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    ("option", "word"),
    [
        ("--header", "Authorization: Bearer hunter2hunter2"),
        ("--header", "X-Api-Key: hunter2hunter2"),
        ("--header", "PRIVATE-TOKEN: hunter2hunter2"),
        ("--url", "http://user:hunter2hunter2@127.0.0.1:9/metrics"),
        ("--url", "http://127.0.0.1:9/metrics?api_key=hunter2hunter2"),
    ],
)
def test_a_credential_that_was_typed_is_said_to_be_read_by_all(tmp_path: Path, option: str, word: str) -> None:
    url = () if option == "--url" else ("--url", "http://127.0.0.1:9/metrics")
    done = call(option, word, *url, "--no-db", cwd=tmp_path)
    assert f"Hint: {option}" in done.stderr
    assert "list of processes" in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    name = f"LLMGW_REPORT_{option.strip('-').upper()}"
    silent = call(*url, "--no-db", cwd=tmp_path, environment={name: word})
    assert "list of processes" not in silent.stderr


@pytest.mark.parametrize("word", ["X-Scope-OrgID: team-a", "Accept: text/plain"])
def test_a_header_that_is_no_credential_may_be_typed(tmp_path: Path, word: str) -> None:
    done = call("--header", word, "--url", "http://127.0.0.1:9/metrics", "--no-db", cwd=tmp_path)
    assert "Hint" not in done.stderr


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"\xff\xfe", "not text"), (b"x", "Name: value")]
)
def test_a_file_of_headers_that_is_none(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "headers").write_bytes(content)
    done = call("--url", "http://127.0.0.1:9/metrics", "--header", "@headers", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("name", ["gateway.toml", "mine.sql"])
def test_a_gateway_reads_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    definition = 'title = "Mine"\nabout = "x"\n[detect]\nfamilies = ["mine_up"]\n[detect.tables]\nt = ["one"]\n'
    (folder / "gateway.toml").write_text(definition)
    (tmp_path / "secret").write_text("root secret content")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("../secret")
    sqlite3.connect(tmp_path / "o.db").execute("CREATE TABLE t AS SELECT 1 AS one").connection.close()
    done = call("--gateway", "mine", "--db-path", "o.db", "--no-metrics", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "not a file in this folder" in done.stderr
    assert "root" not in done.stdout


def test_a_gateway_that_is_mounted_is_links_within_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "..2026"
    folder.mkdir(parents=True)
    (folder / "gateway.toml").write_text('title = "Mine"\nabout = "x"\n[detect]\nfamilies = ["mine_up"]\n')
    (tmp_path / "mine" / "..data").symlink_to("..2026")
    (tmp_path / "mine" / "gateway.toml").symlink_to("..data/gateway.toml")
    (tmp_path / "m.prom").write_text("mine_up 1\n")
    done = call("--gateway", "mine", "--metrics-file", "m.prom", "--no-db", cwd=tmp_path)
    assert done.returncode in {0, 3}, done.stderr
    assert "Mine" in done.stdout


TOKEN = {"LLMGW_REPORT_BEARER_TOKEN": "hunter2hunter2"}


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.toml", '[server]\nhost = "127.0.0.1"\nport = {port}\n'),
        ("llmgw-report.toml", '[sources]\nurl = "http://127.0.0.1:{port}/metrics"\n'),
    ],
)
def test_a_file_that_was_merely_found_is_sent_no_credential(
    tmp_path: Path, server: tuple[str, list[dict[str, str]]], file: str, content: str
) -> None:
    host, seen = server
    (tmp_path / "token").write_text("hunter2hunter2")
    (tmp_path / file).write_text(content.format(port=host.rpartition(":")[2]))
    for arguments, environment, name in (
        ((), TOKEN, "LLMGW_REPORT_BEARER_TOKEN"),
        (("--bearer-token-file", "token"), {}, "--bearer-token-file"),
        ((), {"LLMGW_REPORT_HEADER": "X-Api-Key: hunter2hunter2"}, "--header X-Api-Key"),
    ):
        seen.clear()
        done = call("--no-db", *arguments, cwd=tmp_path, environment=environment)
        assert len(seen) == 1, done.stderr
        assert "hunter2" not in str(seen)
        for output in (done.stdout, done.stderr):
            assert f"Not sent: {name}. The address is from {file}" in output
            assert "--url" in output


def test_an_address_that_the_operator_gave_is_sent_the_credential(
    tmp_path: Path, server: tuple[str, list[dict[str, str]]]
) -> None:
    host, seen = server
    url = f"http://{host}/metrics"
    (tmp_path / "llmgw-report.toml").write_text('[sources]\nurl = "http://127.0.0.1:9/metrics"\n')
    (tmp_path / "mine.toml").write_text(f'[sources]\nurl = "{url}"\n')
    for arguments, environment in (
        (("--url", url), {}),
        ((), {"LLMGW_REPORT_URL": url}),
        (("--config", "mine.toml"), {}),
    ):
        done = call("--no-db", *arguments, cwd=tmp_path, environment={**TOKEN, **environment})
        assert seen.pop()["Authorization"] == "Bearer hunter2hunter2", done.stderr
        assert "Not sent" not in done.stdout + done.stderr


LOOSE = """
fail-on = "never"
[checks.error-ratio]
severity = "warn"
[[checks.error-ratio.for]]
subject = { provider = "x" }
fail = false
[[waive]]
check = "instance-health"
reason = "known"
expires = 2099-01-01
"""


def test_what_a_file_that_was_merely_found_loosens_is_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "llmgw-report.toml").write_text(LOOSE)
    (tmp_path / "m.prom").write_text(HEALTHY)
    arguments = ("--no-db", "--metrics-file", "m.prom")
    for name in ("md", "json", "html", "text"):
        done = call(*arguments, "-f", name, cwd=tmp_path)
        for said in ("fail-on", "severity", "instance-health"):
            assert said in done.stdout.partition("oosened")[2], name
        assert "llmgw-report.toml, which was found in the working directory, loosens the gate" in done.stderr
    named = call(*arguments, "--config", "llmgw-report.toml", "-f", "json", cwd=tmp_path)
    assert '"loosened": []' in named.stdout
    assert "loosens" not in named.stderr
    over = call(*arguments, "--fail-on", "fail", "-f", "json", cwd=tmp_path)
    assert 'fail-on = \\"never\\"' not in over.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[checks.error-ratio]\nfail = "100%"\n', ('[checks.error-ratio] fail = "100%"',)),
        ('[checks.error-ratio]\nfail = "4%"\n', ()),
        ('[checks.token-coverage]\nwarn = "10%"\n', ('[checks.token-coverage] warn = "10%"',)),
        ('[checks.token-coverage]\nwarn = "90%"\n', ()),
        ('[checks.latency-p99]\nfail = "10h"\n', ('[checks.latency-p99] fail = "10h"',)),
        ("[sources]\ndb = false\n", ("db = false",)),
    ],
)
def test_a_number_that_lets_more_through_is_listed(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    (tmp_path / "llmgw-report.toml").write_text(text)
    (tmp_path / "m.prom").write_text(HEALTHY)
    done = call("--metrics-file", "m.prom", "-f", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["setup"]["loosened"] == list(said)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/metrics?x=hunter2hunter2",
        "http://127.0.0.1:9/metrics#hunter2hunter2",
        "http://hunter2hunter2@127.0.0.1:9/metrics",
        "http://admin:hunter2hunter2@127.0.0.1:9/metrics",
        "http://admin:a/hunter2hunter2@127.0.0.1:9/metrics",
        "http://admin:a?hunter2hunter2@127.0.0.1:9/metrics",
        "admin:hunter2hunter2@host/",
        "ftp://admin:hunter2hunter2@host/",
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(tmp_path: Path, url: str) -> None:
    for name in plugins.modules("renderers"):
        done = call("--url", url, "--no-db", "-f", name, "--no-redact", cwd=tmp_path)
        assert done.returncode in {2, 3}
        assert "hunter2" not in done.stdout + done.stderr, name
