"""The smoke stage: its script sends what it says and notices a gateway that lets everybody in."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.demo import example
from llmgw_report.pipeline.document import run
from llmgw_report.sources import test_results
from tests.builders.endpoint import running
from tests.builders.settings import typed
from tests.process import PATH, needs
from tools.golden import EXAMPLES, VERSION, StoppedMachine

SCRIPT = EXAMPLES / "smoke-stage" / "send.sh"
KEY = "a-key-of-this-gateway"


@pytest.fixture(autouse=True)
def programs() -> None:
    needs("bash", "curl")


@contextmanager
def gateway(lets_everybody_in: bool) -> Iterator[tuple[str, Counter[tuple[int, str]]]]:  # noqa: FBT001 - its one fault
    """A gateway with one key and one model, and an account of its answers by status and model."""
    answers: Counter[tuple[int, str]] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
            known = lets_everybody_in or self.headers["Authorization"] == f"Bearer {KEY}"
            status = 401 if not known else 404 if model == "claude-none" else 200
            answers[status, model] += 1
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url, answers


def send(url: str, folder: Path, key: str = KEY) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": PATH, "GATEWAY_URL": url, "GATEWAY_KEY": key}
    return subprocess.run(
        [str(SCRIPT)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def outcomes(folder: Path) -> Counter[str]:
    return Counter(one.outcome for one in test_results.read(str(folder / "smoke.xml")))


def test_it_sends_ten_bad_keys_five_missing_models_and_three_good_requests(tmp_path: Path) -> None:
    with gateway(lets_everybody_in=False) as (url, answers):
        done = send(url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert answers == {(401, "claude-sonnet-4-5"): 10, (404, "claude-none"): 5, (200, "claude-sonnet-4-5"): 3}
    assert outcomes(tmp_path) == {"passed": 18}


def test_it_does_not_believe_a_gateway_that_lets_everybody_in(tmp_path: Path) -> None:
    with gateway(lets_everybody_in=True) as (url, _):
        done = send(url, tmp_path)
    assert done.returncode == 1
    assert "bad key 1 of 10: expected 401, got 200" in done.stderr
    assert outcomes(tmp_path) == {"passed": 8, "failure": 10}
    assert "18 requests sent, 10 answered otherwise than expected" in done.stderr


def test_it_needs_a_key(tmp_path: Path) -> None:
    done = send("http://127.0.0.1:9", tmp_path, key="")
    assert done.returncode == 2
    assert "GATEWAY_KEY" in done.stderr


def test_the_report_of_the_example_has_every_expectation_met() -> None:
    """What the stage makes fail on purpose is waived, and nothing else is."""
    with example(EXAMPLES / "smoke-stage") as arguments:
        report = run(settings(typed(*arguments), {}), VERSION, StoppedMachine())
    states = {one.subject["figure"]: one.status for one in report.findings if one.check == "expectation"}
    assert len(states) == len(report.expectations) == 7
    assert set(states.values()) == {"pass"}
    assert [one.state for one in report.waivers] == ["active"]
    assert (report.verdict.status, report.exit.code) == ("pass", 0)
    (waived,) = (one for one in report.findings if one.waived)
    assert (waived.check, waived.status, waived.subject) == ("serving", "warn", {"model": "claude-none"})
