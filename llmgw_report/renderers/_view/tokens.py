"""How many tokens go in and come out per model."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.model.sections import TokenEfficiency
from llmgw_report.renderers._view._absence import empty
from llmgw_report.renderers._view._cells import MOST_BARS, cut, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Chart, Section, Table
from llmgw_report.renderers._view.drawings import Bar, BarRow, Bars
from llmgw_report.units import ABSENT, count


def section(report: Report) -> Section:
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
