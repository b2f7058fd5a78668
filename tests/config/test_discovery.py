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
