"""Results of test suites: what each test runner writes, and what is none."""

import subprocess
import sys
from pathlib import Path

import pytest
from junitparser import JUnitXml

from llmgw_report.errors import SourceError
from llmgw_report.sources import test_results

NEXTEST = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="3" failures="1" errors="0" uuid="a" time="0.9">
  <testsuite name="gateway::smoke" tests="3" disabled="0" errors="0" failures="1">
    <testcase name="answers" classname="gateway::smoke" time="0.1"/>
    <testcase name="streams" classname="gateway::smoke" time="0.5">
      <flakyFailure time="0.2" message="timed out" type="test failure">timed out</flakyFailure>
    </testcase>
    <testcase name="counts" classname="gateway::smoke" time="0.3">
      <failure type="test failure">thread 'counts' panicked
left: 13</failure>
      <rerunFailure time="0.3" type="test failure">again</rerunFailure>
      <system-out>a great deal</system-out>
    </testcase>
  </testsuite>
</testsuites>
"""
GO = """\
<testsuites tests="2">
  <testsuite name="example.com/gw" tests="2" failures="0" errors="0" id="0" time="1.200">
    <properties><property name="go.version" value="go1.24"/></properties>
    <testcase name="TestChat" classname="example.com/gw" time="1.100"/>
    <testcase name="TestGPU" classname="example.com/gw" time="0.000"><skipped message="no GPU"></skipped></testcase>
  </testsuite>
</testsuites>
"""
NESTED = """\
<x:testsuite xmlns:x="urn:x" name="outer">
  <x:testcase name="a" time="1,234.5"/>
  <x:testsuite name="inner">
    <x:testcase name="b" time="nan"><x:skipped/><x:error type="Boom"/></x:testcase>
  </x:testsuite>
  <x:testcase time="-1"/>
</x:testsuite>
"""


def read(folder: Path, text: str | bytes) -> list[tuple[str, str, str, float | None, str]]:
    file = folder / "results.xml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [(one.suite, one.name, one.outcome, one.seconds, one.message) for one in test_results.read(str(file))]


def test_what_nextest_writes_a_flaky_test_has_passed(tmp_path: Path) -> None:
    assert read(tmp_path, NEXTEST) == [
        ("gateway::smoke", "answers", "passed", 0.1, ""),
        ("gateway::smoke", "streams", "passed", 0.5, ""),
        ("gateway::smoke", "counts", "failure", 0.3, "thread 'counts' panicked"),
    ]


def test_what_go_junit_report_writes(tmp_path: Path) -> None:
    assert read(tmp_path, GO) == [
        ("example.com/gw", "TestChat", "passed", 1.1, ""),
        ("example.com/gw", "TestGPU", "skipped", 0.0, "no GPU"),
    ]


def test_suites_in_suites_namespaces_and_times_that_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, NESTED) == [
        ("outer", "a", "passed", 1234.5, ""),
        ("inner", "b", "error", None, "Boom"),
        ("outer", "(no name)", "passed", None, ""),
    ]


def test_what_pytest_writes_is_read_as_junitparser_reads_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 1 == 2, 'one <is> & not \\x1b two'\n"
        "@pytest.mark.skip(reason='not today')\ndef test_skipped(): pass\n"
        "@pytest.fixture\ndef broken(): raise OSError('no room')\n"
        "def test_error(broken): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=results.xml", "test_it.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    file = str(tmp_path / "results.xml")
    found = test_results.read(file)
    (suite,) = JUnitXml.fromfile(file)
    cases = list(suite)
    assert [one.seconds for one in found] == [case.time for case in cases]
    assert [one.outcome == "passed" for one in found] == [case.is_passed for case in cases]
    assert [one.outcome for one in found] == ["passed", "failure", "skipped", "error"]
    assert [one.message.partition(":")[0] for one in found][1:3] == ["AssertionError", "not today"]


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
BOMB = f'<!DOCTYPE x [<!ENTITY e0 "{"lol" * 9}">{ENTITIES}]><testsuite><testcase name="&e8;"/></testsuite>'
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "results.xml">]><testsuite><testcase><error>&f;</error></testcase></testsuite>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no element found"),
        ("hello", "syntax error"),
        ("<testsuite><testcase", "unclosed token"),
        ("<testsuite><testcase>", "no element found"),
        ('{"tests": 1}', "not well-formed"),
        ("<html><testcase/></html>", "its root element is <html>"),
        (b"<testsuite>\xff</testsuite>", "not well-formed"),
        ('<?xml version="1.0" encoding="klingon"?><testsuite/>', "unknown encoding"),
        (BOMB, "amplification"),
        (FILE, "undefined entity"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_what_is_no_junit_document(tmp_path: Path, content: str | bytes, reason: str) -> None:
    with pytest.raises(SourceError, match="not a JUnit document") as error:
        read(tmp_path, content)
    assert reason in error.value.message


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Is a directory"):
        test_results.read(str(tmp_path))
    with pytest.raises(SourceError, match="No such file"):
        test_results.read(str(tmp_path / "none.xml"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<testsuite name="s" tests="3" errors="1"><error message="crashed"/></testsuite>', [("error", "crashed")]),
        ('<testsuite name="s" tests="1"><failure/></testsuite>', [("failure", "")]),
        (
            '<testsuite name="s" tests="5" failures="2" errors="3"/>',
            [("failure", "it counts 5 failures and errors, and lists 0")],
        ),
        ('<testsuite name="s" tests="5" failures="0"/>', [("skipped", "it counts 5 tests, and lists 0")]),
        (
            '<testsuites name="s" tests="0" failures="1"><testsuite name="s" tests="0" failures="0"/></testsuites>',
            [("failure", "it counts 1 failures and errors, and lists 0")],
        ),
        (
            '<testsuites failures="5" tests="5"><testsuite name="s" tests="5" failures="5"/></testsuites>',
            [("failure", "it counts 5 failures and errors, and lists 0")],
        ),
        (
            f'<testsuite name="s" failures="{2**63}"/>',
            [("failure", "it counts 1,000,000,000 failures and errors, and lists 0")],
        ),
    ],
)
def test_failures_that_no_test_lists(tmp_path: Path, text: str, found: list[tuple[str, str]]) -> None:
    assert read(tmp_path, text) == [("s", "(suite)", outcome, None, message) for outcome, message in found]


@pytest.mark.parametrize(
    "text",
    [
        '<testsuite tests="2" failures="1"><testcase name="a"><flakyFailure/></testcase></testsuite>',
        '<testsuite tests="x" failures="-1"><testcase name="a"/></testsuite>',
        '<testsuite failures="1.5" errors=""><testcase name="a"/></testsuite>',
    ],
)
def test_totals_that_count_attempts_or_are_none(tmp_path: Path, text: str) -> None:
    assert [one[2] for one in read(tmp_path, text)] == ["passed"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("notrun", "skipped"),
        ("disabled", "skipped"),
        ("run", "passed"),
        ("failed", "failure"),
        ("error", "error"),
        ("broken", "error"),
    ],
)
def test_a_status_instead_of_a_result(tmp_path: Path, status: str, outcome: str) -> None:
    assert read(tmp_path, f'<testsuite><testcase status="{status}"/></testsuite>')[0][2] == outcome


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[("0,5", 0.5), ("1,25", 1.25), ("1,234.5", 1234.5), ("1,234", None), ("1_000", None), ("0x10", None)],
        *[("1e-3", 0.001), ("1e300", None), ("inf", None), ("\u0663", None), (" 2 ", 2.0), ("-0", None)],
    ],
)
def test_times_of_tests(tmp_path: Path, text: str, seconds: float | None) -> None:
    assert read(tmp_path, f'<testsuite><testcase time="{text}"/></testsuite>')[0][3] == seconds
