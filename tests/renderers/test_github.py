"""Workflow annotations: ten at most, the worst first, and no text of a finding is a command of its own."""

import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from llmgw_report import renderers
from llmgw_report.model.report import Report
from llmgw_report.printable import visible
from llmgw_report.units import abbreviated
from tests.builders import reports as make
from tests.builders import small

render = partial(renderers.render, name="github")

COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def annotations(report: Report, *, brief: bool | None = None) -> list[tuple[str, str, str]]:
    """Level, title and message of each annotation, as the runner reads them."""
    lines = render(report, brief=brief).splitlines()
    found = [COMMAND.fullmatch(line) for line in lines if not line.startswith("+")]
    return [(one[1], unescaped(one[2]), unescaped(one[3])) for one in found if one] if all(found) else []


def unescaped(text: str) -> str:
    for escape, char in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(escape, char)
    return text


def test_the_verdict_comes_first_then_the_worst() -> None:
    assert [(level, title) for level, title, _ in annotations(small.report())] == [
        ("notice", "llmgw-report: FAIL"),
        ("error", "instance-health [instance=eu]"),
        ("warning", "scrape-readable"),
        ("warning", "slow-requests"),
    ]


def test_what_follows_from_a_problem_is_annotated_in_full_alone() -> None:
    titles = [title for _, title, _ in annotations(small.report(), brief=False)]
    assert titles[1:3] == ["instance-health [instance=eu]", "error-ratio"]


def test_what_is_waived_is_named_and_not_annotated() -> None:
    verdict, *others = annotations(small.report())
    assert "1 finding waived: latency-p99" in verdict[2]
    assert all(not title.startswith("latency-p99") for _, title, _ in others)


@pytest.mark.parametrize(("wrong", "more"), [(9, ""), (10, "+1 more"), (300, "+291 more")])
def test_there_are_never_more_than_ten(wrong: int, more: str) -> None:
    found = [small.finding("error-ratio", "fail", f"number {index}") for index in range(wrong)]
    report = small.report(*found)
    assert len(annotations(report)) == 10
    last = render(report).splitlines()[-1]
    assert last.startswith(more or "::error")


def test_a_failure_is_never_what_is_left_out() -> None:
    warns = [small.finding("slow-requests", "warn", "slow") for _ in range(20)]
    levels = [level for level, *_ in annotations(small.report(*warns, small.finding("error-ratio", "fail", "bad")))]
    assert levels == ["notice", "error", *["warning"] * 8]


@given(st.text())
def test_text_stays_inside_its_annotation(text: str) -> None:
    report = small.report(small.finding("error-ratio", "fail", text, do=text, subject={text: text}))
    _, (level, title, message) = annotations(report)
    assert level == "error"
    assert title.startswith("error-ratio")
    if "%" not in text:
        assert abbreviated(visible(text)) in title
        said = [abbreviated(visible(text)), abbreviated(visible(text)), "Clients wait."]
        assert message == "\n".join(filter(None, said))


@pytest.mark.parametrize("hostile", ["\n::error::x", "::add-mask::x", "%0A::stop-commands::x", "a:b,c=d::e"])
def test_no_line_begins_with_a_command_from_outside(hostile: str) -> None:
    report = make.full(hostile)
    assert len(annotations(report)) == len(render(report).splitlines()) == 3


def test_the_verdict_shows_the_instances_that_are_not_ok_and_the_most_frequent_errors() -> None:
    verdict, *_ = annotations(make.full("outside"))
    *_, one, error = verdict[2].splitlines()
    assert one.startswith("outside down: 14 attempts")
    assert error == "3 × outside: outside"


def test_a_long_name_is_cut() -> None:
    report = small.report(small.finding("a", "fail", f"model {'m' * 600} failed", subject={"model": "m" * 600}))
    assert len(render(report)) < 1000


def test_a_small_report() -> None:
    assert render(small.report()) == snapshot("""\
::notice title=llmgw-report%3A FAIL::2 checks failed: instance-health, error-ratio%0Aat 2026-01-09 01:26:40 UTC%0Achecks: 2 fail, 1 warn, 2 unknown, 1 waived, 1 skip, 1 pass%0A1 finding waived: latency-p99
::error title=instance-health [instance=eu]::eu is down%0ALook.%0AClients wait.
::warning title=scrape-readable::refused%0ALook.%0AClients wait.
::warning title=slow-requests::one took 7 s%0ALook.%0AClients wait.%0A1 (threshold 0), n = 14
""")  # noqa: E501 - lines of the format


def test_an_id_that_nobody_reads_to_its_end_is_cut_in_every_part() -> None:
    one = small.finding("error-ratio", "fail", "bad; at " + "5d" * 32, do="Look at " + "5d" * 32)
    assert "5d" * 5 not in render(small.report(one))
