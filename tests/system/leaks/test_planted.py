"""Secrets planted in every input of a run: no byte that it writes holds one, whatever the format."""

import base64
import http.server
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest

from llmgw_report import plugins
from llmgw_report.cli.demo import example
from tests.builders.endpoint import running
from tests.process import call
from tests.redaction.secrets import KEYS, made

EXAMPLES = Path(__file__).parents[3] / "examples"
AT = "2026-01-09T01:26:40Z"
FORMATS = plugins.modules("renderers")
RANDOM = Random(7)  # noqa: S311 - the same in every run


class Planted:
    """A secret per place, so that a leak says whence it came."""

    def __init__(self) -> None:
        self.by_place: dict[str, str] = {}

    def __getitem__(self, place: str) -> str:
        return self.by_place.setdefault(place, "".join(made(KEYS["openai project"], RANDOM)))

    def leaked(self, output: str) -> list[str]:
        """The places of those that a text holds, as they are or encoded."""
        return [place for place, secret in self.by_place.items() if any(one in output for one in variants(secret))]


def variants(secret: str) -> set[str]:
    """The secret and what only looks like another text; of base64, what stays of it wherever it begins."""
    encoded = {base64.b64encode(f"{pad}{secret}".encode()).decode()[4:40] for pad in ("", "a", "ab")}
    return {secret[8:40], secret.removeprefix("sk-")[:24], quote(secret, safe="")[8:40], secret[::-1], *encoded}


def scrape(planted: Planted) -> str:
    labels = {name: planted[f"label {name}"] for name in ("api_key", "provider", "model", "instance", "endpoint")}
    return f"""\
# HELP llm_gateway_info {planted["help"]}
# TYPE llm_gateway_info gauge
llm_gateway_info{{version="{planted["version"]}"}} 1
# TYPE llm_gateway_instance_health_status gauge
llm_gateway_instance_health_status{{provider="{labels["provider"]}",instance="{labels["instance"]}"}} 0
# TYPE llm_requests_total counter
llm_requests_total{{api_key="{labels["api_key"]}",provider="{labels["provider"]}",model="{labels["model"]}",\
endpoint="{labels["endpoint"]}"}} 1000
# TYPE llm_gateway_instance_requests_total counter
llm_gateway_instance_requests_total{{provider="{labels["provider"]}",instance="{labels["instance"]}",\
status="{planted["status"]}"}} 400
llm_gateway_session_count{{provider="{labels["provider"]}"}} 3
{planted["bad line"].replace("-", "_")} {planted["bad value"]}
llm_bad{{api_key="{planted["unclosed"]}
{planted["family"].replace("-", "_").replace("sk_", "sk-")} 1
"""


def database(path: Path, planted: Planted) -> None:
    with example(EXAMPLES / "verification"):
        path.write_bytes(Path("observability.db").read_bytes())
    connection = sqlite3.connect(path)
    fields = {
        "api_key": planted["field"],
        "provider": planted["field provider"],
        "error": f"Authorization: Bearer {planted['field header']}",
        planted["field name"]: "x",
        "password": "hunter2hunter2",
    }
    time = connection.execute("SELECT max(timestamp) FROM logs").fetchone()[0]
    message = f"upstream refused {planted['message']} (key {planted['message key']})"
    given = (time, "ERROR", "gateway", message, planted["request id"], json.dumps(fields))
    insert = "INSERT INTO logs (timestamp, level, target, message, request_id, fields) VALUES (?, ?, ?, ?, ?, ?)"
    for _ in range(3):
        connection.execute(insert, given)
    connection.execute("UPDATE spans SET request_id = ?, duration_ms = 90000", (planted["span"],))
    connection.commit()
    connection.close()


def configuration(planted: Planted) -> str:
    return f"""\
[report]
title = "of {planted["title"]}"
[[expect]]
figure = "instances[instance=\\"{planted["expected row"]}\\"].attempts"
at-least = 1
[[waive]]
check = "instance-health"
subject = {{ instance = "*{planted["waived subject"]}*" }}
reason = "see {planted["waiver reason"]}"
owner = "{planted["waiver owner"]}"
expires = 2099-01-01
[[waive]]
check = "error-ratio"
reason = "see {planted["other reason"]}"
expires = 2099-01-01
"""


def gateway(folder: Path, planted: Planted) -> None:
    folder.mkdir()
    source = Path(plugins.HERE, "gateways", "llm-gateway")
    for file in source.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    text = (folder / "gateway.toml").read_text("utf-8")
    text = text.replace('title = "', f'title = "{planted["gateway title"]} ').replace(
        'reason = "', f'reason = "{planted["blind spot"]} '
    )
    (folder / "gateway.toml").write_text(text)


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted()


@pytest.fixture(scope="module")
def place(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "metrics.prom").write_text(scrape(planted))
    database(folder / "o.db", planted)
    gateway(folder / "mine", planted)
    (folder / "llmgw-report.toml").write_text(configuration(planted))
    cells = f"SELECT '{planted['cell']}' AS \"{planted['column']}\", 'x' AS b"
    (folder / "mine.sql").write_text(f"-- title: {planted['query title']}\n{cells}")
    (folder / f"{planted['query name']}.sql").write_text("SELECT 1")
    (folder / "broken.sql").write_text(f'SELECT * FROM "{planted["sql error"]}"')  # noqa: S608 - made here
    (folder / "token").write_text(planted["token file"])
    return folder


@pytest.fixture(scope="module")
def server(planted: Planted) -> Iterator[str]:
    """An endpoint that answers with the scrape, or says no and repeats what it was sent."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path.startswith("/metrics")
            body = scrape(planted) if good else f"no such key: {planted['body']} {dict(self.headers)}"
            self.send_response(200 if good else 403, None if good else f"Refused {planted['reason']}")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as url:
        yield url.removeprefix("http://")


def written(place: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """Everything that a run writes, in all formats."""
    files = [word for name in FORMATS for word in ("-o", f"{name}=out.{name}")]
    done = call(*files, *arguments, cwd=place, environment=environment)
    assert done.returncode in {0, 1, 3}, done.stderr
    documents = [(place / f"out.{name}").read_text("utf-8") for name in FORMATS]
    return "\n".join([done.stdout, done.stderr, *documents])


@pytest.mark.parametrize("group", ["api-key", "provider", "model"])
def test_nothing_of_the_sources_leaks(place: Path, planted: Planted, group: str) -> None:
    queries = [word for file in sorted(place.glob("*.sql")) for word in ("--query", file.name)]
    sources = ["--metrics-file", "metrics.prom", "--db-path", "o.db", "--gateway", "mine", "--group-by", group]
    output = written(place, "--at", AT, *sources, *queries)
    assert planted.leaked(output) == []
    assert "hunter2hunter2" not in output
    assert output.count("[redacted]") > 100


PROMPT = "Dear Dr Miller, my symptoms are"


def test_what_clients_wrote_is_in_no_format(tmp_path: Path) -> None:
    """The gateway logs the beginning of a request that it cannot read, as text inside text."""
    database(tmp_path / "o.db", Planted())
    with sqlite3.connect(tmp_path / "o.db") as connection:
        sample = {"model": "m", "request_sample": f'Some("{PROMPT}")', "error": f"invalid type: string {PROMPT!r}"}
        fields = [
            json.dumps(sample),
            json.dumps({"new": PROMPT, "model": {"text": PROMPT}}),
            PROMPT,
            json.dumps([PROMPT]),
        ]
        time = connection.execute("SELECT max(timestamp) FROM logs").fetchone()[0]
        insert = "INSERT INTO logs (timestamp, level, target, message, fields) VALUES (?, 'ERROR', 't', 'Failed', ?)"
        connection.executemany(insert, [(time, text) for text in fields])
    connection.close()
    (tmp_path / "mine.sql").write_text(
        "SELECT message, fields, fields ->> '$.request_sample' AS sample FROM logs WHERE fields ->> '$.new' IS NULL"
    )
    arguments = ("--at", AT, "--db-path", "o.db", "--no-metrics", "--query", "mine.sql", "--top", "50", "--no-redact")
    output = written(tmp_path, *arguments)
    assert "Dear Dr Miller" not in output
    assert "30 characters" in output or "31 characters" in output


def test_a_baseline_that_was_edited_does_not_leak(place: Path, planted: Planted) -> None:
    first = call("--at", AT, "--metrics-file", "metrics.prom", "--no-redact", "-f", "json", cwd=place).stdout
    assert planted["label provider"] in first
    text = first.replace('"name": "llm-gateway"', f'"name": "{planted["baseline gateway"]}"')
    (place / f"old {planted['baseline path']}.json").write_text(text)
    (place / "old.json").write_text(first)
    for file in ("old.json", f"old {planted['baseline path']}.json"):
        assert planted.leaked(written(place, "--at", AT, "--metrics-file", "metrics.prom", "--baseline", file)) == []
        assert planted.leaked(written(place, "--rejudge", file)) == []


@pytest.mark.parametrize("path", ["metrics", "refused"])
def test_nothing_that_we_were_given_leaks(place: Path, planted: Planted, server: str, path: str) -> None:
    url = f"http://{planted['user']}:{planted['password']}@{server}/{path}?key={planted['parameter']}"
    environment = {"LLMGW_REPORT_HEADER": f"X-Api-Key: {planted['header']}", "LLMGW_REPORT_URL": url}
    output = written(place, "--bearer-token-file", "token", "--no-db", environment=environment)
    assert planted.leaked(output) == []
    environment = {"LLMGW_REPORT_URL": url, "LLMGW_REPORT_BEARER_TOKEN": planted["bearer"]}
    assert planted.leaked(written(place, "--no-db", environment=environment)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--show-config"],
        ["--{secret}"],
        ["{secret}"],
        ["--window", "{secret}"],
        ["--format", "{secret}"],
        ["--explain", "{secret}"],
        ["--set", "{secret}=1"],
        ["--set", "error-ratio.fail={secret}"],
        ["--gateway", "{secret}"],
        ["--check-gateway", "{secret}"],
        ["--draft-gateway", "{secret}", "--metrics-file", "metrics.prom"],
        ["--config", "{secret}"],
        ["--header", "Authorization {secret}"],
        ["--header", "Authorization: {secret}", "--show-config"],
        ["--url", "ftp://u:{secret}@host/"],
        ["--url", "http://u:{secret}@host:port/"],
        ["--url", "http://u:{secret}@host/", "--metrics-file", "{secret}"],
        ["--metrics-file", "{secret}", "--db-path", "{secret}"],
        ["--query", "{secret}.sql"],
        ["--baseline", "{secret}"],
        ["--bearer-token-file", "{secret}"],
        ["-o", "{secret}/report.md"],
        ["--debug", "--at", "{secret}"],
    ],
    ids=" ".join,
)
def test_a_call_is_not_repeated_with_its_secrets(place: Path, planted: Planted, arguments: list[str]) -> None:
    words = [word.format(secret=planted["argument"]) for word in arguments]
    done = call(*words, cwd=place, environment={"LLMGW_REPORT_BEARER_TOKEN": planted["bearer"]})
    assert planted.leaked(done.stdout + done.stderr) == []
    assert done.stderr or done.stdout


def test_no_page_about_a_gateway_leaks_what_its_sources_hold(place: Path, planted: Planted) -> None:
    sources = ["--metrics-file", "metrics.prom", "--db-path", "o.db"]
    folder = str(Path(plugins.HERE, "gateways", "llm-gateway"))
    pages = [call("--check-gateway", folder, *sources, cwd=place), call("--draft-gateway", "new", *sources, cwd=place)]
    files = "".join(path.read_text() for path in (place / "new").iterdir())
    assert planted.leaked("".join(done.stdout + done.stderr for done in pages) + files) == []
    assert "[[metrics.requests]]" in files


def test_for_ones_own_eyes_everything_is_there_and_the_report_says_so(place: Path, planted: Planted) -> None:
    sources = ["--metrics-file", "metrics.prom", "--db-path", "o.db"]
    output = call("--at", AT, *sources, "--no-redact", cwd=place).stdout
    assert {"label provider", "label instance", "message"} <= set(planted.leaked(output))
    assert "Redaction" in output
