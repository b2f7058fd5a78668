"""Exposition text that Prometheus' own parser reads back, and that its linter finds nothing in."""

import subprocess
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from llmgw_report import renderers
from llmgw_report.model.report import Report
from llmgw_report.printable import visible
from tests.builders import reports as make
from tests.builders import small
from tests.process import needs

render = partial(renderers.render, name="prometheus")


def samples(report: Report, name: str) -> list[Sample]:
    families = text_string_to_metric_families(render(report))
    return [sample for family in families for sample in family.samples if sample.name == f"llmgw_report_{name}"]


def chosen(report: Report) -> dict[str, str]:
    """Per check the state that is 1."""
    ones = [sample.labels for sample in samples(report, "check_state") if sample.value == 1]
    return {labels["check"]: labels["status"] for labels in ones}


@pytest.mark.parametrize("report", [small.report(), make.report(), make.full('a\\"\n{}\x1b é')])
def test_the_linter_finds_nothing(report: Report) -> None:
    needs("promtool")
    command = ["promtool", "check", "metrics"]
    text = render(report)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_exactly_one_state_of_a_set_is_1() -> None:
    for name, sets in (("verdict", 1), ("check_state", len(small.FINDINGS))):
        values = [sample.value for sample in samples(small.report(), name)]
        assert (values.count(1), set(values)) == (sets, {0, 1})


def test_the_state_of_a_check_is_its_worst_that_counts() -> None:
    assert chosen(small.report())["latency-p99"] == "waived"
    bad, good = small.finding("error-ratio", "fail", "bad"), small.finding("error-ratio", "pass", "good")
    known = replace(small.FINDINGS[3], check="error-ratio")
    assert chosen(small.report(good, bad, known)) == {"error-ratio": "fail"}
    assert chosen(small.report(good, known)) == {"error-ratio": "waived"}


def test_the_last_run_is_when_the_report_was_made_not_the_instant_it_judges() -> None:
    report = make.report(generated_at="2026-01-09T01:26:40.250Z", at="2020-01-01T00:00:00Z")
    assert [sample.value for sample in samples(report, "last_run_timestamp_seconds")] == [1767922000.25]
    assert not samples(make.report(generated_at="soon"), "last_run_timestamp_seconds")


def test_an_input_that_was_switched_off_is_neither_up_nor_down() -> None:
    inputs = (make.metrics(status="unavailable"), make.database(status="skipped"))
    (only,) = samples(make.report(inputs=inputs), "input_up")
    assert (only.labels["kind"], only.value) == ("metrics", 0)


def test_no_sample_has_a_time_stamp() -> None:
    assert all(len(line.split()) == 2 for line in render(small.report()).splitlines() if line[0] != "#")


@given(st.text(min_size=1), st.floats())
def test_a_label_comes_back_as_it_is_shown_elsewhere(text: str, observed: float) -> None:
    found = small.finding("error-ratio", "fail", "x", subject={"model": text}, observed=observed)
    read = samples(small.report(found, found), "check_observed")
    finite = observed - observed == 0
    assert [one.labels["subject"] for one in read] == ([f"model={visible(text)}"] if finite else [])
    assert [one.value for one in read] == ([observed] if finite else [])


def test_a_small_report() -> None:
    assert render(small.report(*small.FINDINGS[:2])) == snapshot("""\
# HELP llmgw_report_info Which tool reported on which gateway; always 1.
# TYPE llmgw_report_info gauge
llmgw_report_info{version="0.1.0",gateway="llm-gateway",gateway_version="0.3.0"} 1
# HELP llmgw_report_verdict 1 for the verdict of the last run, 0 for the others.
# TYPE llmgw_report_verdict gauge
llmgw_report_verdict{status="pass"} 0
llmgw_report_verdict{status="warn"} 0
llmgw_report_verdict{status="fail"} 1
llmgw_report_verdict{status="unknown"} 0
# HELP llmgw_report_exit_code Exit code of the last run.
# TYPE llmgw_report_exit_code gauge
llmgw_report_exit_code 1
# HELP llmgw_report_last_run_timestamp_seconds When the last report was made, Unix time.
# TYPE llmgw_report_last_run_timestamp_seconds gauge
llmgw_report_last_run_timestamp_seconds 1767922000.0
# HELP llmgw_report_run_duration_seconds How long the last run took.
# TYPE llmgw_report_run_duration_seconds gauge
llmgw_report_run_duration_seconds 0.1
# HELP llmgw_report_input_up 1 if this input was read, 0 if it could not be.
# TYPE llmgw_report_input_up gauge
llmgw_report_input_up{kind="metrics",target="metrics.prom"} 1
llmgw_report_input_up{kind="database",target="logs.db"} 1
# HELP llmgw_report_check_state 1 for the worst state among the findings of a check, 0 for the others.
# TYPE llmgw_report_check_state gauge
llmgw_report_check_state{check="error-ratio",status="fail"} 1
llmgw_report_check_state{check="error-ratio",status="warn"} 0
llmgw_report_check_state{check="error-ratio",status="unknown"} 0
llmgw_report_check_state{check="error-ratio",status="waived"} 0
llmgw_report_check_state{check="error-ratio",status="skip"} 0
llmgw_report_check_state{check="error-ratio",status="pass"} 0
llmgw_report_check_state{check="error-ratio",status="info"} 0
llmgw_report_check_state{check="instance-health",status="fail"} 1
llmgw_report_check_state{check="instance-health",status="warn"} 0
llmgw_report_check_state{check="instance-health",status="unknown"} 0
llmgw_report_check_state{check="instance-health",status="waived"} 0
llmgw_report_check_state{check="instance-health",status="skip"} 0
llmgw_report_check_state{check="instance-health",status="pass"} 0
llmgw_report_check_state{check="instance-health",status="info"} 0
# HELP llmgw_report_check_observed What a check observed, in base units.
# TYPE llmgw_report_check_observed gauge
llmgw_report_check_observed{check="error-ratio",unit="ratio"} 0.08
# HELP llmgw_report_check_limit What the observed figure was measured by, in base units.
# TYPE llmgw_report_check_limit gauge
llmgw_report_check_limit{check="error-ratio",unit="ratio",operator="above"} 0.05
""")
