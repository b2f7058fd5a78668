"""Reads test results from a JUnit document, as pytest, cargo-nextest, go-junit-report and Surefire write it.

There is no standard; what they share is `testcase` in `testsuite`, with a `failure`, `error` or `skipped` in it.
The tests are counted one by one: of a suite's own totals some are missing, and some count every attempt. Where a
suite counts more failures or tests than it lists, with all their attempts, one more result of the suite says so.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree as ET

from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.quantities import LONGEST_SECONDS
from llmgw_report.model.results import CaseOutcome, CaseResult
from llmgw_report.resources import open_file

_ROOTS = frozenset({"testsuites", "testsuite"})
_TEXT_CHARACTERS = 300
_NO_NAME = "(no name)"
_HINT = msg("give a file that pytest --junitxml, or another test runner's equivalent, has written")
#: The first one counts where a test has several results, such as a failure and an error of its teardown.
_RESULTS: tuple[CaseOutcome, ...] = ("error", "failure", "skipped")
#: Attempts that were repeated: some totals count them.
_ATTEMPTS = frozenset({"flakyFailure", "flakyError", "rerunFailure", "rerunError"})
#: What GoogleTest and others write as the `status` or `result` of a test that has no result in it.
_STATUSES: dict[str, CaseOutcome] = {
    **dict.fromkeys(("notrun", "disabled", "skipped", "ignored"), "skipped"),
    **dict.fromkeys(("fail", "failed", "failure"), "failure"),
    **dict.fromkeys(("error", "errored", "broken", "aborted", "crashed", "timeout", "timed out"), "error"),
}
_SUITE = "(suite)"
_LARGEST_TOTAL = 10**9
_PLAIN = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+")
#: 1,234.5 is Surefire's; 0,5 is a writer's that follows the locale. 1,234 may be either, so it is none.
_GROUPED, _DECIMAL_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+"), re.compile(r"0,\d+|\d+,(?:\d{1,2}|\d{4,})")


def read(path: str) -> tuple[CaseResult, ...]:
    """Every test in a file, in its order; SourceError if it cannot be read or is no JUnit document."""
    try:
        with open_file(path) as file:
            return tuple(_cases(file))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}", _HINT) from error
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise SourceError(f"{path}: not a JUnit document: {error}", _HINT) from error


class _Suite(Struct):
    """One suite that is being read: what it declares, and what it and the suites in it have listed so far."""

    name: str
    declared_failures: int
    declared_tests: int
    failures: int = 0
    attempts: int = 0
    tests: int = 0

    def add(self, other: "_Suite") -> None:
        """Take in a suite that stands in this one; what it declares beyond its cases was reported there."""
        self.failures += max(other.failures, other.declared_failures)
        self.attempts += other.attempts
        self.tests += max(other.tests, other.declared_tests)

    def unlisted(self) -> Iterator[CaseResult]:
        """One result for failures that are counted and not listed, else one for such tests."""
        if self.declared_failures > self.failures + self.attempts:
            message = f"it counts {self.declared_failures:,} failures and errors, and lists {self.failures:,}"
            yield CaseResult(suite=self.name, name=_SUITE, outcome="failure", message=message)
        elif not self.failures and self.declared_tests > self.tests + self.attempts:
            message = f"it counts {self.declared_tests:,} tests, and lists {self.tests:,}"
            yield CaseResult(suite=self.name, name=_SUITE, outcome="skipped", message=message)


def _cases(file: BinaryIO) -> Iterator[CaseResult]:
    """The tests, read element by element and dropped: the output of a long run may be in there as well.

    Suites may be nested; a test belongs to the innermost one, and so does a failure outside any test.
    """
    suites: list[_Suite] = []
    parents: list[str] = []
    # Expat reads no file that an entity names and limits what entities expand to.
    for event, element in ET.iterparse(file, events=("start", "end")):  # noqa: S314
        tag = _tag(element)
        if event == "start":
            if not parents and tag not in _ROOTS:
                raise ValueError(f"its root element is <{tag[:_TEXT_CHARACTERS]}>")
            parents.append(tag)
            if tag in _ROOTS:
                suites.append(_suite(element))
            continue
        parents.pop()
        yield from _ended(tag, element, suites, in_suite=bool(parents) and parents[-1] in _ROOTS)


def _ended(tag: str, element: ET.Element, suites: list[_Suite], *, in_suite: bool) -> Iterator[CaseResult]:
    """What an element that is complete adds to the results, and to the suite that it is in."""
    suite = suites[-1]
    if tag in _ROOTS:
        yield from suite.unlisted()
        suites.pop()
        if suites:
            suites[-1].add(suite)
    elif tag == "testcase":
        case = _case(suite.name, element)
        suite.tests += 1
        suite.failures += case.outcome in {"failure", "error"}
        suite.attempts += sum(_tag(child) in _ATTEMPTS for child in element)
        yield case
    elif in_suite and tag in {"failure", "error"}:
        suite.failures += 1
        outcome: CaseOutcome = "error" if tag == "error" else "failure"
        yield CaseResult(suite=suite.name, name=_SUITE, outcome=outcome, message=_message(element))
    else:
        return
    element.clear()


def _suite(element: ET.Element) -> _Suite:
    name = (element.get("name") or _NO_NAME)[:_TEXT_CHARACTERS]
    failures = _total(element.get("failures")) + _total(element.get("errors"))
    return _Suite(name=name, declared_failures=failures, declared_tests=_total(element.get("tests")))


def _total(text: str | None) -> int:
    """A total as a suite declares it; 0 for what is none."""
    text = (text or "").strip()
    if not re.fullmatch(r"[0-9]+", text):
        return 0
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(_LARGEST_TOTAL)) else _LARGEST_TOTAL


def _case(suite: str, case: ET.Element) -> CaseResult:
    results = {_tag(child): child for child in reversed(case)}
    result = next((kind for kind in _RESULTS if kind in results), None)
    outcome = result or _stated(case)
    name, group = case.get("name") or _NO_NAME, case.get("classname")
    return CaseResult(
        suite=suite,
        name=(f"{group}: {name}" if group and group != suite else name)[:_TEXT_CHARACTERS],
        outcome=outcome,
        seconds=_seconds(case.get("time")),
        message=_message(results[result]) if result else "",
    )


def _stated(case: ET.Element) -> CaseOutcome:
    """What the attributes of a test say that has no result in it."""
    words = ((case.get(name) or "").lower() for name in ("status", "result"))
    return next((_STATUSES[word] for word in words if word in _STATUSES), "passed")


def _message(result: ET.Element) -> str:
    """The first line of the message; a traceback may follow."""
    text = result.get("message") or result.text or result.get("type") or ""
    return next(iter(text.strip().splitlines()), "")[:_TEXT_CHARACTERS]


def _seconds(text: str | None) -> float | None:
    """A duration; None for what is not one, or may be two."""
    text = (text or "").strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    seconds = float(text) if text.isascii() and _PLAIN.fullmatch(text) else LONGEST_SECONDS
    return seconds if seconds < LONGEST_SECONDS else None


def _tag(element: ET.Element) -> str:
    """Its name without a namespace."""
    return str(element.tag).rpartition("}")[2]
