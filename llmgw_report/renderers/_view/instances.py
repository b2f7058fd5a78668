"""Upstream instances, and the sessions that stick to them."""

from llmgw_report.messages import Sentence, join, say
from llmgw_report.model.finding import Health
from llmgw_report.model.report import Report
from llmgw_report.model.sections import InstanceRow, TokenEfficiency
from llmgw_report.renderers._view._cells import MOST_BARS, cut, empty, left, right, said, state
from llmgw_report.renderers._view.blocks import Bar, BarRow, Bars, Block, Cell, Chart, Hue, Paragraph, Section, Table
from llmgw_report.units import ABSENT, count, plural, ratio


def section_tokens(report: Report) -> Section:
    """Tokens per model, or why they are not known."""
    return Section(say("Token efficiency"), "tokens", (_efficiency(report),))


def _efficiency(report: Report) -> Block:
    if not report.sections.token_efficiency:
        return empty(report, ("tokens",), "metrics", say("No model has recorded tokens."))
    rows, notes = cut(report.sections.token_efficiency, "models")
    columns = (*left("Model"), *right("Input tokens", "Output tokens", "Output per input"))
    table = Table(say("Token efficiency"), columns, tuple(map(_model, rows)), notes=notes)
    drawn = rows[:MOST_BARS]
    drawing = Bars(
        rows=tuple(map(_bars, drawn)),
        axis=say("Tokens"),
        unit="count",
        legend=((say("Input tokens"), "main"), (say("Output tokens"), "second")),
    )
    shown, total = count(len(drawn)), count(len(report.sections.token_efficiency))
    summary = say("Input and output tokens of {shown} of {n} models.", shown=shown, n=total)
    return Chart(say("Tokens per model"), drawing, summary, table, open=True)


def _model(row: TokenEfficiency) -> tuple[Cell, ...]:
    per_input = ABSENT if row.output_input_ratio is None else f"{count(row.output_input_ratio)} ×"
    return row.model, count(row.input_tokens), count(row.output_tokens), per_input


def _bars(row: TokenEfficiency) -> BarRow:
    tokens = (
        Bar(row.input_tokens, count(row.input_tokens)),
        Bar(row.output_tokens, count(row.output_tokens), "second"),
    )
    return BarRow(row.model, tokens)


_HUES: dict[Health, Hue] = {"down": "bad", "degraded": "caution"}


def section(report: Report) -> Section:
    """Instances and sessions, each or why it is not known."""
    return Section(say("Instances"), "instances", (_instances(report), _sessions(report)))


def _instances(report: Report) -> Block:
    found = report.sections.instances
    if not found:
        return empty(report, ("instances", "instance health"), "metrics", say("No instance is named in the metrics."))
    rows, notes = cut(found, "instances")
    columns = (
        *left("Provider", "Instance", "Health"),
        *right("Requests", "Success", "Errors", "Success ratio"),
        *left("By status"),
    )
    table = Table(say("Instances"), columns, tuple(map(_instance, rows)), notes=notes)
    drawn = rows[:MOST_BARS]
    if all(row.success_ratio is None for row in drawn):
        return table
    drawing = Bars(rows=tuple(map(_bar, drawn)), axis=say("Success ratio"), unit="ratio", top=1)
    shown, total = count(len(drawn)), count(len(found))
    summary = say("Success ratio of {shown} of {n} instances, with the health of each.", shown=shown, n=total)
    return Chart(say("Success ratio per instance"), drawing, summary, table, open=True)


def _instance(row: InstanceRow) -> tuple[Cell, ...]:
    return (
        row.provider,
        row.instance,
        state(row.health),
        count(row.requests),
        count(row.success),
        _errors(row),
        ratio(row.success_ratio),
        said(join(", ", (f"{status} {count(n)}" for status, n in row.by_status.items()))),
    )


def _bar(row: InstanceRow) -> BarRow:
    of = say("{share}, {hits} of {n}", share=ratio(row.success_ratio), hits=count(row.success), n=count(row.requests))
    text = ratio(row.success_ratio) if row.success is None or row.requests is None else of
    word = state(row.health).word
    label = say("{instance} ({provider}): {state}", instance=row.instance, provider=row.provider, state=word)
    return BarRow(label, (Bar(row.success_ratio, text, _HUES.get(row.health, "main")),))


def _errors(row: InstanceRow) -> str:
    client = "" if row.client_errors is None else say("{n} client", n=count(row.client_errors))
    server = "" if row.server_errors is None else say("{n} server", n=count(row.server_errors))
    split = join(", ", [client, server])
    return say("{n} ({kinds})", n=count(row.errors), kinds=split) if row.errors and split else count(row.errors)


def _sessions(report: Report) -> Block:
    sessions = report.sections.sessions
    if not sessions.rows:
        if sessions.total is not None:
            return Paragraph(Sentence(plural(sessions.total, "open session")))
        return empty(report, ("sessions",), "metrics", say("Sessions are not reported."))
    rows, notes = cut(sessions.rows, "providers")
    body = tuple((row.provider, count(row.sessions)) for row in rows)
    columns = (*left("Provider"), *right("Sessions"))
    return Table(say("Sessions"), columns, body, (say("Total"), count(sessions.total)), notes)
