"""Decides the verdict and the exit code, from the findings alone. No format takes part in it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import structs

from llmgw_report import units
from llmgw_report.checks import every
from llmgw_report.config.settings import FailOn
from llmgw_report.config.values import duration_text
from llmgw_report.messages import Message, join, msg, msg_plural
from llmgw_report.model import timestamp
from llmgw_report.model.finding import (
    BAD,
    NAGIOS_CRITICAL,
    NAGIOS_OK,
    NAGIOS_UNKNOWN,
    NAGIOS_WARNING,
    ExitProfile,
    Finding,
    VerdictStatus,
    status_by_check,
)
from llmgw_report.model.report import Exit, Report, Verdict
from llmgw_report.pipeline.gaps import EvidenceGap
from llmgw_report.pipeline.headline import NO_WORDS, Words, problem
from llmgw_report.pipeline.judge import QUERY
from llmgw_report.pipeline.waivers import unwaived

PASS, FAIL, USAGE, UNKNOWN, INTERNAL = 0, 1, 2, 3, 4
NAMES = {PASS: "PASS", FAIL: "FAIL", USAGE: "USAGE", UNKNOWN: "UNKNOWN", INTERNAL: "INTERNAL"}
EVALUATED = frozenset({"pass", "warn", "fail"})


def decide(
    findings: Sequence[Finding],
    fail_on: FailOn = "fail",
    profile: ExitProfile = "standard",
    gaps: Sequence[EvidenceGap] = (),
    words: Words = NO_WORDS,
) -> tuple[Verdict, Exit]:
    """Verdict and exit code. `fail_on` and `profile` change the code, never the verdict.

    FAIL where a finding fails; UNKNOWN where evidence for a PASS is missing: a gap, something required that could not
    be evaluated, or nothing that proves the service; then WARN, then PASS. Waived findings do not count.
    `words` are what the headline says beside the findings.
    """
    counted = unwaived(findings)
    failed, warned = [[one for one in counted if one.status == status] for status in ("fail", "warn")]
    missing = _missing(findings)
    status: VerdictStatus = "warn" if warned else "pass"
    deciding = warned
    if failed:
        status, deciding = "fail", failed
    elif gaps or missing or not _proves_service(findings):
        status, deciding = "unknown", missing or [one for one in counted if one.status == "unknown"]
    headline = _headline(status, deciding, counted, words)
    if status == "pass":
        waived = len(findings) - len(counted)
        left = msg("{findings} waived", findings=units.plural(waived, "finding")) if waived else ""
        headline = join("; ", [words.proof, left])
    if status == "unknown" and gaps:
        headline = gaps[0].text()
    elif status == "unknown" and missing:
        headline = msg("{title}: {seen}", title=missing[0].title, seen=missing[0].seen)
    headline = join("; ", [headline, *words.notes]) if words.notes else headline
    verdict = _verdict(status, headline, deciding)
    if status == "unknown":
        reasons = (*(gap.text() for gap in gaps), *verdict.reasons)
        verdict = structs.replace(verdict, reasons=tuple(dict.fromkeys(reasons)))
    return verdict, _exit(status, headline, fail_on, profile)


def _verdict(status: VerdictStatus, headline: Message, deciding: Sequence[Finding]) -> Verdict:
    first = {one.check: one for one in reversed(deciding)}
    reasons = (msg("{check}: {seen}", check=slug, seen=first[slug].seen) for slug in _slugs(deciding))
    since = min((one.since for one in deciding if one.since), key=timestamp.order, default=None)
    return Verdict(status=status, headline=headline, since=since, reasons=tuple(reasons))


def _headline(status: VerdictStatus, deciding: Sequence[Finding], counted: Sequence[Finding], words: Words) -> Message:
    if status in BAD:
        return problem(deciding, counted, words)
    slugs = _slugs(deciding)
    names, n = join(", ", slugs), len(slugs)
    if any(one.required == "yes" for one in deciding):
        return msg_plural(
            n,
            "{n} required check could not be evaluated: {names}",
            "{n} required checks could not be evaluated: {names}",
            n=n,
            names=names,
        )
    return msg("no check of the service could be evaluated")


def _exit(status: VerdictStatus, headline: Message, fail_on: FailOn, profile: ExitProfile) -> Exit:
    gating = status == "fail" or (fail_on == "warn" and status == "warn")
    code = FAIL if gating else UNKNOWN if status == "unknown" else PASS
    reason = headline
    if fail_on == "never":
        reason = join("; ", [headline, msg("ignored because of --fail-on never")]) if code else headline
        return Exit(code=PASS, reason=reason, profile=profile)
    if gating and status == "warn":
        reason = join("; ", [headline, msg("warnings count because of --fail-on warn")])
    if profile == "nagios":
        good = NAGIOS_WARNING if status == "warn" else NAGIOS_OK
        code = {FAIL: NAGIOS_CRITICAL, UNKNOWN: NAGIOS_UNKNOWN}.get(code, good)
    return Exit(code=code, reason=reason, profile=profile)


def _missing(findings: Sequence[Finding]) -> list[Finding]:
    """Required findings of checks that had nothing to evaluate; one evaluated finding of a check is enough.

    For what a failed query would have shown, none is.
    """
    separate = {check.slug for check in every() if check.each_subject_required}
    evaluated = {one.check for one in findings if one.status in EVALUATED} - separate
    required = (one for one in unwaived(findings) if one.required == "yes" and one.status in {"unknown", "skip"})
    return [one for one in required if one.check not in evaluated or QUERY in one.subject]


def _proves_service(findings: Sequence[Finding]) -> bool:
    """Whether a check was evaluated that is evidence about the service, and not only about the reading of sources."""
    proving = {check.slug for check in every() if check.proves_service}
    return any(one.status in EVALUATED and one.check in proving for one in findings)


def _slugs(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(one.check for one in findings))


def summary(report: Report) -> str:
    """The last line on standard error: the document's verdict, and how many checks have which status."""
    return " ".join(["llmgw-report:", report.verdict.status.upper(), *_figures(report)])


def _figures(report: Report) -> Iterator[str]:
    yield f"exit={report.exit.code}"
    counts = Counter(status_by_check(report.findings).values())
    yield from (f"{status}={counts[status]}" for status in ("fail", "warn", "unknown", "skip"))
    yield f"checks={len({one.check for one in report.findings})}"
    yield f"basis={report.window.basis}"
    yield f"window={'all' if report.window.whole == 'yes' else _duration(report.window.seconds)}"
    counted, history = report.window.counted_seconds, report.sections.history
    if counted is not None:
        yield f"counted={_duration(counted)}"
        if history and history.restart_excluded == "no":
            yield "restart=not-excluded"
    if waived := len({one.check for one in report.findings if one.waived}):
        yield f"waived={waived}"


def _duration(seconds: float) -> str:
    return duration_text(round(seconds) or seconds)
