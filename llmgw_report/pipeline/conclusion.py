"""The last section: what works, what to improve, and how the gateway is, as sentences."""

from collections.abc import Sequence

from llmgw_report import units
from llmgw_report.model.finding import Finding
from llmgw_report.model.message import Message, say
from llmgw_report.model.report import Conclusion
from llmgw_report.model.status import Verdict

STATE: dict[Verdict, str] = {
    "pass": say("Everything that could be judged is within its limits."),
    "warn": say("In service; nothing failed, and there is something to improve."),
    "fail": say("Not healthy: at least one limit is exceeded."),
    "unknown": say("Nothing is proven: what is required could not be judged."),
}


def conclusion(status: Verdict, findings: Sequence[Finding]) -> Conclusion:
    """One sentence per check that passed and per finding that did not."""
    works = [say("{title}: {seen}", title=one.title, seen=one.seen) for one in findings if one.status == "pass"]
    improve = [_improve(one) for one in findings if one.status in {"fail", "warn"}]
    unknown = len({one.check for one in findings if one.status == "unknown"})
    state = STATE[status]
    if unknown:
        state = say("{state} {checks} could not be judged.", state=state, checks=units.plural(unknown, "checks"))
    return Conclusion(state=state, works=tuple(works), improve=tuple(improve), nearest=nearest(findings))


def _improve(one: Finding) -> Message:
    return say("{title} ({status}): {seen}", title=one.title, status=say(one.status), seen=one.seen)


def nearest(findings: Sequence[Finding]) -> str | None:
    """The judged figure with the smallest distance to its limit, on either side of it."""
    judged = [one for one in findings if one.margin is not None and one.status in {"pass", "warn", "fail"}]
    if not judged:
        return None
    one = min(judged, key=lambda each: abs(each.margin or 0.0))
    figures = {
        "check": " ".join([one.check, *one.subject.values()]),
        "observed": units.quantity(one.observed, one.unit),
        "limit": units.quantity(one.limit, one.unit),
        "share": units.ratio(abs(one.margin or 0.0)),
    }
    if (one.operator == "below") == ((one.margin or 0.0) < 0):
        return say("{check}: {observed}, limit {limit} ({share} below it)", **figures)
    return say("{check}: {observed}, limit {limit} ({share} above it)", **figures)
