"""Upstream instances, sessions, the request trend, and how many tokens come out per token that goes in."""

from llmgw_report.model.report import Report
from llmgw_report.model.sections import InstanceRow, TokenEfficiency
from llmgw_report.renderers._view import trend
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import cut, left, right, said, state
from llmgw_report.renderers._view.blocks import Block, Cell, Paragraph, Section, Table
from llmgw_report.units import ABSENT, count, plural, ratio


def section(report: Report) -> Section:
    """Instances and trend, each part or why it is not known."""
    blocks = (_instances(report), _sessions(report), *trend.blocks(report), _efficiency(report))
    return Section("Instances and trend", "instances", blocks)


def _instances(report: Report) -> Block:
    if not report.sections.instances:
        return empty(report, ("instances", "instance health"), "metrics", "No instance is named in the metrics.")
    rows, notes = cut(report.sections.instances, "instances")
    columns = (
        *left("Provider", "Instance", "Health"),
        *right("Requests", "Success", "Errors", "Success ratio"),
        *left("By status"),
    )
    return Table("Instances", columns, tuple(map(_instance, rows)), notes=notes)


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


def _efficiency(report: Report) -> Block:
    if not report.sections.token_efficiency:
        return empty(report, ("tokens",), "metrics", "No model has recorded tokens.")
    rows, notes = cut(report.sections.token_efficiency, "models")
    columns = (*left("Model"), *right("Input tokens", "Output tokens", "Output per input"))
    return Table("Token efficiency", columns, tuple(map(_model, rows)), notes=notes)


def _model(row: TokenEfficiency) -> tuple[Cell, ...]:
    per_input = ABSENT if row.output_input_ratio is None else f"{count(row.output_input_ratio)} ×"
    return row.model, count(row.input_tokens), count(row.output_tokens), per_input
