"""Which alarms about traffic without a fault are false, by the latent truth of each request.

What happened in the window happened: an incident that failed most of a provider's requests is a true alarm of the
check that measures it, although the process is the same as ever. A regression is a statement about the process, which
did not change: there every alarm is false.
"""

from collections.abc import Sequence
from hashlib import sha256
from math import log
from statistics import NormalDist

from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from tools.power.traffic import SPREAD, Call

#: What is true of a product, whatever its traffic, is no alarm about the traffic.
TRUE_OF_THE_PRODUCT = frozenset({"auth-failures-visible", "trend-trusted"})
#: The checks whose figure has a latent mean: how likely requests were to fail.
OF_FAILURES = frozenset({"error-ratio", "unattributed-error-ratio", "serving"})
BEYOND_P99 = 0.01
#: A gauge that reads down is right while most requests fail; that is the minute before the report.
MOSTLY, LAST_MS = 0.5, 60_000
#: The labels of a finding's subject, and the calls' own words for them.
LABELS = {"provider": "provider", "instance": "instance", "model": "model", "api-key": "key"}


def alarms(report: Report) -> list[Finding]:
    """Warnings and failures about the traffic."""
    bad = (one for one in report.findings if one.status in {"warn", "fail"} and not one.waived)
    return [one for one in bad if one.check not in TRUE_OF_THE_PRODUCT]


def false_alarms(report: Report, window: Sequence[Call]) -> set[str]:
    """Checks that raised an alarm which the latent truth of the window does not support.

    Other warnings than of regressions do not count: only exit 1 and regressions may wake somebody.
    """
    waking = (one for one in alarms(report) if one.status == "fail" or one.category == "regression")
    return {one.check for one in waking if not _true(one, window, report.window.slow_seconds)}


def false_warnings(report: Report, window: Sequence[Call]) -> set[str]:
    """Checks that warn or fail without support, whatever the exit code."""
    return {one.check for one in alarms(report) if not _true(one, window, report.window.slow_seconds)}


def _true(found: Finding, window: Sequence[Call], slow_seconds: float) -> bool:
    mine = [call for call in window if _about(found, call)]
    if found.category == "regression" or not mine:
        return False
    if found.check in OF_FAILURES:
        limit = MOSTLY if found.threshold is None else found.threshold
        return sum(call.failing for call in mine) / len(mine) > limit
    if found.check == "latency-p99":
        return sum(_slower(call, found.threshold or 0.0) for call in mine) / len(mine) > BEYOND_P99
    if found.check == "slow-requests":
        return sum(_slower(call, slow_seconds) for call in mine) / len(mine) > (found.threshold or 0.0)
    if found.check == "instance-health":
        last = max(call.ms for call in window)
        return any(call.failing > MOSTLY for call in mine if call.ms > last - LAST_MS)
    return False


def _about(found: Finding, call: Call) -> bool:
    return all(value in _names(call, label) for label, value in found.subject.items() if label in LABELS)


def _names(call: Call, label: str) -> tuple[str, ...]:
    """A gateway may show the hash of a key in place of its name."""
    name = getattr(call, LABELS[label])
    return (name, sha256(name.encode()).hexdigest()) if label == "api-key" else (name,)


def _slower(call: Call, seconds: float) -> float:
    """How likely the call was to take longer."""
    return 1 - NormalDist(log(call.median_seconds), SPREAD).cdf(log(seconds)) if seconds > 0 else 1.0
