"""Limits and budgets, the fullest first, what the gateway rejected, and the models that stood in for others."""

from llmgw_report.messages import msg
from llmgw_report.model.quantities import LIMITED, QUANTITIES
from llmgw_report.model.report import Report
from llmgw_report.model.resilience import FallbackRow, LimitRow, RejectionRow
from llmgw_report.model.sections import UNRECORDED
from llmgw_report.renderers._view.blocks import Section, TableBlock
from llmgw_report.renderers._view.cells import Column, column, number, optional, table
from llmgw_report.units import ABSENT, count, ratio, seconds, text

_SCOPES = {
    "api-key": msg("API key"),
    "team": msg("Team"),
    "instance": msg("Instance"),
    "provider": msg("Provider"),
    "model": msg("Model"),
}
_LIMITED = dict(
    zip(
        LIMITED,
        (
            msg("money"),
            msg("requests"),
            msg("tokens"),
            msg("requests per minute"),
            msg("tokens per minute"),
            msg("requests, by the upstream"),
            msg("tokens, by the upstream"),
        ),
        strict=True,
    )
)


def sections(report: Report) -> tuple[Section, ...]:
    """Nothing where no limit is known, nothing was rejected and no model stood in for another."""
    found = []
    if report.sections.resilience.limits:
        found.append(Section(msg("Limits and budgets"), "limits", (_limits(report),)))
    if report.sections.resilience.rejections:
        found.append(Section(msg("Rejected by the gateway"), "rejections", (_rejections(report),)))
    if any(row.from_ or row.to for row in report.sections.resilience.fallbacks):
        found.append(Section(msg("Fallbacks"), "fallbacks", (_fallbacks(report),)))
    return tuple(found)


def _limits(report: Report) -> TableBlock:
    limits = report.sections.resilience.limits
    columns: list[Column[LimitRow]] = [
        column("Whose", lambda row: _SCOPES.get(row.scope, row.scope)),
        column("Name", lambda row: row.name),
        column("Limited", lambda row: _LIMITED.get(row.kind, row.kind) or ABSENT),
        number("Used", lambda row: _figure(row, row.used)),
        number("Left", lambda row: _figure(row, row.remaining)),
        number("Maximum", lambda row: _figure(row, row.maximum)),
        number("Used ratio", lambda row: ratio(row.used_ratio)),
    ]
    if any(row.resets_in_seconds is not None for row in limits):
        columns.append(number("Starts again in", lambda row: seconds(row.resets_in_seconds)))
    note = msg("As of the scrape; a rate per minute is as old as the last request that it was counted for.")
    return table(msg("Limits and budgets"), limits, columns, "limits", notes=(note,))


def _figure(row: LimitRow, value: float | None) -> str:
    return text(value, "cost_usd") if row.kind == "money" else count(value)


def _rejections(report: Report) -> TableBlock:
    columns: tuple[Column[RejectionRow], ...] = (
        column("What", lambda row: _title(row.quantity)),
        column("Reason", lambda row: optional(row.reason)),
        number("Requests", lambda row: count(row.count)),
    )
    note = msg("Counted by the gateway's metrics over the life of its process.")
    rows = report.sections.resilience.rejections
    return table(msg("Rejected by the gateway"), rows, columns, "reasons", notes=(note,))


def _title(quantity: str) -> str:
    known = QUANTITIES.get(quantity)
    return known.title if known else quantity


def _fallbacks(report: Report) -> TableBlock:
    columns: tuple[Column[FallbackRow], ...] = (
        column("Model", lambda row: row.from_ or UNRECORDED),
        column("Fallback model", lambda row: row.to or UNRECORDED),
        column("Outcome", lambda row: optional(row.outcome and msg(row.outcome))),
        number("Requests", lambda row: count(row.count)),
    )
    return table(msg("Fallbacks"), report.sections.resilience.fallbacks, columns, "fallbacks")
