"""Expectations met.

What it measures: figures of the report, and first rows of queries, against the [[expect]] entries of the configuration,
in the unit of each figure.

Why it matters: a smoke test knows what it sent; a gateway that counted something else lost requests, invented them or
classified them differently.

What to do: compare the figure with what was sent, then read the section it comes from; if the expectation is out of
date, change it in the file.

Limitations: counters of a scrape are totals since the process started, so they include earlier and other traffic; an
absent figure is not 0 unless on-empty says so.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Message,
    Operator,
    Reads,
    Snapshot,
    Status,
    Threshold,
    Unit,
    finding,
    join,
    msg,
    skip,
    units,
)
from llmgw_report.model.report import ExpectationResult

CATEGORY: Category = "gate"
UNIT: Unit = "none"
READS: Reads = ()
DEFAULT = Threshold()
PROVES_SERVICE = True
EACH_SUBJECT_REQUIRED = True
_BAD_IF: dict[str, Operator] = {"at-least": "below", "at-most": "above", "equals": "not"}


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per expectation."""
    if not snapshot.expectations:
        yield from skip("no expectations are configured")
    for one in snapshot.expectations:
        yield _judged(one, threshold)


def _judged(one: ExpectationResult, threshold: Threshold) -> Finding:
    """An absent figure is 0 only where on-empty says so; one of the wrong type cannot be compared at all.

    Every expectation is required, because what was asked and cannot be answered must not pass. The check itself is
    not, because most configurations expect nothing.
    """
    subject = {"figure": one.figure, "comparison": one.operator}
    observed = 0.0 if one.observed is None and threshold.of(subject).on_empty == "zero" else one.observed
    wrong_type = one.observed is not None and one.reason is not None
    status: Status = "unknown" if observed is None or wrong_type else _status(one, observed)
    return finding(
        status,
        _seen(one, observed),
        subject,
        observed=None if isinstance(observed, str) else observed,
        operator=_BAD_IF[one.operator],
        threshold=None if isinstance(one.threshold, str) else one.threshold,
        n=None if observed is None else 1,
        reason=one.reason if status == "unknown" else None,
        required=True,
    )


def _status(one: ExpectationResult, observed: float | str) -> Status:
    if one.operator == "equals" or isinstance(observed, str) or isinstance(one.threshold, str):
        return "pass" if observed == one.threshold else "fail"
    met = observed >= one.threshold if one.operator == "at-least" else observed <= one.threshold
    return "pass" if met else "fail"


def _seen(one: ExpectationResult, observed: float | str | None) -> str:
    expected = _expected(one)
    if not one.reason:
        return join(", ", [msg("{figure} is {value}", figure=one.figure, value=_text(observed)), expected])
    if observed is None or one.observed is not None:
        none = msg("{figure} has no value ({reason})", figure=one.figure, reason=msg(one.reason))
    else:
        none = msg(
            "{figure} has no value, which on-empty takes as 0 ({reason})", figure=one.figure, reason=msg(one.reason)
        )
    return join(", ", [none, expected])


def _expected(one: ExpectationResult) -> Message:
    limit = _text(one.threshold)
    if one.operator == "at-least":
        return msg("expected at least {limit}", limit=limit)
    if one.operator == "at-most":
        return msg("expected at most {limit}", limit=limit)
    return msg("expected exactly {limit}", limit=limit)


def _text(value: float | str | None) -> str:
    """A figure of any unit as the document has it; text in quotes."""
    return repr(value) if isinstance(value, str) else units.text(value, "")
