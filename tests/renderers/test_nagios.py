"""One line whatever the input, and performance data that a plug-in reader can take apart."""

import re
import shlex
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from llmgw_report import renderers
from llmgw_report.model.finding import VerdictStatus
from llmgw_report.model.report import Exit, Report, Verdict
from llmgw_report.model.sections import Tokens, Traffic
from tests.builders import reports as make
from tests.builders import small

render = partial(renderers.render, name="nagios")

NUMBER = r"-?\d+(?:\.\d+)?"
RANGE = rf"(?:(?:~|{NUMBER}):)?(?:{NUMBER})?"
FIGURE = re.compile(rf"({NUMBER})(s|B|c|%)?(?:;({RANGE}))?(?:;({RANGE}))?(?:;({NUMBER})?)?(?:;({NUMBER})?)?")


def performance(report: Report) -> dict[str, str]:
    """Label and figure, as they are told apart by who stores them."""
    line = render(report)
    assert line.count("\n") == 1
    assert line.count("|") <= 1
    pairs = [part.rpartition("=") for part in shlex.split(line.partition("|")[2])]
    assert all(FIGURE.fullmatch(figure) for _, _, figure in pairs), pairs
    assert len({label for label, *_ in pairs}) == len(pairs)
    return {label: figure for label, _, figure in pairs}


@pytest.mark.parametrize(
    ("status", "word"), [("pass", "OK"), ("warn", "WARNING"), ("fail", "CRITICAL"), ("unknown", "UNKNOWN")]
)
def test_the_line_begins_with_the_verdict_in_its_own_words(status: VerdictStatus, word: str) -> None:
    assert render(make.report(verdict=Verdict(status=status, headline="so"))).startswith(
        f"LLMGW {word} - no check failed"
    )


@pytest.mark.parametrize(
    ("code", "word"), [(0, "OK"), (1, "WARNING"), (2, "CRITICAL"), (3, "UNKNOWN"), (130, "UNKNOWN")]
)
def test_the_word_is_that_of_the_exit_code_where_it_is_read(code: int, word: str) -> None:
    ended = Exit(code=code, reason="so", profile="nagios")
    assert render(make.report(verdict=Verdict(status="fail", headline="so"), exit=ended)).startswith(
        f"LLMGW {word} - so"
    )


def test_a_figure_has_the_bound_it_was_measured_by() -> None:
    found = performance(small.report())
    assert found["error_ratio"] == "0.08;;~:0.05;0;1"
    assert found["slow_requests"] == "1;~:0;;0"
    assert found["errors_logged"] == "5;;;0"


def test_low_is_bad_where_the_bound_is_a_floor() -> None:
    low = small.finding("latency-coverage", "warn", "few", observed=0.2, operator="below", threshold=0.8, unit="ratio")
    assert performance(small.report(low))["latency_coverage"] == "0.2;0.8:;;0;1"


def test_totals_are_counters_over_a_lifetime_only() -> None:
    row = make.traffic_row(tokens=Tokens(input=72))
    traffic = Traffic(group_by="all", rows=(), total=row, source="rows", basis="window")
    assert performance(small.report())["requests"] == "14c;;;0"
    found = performance(make.with_sections(traffic=traffic))
    assert found["requests"] == "14;;;0"
    assert "output_tokens" not in found


def test_what_is_waived_is_counted_in_the_text_and_still_measured() -> None:
    assert "1 finding waived" in render(small.report())
    assert performance(small.report())["latency_p99"] == "31s;;~:30;0"


@given(st.text(), st.floats(), st.floats(), st.sampled_from(["above", "below", "not", None]))
def test_one_line_whatever_the_input(text: str, observed: float, limit: float, operator: str | None) -> None:
    found = small.finding(
        "a", "fail", text, subject={text: text}, observed=observed, threshold=limit, operator=operator, unit="ratio"
    )
    performance(small.report(found, small.finding("b", "warn", text, observed=limit, threshold=observed, unit="s")))


@pytest.mark.parametrize("value", [1e-12, 1.5e300, 0.1, 12345678.0, -0.25])
def test_a_figure_is_exact_and_has_no_exponent(value: float) -> None:
    figure = performance(small.report(small.finding("a", "pass", "x", observed=value)))["a"].partition(";")[0]
    assert float(figure) == value
    assert "e" not in figure


def test_a_small_report() -> None:
    said, _, figures = render(small.report()).partition(" | ")
    assert said.split("; ") == snapshot(
        [
            "LLMGW CRITICAL - 2 checks failed: instance-health, error-ratio",
            "instance-health [instance=eu]: eu is down",
            "1 finding waived",
        ]
    )
    assert figures.split(" ") == snapshot(
        [
            "'requests'=14c;;;0",
            "'output_tokens'=60c;;;0",
            "'server_errors'=0c;;;0",
            "'error_ratio'=0.08;;~:0.05;0;1",
            "'slow_requests'=1;~:0;;0",
            "'latency_p99'=31s;;~:30;0",
            "'errors_logged'=5;;;0\n",
        ]
    )
