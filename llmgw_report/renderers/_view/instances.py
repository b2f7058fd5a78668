"""Upstream instances, the sessions that stick to them, and the tokens of their models."""

from llmgw_report.messages import Sentence, join, msg
from llmgw_report.model.finding import Health
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Report
from llmgw_report.model.sections import UNRECORDED, InstanceRow, TokenEfficiency
from llmgw_report.renderers._view import endings
from llmgw_report.renderers._view._cells import (
    MAX_PICTURE_ROWS,
    Column,
    column,
    not_measured,
    number,
    optional,
    state,
    table,
)
from llmgw_report.renderers._view.blocks import Bar, BarRow, Bars, Block, Chart, Hue, Paragraph, Section
from llmgw_report.units import ABSENT, count, plural, ratio

_HUES: dict[Health, Hue] = {"down": "bad", "degraded": "caution"}


def sections(report: Report) -> tuple[Section, ...]:
    """Instances with their sessions, and tokens per model; each, or why it is not known."""
    return (
        Section(msg("Instances"), "instances", (_instances(report), _sessions(report))),
        Section(msg("Token efficiency"), "tokens", (_tokens(report),)),
    )


def _instances(report: Report) -> Block:
    instances = report.sections.instances
    if not instances:
        none = msg("No instance is named in the metrics.")
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
    rows = table(msg("Instances"), instances, columns, "instances")
    drawn = instances[:MAX_PICTURE_ROWS]
    if all(_success_ratio(row) is None for row in drawn):
        return rows
    drawing = Bars(rows=tuple(map(_bar, drawn)), axis=msg("Success ratio"), unit="ratio", top=1)
    shown, total = count(len(drawn)), count(len(instances))
    summary = msg("Success ratio of {shown} of {n} instances, with the health of each.", shown=shown, n=total)
    return Chart(msg("Success ratio per instance"), drawing, summary, rows, open=True)


def _success_ratio(row: InstanceRow) -> float | None:
    return row.outcomes.success / row.outcomes.observed if row.outcomes and row.outcomes.observed else None


def _by_status(row: InstanceRow) -> str:
    return join(", ", (f"{status} {count(requests)}" for status, requests in row.by_status.items()))


def _bar(row: InstanceRow) -> BarRow:
    part, ended = _success_ratio(row), row.outcomes or OutcomeCounts()
    of = msg("{ratio}, {hits} of {n}", ratio=ratio(part), hits=count(ended.success), n=count(ended.observed))
    text = ABSENT if part is None else of
    word = state(row.health).word
    label = msg("{instance} ({provider}): {state}", instance=row.instance, provider=row.provider, state=word)
    return BarRow(label, (Bar(part, text, _HUES.get(row.health, "main")),))


def _sessions(report: Report) -> Block:
    sessions = report.sections.sessions
    if not sessions.rows:
        if sessions.total is not None:
            return Paragraph(Sentence(plural(sessions.total, "open session")))
        return not_measured(report, ("sessions",), "metrics", msg("Sessions are not reported."))
    rows: list[tuple[str, int | None]] = [(row.provider, row.sessions) for row in sessions.rows]
    columns: tuple[Column[tuple[str, int | None]], ...] = (
        column("Provider", lambda row: row[0]),
        number("Sessions", lambda row: count(row[1])),
    )
    return table(msg("Sessions"), rows, columns, "providers", total=(msg("Total"), sessions.total))


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
    drawn = models[:MAX_PICTURE_ROWS]
    drawing = Bars(
        rows=tuple(
            BarRow(
                row.model,
                (
                    Bar(row.input_tokens, count(row.input_tokens)),
                    Bar(row.output_tokens, count(row.output_tokens), "second"),
                ),
            )
            for row in drawn
        ),
        axis=msg("Tokens"),
        unit="count",
        legend=((msg("Input tokens"), "main"), (msg("Output tokens"), "second")),
    )
    of = max(len(models), report.sections.model_count or 0)
    shown, total = count(len(drawn)), count(of)
    summary = msg("Input and output tokens of {shown} of {n} models.", shown=shown, n=total)
    rows = table(msg("Token efficiency"), models, columns, "models", of=of)
    return Chart(msg("Tokens per model"), drawing, summary, rows, open=True)
