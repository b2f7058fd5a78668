"""Upstream instances, and the sessions that stick to them."""

from llmgw_report.model.report import Report
from llmgw_report.model.sections import InstanceRow
from llmgw_report.model.status import Health
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import MOST_BARS, cut, left, right, said, state
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Paragraph, Section, Table
from llmgw_report.renderers._view.drawings import Bar, BarRow, Bars, Hue
from llmgw_report.units import count, plural, ratio

_HUES: dict[Health, Hue] = {"down": "bad", "degraded": "caution"}


def section(report: Report) -> Section:
    """Instances and sessions, each or why it is not known."""
    return Section("Instances", "instances", (_instances(report), _sessions(report)))


def _instances(report: Report) -> Block:
    found = report.sections.instances
    if not found:
        return empty(report, ("instances", "instance health"), "metrics", "No instance is named in the metrics.")
    rows, notes = cut(found, "instances")
    columns = (
        *left("Provider", "Instance", "Health"),
        *right("Requests", "Success", "Errors", "Success ratio"),
        *left("By status"),
    )
    table = Table("Instances", columns, tuple(map(_instance, rows)), notes=notes)
    drawn = rows[:MOST_BARS]
    if all(row.success_ratio is None for row in drawn):
        return table
    drawing = Bars(rows=tuple(map(_bar, drawn)), axis="Success ratio", unit="ratio", top=1)
    summary = f"Success ratio of {count(len(drawn))} of {count(len(found))} instances, with the health of each."
    return Chart("Success ratio per instance", drawing, summary, table, open=True)


def _instance(row: InstanceRow) -> tuple[Cell, ...]:
    return (
        row.provider,
        row.instance,
        state(row.health),
        count(row.requests),
        count(row.success),
        _errors(row),
        ratio(row.success_ratio),
        said(", ".join(f"{status} {count(n)}" for status, n in row.by_status.items())),
    )


def _bar(row: InstanceRow) -> BarRow:
    of = f"{ratio(row.success_ratio)}, {count(row.success)} of {count(row.requests)}"
    text = ratio(row.success_ratio) if row.success is None or row.requests is None else of
    label = f"{row.instance} ({row.provider}): {state(row.health).word}"
    return BarRow(label, (Bar(row.success_ratio, text, _HUES.get(row.health, "main")),))


def _errors(row: InstanceRow) -> str:
    kinds = [(row.client_errors, "client"), (row.server_errors, "server")]
    split = ", ".join(f"{count(n)} {kind}" for n, kind in kinds if n is not None)
    return f"{count(row.errors)} ({split})" if row.errors and split else count(row.errors)


def _sessions(report: Report) -> Block:
    sessions = report.sections.sessions
    if not sessions.rows:
        if sessions.total is not None:
            return Paragraph(f"{plural(sessions.total, 'open session')}.")
        return empty(report, ("sessions",), "metrics", "Sessions are not reported.")
    rows, notes = cut(sessions.rows, "providers")
    body = tuple((row.provider, count(row.sessions)) for row in rows)
    columns = (*left("Provider"), *right("Sessions"))
    return Table("Sessions", columns, body, ("Total", count(sessions.total)), notes)
