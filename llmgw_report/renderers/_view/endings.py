"""How requests ended, as columns and as text."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from llmgw_report.messages import join, msg
from llmgw_report.model.outcomes import ErrorRatio, OutcomeCounts
from llmgw_report.renderers._view.cells import Column, number
from llmgw_report.units import ABSENT, count, ratio_interval


class Ended(Protocol):
    """A row of the document with outcomes."""

    @property
    def outcomes(self) -> OutcomeCounts | None: ...

    @property
    def error_ratio(self) -> ErrorRatio | None: ...


Row = TypeVar("Row", bound=Ended)


def columns(_of: type[Row]) -> Iterator[tuple[str, Column[Row]]]:
    """How requests ended: what each column of a table of these rows is called inside a sentence, and the column."""
    yield msg("success"), number("Success", lambda row: count(row.outcomes.success if row.outcomes else None))
    yield msg("failed"), number("Failed", _failed)
    yield msg("error ratio"), number("Error ratio", _of_base)


def _failed(row: Ended) -> str:
    """How many failed, and on whose side."""
    ended = row.outcomes
    if ended is None:
        return ABSENT
    parts = (
        msg("{n} client", n=count(ended.client)) if ended.client else "",
        msg("{n} server", n=count(ended.service)) if ended.service else "",
        msg("{n} unattributed", n=count(ended.unattributed)) if ended.unattributed else "",
    )
    if not ended.failed:  # without a ratio nothing failed because no failure is ever recorded
        return count(0) if row.error_ratio or not ended.success else ABSENT
    return msg("{n} ({sides})", n=count(ended.failed), sides=join(", ", parts))


def _of_base(row: Ended) -> str:
    if row.error_ratio is None or row.outcomes is None:
        return ABSENT
    return msg(
        "{ratio} of {n}", ratio=ratio_interval(row.error_ratio.low, row.error_ratio.high), n=count(row.outcomes.base)
    )
