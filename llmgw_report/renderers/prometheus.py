"""Exposition text for node_exporter's textfile collector: the verdict, each check's state and figure, and the last run.

Without time stamps, because the collector refuses a file that has them; `llmgw_report_last_run_timestamp_seconds`
is what an alert on a report that stopped coming looks at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from llmgw_report.model import timestamp
from llmgw_report.renderers import _finding_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmgw_report.model.finding import Finding, State
    from llmgw_report.model.report import Report

    Labels = Mapping[str, str]
    Sample = tuple[Labels, float]

EXTENSIONS: tuple[str, ...] = ("prom",)

_VERDICTS = ("pass", "warn", "fail", "unknown")


def render(report: Report) -> str:
    """The families, all of them gauges, ending in a newline."""
    return "".join(_family(name, help_, samples) for name, help_, samples in _families(report))


def _families(report: Report) -> Iterator[tuple[str, str, Iterable[Sample]]]:
    """Name, what it says, and samples of each family."""
    yield "info", "Which tool reported on which gateway; always 1.", [(_info(report), 1)]
    verdicts = [({"status": word}, word == report.verdict.status) for word in _VERDICTS]
    yield "verdict", "1 for the verdict of the last run, 0 for the others.", verdicts
    yield "exit_code", "Exit code of the last run.", [({}, report.exit.code)]
    yield "last_run_timestamp_seconds", "When the last report was made, Unix time.", _last_run(report)
    yield "run_duration_seconds", "How long the last run took.", [({}, report.timings.total_seconds)]
    yield "input_up", "1 if this input was read, 0 if it could not be.", _inputs(report)
    yield "check_state", "1 for the worst state among the findings of a check, 0 for the others.", _states(report)
    yield "check_observed", "What a check observed, in base units.", _observed(report)
    yield "check_limit", "What the observed figure was measured by, in base units.", _limits(report)


def _info(report: Report) -> Labels:
    gateway = report.gateway
    return {"version": report.tool.version, "gateway": gateway.name, "gateway_version": gateway.version or ""}


def _last_run(report: Report) -> list[Sample]:
    milliseconds = timestamp.milliseconds(report.generated_at)
    return [] if milliseconds is None else [({}, milliseconds / 1000)]


def _inputs(report: Report) -> list[Sample]:
    asked = [source for source in report.inputs if source.status != "skipped"]
    return [({"kind": source.kind, "target": source.target}, source.status == "ok") for source in asked]


def _states(report: Report) -> Iterator[Sample]:
    """The worst one that counts; "waived" where nothing worse is left once what is waived does not count."""
    worst: dict[str, State] = {}
    for finding in _finding_texts.worst_first(report.findings):
        worst.setdefault(finding.check, _finding_texts.state(finding))
    for check, state in sorted(worst.items()):
        for word in _finding_texts.STATES:
            yield {"check": check, "status": word}, word == state


def _observed(report: Report) -> Iterator[Sample]:
    for one in _finding_texts.worst_first(report.findings):
        if one.observed is not None:
            yield _labels(one), one.observed


def _limits(report: Report) -> Iterator[Sample]:
    for one in _finding_texts.worst_first(report.findings):
        if one.observed is not None and one.threshold is not None:
            yield {**_labels(one), "operator": one.operator or "not"}, one.threshold


def _labels(finding: Finding) -> dict[str, str]:
    """The subject is one label: its roles differ from check to check, and a family's labels should not."""
    return {"check": finding.check, "subject": _finding_texts.subject(finding), "unit": finding.unit or ""}


def _family(name: str, help_: str, samples: Iterable[Sample]) -> str:
    """One family, or nothing if it has no sample. A series stands once: a second one would void the whole file."""
    name = f"llmgw_report_{name}"
    lines: dict[str, str] = {}
    for labels, value in samples:
        if math.isfinite(value):
            lines.setdefault(_series(name, labels), f"{value + 0!r}")
    body = "".join(f"{series} {value}\n" for series, value in lines.items())
    return f"# HELP {name} {help_}\n# TYPE {name} gauge\n{body}" if body else ""


def _series(name: str, labels: Labels) -> str:
    inside = ",".join(f'{label}="{_escape(value)}"' for label, value in labels.items() if value)
    return f"{name}{{{inside}}}" if inside else name


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
