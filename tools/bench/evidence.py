"""Proof that a command reports on its data, before what it takes is measured.

An exit code proves nothing: with --fail-on never a report on files that do not exist ends with 0, and it is quick.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.bench.measure import Command, output

#: Pass, fail and unknown are all a report.
REPORTED = (0, 1, 3)
Rows = dict[str, list[dict[str, Any]]]
"""Those of every query, by its name."""


def proven(command: Command, folder: Path) -> Command:
    """The command, run once; what its report has not read ends the benchmark, and so does one without any request."""
    document = output([*command, "--format", "json"], folder, REPORTED)
    if why := lacking(document):
        raise SystemExit(f"{' '.join(map(str, command))}: nothing to measure: {why}")
    return command


def answered(command: Command, folder: Path) -> Command:
    """The command that runs queries, run once; if they counted no request in their window, the benchmark ends."""
    if why := unanswered(rows(command, folder)):
        raise SystemExit(f"{' '.join(map(str, command))}: nothing to measure: {why}")
    return command


def rows(command: Command, folder: Path) -> Rows:
    """What its queries return."""
    found: Rows = json.loads(output([*command, "--rows"], folder))
    return found


def unanswered(found: Rows) -> str:
    """Why these rows are of no data; nothing if they are of some."""
    return "" if any(row["requests"] for row in found.get("traffic", ())) else "no request was counted"


def lacking(document: str) -> str:
    """Why a JSON report is not one of all its data: an input, a query, or that no request was counted; else nothing."""
    return next(_lacks(json.loads(document)), "")


def _lacks(report: dict[str, Any]) -> Iterator[str]:
    inputs, sections = report["inputs"], report["sections"]
    yield from (one["reason"] for one in inputs if one["status"] == "unavailable")
    yield from (f"the query {one['name']} failed: {one['reason']}" for one in sections["failed_queries"])
    traffic = sections["traffic"] or {}
    totals = [part["total"] for part in (traffic, traffic.get("lifetime")) if part]
    if not any(total and total["requests"] for total in totals):
        yield "no request was counted"
