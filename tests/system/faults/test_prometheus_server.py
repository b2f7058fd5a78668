"""What goes wrong with a Prometheus-compatible server, each as a command: its words, its remedy and its exit code."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from llmgw_report.cli import main
from tests.system.faults.server import OVER, Behaviour, Certificates, Connection, serving, status

CLOSE = b"Connection: close\r\n"


def answered(text: bytes, code: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (code, len(text), CLOSE, text)


def refused(code: bytes, kind: str, words: str) -> bytes:
    return answered(json.dumps({"status": "error", "errorType": kind, "error": words}).encode(), code)


def matrix(series: bytes) -> bytes:
    return answered(b'{"status":"success","data":{"resultType":"matrix","result":[%s]}}' % series)


def killed(connection: Connection) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"status":"succ')


def drips(connection: Connection) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
    while not OVER.is_set():
        connection.sendall(b" ")
        time.sleep(0.05)


def too_large(connection: Connection) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 2**27)
    for _ in range(2**7):
        connection.sendall(b" " * 2**20)


def a_million(connection: Connection) -> None:
    connection.sendall(matrix(b",".join(SERIES % n for n in range(1_000_000))))


SERIES = b'{"metric":{"job":"gw","instance":"%d"},"values":[]}'


class Fault(NamedTuple):
    """What a server answers to the first question, and what the report says about it."""

    answer: bytes | Behaviour
    words: str
    remedy: str
    options: tuple[str, ...] = ()


FAULTS = {
    "killed": Fault(killed, "truncated", "try again"),
    "drips": Fault(drips, "no complete response within 0.3 s", "take a shorter --window", ("--timeout", "0.3s")),
    "too large": Fault(too_large, "more than 64 MiB", "match fewer series"),
    "a million series": Fault(a_million, "more than 100000 series", "match fewer series"),
    "login page": Fault(answered(b"<html>log in"), "not that of a Prometheus-compatible server", "--prometheus"),
    "deep": Fault(answered(b"[" * 100_000), "not that of a Prometheus-compatible server", "--prometheus"),
    "no UTF-8": Fault(answered(b'{"status":"\xff"}'), "not that of a Prometheus-compatible server", "--prometheus"),
    "unsorted": Fault(
        matrix(b'{"metric":{"llmgw_asked":"count"},"values":[[20,"1"],[10,"1"]]}'), "not asked for", "proxy"
    ),
    "numbers": Fault(matrix(b'{"metric":{"llmgw_asked":"count"},"values":[[1,1]]}'), "not asked for", "proxy"),
    "copies": Fault(matrix(SERIES % 1 + b"," + SERIES % 1), "the same series twice", "proxy"),
    "redirect": Fault(status(302), "redirects to another address", "--prometheus"),
    "400 points": Fault(
        refused(b"400 Bad Request", "bad_data", "exceeded maximum resolution of 11,000 points per timeseries"),
        "11,000 points",
        "shorter --window",
    ),
    "401": Fault(answered(b"no org id\n", b"401 Unauthorized"), "HTTP 401 Unauthorized", "--bearer-token-file"),
    "403": Fault(status(403), "HTTP 403", "--bearer-token-file"),
    "404": Fault(status(404), "HTTP 404", "before /api/v1"),
    "422": Fault(refused(b"422 Unprocessable Entity", "execution", "too many samples"), "too many samples", "--match"),
    "429": Fault(status(429), "HTTP 429", "query less often"),
    "500": Fault(status(500), "HTTP 500", "log of the server"),
    "503": Fault(refused(b"503 Service Unavailable", "timeout", "query timed out"), "query timed out", "try again"),
    "escapes": Fault(refused(b"400 Bad Request", "x", "\x1b[31m\n::error::y"), "\\x1b[31m", "--match"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    OVER.clear()  # of the module before this one
    yield tmp_path_factory.mktemp("faults")
    OVER.set()


def reported(url: str, folder: Path, *options: str) -> tuple[int, dict[str, object]]:
    file = folder / "report.json"
    asked = (
        "--no-config",
        "--no-db",
        "--prometheus",
        url,
        "--match",
        'job="gw"',
        "--window",
        "1h",
        "-q",
        "-o",
        f"json={file}",
    )
    code = main([*asked, *options])
    (metrics, *_) = json.loads(file.read_text())["inputs"]
    return code, metrics


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_unknown_with_its_own_words_and_remedy(name: str, folder: Path) -> None:
    fault = FAULTS[name]
    with serving({"api/v1/query_range": fault.answer}) as server:
        code, metrics = reported(f"http://127.0.0.1:{server.port}/", folder, *fault.options)
    assert (code, metrics["status"]) == (3, "unavailable")
    assert fault.words in str(metrics["reason"])
    assert fault.remedy in str(metrics["hint"])
    assert "\x1b" not in str(metrics)


@pytest.mark.parametrize(
    ("certificate", "options", "words"),
    [
        ("self-signed", (), "certificate is not trusted | --ca-file"),
        ("wrong-host", ("--ca-file", "ca.pem"), "another host"),
        ("tls", ("--ca-file", "ca.pem"), "HTTP 429"),
        ("self-signed", ("--insecure",), "HTTP 429"),
    ],
)
def test_tls_is_that_of_a_scrape(
    certificate: str, options: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    context = Certificates(tmp_path).contexts[certificate]
    with serving({"api/v1/query_range": status(429)}, context) as server:
        code, metrics = reported(f"https://127.0.0.1:{server.port}", tmp_path, *options)
    assert code == 3
    assert all(part in f"{metrics['reason']} {metrics['hint']}" for part in words.split(" | "))


def test_a_base_may_have_a_path_a_slash_and_parameters_of_its_own(folder: Path) -> None:
    for base in ("prom/", "prom", "prom/api/v1", "prom/?extra_label=a%3Db"):
        with serving({"prom/api/v1/query_range": status(429)}) as server:
            code, metrics = reported(f"http://127.0.0.1:{server.port}/{base}", folder)
            assert code == 3
            assert "HTTP 429" in str(metrics["reason"])
            assert ("?extra_label=a%3Db " in server.seen[0]) == ("?" in base)
