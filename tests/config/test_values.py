"""Durations and instants as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from llmgw_report.config.values import duration, duration_text, instant, ratio, ratio_text, size, size_text, threshold
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Unit


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
    assert instant(text, "--at") == 1767922000000


@pytest.mark.parametrize("text", ["2026-01-09T01:26:40", "yesterday", "2026-13-01T00:00:00Z", "inf", "nan", "1e300"])
def test_not_an_instant(text: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        instant(text, "--at")


@pytest.mark.parametrize("value", [True, None, [], {"a": 1}])
def test_what_is_neither_a_number_nor_a_text_is_no_value(value: object) -> None:
    for read in (duration, ratio, size, instant):
        with pytest.raises(UsageError, match="here: "):
            read(value, "here")


@pytest.mark.parametrize(
    ("text", "value"),
    [("2%", 0.02), ("0.02", 0.02), ("99.5 %", 0.995), ("7%", 0.07), (1, 1), ("-3%", -0.03)],
)
def test_a_ratio(text: str | float, value: float) -> None:
    assert ratio(text, "--slo") == value


@pytest.mark.parametrize("text", ["", "%", "2%%", "nan", "inf", "2 h", "1e999"])
def test_not_a_ratio(text: str) -> None:
    with pytest.raises(UsageError, match="is not a ratio") as caught:
        ratio(text, "--slo")
    assert "2%" in (caught.value.hint or "")


@pytest.mark.parametrize(("text", "value"), [("512MiB", 512 * 2**20), ("2GB", 2 * 10**9), ("1 kB", 1000), (7, 7)])
def test_a_size(text: str | int, value: int) -> None:
    assert size(text, "--max-scrape-bytes") == value


@pytest.mark.parametrize(
    ("unit", "text", "value"), [("seconds", "15m", 900), ("seconds", 0, 0), ("ratio", "2%", 0.02), ("count", "5", 5)]
)
def test_a_threshold_is_in_the_unit_of_its_check(unit: Unit, text: str | int, value: float) -> None:
    assert threshold(text, unit, "here") == value


@pytest.mark.parametrize(("unit", "text"), [("seconds", "2%"), ("ratio", "15m"), ("count", "5s"), ("factor", "2%")])
def test_a_threshold_in_the_unit_of_another_check(unit: Unit, text: str) -> None:
    with pytest.raises(UsageError, match="is not a"):
        threshold(text, unit, "here")


FINITE = some.floats(0, 1e9, allow_nan=False)


@given(FINITE)
def test_what_is_written_is_read_again(value: float) -> None:
    assert ratio(ratio_text(value), "here") == value
    assert threshold(duration_text(value), "seconds", "here") == value
    assert size(size_text(int(value) + 1), "here") == int(value) + 1


def test_a_window_that_no_query_could_take_is_refused() -> None:
    with pytest.raises(UsageError):
        duration("1e12d", "--trend-window")
