"""Looking up one witness's count."""

from llmgw_report.model.report import Snapshot


def counted(snapshot: Snapshot, quantity: str, source: str) -> int | None:
    """What `source` counts of `quantity`; None if it does not."""
    found = (one.value for one in snapshot.sections.witnesses if (one.quantity, one.source) == (quantity, source))
    return next(found, None)
