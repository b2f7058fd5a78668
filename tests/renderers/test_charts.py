"""Pictures: what is drawn is in proportion to the figure, inside the drawing, and what nobody knows is not drawn."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmgw_report.renderers import _charts
from llmgw_report.renderers._charts import svg
from llmgw_report.renderers._view.blocks import (
    Columns,
    Drawing,
    Gap,
    Heat,
    HeatRow,
    Panel,
    Series,
    StripRow,
    Strips,
)

COUNTS = st.lists(st.integers(min_value=0, max_value=10**9) | st.none(), min_size=1, max_size=144)


def columns(*series: Series, **fields: object) -> Columns:
    axis = {"since_ms": 0, "bucket_ms": 300_000, "axis": "Time", **fields}
    return Columns(panels=(Panel("Requests", series),), **axis)  # type: ignore[arg-type]


def heights(drawing: Drawing) -> list[float]:
    return [float(height) for height in re.findall(r"v-([\d.e+]+)", _charts.draw(drawing, "x"))]


@given(COUNTS)
def test_every_count_is_one_column_inside_the_drawing(values: list[int | None]) -> None:
    found = heights(columns(Series("all", tuple(values))))
    assert len(found) == sum(value is not None and value > 0 for value in values)
    assert all(1 <= height <= 100 for height in found)


def test_columns_are_in_proportion_and_stand_on_one_another() -> None:
    bad, good = Series("failed", (10, 0, None), "bad"), Series("others", (30, 60, None))
    text = _charts.draw(columns(bad, good), "x")
    assert re.findall(r"M[\d.]+ ([\d.]+)v-([\d.]+)", text) == [("100", "16.67"), ("83.33", "50"), ("100", "100")]
    assert [name for _, name in _charts.legend(columns(bad, good))] == ["failed", "others"]


def test_a_gap_is_hatched_and_named() -> None:
    drawing = columns(Series("all", (None, None, 3, 4)), gaps=(Gap(0, 1.5),), gap_label="before the oldest row")
    text = _charts.draw(drawing, "x")
    assert 'x="0%"' in text
    assert 'width="37.5%"' in text
    assert len(heights(drawing)) == 2
    assert [name for _, name in _charts.legend(drawing)] == ["before the oldest row"]


EACH = [
    columns(Series("<b>&\x1b", (1, 2)), axis="<b>&\x1b"),
    Heat((HeatRow("<b>&\x1b", (0, 3, 1)),), bounds=("1 s", "<b>&\x1b", "more"), axis="<b>&\x1b"),
    Strips(
        (StripRow("<b>&\x1b", "<b>&\x1b", (0, 2, None)),), 0, 60_000, ("none", "<b>&\x1b", "all"), "idle", "<b>&\x1b"
    ),
]


NAMES = ["columns", "heat", "strips"]


@pytest.mark.parametrize("drawing", EACH, ids=NAMES)
def test_a_picture_is_xml_with_its_texts_inside_and_a_name(drawing: Drawing) -> None:
    root = ET.fromstring(_charts.draw(drawing, "x"))  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "x-title x-summary"
    assert "<b>&\\x1b" in [element.text for element in root.iter("text")]
    assert not any("style" in element.attrib for element in root.iter())


@pytest.mark.parametrize("drawing", EACH, ids=NAMES)
def test_nothing_is_drawn_outside(drawing: Drawing) -> None:
    root = ET.fromstring(_charts.draw(drawing, "x"))  # noqa: S314 - our own
    height = float(root.get("height", "0"))
    for element in root:
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.get(name, "0%").rstrip("%")) <= 100
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.get(name, "0")) <= height


@given(st.integers(min_value=0, max_value=10**12))
def test_an_axis_of_counts_holds_its_largest(value: int) -> None:
    assert value <= svg.top(value) <= max(1, 2 * value)


@given(st.integers(min_value=0, max_value=2 * 10**12), st.integers(min_value=60_000, max_value=10**10))
def test_an_axis_of_time_has_a_handful_of_ticks_inside_it(since: int, length: int) -> None:
    ticks = svg.times(since, length)
    assert 1 <= len(ticks) <= 6
    assert all(0 <= at <= 1 for at, _ in ticks)


#: Counts that a saved report or a broken exporter can hold: beyond those of floats, and negative ones.
INTEGERS = st.sampled_from((2**63, 2**64, 10**400, 1, 0, -1, -(10**400))) | st.integers()


def inside(drawing: Drawing) -> None:
    """It is XML, and everything that has a place or a size has one inside the picture."""
    root = ET.fromstring(_charts.draw(drawing, "x"))  # noqa: S314 - our own
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx", "width"):
            assert 0 <= float(element.get(name, "0").rstrip("%")) <= 100, ET.tostring(element)


@given(st.lists(INTEGERS | st.none(), min_size=1, max_size=4), st.integers(0, 10**12))
@example([10**400, None, -1], 0)
def test_columns_of_any_counts_are_drawn(values: list[int | None], bucket_ms: int) -> None:
    drawing = columns(Series("a", tuple(values)), Series("b", tuple(values)), bucket_ms=bucket_ms)
    inside(drawing)
    assert all(1 <= height <= 100 for height in heights(drawing))


@given(st.lists(INTEGERS, min_size=1, max_size=4))
@example([10**400, 1, -1])
@example([-1, -2])
def test_heat_of_any_counts_is_drawn(values: list[int]) -> None:
    inside(Heat((HeatRow("a", tuple(values)),), bounds=("more",) * len(values), axis="Time"))


@given(st.lists(st.integers(0, 2) | st.none(), min_size=1, max_size=30))
def test_a_strip_is_as_full_as_its_level_and_hatched_where_nothing_happened(levels: list[int | None]) -> None:
    drawing = Strips((StripRow("a", "1%", tuple(levels)),), 0, 60_000, ("none", "some", "all"), "idle", "Time")
    inside(drawing)
    known = [level for level in levels if level is not None]
    assert sorted(heights(drawing)) == sorted([100] * len(known) + [50 * level for level in known if level])
    assert _charts.draw(drawing, "x").count("url(#x-empty)") == levels.count(None)
    assert [name for _, name in _charts.legend(drawing)] == ["none", "some", "all", "idle"]


@given(st.integers(-(10**15), 10**15), st.integers(0, 10**17))
@example(0, 0)
@example(2**62, 10**17)
def test_an_axis_of_any_time_has_a_handful_of_ticks(since: int, length: int) -> None:
    ticks = svg.times(since, length)
    assert len(ticks) <= 7
    assert all(0 <= at <= 1 for at, _ in ticks)
