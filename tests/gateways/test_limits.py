"""Limits, fallbacks, token types and gauges of a scrape: what they read, and what "no limit" looks like."""

from pathlib import Path

import pytest

from llmgw_report.model.report import Report
from llmgw_report.model.resilience import FallbackRow, LimitRow
from tests.builders.gateway import Machine, report
from tests.process import AT

LEFT, MOST, HOURS = (
    "litellm_remaining_api_key_budget_metric",
    "litellm_api_key_max_budget_metric",
    "litellm_api_key_budget_remaining_hours_metric",
)
ALLOWED, USED = "litellm_api_key_rate_limit_allowed_metric", "litellm_api_key_rate_limit_used_metric"
UPSTREAM = "litellm_remaining_tokens_metric"
NEVER_BELOW_ZERO = "litellm_in_flight_requests"

OWN = """
title = "Own gateway"
about = "Counts tokens of every type in one family."
[detect]
families = ["own_requests_total"]
[[metrics.requests]]
family = "own_requests_total"
[[metrics.tokens]]
family = "own_tokens_total"
labels = { token-type = "type" }
"""


def read(folder: Path, *lines: str, gateway: str = "litellm") -> Report:
    """A report on these samples of gauges and counters."""
    file = folder / "metrics.prom"
    names = dict.fromkeys(line.partition("{")[0].partition(" ")[0] for line in lines)
    kinds = {name: "counter" if name.endswith("_total") else "gauge" for name in names}
    typed = [f"# TYPE {name} {kind}" for name, kind in kinds.items()]
    file.write_text("\n".join([*typed, *lines, ""]))
    return report(
        *("--metrics-file", str(file), "--no-db", "--gateway", gateway, "--window", "all", "--at", AT),
        machine=Machine(AT),
    )


def limits(folder: Path, *lines: str) -> tuple[LimitRow, ...]:
    return read(folder, *lines).sections.resilience.limits


def key(name: str) -> str:
    return f'api_key_alias="{name}",hashed_api_key="None"'


@pytest.mark.parametrize("none", ["+Inf", "NaN", "9.223372036854776e+18"])
def test_what_is_written_for_no_limit_is_no_limit(tmp_path: Path, none: str) -> None:
    found = read(tmp_path, f"{LEFT}{{{key('alice')}}} {none}", f"{LEFT}{{{key('bob')}}} 5", f"{MOST}{{{key('bob')}}} 8")
    assert [(row.name, row.used, row.used_ratio) for row in found.sections.resilience.limits] == [("bob", 3.0, 0.375)]
    assert found.sections.metrics is not None
    assert not found.sections.metrics.bad_line_count


def test_the_fullest_comes_first_and_what_is_not_recorded_follows(tmp_path: Path) -> None:
    kind = 'rate_limit_type="requests"'
    budget, rate = limits(
        tmp_path,
        f"{ALLOWED}{{{key('alice')},{kind}}} 10",
        f"{USED}{{{key('alice')},{kind}}} 4",
        f"{LEFT}{{{key('bob')}}} -1",
        f"{MOST}{{{key('bob')}}} 4",
        f"{HOURS}{{{key('bob')}}} 0.5",
    )
    assert (budget.name, budget.kind, budget.used, budget.used_ratio, budget.resets_in_seconds) == (
        *("bob", "money", 5.0, 1.25, 1800.0),
    )
    assert (rate.name, rate.kind, rate.remaining, rate.used_ratio) == ("alice", "requests per minute", 6.0, 0.4)


def test_of_several_readings_of_what_an_upstream_has_left_the_smallest_counts(tmp_path: Path) -> None:
    deployment = 'model_id="gpt4o-a",api_provider="openai",litellm_model_name="gpt-4o"'
    (row,) = limits(
        tmp_path, *(f"{UPSTREAM}{{{key(name)},{deployment}}} {left}" for name, left in (("alice", 900), ("bob", 700)))
    )
    assert (row.scope, row.name, row.kind, row.remaining, row.maximum) == (
        *("instance", "gpt4o-a", "upstream tokens", 700.0, None),
    )


def test_each_worker_has_seen_another_part_of_the_budget(tmp_path: Path) -> None:
    both = ((LEFT, 1, 6.0), (LEFT, 2, 4.5), (MOST, 1, 10), (MOST, 2, 10))
    (row,) = limits(tmp_path, *(f'{name}{{{key("alice")},pid="{pid}"}} {value}' for name, pid, value in both))
    assert (row.remaining, row.maximum, row.used) == (4.5, 10.0, 5.5)


def test_what_one_worker_has_left_is_not_compared_with_the_maximum_of_another(tmp_path: Path) -> None:
    both = ((LEFT, 1, 50), (MOST, 1, 1000), (LEFT, 2, 60), (MOST, 2, 100))
    (row,) = limits(tmp_path, *(f'{name}{{{key("alice")},pid="{pid}"}} {value}' for name, pid, value in both))
    assert (row.remaining, row.maximum, row.used_ratio) == (50, 1000, 0.95)


def test_readings_of_different_times_make_no_figure(tmp_path: Path) -> None:
    samples = (f"{name}{{{key('alice')}}} {value}" for name, value in ((LEFT, 15), (MOST, 10), (HOURS, -3)))
    (row,) = limits(tmp_path, *samples)
    assert (row.remaining, row.maximum, row.used, row.used_ratio, row.resets_in_seconds) == (15, 10, None, None, None)


def test_nothing_left_of_a_budget_without_a_maximum_is_all_of_it(tmp_path: Path) -> None:
    (row,) = limits(tmp_path, 'litellm_provider_remaining_budget_metric{api_provider="openai"} -0.5')
    assert (row.scope, row.name, row.used_ratio) == ("provider", "openai", 1.0)


def test_a_fallback_has_two_models_and_an_end(tmp_path: Path) -> None:
    pair = 'requested_model="primary",fallback_model="second"'
    found = read(
        tmp_path,
        f"litellm_deployment_successful_fallbacks_total{{{pair}}} 10",
        f"litellm_deployment_failed_fallbacks_total{{{pair}}} 2",
        'litellm_proxy_total_requests_metric_total{requested_model="second",status_code="200"} 12',
    )
    assert found.sections.resilience.fallbacks == (
        FallbackRow(from_="primary", to="second", outcome="success", count=10),
        FallbackRow(from_="primary", to="second", outcome="error", count=2),
    )
    assert found.sections.traffic
    assert found.sections.traffic.total.figures["fallbacks"] == 12


@pytest.mark.parametrize(("read_as", "in_flight"), [(1, 0), (4, 3), (0, 0)])
def test_the_scrape_itself_is_not_in_flight(tmp_path: Path, read_as: int, in_flight: int) -> None:
    found = read(
        tmp_path,
        f"{NEVER_BELOW_ZERO} {read_as}",
        'litellm_proxy_total_requests_metric_total{requested_model="a",status_code="200"} 12',
    )
    assert found.sections.resilience.in_flight == in_flight


def test_tokens_of_a_type_that_nobody_knows_are_named(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "gateway.toml").write_text(OWN)
    samples = (f'own_tokens_total{{type="{name}"}} {n}' for name, n in (("input", 7), ("reasoning", 3), ("audio", 120)))
    found = read(tmp_path, "own_requests_total 5", *samples, gateway=str(tmp_path / "own"))
    assert found.sections.traffic
    assert found.sections.traffic.total.tokens.recorded == {"input": 7, "reasoning": 3}
    assert [one.reason for one in found.absent if one.quantity == "tokens of type audio"] == [
        "120 tokens of a type that is none of input, output, cached-read, cached-write, reasoning"
    ]


@pytest.mark.parametrize(("spent", "cost"), [(0, None), (0.25, 0.25)])
def test_what_has_no_price_costs_nobody_knows_what(tmp_path: Path, spent: float, cost: float | None) -> None:
    found = read(
        tmp_path,
        f'litellm_spend_metric_total{{requested_model="a"}} {spent}',
        'litellm_proxy_total_requests_metric_total{requested_model="a",status_code="200"} 12',
    )
    assert found.sections.traffic
    assert found.sections.traffic.total.figures.get("cost_usd") == cost
