"""A machine that has llmgw-report installed, a gateway to look at, and nothing else of ours."""

import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copy

from llmgw_report.sources.sqlite import build
from tests.builders.endpoint import running
from tests.process import CHECKOUT, PATH
from tools.golden import exit_code

CI = CHECKOUT / "examples" / "ci"

#: Up, and one request in eight fails: the job that somebody pastes must not be green about it.
FAILING = """\
# TYPE llm_gateway_info gauge
llm_gateway_info{version="0.3.0"} 1
# TYPE llm_gateway_instance_health_status gauge
llm_gateway_instance_health_status{provider="a",instance="a-1"} 1
# TYPE llm_requests_total counter
llm_requests_total{api_key="k",provider="a",model="m",endpoint="/v1/messages"} 1000
# TYPE llm_gateway_instance_requests_total counter
llm_gateway_instance_requests_total{provider="a",instance="a-1",status="success"} 875
llm_gateway_instance_requests_total{provider="a",instance="a-1",status="failure"} 125
"""


class Gateway:
    """An example's gateway, behind an address and with a database, at the instant that the example judges."""

    def __init__(self, name: str, folder: Path) -> None:
        example = CHECKOUT / "examples" / name
        self.database = folder / "observability.db"
        build((example / "database.sql").read_text("utf-8"), self.database)
        self.scrape = folder / "metrics.prom"
        copy(example / "metrics.prom", self.scrape)
        self.code = exit_code(example)
        words = shlex.split((example / "arguments.txt").read_text("utf-8"), comments=True)
        self.at = words[words.index("--at") + 1]
        self.url = ""

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LLMGW_REPORT_URL": self.url,
            "LLMGW_REPORT_DB_PATH": str(self.database),
            "LLMGW_REPORT_AT": self.at,
        }


@contextmanager
def gateway(name: str, folder: Path) -> Iterator[Gateway]:
    """One that answers until the block ends."""
    found = Gateway(name, folder)
    with listening(lambda _method, _path, _body: found.scrape.read_bytes()) as url:
        found.url = f"{url}/metrics"
        yield found


Answer = Callable[[str, str, bytes], bytes]
"""Method, path and body of a request -> body of the answer."""


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """A web server whose every answer is that of the function; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.parse_request():
                return
            body: bytes = answer(self.command, self.path, self.rfile.read(int(self.headers["Content-Length"] or 0)))
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing: the tests read what the programs print."""

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


def shell(
    script: str, folder: Path, environment: Mapping[str, str], interpreter: tuple[str, ...] = ("/bin/sh", "-e")
) -> subprocess.CompletedProcess[str]:
    """Run a script as such a job would: this environment and no other."""
    return subprocess.run(
        [*interpreter, "-c", script],
        cwd=folder,
        env={"PATH": PATH, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def stub(folder: Path, name: str, script: str) -> Path:
    """A program of this name, first on the path of who puts its folder there."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder
