"""Reads test results from a JUnit document, as pytest, cargo-nextest, go-junit-report and Surefire write it.

There is no standard; what they share is `testcase` in `testsuite`, with a `failure`, `error` or `skipped` in it.
The tests are counted one by one: of a suite's own totals some are missing, and some count every attempt.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.sections import CaseOutcome, CaseResult

_ROOTS = frozenset({"testsuites", "testsuite"})
_TEXT_CHARACTERS = 300
_NO_NAME = "(no name)"
_HINT = msg("give a file that pytest --junitxml, or another test runner's equivalent, has written")
#: The first one counts where a test has several results, such as a failure and an error of its teardown.
_OUTCOMES: tuple[CaseOutcome, ...] = ("error", "failure", "skipped")


def read(path: str) -> tuple[CaseResult, ...]:
    """Every test in a file, in its order; SourceError if it cannot be read or is no JUnit document."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise SourceError(f"{path}: not a regular file", _HINT)
        return tuple(_cases(path))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}", _HINT) from error
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise SourceError(f"{path}: not a JUnit document: {error}", _HINT) from error


def _cases(path: str) -> Iterator[CaseResult]:
    """The tests, read element by element and dropped: the output of a long run may be in there as well.

    Suites may be nested; a test belongs to the innermost one.
    """
    suites: list[str] = []
    root = None
    # Expat reads no file that an entity names and limits what entities expand to.
    for event, element in ET.iterparse(path, events=("start", "end")):  # noqa: S314
        tag = _tag(element)
        if root is None and tag not in _ROOTS:
            raise ValueError(f"its root element is <{tag[:_TEXT_CHARACTERS]}>")
        root = element if root is None else root
        if tag == "testsuite" and event == "start":
            suites.append(element.get("name") or _NO_NAME)
        elif tag == "testsuite":
            suites.pop()
            element.clear()
        elif tag == "testcase" and event == "end":
            yield _case(suites[-1] if suites else _NO_NAME, element)
            element.clear()


def _case(suite: str, case: ET.Element) -> CaseResult:
    results = {_tag(child): child for child in reversed(case)}
    outcome = next((kind for kind in _OUTCOMES if kind in results), None)
    name, group = case.get("name") or _NO_NAME, case.get("classname")
    return CaseResult(
        suite=suite[:_TEXT_CHARACTERS],
        name=(f"{group}: {name}" if group and group != suite else name)[:_TEXT_CHARACTERS],
        outcome=outcome or "passed",
        seconds=_seconds(case.get("time")),
        message=_message(results[outcome]) if outcome else "",
    )


def _message(result: ET.Element) -> str:
    """The first line of the message; a traceback may follow."""
    text = result.get("message") or result.text or result.get("type") or ""
    return next(iter(text.strip().splitlines()), "")[:_TEXT_CHARACTERS]


def _seconds(text: str | None) -> float | None:
    """A duration; None for what is not one. Surefire groups the thousands."""
    try:
        seconds = float((text or "").replace(",", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _tag(element: ET.Element) -> str:
    """Its name without a namespace."""
    return str(element.tag).rpartition("}")[2]
