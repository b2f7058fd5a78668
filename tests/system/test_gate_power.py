"""A small part of `make gate-power`, under the same seeds: healthy traffic passes, faults that can be found are."""

import re
from collections import Counter

from llmgw_report.checks._statistics import ONE_SIDED_95, binomial_tail, more_needed
from tools.power.__main__ import BEGIN, END, PAGE
from tools.power.faults import FAULTS
from tools.power.table import FALSE_ALARM_RATIO, met, tables
from tools.power.tally import CLEAN, Job, Tally, count, jobs, tallies
from tools.power.trial import GATEWAYS

PAGE_TEXT = PAGE.read_text("utf-8")


def test_healthy_traffic_raises_no_alarm() -> None:
    """That the goal is missed must not be proven by so few; one alarm in 48 would be nothing unusual."""
    done = [count(Job(None, gateway, n, range(8))) for gateway in GATEWAYS for n in (20, 200)]
    hits, runs = sum(one.hits for one in done), sum(one.runs for one in done)
    assert runs == 48
    spoke = sum((one.checks for one in done), Counter())
    assert hits == 0 or binomial_tail(hits, runs, FALSE_ALARM_RATIO) > ONE_SIDED_95, spoke


def test_a_fault_that_can_be_found_is_found() -> None:
    n = 200
    places = [place for place, fault in enumerate(FAULTS) if fault.decidable(n)]
    assert len(places) >= 6
    for place in places:
        for gateway in FAULTS[place].gateways:
            found = count(Job(place, gateway, n, range(2)))
            assert found.hits == found.runs == 2, (found, gateway)


def test_the_same_seed_makes_the_same_report() -> None:
    job = Job(0, "litellm", 200, range(2))
    assert count(job) == count(job)


def tally(name: str, n: int, hits: int, runs: int) -> Tally:
    return Tally(name, n, runs, hits, Counter({"error-ratio": hits}))


def test_the_goals_are_those_of_the_page() -> None:
    good = [tally(CLEAN, 2000, 10, 1000), *(tally(fault.name, 2000, 95, 100) for fault in FAULTS)]
    assert met(tallies(good))
    assert not met(tallies([tally(CLEAN, 2000, 11, 1000), *good[1:]]))
    assert not met(tallies([good[0], tally(FAULTS[0].name, 2000, 94, 100), *good[2:]]))
    assert "| 2,000 | 1,000 | 10 | 10.0 (5.4 to 18.3) | `error-ratio` 10 |" in tables(tallies(good))


def test_every_report_has_a_seed_of_its_own() -> None:
    asked = [(job.fault, job.gateway, seed) for job in jobs(20, 25, 12) for seed in job.seeds]
    assert len(asked) == len(set(asked)) == 25 * len(GATEWAYS) + 12 * sum(len(fault.gateways) for fault in FAULTS)


def test_the_page_shows_what_the_last_whole_run_found() -> None:
    """Goals met, and every fault in it at every size."""
    shown = PAGE_TEXT.partition(BEGIN)[2].partition(END)[0]
    rates = [float(rate) for rate in re.findall(r"^\| [\d,]+ \| [\d,]+ \| \d+ \| ([\d.]+) \(", shown, re.MULTILINE)]
    assert len(rates) == 3
    assert max(rates) <= 1000 * FALSE_ALARM_RATIO
    recall = re.findall(r"^\| (.+?) \| `.+?` \| [\d,]+ \| (yes|no) \| \d+ of \d+ \| ([\d.]+) \(", shown, re.MULTILINE)
    assert [name for name, _, _ in recall] == [fault.name for fault in FAULTS for _ in range(3)]
    assert all(float(share) >= 0.95 for _, decidable, share in recall if decidable == "yes")


def test_the_page_counts_right_how_many_requests_prove_a_ratio() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+)% \|$", PAGE_TEXT, re.MULTILINE)
    assert len(rows) == 5
    assert [more_needed(0, 0, float(percent) / 100) for _, percent in rows] == [
        int(n.replace(",", "")) for n, _ in rows
    ]
