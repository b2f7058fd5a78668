"""Durations and instants as people write them."""

import pytest

from llmgw_report.config.values import duration, moment
from llmgw_report.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h", 3600), ("90", 90), ("500ms", 0.5), ("5m", 300), ("1.5h", 5400), ("30d", 2592000), ("2w", 1209600), (7, 7)],
)
def test_a_duration(text: str | float, seconds: float) -> None:
    assert duration(text, "--window") == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "0", "1y", "inf", "nan", "1 h 5", "1h5m"])
def test_not_a_duration(text: str) -> None:
    with pytest.raises(UsageError, match="--window"):
        duration(text, "--window")


@pytest.mark.parametrize("text", ["2026-01-09T01:26:40Z", "2026-01-09T09:26:40+08:00", "1767922000", "1767922000.0"])
def test_an_instant(text: str) -> None:
    assert moment(text, "--at") == 1767922000000


@pytest.mark.parametrize("text", ["2026-01-09T01:26:40", "yesterday", "2026-13-01T00:00:00Z", "inf", "nan", "1e300"])
def test_not_an_instant(text: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        moment(text, "--at")


def test_a_window_that_no_query_could_take_is_refused() -> None:
    with pytest.raises(UsageError):
        duration("1e12d", "--trend-window")
