"""What a check declares that it reads is enough: with that alone, every worked example gets the same findings."""

from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from llmgw_report import plugins
from llmgw_report.checks import load
from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.demo import example
from llmgw_report.cli.pages import feeds
from llmgw_report.config.settings import Settings
from llmgw_report.gateways.rows import RECORDS
from llmgw_report.model.finding import Finding
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline import collect, measure
from llmgw_report.pipeline.expectations import with_expectations
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections import sections
from tests.builders.databases import build
from tests.builders.products import script
from tests.builders.settings import typed
from tools.golden import EXAMPLES, StoppedMachine

NAMES = {*QUANTITIES, *(f"{role}.sql" for role in RECORDS)}
STATES = Path(__file__).parents[1] / "gateways" / "products"
CHECKS = plugins.modules("checks")


class Seen(NamedTuple):
    """One example, before its sections are made."""

    measured: Measured
    snapshot: Snapshot
    chosen: Settings

    def findings(self, slug: str, names: set[str]) -> tuple[Finding, ...]:
        """What a check says where only these quantities and queries are there."""
        few = replace(
            self.measured,
            indicators=tuple(one for one in self.measured.indicators if one.quantity in names),
            rows={role: rows for role, rows in self.measured.rows.items() if f"{role}.sql" in names},
        )
        snapshot = with_expectations(replace(self.snapshot, sections=sections(few)), self.chosen.expectations)
        return judge(snapshot, self.chosen.thresholds, [load(slug)])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """The examples with both witnesses, with a scrape alone and with rows alone, of requests and of calls."""
    found: list[Seen] = []
    with pytest.MonkeyPatch.context() as patch:
        kept: list[Measured] = []

        def keeping(*given: object) -> Measured:
            kept.append(measure.measure(*given))  # type: ignore[arg-type]
            return kept[-1]

        patch.setattr(collect, "measure", keeping)
        examples: list[tuple[str, ...]] = [("unhealthy",), ("verification",), ("litellm",), ("requests-table",)]
        # Of a window, counters are evaluated only if their process is known to have started inside it.
        for name, *more in [*examples, ("litellm", "--window", "3h")]:
            with example(EXAMPLES / name) as arguments:
                chosen = settings(typed("--window", "all", *arguments, *more), {})
                snapshot = collect.collect(chosen, StoppedMachine()).snapshot
            found.append(Seen(kept[-1], snapshot, chosen))
        calls = tmp_path_factory.mktemp("calls") / "o.db"
        build(script(STATES / "new-api" / "retries"), calls)
        chosen = settings(typed("--db-path", str(calls), "--no-metrics", "--at", "2026-11-20T10:00:00Z"), {})
        snapshot = collect.collect(chosen, StoppedMachine()).snapshot
        found.append(Seen(kept[-1], snapshot, chosen))
    return found


@pytest.mark.parametrize("slug", [slug for slug in CHECKS if slug != "expectation"])  # that one may ask for any figure
def test_nothing_else_is_needed(slug: str, seen: list[Seen]) -> None:
    reads = set(load(slug).reads)
    assert reads <= NAMES
    for one in seen:
        assert one.findings(slug, reads) == one.findings(slug, NAMES)


def test_of_a_check_that_is_judged_everything_is_needed_by_some_example(seen: list[Seen]) -> None:
    # What it does without may be known from another query as well.
    needed = {
        slug: {name for name in load(slug).reads if any(_matters(one, slug, name) for one in seen)}
        | set(load(slug).does_without)
        for slug in (
            "error-ratio",
            "latency-p99",
            "token-coverage",
            "requests-reconcile",
            "slow-requests",
        )
    }
    assert needed == {slug: set(load(slug).reads) for slug in needed}


def _matters(one: Seen, slug: str, name: str) -> bool:
    return one.findings(slug, NAMES - {name}) != one.findings(slug, NAMES)


def test_a_page_shows_the_selector_and_the_query_of_every_gateway() -> None:
    found = {(one.gateway, one.what) for one in feeds("error-ratio")}
    assert {("litellm", "requests"), ("llm-gateway", "attempts"), ("llm-gateway-requests", "requests.sql")} <= found
    assert all(one.file is None or one.file.is_file() for slug in CHECKS for one in feeds(slug))
    attempts = next(one for one in feeds("error-ratio") if (one.gateway, one.what) == ("llm-gateway", "attempts"))
    assert attempts.how == (
        "llm_gateway_instance_requests_total by (provider, instance, status); "
        "success = success, failure = server-error, business_error = error"
    )
