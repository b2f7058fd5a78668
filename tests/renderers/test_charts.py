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
    Curve,
    Curves,
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


#: Pixels: of a panel that is alone, and of what is there at all.
PANEL, LEAST = 132, 4


def stacks(text: str) -> list[list[tuple[str, str]]]:
    """Of each series the columns, as where they begin from above and how high they are."""
    return [re.findall(r"M[\d.]+ ([\d.]+)v-([\d.]+)", path) for path in re.findall(r'd="([^"]+v-[^"]+)"', text)]


def heights(drawing: Drawing) -> list[float]:
    return [float(height) for height in re.findall(r"v-([\d.e+]+)", _charts.draw(drawing, "x"))]


@given(COUNTS)
def test_every_count_is_one_column_inside_the_drawing(values: list[int | None]) -> None:
    found = heights(columns(Series("all", tuple(values))))
    assert len(found) == sum(value is not None and value > 0 for value in values)
    assert all(LEAST <= height <= PANEL for height in found)


def test_what_failed_stands_on_the_others_and_both_are_as_high_as_all_requests() -> None:
    good, bad = Series("others", (30, 60, None)), Series("failed", (10, 0, None), "bad")
    text = _charts.draw(columns(good, bad), "x")
    others, failed = ([(float(low), float(high)) for low, high in each] for each in stacks(text))
    assert others == [(PANEL, 66), (PANEL, PANEL)]
    assert failed == [(66, 22)]
    assert [name for _, name in _charts.legend(columns(good, bad))] == ["failed", "others"]


@given(st.integers(0, 10**6), st.integers(1, 10**6))
@example(1_000_000, 1)
def test_a_single_failure_among_thousands_is_seen_and_makes_no_column_higher(others: int, failures: int) -> None:
    """Its part takes from the others what it is thicker than it would be."""
    good, bad = Series("others", (others, 10**7)), Series("failed", (failures, 0), "bad")
    _, failed = stacks(_charts.draw(columns(good, bad), "x"))
    (bottom, height), whole = map(float, failed[0]), (others + failures) / 10**7 * PANEL
    assert height >= LEAST
    assert PANEL - bottom + height == pytest.approx(max(LEAST, whole), abs=0.1)


def test_what_failed_and_what_nobody_knows_have_patterns() -> None:
    """Fills that refer to a pattern of the same picture, of the whole width: a seam would look like another stripe."""
    series = (Series("silent", (5, 0), "unknown"), Series("others", (0, 5)), Series("failed", (0, 1), "bad"))
    text = _charts.draw(columns(*series), "x")
    for hue in ("bad", "unknown"):
        assert f'fill="url(#x-{hue})"' in text
        assert f'<pattern id="x-{hue}" width="2"' in text
    assert [name for _, name in _charts.legend(columns(series[0]))] == ["silent"]
    assert _charts.legend(columns(series[1])) == []


def curves(*lines: Curve) -> Columns:
    return Columns(panels=(Curves("Latency", lines, "of a sketch"),), since_ms=0, bucket_ms=300_000, axis="Time")


def test_a_curve_is_level_through_a_bucket_and_ends_where_nothing_is_known() -> None:
    drawing = curves(Curve("p99", (1.0, 2.0, None, 0.5), "solid"), Curve("p50", (0.5, None, None, None), "dashed"))
    text = _charts.draw(drawing, "x")
    assert re.findall(r'd="([^"]+)" fill="none"', text) == ["M0 46h1V1h1M3 68.5h1", "M0 68.5h1"]
    assert text.count("stroke-dasharray") == 1
    assert ">2 s</text>" in text
    assert [name for _, name in _charts.legend(drawing)] == ["p99", "p50", "of a sketch"]


@given(st.lists(st.floats() | st.none(), min_size=1, max_size=20))
@example([1.7976931348623157e308, 5e-324, -1.0, float("nan")])
def test_curves_of_any_durations_stay_inside(values: list[float | None]) -> None:
    drawing = curves(Curve("p99", tuple(values)))
    inside(drawing)
    for path in re.findall(r'd="(M[^"]+)" fill="none"', _charts.draw(drawing, "x")):
        assert all(1 <= float(y) <= 91 for y in re.findall(r"(?:M\d+ |V)([\d.e+-]+)", path))


@pytest.mark.parametrize("buckets", [3, 9, 18, 60])
def test_a_label_of_the_smallest_bucket_does_not_begin_left_of_the_picture(buckets: int) -> None:
    """It ends at its bucket's upper limit, which 310 pixels on a telephone have no room for."""
    counts = tuple(range(1, buckets + 1))
    drawing = Heat((HeatRow("a", counts),), bounds=(*["501 ms"] * (buckets - 1), "more"), axis="Time")
    ends = re.findall(r'x="([\d.]+)%" y="\d+" text-anchor="end"', _charts.draw(drawing, "x"))
    assert ends[-1] == "100"
    assert all(float(end) / 100 * 310 > 45 for end in ends)


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
    assert all(0 < height <= PANEL for height in heights(drawing))


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
