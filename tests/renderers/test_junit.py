"""JUnit: what the plug-in of Jenkins accepts, read back by a consumer, with totals that add up."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from junitparser import JUnitXml, TestCase
from msgspec.structs import replace
from xmlschema import XMLSchema

from llmgw_report import renderers
from llmgw_report.model.finding import Finding, Waived
from llmgw_report.renderers import junit
from tests.builders import reports as make
from tests.builders import small

render = partial(renderers.render, name="junit")

SCHEMA = XMLSchema(str(Path(__file__).with_name("junit.xsd")))


def violations(text: str) -> list[str]:
    """What in a document the schema does not allow."""
    return [str(error.reason) for error in SCHEMA.iter_errors(text)]


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("<testcase ", "<case "),
        (' name="error-ratio"', ""),
        ('<testsuites name="', '<testsuites skipped="1" name="'),
        ("<properties>", "<testcase><properties/></testcase><properties>"),
        ('time="0.100"', 'time="soon"'),
    ],
)
def test_the_schema_refuses_what_jenkins_would(change: str, to: str) -> None:
    text = render(small.report(*small.FINDINGS[1:5]))
    assert change in text
    broken = text.replace(change, to).replace("</testcase>", "</case>" if to == "<case " else "</testcase>")
    assert violations(text) == []
    assert violations(broken)


def cases(*findings: Finding) -> list[TestCase]:
    document = JUnitXml.fromstring(render(small.report(*findings)).encode())
    return [case for suite in document for case in suite]


@pytest.mark.parametrize("outside", ["plain", "\x00\x0b\ud800\ufffe\uffff", "<a b='c'>&amp;]]>", "\x1b[31m\r\n\t\x85"])
def test_a_document_is_what_the_schema_allows(outside: str) -> None:
    assert violations(render(make.full(outside))) == []
    assert violations(render(small.report())) == []


@given(st.text())
def test_no_text_makes_a_document_unreadable(text: str) -> None:
    (case,) = cases(small.finding("error-ratio", "fail", text, title=text, subject={text: text}))
    assert case.is_failure
    assert case.classname == "llmgw-report.gate"
    assert case.name is not None
    assert case.name.startswith("error-ratio")


NOT_JUDGED = small.finding("error-ratio", "unknown", "nothing", reason="no scrape")
WAIVED = Waived(reason="known", expires="2026-02-01")


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (small.finding("a", "pass", "fine"), "passed"),
        (small.finding("a", "warn", "so so"), "passed"),
        (small.finding("a", "fail", "bad"), "failure"),
        (small.finding("a", "skip", "no table"), "skipped"),
        (NOT_JUDGED, "error"),
        (replace(NOT_JUDGED, n=14), "skipped"),
        (replace(NOT_JUDGED, n=0), "skipped"),
        (replace(NOT_JUDGED, n=14, required="yes"), "error"),
        (replace(NOT_JUDGED, required="yes", waived=WAIVED), "skipped"),
        (small.finding("a", "fail", "bad", waived=WAIVED), "skipped"),
        (small.finding("a", "warn", "so so", waived=WAIVED), "skipped"),
    ],
)
def test_what_becomes_of_a_finding(finding: Finding, outcome: str) -> None:
    (case,) = cases(finding)
    assert junit.outcome(finding) == outcome
    found = {"passed": case.is_passed, "failure": case.is_failure, "error": case.is_error, "skipped": case.is_skipped}
    assert [word for word, holds in found.items() if holds] == [outcome]


def test_the_totals_of_a_consumer_are_those_that_are_written() -> None:
    text = render(small.report())
    document = JUnitXml.fromstring(text.encode())
    written = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in document]
    for suite in document:
        suite.update_statistics()  # type: ignore[no-untyped-call]
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in document] == written
    assert sum(tests for tests, *_ in written) == document.tests == len(small.FINDINGS)
    assert sum(failures for _, failures, *_ in written) == document.failures == 2
    assert sum(errors for *_, errors, _ in written) == document.errors == 1


def test_a_suite_is_a_category() -> None:
    document = JUnitXml.fromstring(render(small.report()).encode())
    assert {suite.name for suite in document} == {f"llmgw-report.{one.category}" for one in small.FINDINGS}


def test_a_warning_passes_and_says_so() -> None:
    warns = small.finding("slow-requests", "warn", "one took 7 s", subject={"model": "m"})
    document = JUnitXml.fromstring(render(small.report(warns)).encode())
    (suite,) = document
    (case,) = suite
    assert isinstance(case, TestCase)
    assert case.is_passed
    assert "one took 7 s" in str(case.system_out)
    (status,) = suite.properties()  # type: ignore[no-untyped-call]
    assert (status.name, status.value) == ("status of slow-requests [model=m]", "warn")


def test_a_small_report() -> None:
    assert render(small.report(*small.FINDINGS[1:5])) == snapshot("""\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="llmgw-report" time="0.100" tests="4" failures="1" errors="0">
  <testsuite name="llmgw-report.availability" timestamp="2026-01-09T01:26:40.000Z" tests="2" failures="1" errors="0" skipped="1">
    <properties>
      <property name="status of client-error-ratio" value="unknown" />
    </properties>
    <testcase classname="llmgw-report.availability" name="error-ratio">
      <failure type="fail" message="Title of error-ratio: 8 % fail">Observed: 8 % fail
Why it matters: Clients wait.
What to do: Look.
Measured: 8.0% (threshold 5.0%), n = 3,831</failure>
    </testcase>
    <testcase classname="llmgw-report.availability" name="client-error-ratio">
      <skipped type="unknown" message="20 are needed">Observed: 14 requests
Why it matters: Clients wait.
What to do: Look.
Measured: n = 14
Reason: 20 are needed</skipped>
    </testcase>
  </testsuite>
  <testsuite name="llmgw-report.latency" timestamp="2026-01-09T01:26:40.000Z" tests="2" failures="0" errors="0" skipped="1">
    <properties>
      <property name="status of slow-requests" value="warn" />
      <property name="status of latency-p99" value="waived" />
    </properties>
    <testcase classname="llmgw-report.latency" name="slow-requests">
      <system-out>Observed: one took 7 s
Why it matters: Clients wait.
What to do: Look.
Measured: 1 (threshold 0), n = 14</system-out>
    </testcase>
    <testcase classname="llmgw-report.latency" name="latency-p99">
      <skipped type="waived" message="waived until 2026-01-19 (days left: 10): batch model (owner: platform). Title of latency-p99: 31 s">Observed: 31 s
Why it matters: Clients wait.
What to do: Look.
Measured: 31 s (threshold 30 s)
Waiver: waived until 2026-01-19 (days left: 10): batch model (owner: platform)</skipped>
    </testcase>
  </testsuite>
</testsuites>
""")  # noqa: E501 - lines of the format
