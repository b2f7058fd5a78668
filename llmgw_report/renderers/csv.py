"""One table for spreadsheets: the verdict, traffic per group, and the findings, told apart by the first column.

Every row has every column, and a cell that does not apply is empty. Figures are plain numbers in the base unit
that the column's name says; text that a spreadsheet would take for a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import math
from io import StringIO
from typing import TYPE_CHECKING

from msgspec import structs

from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.quantities import (
    OTHER_DURATIONS,
    OTHER_TOKENS,
    PERCENTILES,
    QUANTITIES,
    ROW_FIGURES,
    TOKEN_TYPES,
)
from llmgw_report.renderers import _finding_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmgw_report.model.finding import Finding
    from llmgw_report.model.report import Report
    from llmgw_report.model.sections import Latency, Totals, TrafficRow

    Cell = str | float | None
    Row = dict[str, Cell]

EXTENSIONS: tuple[str, ...] = ("csv",)

FIGURES = ("requests", "input_tokens", "output_tokens", "unobserved")
TOKENS = tuple(one.column for one in OTHER_TOKENS)
#: An error ratio is known as an interval.
ENDED = (*OutcomeCounts.__struct_fields__, "error_ratio_low", "error_ratio_high")
#: A percentile from a histogram is interpolated, and known only to lie in the bucket beside it.
LATENCY = tuple(f"{name}_{end}seconds" for name in PERCENTILES for end in ("", "above_", "up_to_"))
#: What an n of latencies is worth: whence, of which requests, and of how many summaries the worst one is shown.
POPULATION = ("source", "population", "worst_of")
FINDING = ("category", "title", "seen", "observed", "operator", "threshold", "unit", "n", "reason", "why", "do")
WAIVER = ("waived_until", "waived_reason", "waived_owner")
#: What is known of the whole gateway, in the row of the total.
WHOLE = ("cooldowns", "in_flight", "queued")
#: Quantities that only some gateways record; a duration has the columns of the latency behind its name.
OTHERS = (
    *(f"{one.field}_{name}" for one in OTHER_DURATIONS for name in (*LATENCY, "mean_seconds", "count", *POPULATION)),
    *(one.field for one in ROW_FIGURES),
    *WHOLE,
    *TOKENS,
)
#: `section` is verdict, traffic, traffic-total or finding; `name` the gateway, the group or the check.
COLUMNS = (
    *("section", "name", "subject", "status", "basis", *FIGURES, *ENDED),
    *(*LATENCY, "mean_seconds", "latency_count", *POPULATION, *OTHERS),
    *(*FINDING, "required", *WAIVER, "derived_from", "fingerprint"),
)

# What begins a formula, in the wide forms of East Asian keyboards too.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def render(report: Report) -> str:
    """The table as RFC 4180 has it: a header, lines that end in CR LF, quotes where they are needed."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({column: _cell(value) for column, value in row.items()} for row in _rows(report))
    return text.getvalue()


def _rows(report: Report) -> Iterator[Row]:
    yield {
        "section": "verdict",
        "name": report.gateway.name,
        "status": report.verdict.status,
        "reason": report.exit.reason,
    }
    its = report.sections.resilience
    whole: Row = dict(zip(WHOLE, (its.cooldown_count, its.in_flight, its.queued), strict=True))
    for traffic in (report.sections.lifetime_traffic, report.sections.window_traffic):
        if traffic:
            yield from (_traffic("traffic", traffic, row) for row in traffic.rows)
            yield _traffic("traffic-total", traffic, traffic.total) | whole
            whole = {}
    yield from (_finding(finding) for finding in report.findings)


def _traffic(section: str, traffic: Totals, row: TrafficRow) -> Row:
    figures: Row = {"requests": row.requests, "unobserved": row.unobserved}
    figures |= {one.column: row.tokens.recorded.get(name) for name, one in TOKEN_TYPES.items()}
    if row.outcomes:
        figures |= structs.asdict(row.outcomes)
    if row.error_ratio:
        figures |= {f"error_ratio_{name}": value for name, value in structs.asdict(row.error_ratio).items()}
    latency = {**_latency(row.latency), "latency_count": row.latency.count, "reason": row.latency.reason}
    for name, other in row.durations.items():
        if other is not row.latency:
            prefix = QUANTITIES[name].field
            columns = {**_latency(other), "count": other.count}
            latency |= {f"{prefix}_{column}": value for column, value in columns.items()}
    return {"section": section, "name": row.group, "basis": traffic.basis, **figures, **latency, **row.figures}


def _latency(latency: Latency) -> Row:
    figures = {name: getattr(latency, name) for name in ("mean_seconds", *POPULATION)}
    for name, value in latency.percentiles.items():
        figures[f"{name}_seconds"] = value.seconds
        if bucket := value.bucket:
            figures |= {f"{name}_above_seconds": bucket.above_seconds, f"{name}_up_to_seconds": bucket.up_to_seconds}
    return figures


def _finding(finding: Finding) -> Row:
    own: Row = {name: getattr(finding, name) for name in (*FINDING, "derived_from", "fingerprint")}
    about: Row = {"subject": _finding_texts.subject(finding), "status": finding.status}
    named: Row = {"section": "finding", "name": finding.check, **about}
    return named | own | {"required": finding.required} | _waiver(finding)


def _waiver(finding: Finding) -> Row:
    waived = finding.waived
    return dict(zip(WAIVER, (waived.expires, waived.reason, waived.owner), strict=True)) if waived else {}


def _cell(value: Cell) -> Cell:
    """A number stays one, so that it can be added up; text is no formula."""
    if not isinstance(value, str):
        return value if value is not None and math.isfinite(value) else ""
    return f"'{value}" if value.lstrip().startswith(_FORMULA) else value
