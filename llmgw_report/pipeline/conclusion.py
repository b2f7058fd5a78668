"""The last section: what works, what to improve, and how the gateway is, as sentences."""

from collections.abc import Sequence

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
    return Conclusion(state=STATE[status] + open_questions, works=tuple(works), improve=tuple(improve))
