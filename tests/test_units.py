"""Rounding never makes a claim that the figure does not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report import units

FINITE = st.floats(min_value=-1e300, max_value=1e300)
POSITIVE = st.floats(min_value=1e-6, max_value=1e9)
IN_SECONDS: dict[str, float] = {"µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}
IN_BYTES: dict[str, float] = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
EVERY_UNIT = (units.seconds, units.period, units.ratio, units.factor, units.count, units.byte_size, units.usd)


def value_of(text: str, factors: dict[str, float]) -> float:
    """What a reader takes from a text such as "3 min 20 s"."""
    words = text.replace(",", "").split()
    return sum(float(number) * factors[unit] for number, unit in zip(words[::2], words[1::2], strict=True))


@given(POSITIVE)
def test_a_duration_reads_as_the_duration_it_is(value: float) -> None:
    assert value_of(units.seconds(value), IN_SECONDS) == pytest.approx(value, rel=0.051)


@given(POSITIVE)
def test_a_duration_never_reaches_the_next_unit(value: float) -> None:
    assert not re.search(r"\b(1,?000 [µm]s|60(\.0+)? s|60 min|24 h)\b", units.seconds(value))


@given(st.floats(min_value=1, max_value=1e15))
def test_a_size_reads_as_the_size_it_is(value: float) -> None:
    said = units.byte_size(value)
    assert value_of(said, IN_BYTES) == pytest.approx(value, rel=0.051)
    assert "1024" not in said


@given(st.floats(min_value=0, max_value=2))
def test_none_and_all_are_only_said_of_none_and_all(value: float) -> None:
    said = units.ratio(value)
    assert (said == "0%") == (value == 0)
    assert (said == "100%") == (value == 1)
    assert not re.fullmatch(r"(0|100)\.0*%", said)


@given(FINITE)
def test_an_amount_is_nothing_only_if_it_is_nothing(value: float) -> None:
    assert (units.usd(value) in {"$0", "$0.00", "$0.0000", "-$0.00"}) == (value == 0)
    assert (units.count(value).strip("-") in {"0", "0.0"}) == (value == 0)


@pytest.mark.parametrize("say", EVERY_UNIT)
@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_figure_is_a_dash_and_not_zero(say: object, value: float | None) -> None:
    assert callable(say)
    assert say(value) == units.ABSENT


@given(value=FINITE, unit=st.sampled_from(["s", "ratio", "1", "By", "USD", "{request}", "rows", "", None]))
def test_every_figure_of_every_unit_has_a_text_with_a_digit(value: float, unit: str | None) -> None:
    assert re.search(r"\d", units.quantity(value, unit))


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("p99_seconds", "2 s"),
        ("seconds", "2 s"),
        ("error_ratio", "200.0%"),
        ("input_tokens", "2"),
        ("spend_usd", "$2.00"),
        ("peak_rss_bytes", "2 B"),
        ("SPEND_USD", "$2.00"),
        ("ratios", "2"),
    ],
)
def test_the_suffix_of_a_column_is_its_unit(column: str, said: str) -> None:
    assert units.text(2, column) == said


@given(POSITIVE)
def test_a_period_is_a_word_for_one_unit_alone_and_a_duration_otherwise(value: float) -> None:
    assert units.period(value) in {units.seconds(value), "second", "minute", "hour", "day"}
    assert (units.period(value) == "hour") == (value == 3600)
