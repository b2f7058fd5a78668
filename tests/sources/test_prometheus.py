"""What one scrape gives, and what it says when it gives nothing."""

import gzip
import io
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.config.option import TOKEN_VARIABLE
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.model.scrape import Scrape, Wanted
from llmgw_report.sources.prometheus import scrape
from tests.sources.conftest import Answer, Serve

BODY = b'# TYPE up gauge\nup{a="1"} 1\nup{a="2"} 2\n'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def answer(body: bytes, *, head: bytes = OK, size: int | None = None) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % (len(body) if size is None else size) + body


def redirect(place: str) -> bytes:
    return b"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + place.encode() + b"\r\nContent-Length: 0\r\n\r\n"


def status(code: int, *headers: str) -> bytes:
    return answer(b"no", head="\r\n".join([f"HTTP/1.1 {code} X", *headers, ""]).encode())


def noting(requests: list[bytes]) -> Answer:
    def note(request: bytes) -> bytes:
        requests.append(request)
        return answer(BODY)

    return note


def get(url: str, **more: Any) -> Scrape:  # noqa: ANN401 - whatever a target takes
    return scrape(MetricsTarget(url=url, **{"timeout_seconds": 5.0, **more}), {"up": Wanted(labels=())})


def rejection(url: str, **more: Any) -> str:  # noqa: ANN401 - whatever a target takes
    with pytest.raises(SourceError) as caught:
        get(url, **more)
    assert caught.value.hint
    return f"{caught.value.message} | {caught.value.hint}"


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end


@pytest.mark.parametrize(
    "good",
    [
        answer(BODY),
        OK + b"\r\n" + BODY,
        chunked(BODY[:20], BODY[20:]),
        answer(gzip.compress(BODY, mtime=0), head=OK + b"Content-Encoding: gzip\r\n"),
        answer(b"\n\n" + BODY),
    ],
    ids=["length", "close", "chunked", "gzip", "blank"],
)
def test_a_scrape_over_http(serve: Serve, good: bytes) -> None:
    url = serve(good)
    found = get(url)
    assert found.samples["up"][()].sum == 3
    assert (found.target, found.bytes - len(BODY) in {0, 2}) == (url, True)


def test_a_name_in_quotes_is_not_json(serve: Serve) -> None:
    assert get(serve(answer(b'{"a.b", l="v"} 1\n{"up"} 2\n'))).sample_count == 2


def test_what_is_sent(serve: Serve) -> None:
    requests: list[bytes] = []
    url = serve(noting(requests))
    get(url + "?key=q", bearer_token="t0ken", headers=(("X-Org", "a"), ("Accept", "text/plain")))
    assert requests[0].startswith(b"GET /metrics?key=q HTTP/1.1\r\n")
    sent = dict(line.split(b": ", 1) for line in requests[0].split(b"\r\n")[1:] if b": " in line)
    lower = {name.lower(): value for name, value in sent.items()}
    assert (lower[b"authorization"], lower[b"x-org"], lower[b"accept"]) == (b"Bearer t0ken", b"a", b"text/plain")
    get(url.replace("http://", "http://user:pass@"))
    assert b"Authorization: Basic dXNlcjpwYXNz" in requests[1]
    accept = next(line for line in requests[1].split(b"\r\n") if line.lower().startswith(b"accept:"))
    assert accept.index(b"text/plain;version=0.0.4") < accept.index(b"openmetrics")


def test_a_redirect_on_the_same_server_is_followed_with_the_token(serve: Serve) -> None:
    requests: list[bytes] = []
    url = serve(redirect("/metrics/"), noting(requests))
    assert get(url, bearer_token="t0ken").samples["up"][()].sum == 3
    assert requests[0].startswith(b"GET /metrics/ ")
    assert b"Authorization: Bearer t0ken" in requests[0]


def test_a_redirect_elsewhere_is_not_followed(serve: Serve) -> None:
    asked: list[bytes] = []
    other = serve(noting(asked))
    said = rejection(serve(redirect(other.replace("//", "//u:secret@") + "?k=secret")))
    assert f"redirects to another server, {other}" in said
    assert "secret" not in said
    assert not asked


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (status(401), ("HTTP 401 Unauthorized", "--bearer-token-file")),
        (status(403), ("HTTP 403 Forbidden", "--bearer-token-file")),
        (status(404), ("HTTP 404 Not Found", "/metrics")),
        (status(429, "Retry-After: 17"), ("HTTP 429", "retry after 17 s")),
        (status(500), ("HTTP 500", "log")),
        (status(503, "Retry-After: " + "9" * 99), ("HTTP 503 Service Unavailable |",)),
        (status(299), ("HTTP 299",)),
        (redirect("/metrics"), ("more than 5 redirects",)),
        (redirect("ftp://x/y"), ("not an http or https URL",)),
        (answer(b"\n <!DOCTYPE html><html>"), ("a web page", "/metrics")),
        (answer(b'{"detail": "Not authenticated"}'), ("JSON",)),
        (answer(b'\n[{"a": 1}]'), ("JSON",)),
        (answer(b"{}"), ("JSON",)),
        (answer(b""), ("no sample", "not served a request yet")),
        (answer(b"\n\n"), ("no sample",)),
        (answer(b"# TYPE up gauge\n"), ("families are declared",)),
        (answer(b"\nhello world\n"), ("line 2 'hello world': not a number",)),
        (answer(BODY, size=1000), ("truncated",)),
        (chunked(BODY, end=b""), ("truncated",)),
        (answer(b"no gzip", head=OK + b"Content-Encoding: gzip\r\n"), ("compressed response is damaged",)),
        (b"", ("truncated or is not HTTP",)),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ("not HTTP", "https://")),
    ],
)
def test_what_a_bad_answer_says(serve: Serve, raw: bytes, says: tuple[str, ...]) -> None:
    url = serve(raw)
    said = rejection(url.replace("//", "//user:s3cret@") + "?key=s3cret", bearer_token="s3cret")
    assert all(words in said for words in says), said
    assert "s3cret" not in said


def test_a_refused_port_and_an_unknown_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "connection refused" in rejection(f"http://127.0.0.1:{port}/metrics")
    assert "unknown host name" in rejection("http://nowhere.invalid/metrics")


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "file:///etc/passwd", "http://", "http://[::1", "http://h:p/", ""])
def test_what_is_no_url(url: str) -> None:
    assert "not an http or https URL" in rejection(url)


def test_tls_where_there_is_none_and_a_ca_file_that_is_none(serve: Serve, tmp_path: Path) -> None:
    url = serve(answer(BODY)).replace("http:", "https:")
    assert "no TLS connection" in rejection(url, insecure=True)
    (tmp_path / "ca.pem").write_text("no certificate")
    assert "--ca-file" in rejection(url, ca_file=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("secret", ["tok\nen", "t\u00f6ken"])
def test_a_token_that_cannot_be_sent_is_not_shown(serve: Serve, secret: str) -> None:
    said = rejection(serve(answer(BODY)), bearer_token=secret)
    assert "cannot be sent" in said
    assert secret not in said


@pytest.mark.parametrize("begin", [b"", OK, OK + b"\r\n" + BODY], ids=["silent", "headers", "body"])
def test_a_server_that_drips_for_ever_is_left_at_the_deadline(begin: bytes) -> None:
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(begin)
            while not stop.wait(0.02):
                try:
                    connection.sendall(b"X" if begin else b"")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        said = rejection(f"http://127.0.0.1:{listener.getsockname()[1]}/metrics", timeout_seconds=0.3)
        stop.set()
        thread.join()
    assert "no complete response within 0.3 s" in said
    assert "--timeout" in said


def test_the_limit_counts_what_was_decompressed(serve: Serve, tmp_path: Path) -> None:
    bomb = gzip.compress(b"# nothing\n" * 500_000)
    url = serve(answer(bomb, head=OK + b"Content-Encoding: gzip\r\n"))
    assert "more than 1.0 MiB" in rejection(url, max_bytes=2**20)
    (tmp_path / "m.prom").write_bytes(b"# nothing\n" * 500_000)
    with pytest.raises(SourceError, match=r"more than 1\.0 MiB"):
        scrape(MetricsTarget(file=str(tmp_path / "m.prom"), max_bytes=2**20), {})


def test_a_saved_scrape_and_one_through_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.prom").write_bytes(BODY)
    named = scrape(MetricsTarget(file=str(tmp_path / "m.prom")), {"up": Wanted(labels=("a",))})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BODY)))
    piped = scrape(MetricsTarget(file="-"), {"up": Wanted(labels=("a",))})
    assert (named.samples, named.families) == (piped.samples, piped.families)
    assert (named.target, piped.target) == (str(tmp_path / "m.prom"), "standard input")


@pytest.fixture
def unreadable(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "secret.prom"
    path.touch(mode=0)
    yield path
    path.chmod(0o600)


def test_files_that_cannot_be_read(tmp_path: Path, unreadable: Path) -> None:
    (tmp_path / "empty.prom").touch()
    expected = {"missing.prom": "no such file", ".": "is a directory", "empty.prom": "no sample"}
    if os.geteuid():
        expected[unreadable.name] = "may not be read"
    for name, words in expected.items():
        with pytest.raises(SourceError, match=words) as caught:
            scrape(MetricsTarget(file=str(tmp_path / name)), {})
        assert caught.value.hint


@pytest.mark.parametrize("place", ["/graph", "/query", "/prometheus/query?g0.expr=up"])
def test_a_prometheus_server_is_told_from_its_targets(serve: Serve, place: str) -> None:
    said = rejection(serve(redirect(place)))
    assert "--prometheus instead" in said


@pytest.mark.parametrize("code", [401, 403])
def test_the_variable_of_the_token_is_named(serve: Serve, code: int) -> None:
    assert TOKEN_VARIABLE in rejection(serve(status(code)))
