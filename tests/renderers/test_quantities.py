"""What only some gateways record is shown where it is recorded, and nowhere else."""

from pathlib import Path

import pytest

from llmgw_report.model.report import Report
from llmgw_report.renderers import md, nagios, text
from tests.builders.gateway import Machine, report
from tests.process import AT

PRODUCTS = Path(__file__).parents[1] / "gateways" / "products"
RECORDED = (
    "Tokens and cost",
    "Cost \\$",
    "Cached tokens",
    "Reasoning tokens",
    "Time to first token",
    "Limits and budgets",
    "The input tokens include those that were read from a cache.",
)


@pytest.fixture(scope="module")
def full() -> Report:
    return read(PRODUCTS / "litellm" / "clean" / "metrics.prom")


def read(file: Path) -> Report:
    return report(
        *("--metrics-file", str(file), "--no-db", "--gateway", "litellm", "--window", "all", "--at", AT),
        machine=Machine(AT),
    )


@pytest.mark.parametrize("words", RECORDED)
def test_what_is_recorded_is_shown(full: Report, words: str) -> None:
    assert words in md.render(full)


def test_no_table_of_groups_is_too_wide_to_read(full: Report) -> None:
    lines = md.render(full).splitlines()
    after = [
        lines[place + 2] for place, line in enumerate(lines) if line.startswith(("**Requests and", "**Tokens and"))
    ]
    assert len(after) == 2
    assert max(line.count("|") - 1 for line in after) <= 9


def test_what_is_not_recorded_is_not_mentioned(tmp_path: Path) -> None:
    file = tmp_path / "metrics.prom"
    name = "litellm_proxy_total_requests_metric_total"
    file.write_text(f'# TYPE {name} counter\n{name}{{requested_model="a",status_code="200"}} 12\n')
    shown = md.render(read(file)).split("Absent from this report")[0]
    assert not [words for words in (*RECORDED, "Fallbacks", "Cooldowns", "In flight") if words in shown]


def test_a_line_has_the_cost_too(full: Report) -> None:
    assert "cost $0.06" in text.render(full)
    assert "'cost_usd'=0.0625c;;;0" in nagios.render(full)
