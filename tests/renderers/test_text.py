"""The terminal: the verdict first, nothing from outside is obeyed, and colour only says again what the words say."""

import re
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from msgspec.structs import replace

from llmgw_report import messages, renderers
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Absent
from llmgw_report.model.sections import ErrorPattern, InstanceRow, Traffic
from llmgw_report.renderers import text
from llmgw_report.renderers._wrapping import columns
from tests.builders import reports as make
from tests.builders import small
from tools import golden

render = partial(renderers.render, name="text")

ANSI = re.compile(r"\x1b\[[\d;]*m")


def test_the_verdict_is_the_first_word() -> None:
    assert render(small.report()).split()[0] == "FAIL"


def test_findings_stand_in_full_when_they_count_and_on_one_line_when_not() -> None:
    rendered = render(small.report())
    lines = rendered.splitlines()
    full = [line for line, after in pairwise(lines) if after.startswith("  ") and not line.startswith("  ")]
    assert full[1:] == ["FAIL eu is down", "UNKNOWN refused", "WARN one took 7 s"]
    assert "  Follows from it: 8 % fail" in lines
    listed = [line.split()[:2] for line in lines if line.startswith(("PASS", "SKIP", "WAIVED"))]
    assert listed == [["WAIVED", "latency-p99"], ["PASS", "errors-logged"]]
    assert lines[-1] == "Skipped: spans-present"


def test_a_brief_one_ends_with_the_problems_and_the_traffic() -> None:
    brief, full = (render(small.report(), brief=brief) for brief in (True, False))
    assert full.startswith(brief)
    assert brief.splitlines()[-1].startswith("Traffic, ")


def test_of_many_problems_a_few_stand_in_full_and_each_has_a_line() -> None:
    many = small.report(*(small.finding(f"check-{n}", "fail", f"number {n}") for n in range(20)))
    brief, full = (render(many, brief=brief) for brief in (True, False))
    assert [text.count("  Check: ") for text in (brief, full)] == [5, 5]
    assert "15 more problems, a line each in the full report." in brief
    assert "15 more problems, a line each below." in full
    assert all(f"number {n}" in full for n in range(20))


def test_a_total_that_nobody_counted_is_a_dash() -> None:
    assert "14 requests, 0 server errors (0% to 35.7%), – input tokens, 60 output tokens" in render(small.report())


@pytest.mark.parametrize(
    ("ended", "unobserved", "said"),
    [
        (OutcomeCounts(success=47, timeout=1), 0, "48 requests, 1 server errors (2.1%), "),
        (OutcomeCounts(success=47, timeout=1), 60, "108 requests, 1 server errors of 48 (2.1%), "),
        (OutcomeCounts(success=47, timeout=1, client_error=2), 0, "50 requests, 1 server errors of 48 (2.1%), "),
        (OutcomeCounts(), 60, "60 requests, server errors not known, "),
    ],
    ids=["all", "some have no outcome", "some are the client's", "none has one"],
)
def test_server_errors_are_of_the_requests_that_could_be_one(ended: OutcomeCounts, unobserved: int, said: str) -> None:
    row = make.traffic_row(requests=ended.observed + unobserved).with_outcomes(ended, unobserved)
    traffic = Traffic(group_by="provider", rows=(row,), total=row, source="x", basis="window")
    assert said in render(make.with_sections(traffic=traffic))


def test_what_follows_says_since_when_only_if_that_is_another_time() -> None:
    since = {"since": "2026-01-09T01:00:00.000Z", "observed": 0.5, "unit": "ratio", "n": 9}
    root = make.finding(fingerprint="a", seen="all failed", **since)
    one = make.finding(fingerprint="b", derived_from="a", seen="web failed", **since)
    later = replace(one, fingerprint="c", seen="batch failed", since="2026-01-09T01:05:00.000Z")
    shown = render(make.report(findings=(root, one, later)))
    assert "FAIL all failed; it began at 01:00\n" in shown
    assert "  Follows from it: web failed\n" in shown
    assert "  Follows from it: batch failed; it began at 01:05\n" in shown


def test_traffic_that_was_not_measured_says_why() -> None:
    report = make.report(absent=(Absent(quantity="traffic", reason="no scrape"),))
    assert "Traffic: not measured; no scrape\n" in render(report)


@given(st.text())
def test_colour_changes_no_word_and_follows_nothing_from_outside(outside: str) -> None:
    rendered = render(make.full(f"{outside}\nFAIL x\x1b[31m"))
    assert "\x1b" not in rendered
    assert ANSI.sub("", text.colour(rendered)) == rendered
    # The verdict, two findings in full, and one line per other finding that was not skipped.
    assert len(ANSI.findall(text.colour(rendered))) == 2 * (1 + 2 + 2)


@pytest.mark.parametrize("state", ["FAIL", "WARN", "UNKNOWN", "WAIVED", "PASS"])
def test_every_state_has_a_colour(state: str) -> None:
    assert re.search(rf"^\x1b\[[\d;]+m{state}\x1b\[0m ", text.colour(render(small.report())), re.MULTILINE)


def test_a_small_report() -> None:
    assert render(small.report()) == snapshot("""\
FAIL 2 checks failed: instance-health, error-ratio
  llm-gateway 0.3.0 · metrics.prom, logs.db
  Evaluated at 2026-01-09 01:26:40 UTC over the last 1 h, from 00:26:40.
  Checks: 2 fail, 1 warn, 2 unknown, 1 waived, 1 skip, 1 pass; exit code 1.

FAIL eu is down
  What to do: Look.
  Why it matters: Clients wait.
  Check: instance-health [instance=eu]
  Follows from it: 8 % fail

UNKNOWN refused
  What to do: As above for instance-health of instance=eu
  Check: scrape-readable

WARN one took 7 s
  Measured: 1 (threshold 0), n = 14
  What to do: As above for instance-health of instance=eu
  Check: slow-requests

Traffic, since an unknown time: 14 requests, 0 server errors (0% to 35.7%), – input tokens, 60 output tokens

UNKNOWN  client-error-ratio  14 requests; 20 are needed
WAIVED   latency-p99         31 s; 31 s (threshold 30 s); waived until 2026-01-19 (days left: 10): batch model (owner: platform)
PASS     errors-logged       all; 5 rows (threshold: at least 1 row)

Skipped: spans-present
""")  # noqa: E501 - lines of the format


def test_columns_are_as_wide_as_a_terminal_shows_them() -> None:
    """An ideograph takes two columns."""
    checks = [small.finding("a", "pass", "seen", subject={"model": "通义千问"}), small.finding("b", "pass", "seen")]
    *_, wide, narrow = render(small.report(*checks)).splitlines()
    assert wide.index("seen") + len("通义千问") == narrow.index("seen")


def seen(health: str, number: int = 0) -> InstanceRow:
    return InstanceRow(provider="openai", instance=f"{health}-{number}", health=health, attempts=9, by_status={})  # type: ignore[arg-type]


def pattern(number: int) -> ErrorPattern:
    return ErrorPattern(
        level="ERROR", pattern=f"pattern-{number}", count=number, providers=(), first_seen="", last_seen=""
    )


def test_a_brief_one_has_the_instances_that_are_not_ok_and_the_most_frequent_errors() -> None:
    """What a mail needs beside the problems; where nothing reports a state, none is not ok."""
    rows = (seen("ok"), seen("down"), seen("unknown"))
    report = make.with_sections(instances=rows, errors=tuple(map(pattern, range(1, 7))))
    brief, full = (render(report, brief=brief) for brief in (True, False))
    assert [("ok-0" in each, "down-0" in each, "unknown-0" in each) for each in (brief, full)] == [
        (False, True, True),
        (True, True, True),
    ]
    assert re.findall(r"pattern-\d", brief) == ["pattern-6", "pattern-5", "pattern-4"]
    assert "unknown-0" not in render(make.with_sections(instances=(seen("unknown"),)), brief=True)


def test_many_instances_and_long_errors_fit_a_mail() -> None:
    rows = tuple(seen("down", number) for number in range(200))
    errors = tuple(replace(pattern(number), pattern="x" * 5000) for number in range(9))
    assert len(render(make.with_sections(instances=rows, errors=errors), brief=True)) < 4096


def test_the_states_of_instances_are_of_another_time_than_their_counts() -> None:
    assert "\nInstances now; counts since " in render(make.with_sections(instances=(seen("down"),)))


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_prose_is_as_wide_as_the_terminal(width: int, language: str) -> None:
    words = "one of the words of a sentence that is long " * 9
    report = small.report(small.finding("a", "fail", words, do=words), small.finding("b", "pass", words))
    lines = render(report, width=lambda: width, language=messages.load(language)).splitlines()
    assert max(map(columns, lines)) <= width
    assert " ".join(" ".join(lines).split()).count(words.strip()) == 3


def test_no_word_is_broken_and_no_line_after_the_first_begins_with_a_state() -> None:
    word = "/a/path/" + "x" * 300
    report = small.report(small.finding("a", "fail", "seen", do=f"look at {word} {'FAIL ' * 60}"))
    lines = render(report, width=lambda: 80).splitlines()
    assert any(word in line for line in lines)
    assert sum(line.startswith("FAIL") for line in lines) == 2


@pytest.mark.parametrize("name", ["md", "text", "html"])
def test_advice_that_stands_above_is_pointed_at(name: str) -> None:
    """Under the second problem a reader would look for it in vain."""
    first, second, third = (
        small.finding(f"check-{n}", "fail", f"number {n}", do="Look at it.", subject={"model": f"m-{n}"})
        for n in range(3)
    )
    shown = renderers.render(small.report(first, second, third), name).replace("</code>", "").replace("<code>", "")
    assert shown.count("Look at it.") == 1
    assert shown.count("As above for check-0 of model") == 2


@pytest.mark.parametrize("folder", golden.folders(), ids=lambda folder: folder.name)
def test_no_line_of_an_example_is_wider_than_a_terminal(folder: Path) -> None:
    """Except where it is one word, which would be no word in two parts."""
    for brief in (True, False):
        lines = render(golden.report(folder), brief=brief, width=lambda: golden.COLUMNS).splitlines()
        assert [line for line in lines if columns(line) > golden.COLUMNS and " " in line.strip()] == []
        assert max(map(columns, lines)) > golden.COLUMNS * 0.8


def test_each_error_has_its_places_with_their_rows() -> None:
    one = replace(pattern(5), instances=("eu", "us"), instance_counts={"us": 4, "eu": 1}, providers=("openai",))
    other = replace(pattern(3), providers=("openai", "anthropic"))
    shown = render(make.with_sections(errors=(one, other)))
    assert "pattern-5 (us 4, eu 1)" in shown
    assert "pattern-3 (openai, anthropic)" in shown


@pytest.mark.parametrize(("name", "said"), [("md", "- "), ("html", ""), ("text", "")])
def test_a_good_state_beside_requests_that_all_failed_says_whose_flag_it_is(name: str, said: str) -> None:
    found = renderers.render(golden.report(golden.EXAMPLES / "verification"), name)
    flag = "ollama-local: OK is the gateway's own flag, although no request was answered."
    assert name == "text" or f"{said}{flag}" in found.replace("&#39;", "'")
    assert "ok by its own flag, and answered nothing: ollama-local" in found


def test_no_line_ends_with_an_opening_bracket() -> None:
    """As Chinese typesetting has it, also where what stands in the brackets is a number."""
    report, language = golden.report(golden.EXAMPLES / "unhealthy"), messages.load("zh-CN")
    for width in range(60, 140, 8):
        assert [
            one
            for one in render(report, language=language, width=partial(int, width)).splitlines()
            if one.endswith("\uff08")
        ] == []
