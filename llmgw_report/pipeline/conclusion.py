"""The last section: what works, what to improve, and how the gateway is, as sentences."""

from collections.abc import Sequence

from llmgw_report import units
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Conclusion
from llmgw_report.model.status import Verdict

STATE: dict[Verdict, str] = {
    "pass": "Everything that could be judged is within its limits.",
    "warn": "In service; nothing failed, and there is something to improve.",
    "fail": "Not healthy: at least one limit is exceeded.",
    "unknown": "Nothing is proven: what is required could not be judged.",
}


def conclusion(status: Verdict, findings: Sequence[Finding]) -> Conclusion:
    """One sentence per check that passed and per finding that did not."""
    works = [f"{one.title}: {one.seen}" for one in findings if one.status == "pass"]
    improve = [f"{one.title} ({one.status}): {one.seen}" for one in findings if one.status in {"fail", "warn"}]
    unknown = len({one.check for one in findings if one.status == "unknown"})
    open_questions = f" {unknown} checks could not be judged." if unknown else ""
    state = STATE[status] + open_questions
    return Conclusion(state=state, works=tuple(works), improve=tuple(improve), nearest=nearest(findings))


def nearest(findings: Sequence[Finding]) -> str | None:
    """The judged figure with the smallest distance to its limit, on either side of it."""
    judged = [one for one in findings if one.margin is not None and one.status in {"pass", "warn", "fail"}]
    if not judged:
        return None
    one = min(judged, key=lambda each: abs(each.margin or 0.0))
    side = "below" if (one.operator == "below") == ((one.margin or 0.0) < 0) else "above"
    figures = f"{units.quantity(one.observed, one.unit)}, limit {units.quantity(one.limit, one.unit)}"
    subject = "".join(f" {value}" for value in one.subject.values())
    return f"{one.check}{subject}: {figures} ({units.ratio(abs(one.margin or 0.0))} {side} it)"
