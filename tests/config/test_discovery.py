"""The gateway's own configuration tells where it listens and logs."""

from pathlib import Path

import pytest

from llmgw_report.config import discovery


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("gw.lan", "gw.lan")],  # noqa: S104 - read from a file
)
def test_an_endpoint_from_its_host(tmp_path: Path, host: str, address: str) -> None:
    (tmp_path / "config.toml").write_text(f'[server]\nhost = "{host}"\nport = 9000\n[metrics]\nendpoint = "/m"\n')
    assert discovery.metrics(tmp_path).url == f"http://{address}:9000/m"


def test_a_database_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[observability]\ndatabase_path = "sqlite://./logs/o.db"\n')
    assert discovery.database(tmp_path).path == "./logs/o.db"


@pytest.mark.parametrize("text", [None, "", "not = [toml", "server = 3", "[server]\nport = 'x'"])
def test_a_file_that_says_nothing_leaves_the_defaults(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.toml").write_text(text)
    metrics, database = discovery.metrics(tmp_path), discovery.database(tmp_path)
    assert metrics.url == discovery.DEFAULT_URL
    assert database.path == discovery.DEFAULT_DATABASE
    assert not metrics.named
    assert not database.named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not = [toml", "was passed over: "),
        ("x = " + "[" * 5000, "was passed over: "),
        ("[server]\nport = 'x'", "is no host and port"),
        ("[server]\nport = 99999", "is no host and port"),
        ("[server]\nport = true", "is no host and port"),
        ("[server]\nhost = 5", "is no host and port"),
        ("[observability]\ndatabase_path = 5", "is not a text"),
    ],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_passed_over_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    found = discovery.metrics(tmp_path).passed_over, discovery.database(tmp_path).passed_over
    assert said in " ".join(one for one in found if one)
    assert all(one.startswith("config.toml of the working directory was passed over: ") for one in found if one)


@pytest.mark.parametrize("text", [None, "", "[other]\nx = 1"])
def test_a_file_of_another_program_is_nothing_to_name(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.toml").write_text(text)
    assert discovery.metrics(tmp_path).passed_over is None
    assert discovery.database(tmp_path).passed_over is None
