"""Why a section holds nothing. "None" may only be said where somebody looked."""

from typing import Literal

from llmgw_report.model.report import Report
from llmgw_report.renderers._view.blocks import Paragraph

Witness = Literal["metrics", "database"]


def empty(report: Report, quantity: str, witness: Witness, none: str) -> Paragraph:
    """Why there is nothing under `quantity`, a key of the document's sections.

    A reason given for it comes first, then that `witness`, which alone could have told, was not read;
    only otherwise was it looked for and is not there, which is what `none` says.
    """
    reasons = tuple(absences(report, quantity).values()) or _unread(report, witness)
    reasons = tuple(dict.fromkeys(reasons))
    return Paragraph(f"Not measured: {'; '.join(reasons)}" if reasons else none)


def absences(report: Report, quantity: str) -> dict[str, str]:
    """What is absent of `quantity`, each with its reason: `traffic` holds `traffic.latency.p99`."""
    blind = [(spot.quantity, spot.reason) for spot in report.gateway.blind_spots]
    given = [(entry.quantity, entry.reason) for entry in report.absent]
    return {name: reason for name, reason in given + blind if _is_within(name, quantity)}


def _is_within(name: str, quantity: str) -> bool:
    name = name.replace("-", "_")
    return name == quantity or name.startswith((f"{quantity}.", f"{quantity}["))


def _unread(report: Report, witness: Witness) -> tuple[str, ...]:
    inputs = [source for source in report.inputs if source.kind == witness]
    if any(source.status == "ok" for source in inputs):
        return ()
    return tuple(source.reason or f"the {witness} input was {source.status}" for source in inputs) or (
        f"no {witness} input was given",
    )
