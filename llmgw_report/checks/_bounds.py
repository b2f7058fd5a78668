"""Comparing a figure with its bounds."""

from typing import NamedTuple

from llmgw_report.model.finding import Operator
from llmgw_report.model.status import Status
from llmgw_report.model.threshold import Threshold


class Judged(NamedTuple):
    """A status and the limit it was measured by: of a pass, the first one ahead."""

    status: Status
    limit: float | None
    operator: Operator


def above(value: float, threshold: Threshold) -> Judged:
    """Bad when it exceeds a bound."""
    if threshold.fail is not None and value > threshold.fail:
        return Judged("fail", threshold.fail, "above")
    if threshold.warn is not None and value > threshold.warn:
        return Judged("warn", threshold.warn, "above")
    return Judged("pass", threshold.warn if threshold.warn is not None else threshold.fail, "above")


def below(value: float, threshold: Threshold) -> Judged:
    """Bad when it falls short of a bound."""
    if threshold.fail is not None and value < threshold.fail:
        return Judged("fail", threshold.fail, "below")
    if threshold.warn is not None and value < threshold.warn:
        return Judged("warn", threshold.warn, "below")
    return Judged("pass", threshold.warn if threshold.warn is not None else threshold.fail, "below")
