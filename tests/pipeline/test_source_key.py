"""Runs of one source have one key, and runs of another have another."""

import pytest

from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, Settings
from llmgw_report.pipeline.source_key import source_key

URL = "http://10.0.0.1:4000/metrics"


def scraped(url: str = URL, *headers: tuple[str, str], token: str | None = None) -> str:
    return source_key(Settings(metrics=MetricsTarget(url=url, headers=headers, bearer_token=token), database=None))


def stored(path: str, *files: str, url: str | None = None) -> str:
    return source_key(Settings(metrics=None, database=DatabaseTarget(path=path, files=files, url=url)))


def test_an_address_alone_is_its_own_key() -> None:
    assert scraped() == URL == scraped(token="changes hourly")


@pytest.mark.parametrize(
    "other",
    [
        (f"{URL}?target=gw2",),
        ("http://gw2@10.0.0.1:4000/metrics",),
        (URL, ("X-Scope-OrgID", "gw2")),
    ],
)
def test_what_chooses_the_gateway_is_in_the_key_and_not_to_be_read(other: tuple[object, ...]) -> None:
    key = scraped(*other)  # type: ignore[arg-type]
    assert key.startswith(f"{URL} ")
    assert "gw2" not in key
    assert key == scraped(*other)  # type: ignore[arg-type]
    assert key != scraped()


def test_databases_have_keys_of_their_own() -> None:
    keys = {
        stored("/a/gw.db"),
        stored("/b/gw.db"),
        stored("postgresql://db-1/llm", url="postgresql://u:p@db-1/llm"),
        stored("postgresql://db-2/llm", url="postgresql://u:p@db-2/llm"),
        stored("postgresql://db-1/test", url="postgresql://u:p@db-1/test"),
        stored("/c/1.db", "/c/1.db", "/c/2.db"),
    }
    assert len(keys) == 6
    assert stored("/c/2.db", "/c/2.db", "/c/3.db") in keys
    assert stored("postgresql://db-1/llm", url="postgresql://u:rotated@db-1/llm") in keys
