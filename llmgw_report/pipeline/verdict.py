"""The one place where findings become a verdict and an exit code. No format has a say in it."""

from collections import Counter
from collections.abc import Sequence

from llmgw_report.config.settings import FailOn
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Exit, Report
from llmgw_report.model.status import Verdict
from llmgw_report.units import plural

PASS, FAIL, USAGE, UNKNOWN, INTERNAL = 0, 1, 2, 3, 4
NAMES = {PASS: "PASS", FAIL: "FAIL", USAGE: "USAGE", UNKNOWN: "UNKNOWN", INTERNAL: "INTERNAL"}

#: Checks about the reading itself: that a file could be opened says nothing about the gateway.
ABOUT_SOURCES = frozenset({"scrape-readable", "database-readable", "queries-complete"})
JUDGED = frozenset({"pass", "warn", "fail"})


def verdict(findings: Sequence[Finding]) -> Verdict:
    """Fail over unknown where something required could not be judged, over warn, over pass."""
    statuses = {one.status for one in findings}
    if "fail" in statuses:
        return "fail"
    if _missing(findings) or not _judged(findings):
        return "unknown"
    return "warn" if "warn" in statuses else "pass"


def exit_of(findings: Sequence[Finding], fail_on: FailOn) -> Exit:
    """Proven bad beats could not judge, which beats good; `never` forgives both, not our own faults."""
    code, reason = _exit(findings, fail_on)
    if fail_on == "never" and code:
        return Exit(code=PASS, reason=f"{reason} (--fail-on never)")
    return Exit(code=code, reason=reason)


def summary(report: Report) -> str:
    """The last line on standard error."""
    counts = Counter(one.status for one in report.findings)
    checks = len({one.check for one in report.findings})
    figures = " ".join(f"{status}={counts[status]}" for status in ("fail", "warn", "unknown", "skip"))
    window = _window(report.window.seconds)
    return f"llmgw-report: {NAMES[report.exit.code]} exit={report.exit.code} {figures} checks={checks} window={window}"


def _exit(findings: Sequence[Finding], fail_on: FailOn) -> tuple[int, str]:
    gating = {"fail", "warn"} if fail_on == "warn" else {"fail"}
    bad = [one.check for one in findings if one.status in gating]
    if bad:
        return FAIL, f"{', '.join(dict.fromkeys(bad))} at or above --fail-on {fail_on}"
    missing = _missing(findings)
    if missing:
        return UNKNOWN, f"required and could not be judged: {', '.join(dict.fromkeys(missing))}"
    if not _judged(findings):
        return UNKNOWN, "nothing could be judged"
    warnings = sum(one.status == "warn" for one in findings)
    return PASS, f"nothing at or above --fail-on {fail_on}" + (f"; {plural(warnings, 'warning')}" if warnings else "")


def _missing(findings: Sequence[Finding]) -> list[str]:
    """Required checks that judged nothing; one that judged the total and not a small part has judged."""
    judged = {one.check for one in findings if one.status in JUDGED}
    return [
        one.check for one in findings if one.required and one.status in {"unknown", "skip"} and one.check not in judged
    ]


def _judged(findings: Sequence[Finding]) -> bool:
    return any(one.status in JUDGED and one.check not in ABOUT_SOURCES for one in findings)


def _window(seconds: float) -> str:
    """Seconds as the option is written: 1h, 30m, 90s."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
