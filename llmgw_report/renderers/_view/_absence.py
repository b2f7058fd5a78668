"""Why a section holds nothing. "None" may only be said where somebody looked."""

import re
from typing import Literal

from llmgw_report.model.message import join, say
from llmgw_report.model.report import Input, Report
from llmgw_report.renderers._view.blocks import Paragraph

Witness = Literal["metrics", "database"]


def empty(report: Report, quantities: tuple[str, ...], witness: Witness, none: str) -> Paragraph:
    """Why there is nothing to show of `quantities`, in the words that the report uses for what is absent.

    A reason given for them comes first, then that `witness`, which alone could have told, was not read;
    only otherwise was it looked for and is not there, which is what `none` says.
    """
    given = (reason for name, reason in absences(report).items() if not set(quantities).isdisjoint(_parts(name)))
    reasons = tuple(dict.fromkeys(given)) or _unread(report, witness)
    return Paragraph(say("Not measured: {reasons}", reasons=join("; ", map(say, reasons))) if reasons else none)


def looked(rows: int | None, *, unknown: str, empty: str, none: str) -> str:
    """Nothing found, and among how many `rows`: of no rows at all it proves nothing."""
    if rows is None:
        return unknown
    return none if rows else empty


def absences(report: Report, *beginnings: str) -> dict[str, str]:
    """What is absent, with its reason; only what begins with one of `beginnings`, if there are any."""
    blind = [(spot.quantity, spot.reason) for spot in report.gateway.blind_spots]
    given = [(entry.quantity, entry.reason) for entry in report.absent]
    return {name: reason for name, reason in blind + given if not beginnings or name.startswith(beginnings)}


def _parts(name: str) -> list[str]:
    """`error patterns, slow requests and trend` is three quantities."""
    return re.split(", | and ", name)


def _unread(report: Report, witness: Witness) -> tuple[str, ...]:
    inputs = [source for source in report.inputs if source.kind == witness]
    if any(source.status == "ok" for source in inputs):
        return ()
    reasons = tuple(source.reason or _input(source) for source in inputs)
    return reasons or (say("no {witness} input was given", witness=say(witness)),)


def _input(source: Input) -> str:
    return say("the {witness} input was {status}", witness=say(source.kind), status=say(source.status))
