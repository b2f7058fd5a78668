"""Figures that were expected to be something.

Measured: figures of the report, and first rows of queries, against what the configuration's [[expect]] says of
them. Unit: that of the figure.

Why it matters: a smoke stage knows what it sent; a gateway that counted something else lost it, invented it or
treated it as something else.

What to do: compare the figure with what was sent, then look at the section it is from; where the expectation is
what changed, change it in the file.

How it can be wrong: counters of a scrape are totals since the process started, so traffic of others and of
earlier runs is in them; a figure that is absent is not 0 unless on-empty says so.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import finding, skip
from llmgw_report.messages import Message, join, say
from llmgw_report.model.finding import Category, FedBy, Finding, Operator, Status, Threshold, Unit
from llmgw_report.model.report import Expectation, Snapshot

CATEGORY: Category = "gate"
FED_BY: FedBy = ()
DEFAULT = Threshold()
UNIT: Unit = "none"
BAD_IF: dict[str, Operator] = {"at-least": "below", "at-most": "above", "equals": "not"}


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding per expectation."""
    if not snapshot.expectations:
        yield from skip("nothing is expected")
    for one in snapshot.expectations:
        yield _judged(one, threshold)


def _judged(one: Expectation, threshold: Threshold) -> Finding:
    """A figure that is absent is 0 only where on-empty says so; one of the wrong kind cannot be compared at all.

    What was asked and cannot be answered is never a pass, so each is required; the check itself is not, since most
    files expect nothing.
    """
    subject = {"figure": one.that, "comparison": one.operator}
    observed = 0.0 if one.observed is None and threshold.of(subject).on_empty == "zero" else one.observed
    wrong_kind = one.observed is not None and one.reason is not None
    status: Status = "unknown" if observed is None or wrong_kind else _status(one, observed)
    return finding(
        status,
        _seen(one, observed),
        subject,
        observed=None if isinstance(observed, str) else observed,
        operator=BAD_IF[one.operator],
        limit=None if isinstance(one.limit, str) else one.limit,
        n=None if observed is None else 1,
        reason=one.reason if status == "unknown" else None,
        required=True,
    )


def _status(one: Expectation, observed: float | str) -> Status:
    if one.operator == "equals" or isinstance(observed, str) or isinstance(one.limit, str):
        return "pass" if observed == one.limit else "fail"
    met = observed >= one.limit if one.operator == "at-least" else observed <= one.limit
    return "pass" if met else "fail"


def _seen(one: Expectation, observed: float | str | None) -> str:
    wanted = _wanted(one)
    if not one.reason:
        return join(", ", [say("{figure} is {value}", figure=one.that, value=_text(observed)), wanted])
    if observed is None or one.observed is not None:
        none = say("{figure} has no value ({reason})", figure=one.that, reason=say(one.reason))
    else:
        none = say(
            "{figure} has no value, which on-empty takes as 0 ({reason})", figure=one.that, reason=say(one.reason)
        )
    return join(", ", [none, wanted])


def _wanted(one: Expectation) -> Message:
    limit = _text(one.limit)
    if one.operator == "at-least":
        return say("expected at least {limit}", limit=limit)
    if one.operator == "at-most":
        return say("expected at most {limit}", limit=limit)
    return say("expected exactly {limit}", limit=limit)


def _text(value: float | str | None) -> str:
    """A figure of any unit as the document has it; text in quotes."""
    return repr(value) if isinstance(value, str) else units.text(value, "")
