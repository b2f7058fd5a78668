"""Findings in words that several formats share: subject, figures, reason, waiver, and whether it counts."""

from collections.abc import Sequence
from datetime import date
from itertools import islice

from llmgw_report.messages import Message, join, msg, parts_of
from llmgw_report.model.finding import Finding, State, Waived, status_by_check
from llmgw_report.model.report import Report
from llmgw_report.units import abbreviated, count, quantity, with_onset

#: Worst first. What is waived is known to be bad, so it stands before what was skipped or passed.
STATES: tuple[State, ...] = ("fail", "warn", "unknown", "waived", "skip", "pass", "info")


def state(finding: Finding) -> State:
    """Its status, unless it is waived and does not count."""
    return "waived" if finding.waived else finding.status


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """The findings by how much they count; what is required and unknown gates like a failure, and stands with them."""
    return sorted(findings, key=urgency)


def urgency(finding: Finding) -> int:
    """0 for what counts most."""
    gates = is_bad(finding) and finding.status == "unknown"
    return STATES.index("fail" if gates else state(finding))


def bad(findings: Sequence[Finding]) -> list[Finding]:
    """What counts against the gateway, the worst first: failures, what was required and is unknown, and warnings."""
    return worst_first([finding for finding in findings if is_bad(finding)])


def is_bad(finding: Finding) -> bool:
    """Whether it counts against the gateway."""
    return finding.waived is None and finding.would_count


def name(finding: Finding) -> str:
    """The check and, in brackets, its subject: `error-ratio [instance=openai-eu, provider=openai]`."""
    about = subject(finding)
    return f"{finding.check} [{about}]" if about else finding.check


def subject(finding: Finding) -> str:
    """What the finding is about, its roles in the order of the alphabet, so that it reads the same in every run."""
    return ", ".join(f"{role}={value}" for role, value in sorted(finding.subject.items()))


def problem(finding: Finding, report: Report) -> str:
    """What is wrong in one sentence, and since when."""
    return with_onset(abbreviated(parts_of(finding.seen)[0]), finding, report.at)


def following(finding: Finding, root: Finding, report: Report) -> str:
    """What is wrong, below the problem that it follows from, which has since when if both began together."""
    alike = (finding.since, finding.onset, finding.until) == (root.since, root.onset, root.until)
    return abbreviated(parts_of(finding.seen)[0]) if alike else problem(finding, report)


def heading(finding: Finding, report: Report) -> str:
    """What is wrong, or the title of its check where the headline has said that and nothing else.

    For one reason several checks may be unknown; of several other problems the first stands in the headline as well.
    """
    # Of thousands of problems two are enough to look at.
    first = list(islice(filter(is_bad, report.findings), 2))
    alone = finding.status == "unknown" or len(first) == 1
    said = bool(finding.title) and alone and is_said(finding, report.verdict.headline)
    return msg(finding.title) if said else problem(finding, report)


def is_said(finding: Finding, headline: str) -> bool:
    """Whether a headline says what the finding does: its words, or why it could not be evaluated."""
    return parts_of(finding.seen)[0] in headline or bool(finding.reason and finding.reason in headline)


def more(finding: Finding) -> str:
    """What qualifies that sentence; "" if nothing does."""
    return join("; ", parts_of(finding.seen)[1:])


def measured(finding: Finding) -> str:
    """The figure with the threshold that it was compared with, and out of how many; "" if there is no figure.

    A number that has neither a unit nor a threshold stands in the sentence of the finding.
    """
    if finding.observed is None or (finding.threshold is None and finding.unit is None):
        return ""
    figure: str = quantity(finding.observed, finding.unit)
    threshold = None if finding.threshold is None else _threshold(finding)
    if threshold:
        figure = msg("{figure} ({threshold})", figure=figure, threshold=threshold)
    n = "" if finding.n is None else msg("n = {n}", n=count(finding.n))
    return join(", ", [figure, n])


def _threshold(finding: Finding) -> Message:
    limit = quantity(finding.threshold, finding.unit)
    if finding.operator == "above":
        return msg("threshold {limit}", limit=limit)
    if finding.operator == "below":
        return msg("threshold: at least {limit}", limit=limit)
    return msg("expected {limit}", limit=limit)


def reason(finding: Finding) -> str | None:
    """Why it could not be evaluated, unless what was observed says it."""
    return None if finding.reason and says(finding.seen, finding.reason) else finding.reason


def says(text: str, part: str) -> bool:
    """Whether a text has another one in it as words of its own: by chance a short one is in many a longer word."""
    at = text.find(part)
    while at >= 0:
        before, behind = text[:at][-1:], text[at + len(part) :][:1]
        if (not before or before.isspace()) and (not behind or behind.isspace() or behind in ".,:;)"):
            return True
        at = text.find(part, at + 1)
    return False


def waiver(waived: Waived, report: Report) -> str:
    """Until when, why and by whom it is waived, as a sentence without its full stop."""
    text = msg("waived until {day}: {reason}", day=until(waived, report), reason=waived.reason)
    return msg("{waiver} (owner: {owner})", waiver=text, owner=waived.owner) if waived.owner else text


def until(waived: Waived, report: Report) -> str:
    """The day on which a waiver expires, and how many days are left from the instant of the report."""
    left = days_left(waived.expires, report.at)
    return waived.expires if left is None else msg("{day} (days left: {n})", day=waived.expires, n=left)


def days_left(expires: str, at: str) -> int | None:
    """Days from the day of `at`, which is in UTC, to the day `expires`; None if one of them is no date."""
    try:
        return (date.fromisoformat(expires) - date.fromisoformat(at[:10])).days
    except ValueError:
        return None


def advice(finding: Finding) -> str:
    """What to do. That of a check is about what it finds: why there was nothing to evaluate names its own way out."""
    is_source = finding.category == "sources"
    nothing_seen = finding.status == "unknown" and not is_source and finding.reason == finding.seen
    return "" if nothing_seen else finding.do


def as_above(check: str, about: str) -> str:
    """What to do where that stands under another finding already, of such a check about such a subject."""
    if not about:
        return msg("As above for {check}", check=check)
    return msg("As above for {check} of {subject}", check=check, subject=about)


def details(finding: Finding, report: Report) -> list[tuple[str, str]]:
    """Every text of a finding with its label."""
    root = _root(finding, report) if finding.derived_from else None
    texts = (
        (msg("Observed"), finding.seen),
        (msg("Why it matters"), finding.why),
        (msg("What to do"), advice(finding)),
        (msg("Measured"), measured(finding)),
        (msg("Reason"), reason(finding)),
        (msg("Waiver"), waiver(finding.waived, report) if finding.waived else None),
        (msg("Follows from"), name(root) if root else None),
    )
    return [(label, text) for label, text in texts if text]


def tally(findings: Sequence[Finding]) -> str:
    """How many checks have each status, as on the last line, and how many have a waived finding; the worst first."""
    waived = {finding.check for finding in findings if finding.waived}
    states: list[State] = list(status_by_check(findings).values())
    states += ["waived"] * len(waived)
    counts = [msg("{n} {state}", n=count(states.count(word)), state=msg(word)) for word in STATES if word in states]
    return join(", ", counts) or msg("none ran")


def _root(finding: Finding, report: Report) -> Finding | None:
    return next((other for other in report.findings if other.fingerprint == finding.derived_from), None)
