"""Nothing is invented between a scrape and its indicators: every figure is a sum, a sample or a maximum of samples."""

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report import gateways
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways.normalise import ScrapeContext, interest, normalise
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.sections import GroupBy
from llmgw_report.sources.exposition import parse
from llmgw_report.sources.prometheus import scrape

GATEWAY = gateways.load("llm-gateway")
SOURCES = [(quantity, source) for quantity, sources in GATEWAY.metrics.items() for source in sources]
WORDS = st.sampled_from(["a", "b", "", "ok", "success", "business_error", "200"])
GROUPS: list[GroupBy] = ["provider", "model", "api-key", "all"]
#: Small enough that sums of them are exact in whatever order.
VALUES = st.one_of(st.integers(0, 2**20), st.sampled_from([math.nan, 0.5, 0.25]))


def names() -> list[tuple[str, tuple[str, ...]]]:
    """Sample names of all families with their labels."""
    found = []
    for quantity, source in SOURCES:
        labels = source.all_labels
        family = source.family
        if QUANTITIES[quantity].kind == "distribution":
            found += [(f"{family}_sum", labels), (f"{family}_count", labels), (family, (*labels, "quantile"))]
        else:
            found.append((family, labels))
    return found


@st.composite
def samples(draw: st.DrawFn) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Series of the gateway's families with their values; no series comes twice."""
    found = {}
    for _ in range(draw(st.integers(1, 25))):
        name, labels = draw(st.sampled_from(names()))
        values = {label: draw(st.sampled_from(["0.5", "0.99"]) if label == "quantile" else WORDS) for label in labels}
        found[name, tuple(sorted(values.items()))] = float(draw(VALUES))
    return found


def text_of(series: dict[tuple[str, tuple[tuple[str, str], ...]], float]) -> bytes:
    lines = []
    for (name, labels), value in series.items():
        inner = ",".join(f'{label}="{text}"' for label, text in labels)
        lines.append(f"{name}{{{inner}}} {value!r}\n")
    return "".join(lines).encode()


def finite(values: Iterable[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


@given(samples(), st.sampled_from(GROUPS))
def test_every_figure_comes_from_samples_and_no_sample_is_lost(
    series: dict[tuple[str, tuple[tuple[str, str], ...]], float], group_by: GroupBy
) -> None:
    wanted = interest([GATEWAY], group_by)
    scraped = parse([text_of(series)], wanted, "test")
    context = ScrapeContext(gateway=GATEWAY, scrape=scraped, interest=wanted, group_by=group_by)
    found = list(normalise(context))
    by_name: dict[str, list[float]] = {}
    for (name, _), value in series.items():
        # A counter that is none is a line that is lost, and is said to be.
        if math.isfinite(value) or not name.endswith("_total"):
            by_name.setdefault(name, []).append(value)
    for quantity, source in SOURCES:
        mine = [one for one in found if (one.quantity, one.family) == (quantity, source.family)]
        values = finite(by_name.get(source.family, []))
        if QUANTITIES[quantity].kind == "distribution":
            assert sum(one.count or 0 for one in mine) == sum(finite(by_name.get(f"{source.family}_count", [])))
            assert {q for one in mine for q in (one.quantiles or {}).values()} <= set(values)
            sums = finite(by_name.get(f"{source.family}_sum", []))
            assert sum(finite(one.value for one in mine)) <= sum(sums)
        elif QUANTITIES[quantity].adds_up == "sum":
            assert sum(one.value for one in mine) == sum(values) * source.scale
            assert sum(one.series for one in mine) == len(values)
        elif QUANTITIES[quantity].adds_up == "per-target":
            assert sum(finite(one.value for one in mine)) == sum(values) * source.scale
            # A state that reads NaN is not an instance that the gateway does not name.
            unread = len(by_name.get(source.family, [])) > len(values)
            assert any("unknown" in one.states for one in mine) >= unread
        else:
            assert set(finite(one.value for one in mine)) <= {value * source.scale for value in values}


@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_scrape_or_an_error_that_says_why(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.prom"
    file.write_bytes(content)
    said: tuple[object, ...]
    try:
        said = (scrape(MetricsTarget(file=str(file)), interest([GATEWAY], "provider")).sample_count,)
    except SourceError as error:
        said = (error.message, error.hint)
    assert all(said)
