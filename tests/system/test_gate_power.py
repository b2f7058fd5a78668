"""A small part of `make gate-power`, under the same seeds: few false alarms, and faults that can be found are."""

import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean

import pytest
from msgspec.structs import replace

from llmgw_report.checks._statistics import ONE_SIDED_95, binomial_tail, more_needed
from llmgw_report.pipeline import second_scrape
from tests.builders.reports import finding, report
from tools.power import litellm, llm_gateway
from tools.power.__main__ import BEGIN, END, PAGE, RUNS
from tools.power.dependence import INDEPENDENT, Dependence
from tools.power.faults import FAULTS
from tools.power.kinds import KINDS, Kind
from tools.power.table import FALSE_ALARM_RATIO, met, tables
from tools.power.tally import Job, Tally, count, jobs, tallies
from tools.power.traffic import Call, Plan, calls, climate
from tools.power.trial import GATEWAYS, Case, trial
from tools.power.truth import false_alarms

PAGE_TEXT = PAGE.read_text("utf-8")


@pytest.fixture(autouse=True)
def _nothing_is_scraped_between_the_first_and_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """All scrapes after the first one find the same file, and one finds in it what seventeen do."""
    monkeypatch.setattr(second_scrape, "_PROBES_COUNT", 0)


def place_of(name: str) -> int:
    return next(place for place, kind in enumerate(KINDS) if kind.name == name)


def test_traffic_without_a_fault_raises_no_false_alarm() -> None:
    """Every kind at every gateway: that the goal is missed must not be proven by so few.

    Of two neighbours one has an even seed, with which there is an earlier report to be compared with.
    """
    done = [
        count(Job(clean=True, place=place, gateway=gateway, n=200, seeds=range(seed, seed + 1)))
        for place, _ in enumerate(KINDS)
        for seed, gateway in enumerate(GATEWAYS, place)
    ]
    hits, runs = sum(one.hits for one in done), sum(one.runs for one in done)
    assert runs == len(KINDS) * len(GATEWAYS)
    spoke = sum((one.checks for one in done), Counter())
    assert hits == 0 or binomial_tail(hits, runs, FALSE_ALARM_RATIO) > ONE_SIDED_95, spoke


def test_a_fault_that_can_be_found_is_found() -> None:
    n = 200
    places = [place for place, fault in enumerate(FAULTS) if fault.decidable(n)]
    assert len(places) >= 6
    for place in places:
        for gateway in FAULTS[place].gateways:
            found = count(Job(clean=False, place=place, gateway=gateway, n=n, seeds=range(2)))
            assert found.hits == found.runs == 2, (found, gateway)


@pytest.mark.parametrize("clean", [True, False])
def test_the_same_seed_makes_the_same_report(*, clean: bool) -> None:
    job = Job(clean, 0, "litellm", 200, range(2))
    assert count(job) == count(job)


def tally(name: str, n: int, hits: int, runs: int) -> Tally:
    return Tally(name, n, runs, hits, Counter({"error-ratio": hits}))


def test_the_goals_are_those_of_the_page() -> None:
    good = [*(tally(kind.name, 2000, 10, 1000) for kind in KINDS), *(tally(one.name, 2000, 95, 100) for one in FAULTS)]
    assert met(tallies(good))
    assert not met(tallies([*good[:-1], tally(FAULTS[-1].name, 2000, 94, 100)]))
    assert not met(tallies([tally(KINDS[0].name, 2000, 11, 1000), *good[1:]]))
    row = "| independent requests | 2,000 | 1,000 | 10 | 10.0 (5.4 to 18.3) | `error-ratio` 10 | 0 | 0 |"
    assert row in tables(tallies(good))


def test_every_report_has_a_seed_of_its_own() -> None:
    asked = [(job.clean, job.place, job.gateway, seed) for job in jobs(20, 25, 12) for seed in job.seeds]
    expected = 25 * len(KINDS) * len(GATEWAYS) + 12 * sum(len(fault.gateways) for fault in FAULTS)
    assert len(asked) == len(set(asked)) == expected


def test_the_page_shows_every_kind_and_every_fault_of_the_last_whole_run() -> None:
    shown = PAGE_TEXT.partition(BEGIN)[2].partition(END)[0]
    kinds = re.findall(r"^\| (.+?) \| [\d,]+ \| [\d,]+ \| \d+ \| [\d.]+ \(", shown, re.MULTILINE)
    assert kinds == [kind.name for kind in KINDS for _ in RUNS]
    recall = re.findall(r"^\| (.+?) \| `.+?` \| [\d,]+ \| (?:yes|no) \| \d+ of \d+ \| [\d.]+ \(", shown, re.MULTILINE)
    assert recall == [fault.name for fault in FAULTS for _ in RUNS]


@pytest.mark.parametrize("gateway", [llm_gateway.NAME, litellm.NAME])
@pytest.mark.parametrize("baseline", [True, False])
def test_the_program_counts_what_was_generated(gateway: str, tmp_path: Path, *, baseline: bool) -> None:
    """Whose fault a failure was is known, but for llm-gateway's 4xx of an upstream, which only its metrics count."""
    plan = Plan(server_errors={"openai": 0.1}, refused="openai-eu", denied="web-chat" if gateway == "litellm" else "")
    found = trial(tmp_path, gateway, Case(plan, baseline=baseline), 400, "counted")
    truth = Counter(call.outcome for call in found.window)
    assert found.report.sections.outcomes is not None
    counted = found.report.sections.outcomes.total().outcomes
    known = gateway == litellm.NAME
    assert counted.success == pytest.approx(truth["success"], abs=3)
    assert counted.service == pytest.approx(truth["failure"] + known * truth["refused"], abs=3)
    assert counted.client == pytest.approx(known * (truth["business_error"] + truth["denied"]), abs=3)
    unattributed = 0 if known else truth["business_error"] + truth["refused"]
    assert counted.unattributed == pytest.approx(unattributed, abs=3)
    assert "openai-eu" in {one.subject.get("instance") for one in found.report.findings if one.status == "fail"}


HOUR = (1_800_000_000_000, 1_800_003_600_000)


def window(dependence: Dependence, n: int = 20_000) -> list[Call]:
    return calls(random.Random(1), n, *HOUR, plan=Plan(dependence=dependence))  # noqa: S311 - a simulation


def by_minute(found: list[Call]) -> list[float]:
    """Pearson's chi-square over its degrees of freedom: 1 for failures that do not depend on each other."""
    ratio = sum(one.outcome == "failure" for one in found) / len(found)
    minutes: dict[tuple[str, int], list[Call]] = defaultdict(list)
    for one in found:
        minutes[one.provider, one.ms // 60_000].append(one)
    return [
        (sum(one.outcome == "failure" for one in part) - len(part) * ratio) ** 2 / (len(part) * ratio * (1 - ratio))
        for part in minutes.values()
    ]


def test_the_generator_makes_the_dependence_that_it_is_asked_for() -> None:
    """Of 111 requests in a provider's minute a correlation of 0.02 makes the variance about 3 times as large."""
    assert mean(by_minute(window(INDEPENDENT))) == pytest.approx(1, abs=0.35)
    assert mean(by_minute(window(Dependence(clustering=0.02)))) > 1.8
    alone, heavy = window(INDEPENDENT, 2000), window(Dependence(sessions=True), 2000)
    assert len(alone) == len(heavy) == 2000
    assert max(Counter(one.ms // 60_000 for one in heavy).values()) > 1.5 * max(
        Counter(one.ms // 60_000 for one in alone).values()
    )
    medians = {round(one.median_seconds, 6) for one in window(Dependence(drift=0.3))}
    assert len(medians) == 3 * 12


#: So many hours that two-minute incidents average out.
LONG_RUN_MS = 400 * 3_600_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_the_same_failures_in_the_long_run(kind: Kind) -> None:
    rng = random.Random(2)  # noqa: S311 - a simulation
    states = climate(rng, 0, LONG_RUN_MS, kind.case.plan.dependence)
    failing = mean(states.at("openai", ms).failing for ms in range(0, LONG_RUN_MS, 60_000))
    assert failing == pytest.approx(0.005, rel=0.25)


def test_an_alarm_is_false_if_the_latent_truth_does_not_support_it() -> None:
    steady = window(INDEPENDENT, 500)
    incident = [one._replace(failing=0.5) if one.provider == "openai" else one for one in steady]
    slow = [one._replace(median_seconds=20.0) for one in steady]
    for found, calls_, true in (
        (finding(check="error-ratio", threshold=0.05, subject={}), steady, False),
        (finding(check="error-ratio", threshold=0.05, subject={}), incident, True),
        (finding(check="error-ratio", threshold=0.05, subject={"provider": "openai"}), incident, True),
        (finding(check="error-ratio", threshold=0.05, subject={"provider": "gemini"}), incident, False),
        (finding(check="latency-p99", threshold=30.0, subject={}), steady, False),
        (finding(check="latency-p99", threshold=30.0, subject={}), slow, True),
        (finding(check="regression-error-ratio", threshold=0.05, category="regression", subject={}), incident, False),
        (finding(check="instance-health", threshold=None, subject={"instance": "openai-eu"}), steady, False),
    ):
        failing = replace(found, status="fail")
        assert false_alarms(report(findings=(failing,)), calls_) == (set() if true else {found.check}), (
            found.check,
            true,
        )


def test_an_instance_reads_down_for_a_minute_after_one_failure() -> None:
    now = HOUR[1]
    failed = window(INDEPENDENT, 1)[0]._replace(outcome="failure", seconds=1.0, provider="openai", instance="openai-eu")
    for ago, value in ((30_000, "0.0"), (80_000, "1.0")):
        scraped = llm_gateway.scrape([failed._replace(ms=now - ago)], now)
        assert f'llm_gateway_instance_health_status{{provider="openai",instance="openai-eu"}} {value}\n' in scraped


def test_the_page_counts_right_how_many_requests_prove_a_ratio() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+)% \|$", PAGE_TEXT, re.MULTILINE)
    assert len(rows) == 5
    assert [more_needed(0, 0, float(percent) / 100) for _, percent in rows] == [
        int(n.replace(",", "")) for n, _ in rows
    ]
