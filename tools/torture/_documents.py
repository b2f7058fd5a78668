"""Whether a document is whole, as the programs that read its format see it."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from xml.etree import ElementTree as ET

import msgspec

from llmgw_report.model.report import Report
from llmgw_report.sources.exposition import parse


def complete(name: str, text: str) -> None:
    """Raises AssertionError, or what its reader raises, where a document of format `name` is not whole."""
    text.encode()
    hold(bool(text.strip()), "an empty document")
    if name in _READERS:
        _READERS[name](text)


def _json(text: str) -> None:
    json.loads(text, parse_constant=_no_number)
    msgspec.json.decode(text, type=Report, strict=True)


def _no_number(word: str) -> None:
    raise AssertionError(f"{word} in JSON")


def _html(text: str) -> None:
    hold(text.startswith("<!doctype html>") and text.rstrip().endswith("</html>"), "half a page")


def _csv(text: str) -> None:
    widths = {len(row) for row in csv.reader(StringIO(text, newline=""), strict=True)}
    hold(len(widths) == 1, f"rows of {widths} cells")


def _junit(text: str) -> None:
    root = ET.fromstring(text)  # noqa: S314 - our own document
    hold(root.tag in {"testsuite", "testsuites"}, f"<{root.tag}>")


def _prometheus(text: str) -> None:
    found = parse([text.encode()], {}, "ours")
    hold(not found.bad_lines and not found.duplicates, f"{found.bad_lines or found.duplicates}")


def _nagios(text: str) -> None:
    hold(text.startswith("LLMGW ") and text.endswith("\n"), text[:80])


def hold(condition: bool, problem: str) -> None:  # noqa: FBT001 - an assertion that says what was seen
    """Raises AssertionError with `problem` unless `condition` holds."""
    if not condition:
        raise AssertionError(problem)


_READERS: dict[str, Callable[[str], None]] = {
    "json": _json,
    "html": _html,
    "csv": _csv,
    "junit": _junit,
    "prometheus": _prometheus,
    "nagios": _nagios,
}
