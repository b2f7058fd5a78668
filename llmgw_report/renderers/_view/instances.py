"""Upstream instances, the sessions that stick to them, and the tokens of their models."""

from llmgw_report.messages import Sentence, join, msg
from llmgw_report.model.report import Report
from llmgw_report.model.sections import UNRECORDED, InstanceRow, TokenEfficiency
from llmgw_report.renderers import _digest
from llmgw_report.renderers._view import endings
from llmgw_report.renderers._view.blocks import Block, Paragraph, Section
from llmgw_report.renderers._view.cells import (
    MAX_TABLE_ROWS,
    Column,
    column,
    cut,
    not_measured,
    number,
    optional,
    state,
    table,
)
from llmgw_report.units import ABSENT, count, few, plural


def sections(report: Report) -> tuple[Section, ...]:
    """Instances with their sessions, and tokens per model; each, or why it is not known."""
    return (
        Section(msg("Instances"), "instances", (_instances(report), *_sessions(report))),
        Section(msg("Tokens per model"), "tokens", (_tokens(report),), evidence=True),
    )


def _instances(report: Report) -> Block:
    instances = report.sections.instances
    if not instances:
        none = msg("The metrics report neither the health nor the attempts of instances.")
        return not_measured(report, ("instances", "instance health"), "metrics", none)
    cooled = {(row.provider or UNRECORDED, row.instance): row.count for row in report.sections.resilience.cooldowns}
    cooldowns: Column[InstanceRow] = number("Cooldowns", lambda row: count(cooled.get((row.provider, row.instance))))
    columns: tuple[Column[InstanceRow], ...] = (
        column("Provider", lambda row: row.provider),
        column("Instance", lambda row: row.instance),
        column("Health", lambda row: state(row.health)),
        number("Attempts", lambda row: count(row.attempts)),
        *(found for _, found in endings.columns(InstanceRow)),
        *((cooldowns,) if cooled else ()),
        column("By status", lambda row: optional(_by_status(row))),
    )
    return table(
        _digest.of_instances(report),
        _digest.worst_first(instances, MAX_TABLE_ROWS),
        columns,
        "instances",
        notes=(*_uncounted(report), *_unanswered(report)),
    )


def _uncounted(report: Report) -> tuple[str, ...]:
    """That the counts of the table are not of every failure."""
    found = _digest.uncounted(report)
    return (Sentence(found),) if found and any(row.source == "metrics" for row in report.sections.instances) else ()


def _unanswered(report: Report) -> tuple[str, ...]:
    """Why a state is good beside requests that all failed."""
    names = [row.instance for row in report.sections.instances if row.unanswered]
    if not names:
        return ()
    return (msg("{names}: OK is the gateway's own flag, although no request was answered.", names=few(names)),)


def _by_status(row: InstanceRow) -> str:
    return join(", ", (f"{status} {count(requests)}" for status, requests in row.by_status.items()))


def _sessions(report: Report) -> tuple[Block, ...]:
    """Nothing where no sessions are reported: why not stands among what is absent."""
    sessions = report.sections.sessions
    if not sessions.rows or not sessions.total:
        return () if sessions.total is None else (Paragraph(Sentence(plural(sessions.total, "open session"))),)
    shown, notes = cut(sessions.rows, "providers")
    each = join(", ", [*(f"{row.provider} {count(row.sessions)}" for row in shown), *notes])
    total = plural(sessions.total or 0, "open session")
    return (Paragraph(Sentence(msg("{sessions}: {each}", sessions=total, each=each))),)


def _tokens(report: Report) -> Block:
    models = report.sections.token_efficiency
    if not models:
        return not_measured(report, ("tokens",), "metrics", msg("No model has recorded tokens."))
    columns: tuple[Column[TokenEfficiency], ...] = (
        column("Model", lambda row: row.model),
        number("Input tokens", lambda row: count(row.input_tokens)),
        number("Output tokens", lambda row: count(row.output_tokens)),
        number(
            "Output per input",
            lambda row: ABSENT if row.output_input_ratio is None else f"{count(row.output_input_ratio)} ×",
        ),
    )
    of = max(len(models), report.sections.window_counts.token_efficiency or 0)
    return table(msg("Tokens per model"), models, columns, "models", of=of)
