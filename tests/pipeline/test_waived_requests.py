"""What a waiver takes out of the sums above its subject, and what it leaves in them."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import OutcomeCell, OutcomeCounts, Outcomes, Run, SubjectOutcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.document import judged
from llmgw_report.pipeline.gaps import missing_evidence
from llmgw_report.pipeline.verdict import decide
from tests.builders.settings import settled
from tests.builders.snapshots import buckets, database, metrics, snapshot, traffic
from tests.checks.test_subjects import grouped

#: Of a cell: provider, instance, model and key.
Names = tuple[str | None, str | None, str | None, str | None]


def counts(good: int, bad: int = 0, kind: str = "server_error") -> OutcomeCounts:
    return replace(OutcomeCounts(success=good), **{kind: bad})


def seen(cells: dict[Names, OutcomeCounts], **total: OutcomeCounts) -> Snapshot:
    """All subjects of these cells; `total` where it is not their sum."""
    found: dict[tuple[tuple[str, str], ...], OutcomeCounts] = {(): OutcomeCounts()}
    for (provider, instance, model, key), one in cells.items():
        own = [{"provider": provider}, {"provider": provider, "instance": instance}, {"model": model}, {"api-key": key}]
        subjects = [
            {label: name for label, name in subject.items() if name} for subject in own if None not in subject.values()
        ]
        for subject in [{}, *subjects]:
            name = tuple(sorted(subject.items()))
            found[name] = found.get(name, OutcomeCounts()).plus(one)
    found[()] = total.get("total", found[()])
    outcomes = Outcomes(
        basis="window",
        source="metrics",
        subjects=tuple(SubjectOutcomes(subject=dict(name), outcomes=one) for name, one in found.items()),
        cells=tuple(
            OutcomeCell(provider=provider, instance=instance, model=model, api_key=key, outcomes=one)
            for (provider, instance, model, key), one in cells.items()
        ),
    )
    return snapshot(outcomes=outcomes, metrics=metrics(), database=database(logs=3))


def waived(folder: Path, of: Snapshot, *waivers: tuple[str, str], more: str = "") -> tuple[Finding, ...]:
    text = "".join(
        f'[[waive]]\ncheck = "{check}"\nsubject = {{ {subject} }}\nreason = "known"\nexpires = 2026-12-31\n{more}\n'
        for check, subject in waivers
    )
    return judged(of, settled(folder, text))[1]


def bad(findings: tuple[Finding, ...], check: str = "error-ratio") -> list[dict[str, str]]:
    """Subjects that count and fail."""
    return [one.subject for one in findings if one.check == check and one.status == "fail" and one.waived is None]


def total(findings: tuple[Finding, ...], check: str = "error-ratio") -> Finding:
    return next(one for one in findings if one.check == check and not one.subject)


CROSSED: dict[Names, OutcomeCounts] = {
    ("a", "a-1", "m", "k"): counts(100, 300),
    ("a", "a-1", "n", "k"): counts(300),
    ("a", "a-2", "m", "k"): counts(600),
    ("b", "b-1", "m", "j"): counts(1000),
}


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ('instance = "a-1"', []),
        ('model = "m"', []),
        ('api-key = "k"', [{"provider": "a", "instance": "a-1"}]),  # 43% of it fails, and 23% was accepted
    ],
)
def test_every_sum_that_holds_them_is_freed(tmp_path: Path, subject: str, left: list[dict[str, str]]) -> None:
    """The failures are those of one instance, of one model and of one key: to waive any of the three is enough."""
    of = seen(CROSSED)
    assert len(bad(waived(tmp_path, of))) == 5
    found = waived(tmp_path, of, ("error-ratio", subject))
    assert bad(found) == left
    assert total(found).seen.startswith("0 of ")


def test_a_fault_elsewhere_is_found_in_what_is_left(tmp_path: Path) -> None:
    of = seen(CROSSED | {("b", "b-2", "m", "j"): counts(900, 100)})
    assert bad(waived(tmp_path, of, ("error-ratio", 'instance = "a-1"'))) == [
        {"provider": "b", "instance": "b-2"},
    ]
    worse = seen(CROSSED | {("b", "b-2", "m", "j"): counts(800, 400)})
    assert {} in bad(waived(tmp_path, worse, ("error-ratio", 'instance = "a-1"')))


def test_a_part_that_is_worse_than_what_was_accepted_counts(tmp_path: Path) -> None:
    """One key of a waived model, of whose requests half fail; and an instance beyond the ceiling of its provider."""
    cells: dict[Names, OutcomeCounts] = {("a", "a-1", "m", "k"): counts(50, 50), ("a", "a-2", "m", "j"): counts(900)}
    assert {"api-key": "k"} in bad(waived(tmp_path, seen(cells), ("error-ratio", 'model = "m"')))
    found = waived(tmp_path, seen(cells), ("error-ratio", 'provider = "a"'), more='up-to = "20%"')
    assert {"provider": "a", "instance": "a-1"} in bad(found)
    assert {"provider": "a"} not in bad(found)


def test_what_the_cells_do_not_know_is_taken_from_the_sums_above_alone(tmp_path: Path) -> None:
    """A scrape that counts models in one family and instances in another, and calls the same failure another name."""
    cells: dict[Names, OutcomeCounts] = {
        ("a", "a-1", None, None): counts(100, 100, "timeout"),
        (None, None, "m", None): counts(700, 300),
    }
    of = seen(cells, total=counts(900, 100))
    assert {} in bad(waived(tmp_path, of))
    found = waived(tmp_path, of, ("error-ratio", 'instance = "a-1"'))
    assert bad(found) == [{"model": "m"}]
    assert (total(found).status, total(found).n) == ("pass", 800)


def test_what_is_no_longer_in_the_total_is_in_no_part_of_it(tmp_path: Path) -> None:
    """Rows name the model and not the instance; and the other way round, and a second fault that is neither."""
    cells: dict[Names, OutcomeCounts] = {
        (None, None, "m", "k"): counts(500, 100),
        ("a", "a-1", None, None): counts(300),
        ("a", "a-2", None, None): counts(200, 100),
    }
    of = seen(cells, total=counts(500, 100))
    assert {"model": "m"} in bad(waived(tmp_path, of))
    assert bad(waived(tmp_path, of, ("error-ratio", 'instance = "a-2"'))) == []
    assert bad(waived(tmp_path, of, ("error-ratio", 'model = "m"'), ("error-ratio", 'api-key = "k"'))) == []
    cells |= {(None, None, "m", "other"): counts(0, 40), ("a", "a-1", None, None): counts(300, 40)}
    two = seen(cells, total=counts(500, 140))
    assert {"api-key": "other"} in bad(waived(tmp_path, two, ("error-ratio", 'instance = "a-2"')))


def test_nothing_that_is_waived_proves_service(tmp_path: Path) -> None:
    """The only instance is dead and accepted: not a failure, and no PASS either."""
    of = seen({("a", "a-1", "m", "k"): counts(0, 20)})
    everything = (("serving", 'instance = "a-1"'), ("error-ratio", 'instance = "a-1"'))
    found = waived(tmp_path, of, *everything)
    assert bad(found) == bad(found, "serving") == []
    verdict, ended = decide(found, gaps=missing_evidence(of))
    assert (verdict.status, ended.code) == ("unknown", 3)
    assert verdict.headline.startswith("no request was answered")


def test_where_the_rest_of_the_sum_works_it_is_a_pass(tmp_path: Path) -> None:
    of = seen({("a", "a-1", "m", "k"): counts(0, 20), ("a", "a-2", "m", "k"): counts(500)})
    found = waived(tmp_path, of, ("serving", 'instance = "a-1"'), ("error-ratio", 'instance = "a-1"'))
    verdict, ended = decide(found, gaps=missing_evidence(of))
    assert (verdict.status, ended.code) == ("pass", 0)
    assert total(found).n == 500


def test_the_slow_requests_of_a_waived_model_are_none_of_the_total(tmp_path: Path) -> None:
    slow, fast = buckets((10, 100), (40, 300), (None, 300)), buckets((10, 1600), (40, 1600), (None, 1600))
    whole = buckets((10, 1700), (40, 1900), (None, 1900))
    rows = {"slow": traffic(300, slow, server=0).total, "fast": traffic(1600, fast, server=0).total}
    table = grouped("model", rows)
    of = snapshot(traffic=replace(table, total=replace(table.total, latency=whole)))
    slower = ("latency-p99", 'model = "slow"')
    assert {one.status for one in waived(tmp_path, of) if one.check == slower[0] and not one.subject} == {"warn"}
    found = total(waived(tmp_path, of, slower), slower[0])
    assert (found.status, found.n) == ("pass", 1600)
    assert found.seen.endswith("without what is waived: slow")


def at(minute: int) -> str:
    return f"2026-03-02T11:{minute:02}:00Z"


def timed(runs: tuple[Run, ...], of: Snapshot, subject: dict[str, str]) -> Snapshot:
    """The snapshot with the runs of one subject."""
    assert of.sections.outcomes is not None
    outcomes = replace(
        of.sections.outcomes,
        subjects=tuple(
            replace(one, runs=runs) if one.subject == subject else one for one in of.sections.outcomes.subjects
        ),
    )
    return replace(of, sections=replace(of.sections, outcomes=outcomes))


@pytest.mark.parametrize("known", [True, False])
def test_the_newest_requests_are_those_that_are_left(tmp_path: Path, known: bool) -> None:  # noqa: FBT001 - both ways
    """All 8 newest requests failed at the instance that is waived; what others did before is good."""
    of = seen({("a", "a-1", None, None): counts(0, 8), ("a", "a-2", None, None): counts(500)})
    good = Run(side="success", count=500, since=at(0), until=at(50))
    dead = Run(side="service", count=8, since=at(51), until=at(59))
    for subject in ({}, {"provider": "a"}):
        of = timed((good, dead), of, subject)
    if known:
        of = timed((dead,), of, {"provider": "a", "instance": "a-1"})
    assert {} in bad(waived(tmp_path, of), "serving")
    assert bad(waived(tmp_path, of, ("serving", 'instance = "a-1"')), "serving") == []


def test_failures_of_others_among_the_newest_still_count(tmp_path: Path) -> None:
    of = seen({("a", "a-1", None, None): counts(0, 8), ("a", "a-2", None, None): counts(500, 6)})
    good = Run(side="success", count=500, since=at(0), until=at(40))
    dead = Run(side="service", count=14, since=at(41), until=at(59))
    of = timed((good, dead), of, {})
    of = timed((replace(dead, count=8, until=at(50)),), of, {"provider": "a", "instance": "a-1"})
    found = [
        one
        for one in waived(tmp_path, of, ("serving", 'instance = "a-1"'))
        if one.check == "serving" and not one.subject
    ]
    assert [(one.status, one.n) for one in found] == [("fail", 6)]
