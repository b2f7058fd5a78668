"""The table of tests/system/faults/http.py, each row as a command in this process, and what must not happen besides."""

import json
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report.cli import main
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.sources.prometheus import http, scrape
from tests.process import call, run
from tests.system.faults.http import FAULTS, SECRET, Fault
from tests.system.faults.server import BODY, OVER, Certificates, Server, body, full_backlog, has_ipv6_loopback, serving

TOKEN = "t0k3n-of-ours"


class Place:
    """A folder with the certificates' files, and the ports that a URL may name."""

    def __init__(self, folder: Path, main_server: Server, other: Server, ports: dict[str, int]) -> None:
        self.folder = folder
        self.server = main_server
        self.other = other
        self.ports = ports


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("http")
    certificates = Certificates(folder)
    (folder / "token").write_text(TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        ports = {"closed": closed.getsockname()[1]}
    with serving({}) as other, full_backlog() as full:
        ports |= {"other": other.port, "full": full}
        answers = {one.name: one.answer for one in FAULTS}
        OVER.clear()  # of the module before this one
        with serving(answers) as server:
            ports["port"] = server.port
            for name in ("host", "scheme"):
                answer = answers[name]
                assert isinstance(answer, bytes)
                answers[name] = answer.replace(b"{other}", b"%d" % other.port).replace(b"{port}", b"%d" % server.port)
            running = [
                (name, serving({"good": body(BODY)}, context)) for name, context in certificates.contexts.items()
            ]
            ports |= {name: one.__enter__().port for name, one in running}
            yield Place(folder, server, other, ports)
            OVER.set()
            for _, one in running:
                one.__exit__(None, None, None)


def arguments(fault: Fault, place: Place) -> list[str]:
    url = fault.url.format(name=fault.name, **place.ports)
    return ["--url", url, "--bearer-token-file", "token", "--no-db", "--no-config", *fault.options]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_the_report_says_of_an_endpoint(
    fault: Fault, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.folder)
    place.other.seen.clear()
    code = main([*arguments(fault, place), "-f", "json"])
    out, err = capsys.readouterr()
    assert code == fault.code, err
    said = of_the_scrape(json.loads(out)) if out else err
    assert fault.said in said
    assert SECRET not in out + err
    assert TOKEN not in out + err
    assert place.other.seen == []


def of_the_scrape(report: dict[str, object]) -> str:
    """All that a report says of its scrape, as one text."""
    metrics = report["inputs"][0]  # type: ignore[index]
    section = report["sections"]["metrics"] or {"bad_lines": []}  # type: ignore[index]
    findings = [one for one in report["findings"] if one["check"] == "scrape-readable"]  # type: ignore[attr-defined]
    lines = [bad["reason"] for bad in section["bad_lines"]]
    return "\n".join([f"{metrics['reason']} | {metrics['hint']}", *(one["seen"] for one in findings), *lines])


@pytest.mark.parametrize("name", ["good", "moved", "host", "401", "bomb"])
def test_the_same_as_a_process(name: str, place: Place) -> None:
    fault = next(one for one in FAULTS if one.name == name)
    done = run(*arguments(fault, place), "-f", "json", cwd=place.folder)
    assert done.returncode == fault.code, done.stderr
    assert fault.said in of_the_scrape(json.loads(done.stdout))


def test_a_bomb_takes_no_memory(place: Place) -> None:
    target = MetricsTarget(url=f"http://127.0.0.1:{place.server.port}/bomb", timeout_seconds=60)
    tracemalloc.start()
    with pytest.raises(SourceError, match=r"no valid sample|no sample"):
        scrape(target, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * 2**20


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_no_variable_for_the_way_out_sends_a_key_elsewhere(name: str, place: Place) -> None:
    proxy = {name: f"http://127.0.0.1:{place.other.port}"}
    (place.folder / ".netrc").write_text("machine 127.0.0.1 login a password from-netrc\n")
    url = f"http://127.0.0.1:{place.server.port}/good"
    place.other.seen.clear()
    place.server.seen.clear()
    done = call("--url", url, "--no-db", "--bearer-token-file", "token", cwd=place.folder, environment=proxy)
    assert done.returncode == 0, done.stderr
    assert place.other.seen == []
    assert f"authorization: bearer {TOKEN}" in place.server.seen[0].lower()


@pytest.mark.skipif(not has_ipv6_loopback(), reason="no IPv6 loopback here")
def test_an_ipv6_address(place: Place) -> None:
    with serving({"good": body(BODY)}, host="::1") as server:
        url = f"http://[::1]:{server.port}/good"
        done = call("--url", url, "--no-db", "-f", "json", cwd=place.folder)
    assert (done.returncode, json.loads(done.stdout)["inputs"][0]["target"]) == (0, url)


def test_a_blank_in_a_url_is_sent_as_one(place: Place) -> None:
    place.server.seen.clear()
    done = call("--url", f"http://127.0.0.1:{place.server.port}/no where", "--no-db", cwd=place.folder)
    assert done.returncode == 3
    assert place.server.seen[0].startswith("GET /no%20where HTTP/1.1")


def test_a_name_server_that_does_not_answer_does_not_hold_up_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "getaddrinfo", lambda *_, **__: [OVER.wait(30)])
    with pytest.raises(SourceError, match=r"the host name was not resolved within 0\.2 s"):
        scrape(MetricsTarget(url="http://gateway.example/metrics", timeout_seconds=0.2), {})


def test_a_key_with_a_password_is_not_asked_for(place: Place) -> None:
    from cryptography.hazmat.primitives import serialization

    plain = serialization.load_pem_private_key((place.folder / "client.key").read_bytes(), None)
    locked = plain.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    (place.folder / "locked.key").write_bytes(locked)
    options = ("--client-cert", "client.pem", "--client-key", "locked.key", "--no-db")
    done = call("--url", f"https://127.0.0.1:{place.ports['mutual']}/good", *options, cwd=place.folder)
    assert done.returncode == 2
    assert "its key has a password" in done.stderr


def test_the_limit_from_the_environment_and_from_the_file(place: Place, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{place.server.port}/good"
    said = "more than 100 B of metrics"
    environment = {"LLMGW_REPORT_MAX_SCRAPE_BYTES": "100"}
    assert said in call("--url", url, "--no-db", cwd=tmp_path, environment=environment).stdout
    (tmp_path / "llmgw-report.toml").write_text("[sources]\nmax-scrape-bytes = 100\n")
    assert said in call("--url", url, "--no-db", cwd=tmp_path).stdout
    assert call("--url", url, "--no-db", "--max-scrape-bytes", "1kB", cwd=tmp_path).returncode == 0
