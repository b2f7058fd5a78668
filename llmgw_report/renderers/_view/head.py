"""The head: which gateway, which instant, and where each figure came from."""

from llmgw_report.model.report import Input, Report
from llmgw_report.model.status import nagios
from llmgw_report.renderers import _findings
from llmgw_report.renderers._view._cells import code, left, right, said, state, without_empty
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Section, Table
from llmgw_report.units import moment, seconds


def section(report: Report) -> Section:
    """What stands between the verdict and the first section with a title."""
    return Section("", "head", (_facts(report), *_inputs(report.inputs)))


def gateway(report: Report) -> str:
    """The gateway's name and version, as far as they are known."""
    info = report.gateway
    if info.name == "unknown":
        return "unknown gateway"
    name = info.title or info.name
    if not info.version:
        return f"{name}, version not reported"
    # A definition's title may name the release it was written for.
    return name if info.version in name else f"{name} {info.version}"


def _facts(report: Report) -> Facts:
    window = report.window
    rows = (
        ("Checks", _findings.tally(report.findings)),
        ("Exit code", _code(report)),
        ("Gateway", gateway(report)),
        ("Recognised by", said(", ".join(report.gateway.detected_by))),
        ("Judged at", moment(report.at)),
        ("Window", f"{seconds(window.seconds)}: after {moment(window.since)}, up to {moment(window.until)}"),
        ("Trend window", seconds(window.trend_seconds)),
        ("Configuration", code(report.config_file) if report.config_file else "defaults, no file"),
        *((("Preset", code(report.preset)),) if report.preset else ()),
        ("Tool", f"{report.tool.name} {report.tool.version}"),
    )
    return Facts(rows)


def _code(report: Report) -> str:
    """With its word where the codes are not the usual ones."""
    ended = report.exit
    return f"{ended.code} ({ended.profile}: {nagios(ended.code)})" if ended.profile == "nagios" else str(ended.code)


def _inputs(inputs: tuple[Input, ...]) -> tuple[Block, ...]:
    if not inputs:
        return ()
    columns = (*left("Input", "Target", "State"), *right("Took"), *left("Chosen by", "Reason"))
    hints = (f"To read the {source.kind}: {source.hint}" for source in inputs if source.hint)
    notes = (*hints, *(note for source in inputs for note in source.notes))
    return (Table("Where the figures came from", *without_empty(columns, tuple(map(_input, inputs))), notes=notes),)


def _input(source: Input) -> tuple[Cell, ...]:
    took = seconds(source.elapsed_seconds)
    return source.kind, code(source.target), state(source.status), took, said(source.origin), said(source.reason)
