"""The one place where findings become a verdict and an exit code. No format has a say in it."""

from collections import Counter
from collections.abc import Sequence

from llmgw_report import units
from llmgw_report.config.settings import FailOn, about_waivers
from llmgw_report.config.values import duration_text
from llmgw_report.messages import Message, join, say
from llmgw_report.model.finding import (
    NAGIOS_CRITICAL,
    NAGIOS_OK,
    NAGIOS_UNKNOWN,
    NAGIOS_WARNING,
    ExitProfile,
    Finding,
    Verdict,
    rank,
)
from llmgw_report.model.report import Conclusion, Exit, Report
from llmgw_report.pipeline.waivers import counting
from llmgw_report.units import plural

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


PASS, FAIL, USAGE, UNKNOWN, INTERNAL = 0, 1, 2, 3, 4
NAMES = {PASS: "PASS", FAIL: "FAIL", USAGE: "USAGE", UNKNOWN: "UNKNOWN", INTERNAL: "INTERNAL"}

#: Checks that say nothing about the gateway's figures: that a file could be opened, or holds no odd row, is about the
#: reading itself, and tests say that the gateway answered them, not that anything was measured.
NOT_OF_FIGURES = frozenset(
    {"scrape-readable", "database-readable", "queries-complete", "times-plausible", "tests-passed"}
)
JUDGED = frozenset({"pass", "warn", "fail"})
#: Every finding of these is a question of its own: that another one was answered does not answer it.
EACH_ALONE = frozenset({"expectation", "tests-passed"})


def verdict(findings: Sequence[Finding]) -> Verdict:
    """Fail over unknown where something required could not be judged, over warn, over pass; waived is not bad."""
    statuses = {one.status for one in counting(findings)}
    if "fail" in statuses:
        return "fail"
    if _missing(findings) or not _judged(findings):
        return "unknown"
    return "warn" if "warn" in statuses else "pass"


def exit_of(findings: Sequence[Finding], fail_on: FailOn, profile: ExitProfile = "standard") -> Exit:
    """Proven bad beats could not judge, which beats good; `never` forgives both, not our own faults."""
    code, reason = _exit(findings, "fail" if fail_on == "never" else fail_on)
    if fail_on == "never":
        code, reason = PASS, join("; ", [reason, say("forgiven by --fail-on never")]) if code else reason
    elif profile == "nagios":
        code = _nagios(code, verdict(findings))
    return Exit(code=code, reason=reason, profile=profile)


def summary(report: Report) -> str:
    """The last line on standard error. A check counts once, as the worst of its findings that are not waived."""
    worst = {one.check: one.status for one in sorted(counting(report.findings), key=lambda one: -rank(one.status))}
    counts = Counter(worst.values())
    waived = {one.check for one in report.findings if one.waived}
    figures = " ".join(f"{status}={counts[status]}" for status in ("fail", "warn", "unknown", "skip"))
    checks, window = len({one.check for one in report.findings}), duration_text(report.window.seconds)
    line = f"llmgw-report: {report.status.upper()} exit={report.exit.code} {figures} checks={checks} window={window}"
    return f"{line} waived={len(waived)}" if waived else line


def _nagios(code: int, said: Verdict) -> int:
    """What is at or above --fail-on is critical, and a warning below it is still one."""
    good = NAGIOS_WARNING if said == "warn" else NAGIOS_OK
    return {FAIL: NAGIOS_CRITICAL, UNKNOWN: NAGIOS_UNKNOWN}.get(code, good)


def _exit(findings: Sequence[Finding], fail_on: FailOn) -> tuple[int, Message]:
    gating = {"fail", "warn"} if fail_on == "warn" else {"fail"}
    counted = counting(findings)
    bad = [one.check for one in counted if one.status in gating]
    if bad:
        return FAIL, say("{checks} at or above --fail-on {word}", checks=_names(bad), word=fail_on)
    missing = _missing(findings)
    if missing:
        return UNKNOWN, say("required and could not be judged: {checks}", checks=_names(missing))
    if not _judged(findings):
        return UNKNOWN, say("nothing could be judged")
    warnings, waived = sum(one.status == "warn" for one in counted), len(findings) - len(counted)
    parts = [
        say("nothing at or above --fail-on {word}", word=fail_on),
        plural(warnings, "warning") if warnings else "",
        say("{findings} waived", findings=plural(waived, "finding")) if waived else "",
    ]
    return PASS, join("; ", parts)


def _names(checks: Sequence[str]) -> Message:
    return join(", ", dict.fromkeys(checks))


def _missing(findings: Sequence[Finding]) -> list[str]:
    """Required checks that judged nothing; one that judged the total and not a small part has judged."""
    judged = {one.check for one in findings if one.status in JUDGED} - EACH_ALONE
    asked = [one for one in counting(findings) if one.required and one.status in {"unknown", "skip"}]
    return [one.check for one in asked if one.check not in judged]


def _judged(findings: Sequence[Finding]) -> bool:
    about_the_gateway = (one for one in findings if one.check not in NOT_OF_FIGURES and not about_waivers(one.check))
    return any(one.status in JUDGED for one in about_the_gateway)
