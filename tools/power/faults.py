"""Faults of known size, what finds them, and from how many calls on they can be found at all."""

from collections.abc import Callable
from math import comb, expm1, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

from llmgw_report.checks._statistics import FEWEST_REQUESTS
from llmgw_report.checks._variation import USUAL_DRIFT, USUAL_SPREAD
from llmgw_report.model.report import Report
from tools.power import litellm, llm_gateway, requests_table
from tools.power.dependence import SERVER_ERRORS
from tools.power.kinds import KINDS
from tools.power.traffic import CLIENT_ERRORS, PROVIDERS, SPREAD, STREAMS, Plan
from tools.power.trial import Case

METRICS = (llm_gateway.NAME, litellm.NAME)
ONE_SIDED_95, ONE_SIDED_99 = 0.025, 0.005
#: Of a fault that can be found, so many are.
POWER = 0.95
#: The same for dependent traffic, at so many requests an hour.
DEPENDENT_POWER, BUSY_REQUESTS = 0.9, 2000
OPENAI = PROVIDERS[0][1] / 10
OPENAI_EU = OPENAI / len(PROVIDERS[0][2])
WEB_CHAT = 1 / 3
SLOWER, MUCH_SLOWER = 0.3, 1.0
#: Hours of the earlier traffic, from which the usual variation of an hour is estimated.
HOURS = 8
#: Student's quantile for that many hours, over the normal one.
FEW_HOURS = 1.6
#: The dependence of the faults that are generated in dependent traffic as well.
TOGETHER = next(kind.case.plan.dependence for kind in KINDS if kind.name == "all of it together")
#: The total, four instances and the one provider with two of them are judged together.
SUBJECTS = 6


class Fault(NamedTuple):
    """A case, the gateways that can show it, the check that finds it, and whether `n` calls are enough for that.

    `said` begins what the check must say of it. Where it is decidable, the `goal` is to find so many.
    """

    name: str
    case: Case
    gateways: tuple[str, ...]
    check: str
    decidable: Callable[[int], bool]
    said: str = ""
    goal: float = POWER


def found(report: Report, fault: Fault) -> bool:
    """Whether the check that should find the fault did, and called it what it is."""
    mine = [one for one in report.findings if one.check == fault.check and one.status in {"warn", "fail"}]
    return any(one.seen.startswith(fault.said) for one in mine)


def provable(share: float, limit: float, n: float, subjects: int = SUBJECTS) -> bool:
    """Whether a share is that far above a limit that, in 95 of 100 samples, the interval of the sample is above it."""
    chance = NormalDist()
    needed = chance.inv_cdf(1 - ONE_SIDED_95 / subjects) * sqrt(limit * (1 - limit) / n)
    return n >= 20 and limit + needed < share - chance.inv_cdf(POWER) * sqrt(share * (1 - share) / n)


def failing(n: int) -> bool:
    """5 % at openai: seen there or in the whole."""
    whole = OPENAI * 0.05 + (1 - OPENAI) * SERVER_ERRORS
    return provable(0.05, 0.01, n * OPENAI) or provable(whole, 0.01, n)


def refused(part: float) -> Callable[[int], bool]:
    """Every call of a part, where five prove that it answers nothing."""

    def decidable(n: int) -> bool:
        fewer = sum(comb(n, k) * part**k * (1 - part) ** (n - k) for k in range(FEWEST_REQUESTS))
        return 1 - fewer >= POWER

    return decidable


def denied(part: float, subjects: int) -> Callable[[int], bool]:
    """Every call of a part, judged against 20 %."""
    return lambda n: provable(1.0, 0.2, n * part, subjects) or provable(part + (1 - part) * CLIENT_ERRORS, 0.2, n)


def slower(growth: float, needed: Callable[[float], float], allowance: float) -> Callable[[int], bool]:
    """So much more, of which the test must detect a shift and the means more than `needed` of so many durations."""

    def decidable(n: int) -> bool:
        chance = NormalDist()
        timed = n * (1 - STREAMS) * (1 - CLIENT_ERRORS - SERVER_ERRORS)
        spread = sqrt(2 * expm1(SPREAD**2) / timed)
        ranks = sqrt(2 * SPREAD**2 / timed / 0.955)
        shown = (1 + growth) * (1 - chance.inv_cdf(POWER) * spread) > 1 + needed(timed)
        proof = allowance * chance.inv_cdf(1 - ONE_SIDED_99 / 8) + chance.inv_cdf(POWER)
        return shown and proof * ranks < log(1 + growth)

    return decidable


def unusual(timed: float) -> float:
    """Growth beyond what an hour may grow where the usual variation is not known: of the total, among its parts."""
    drift = USUAL_DRIFT**2 * sum((part / 10) ** 2 for _, part, _, _ in PROVIDERS)
    level = ONE_SIDED_99 / (1 + len(PROVIDERS))
    return expm1(NormalDist().inv_cdf(1 - level) * sqrt(drift + 2 * USUAL_SPREAD**2 / timed))


def busy(n: int) -> bool:
    """From so many on, incidents and clusters hide a fault rarely enough."""
    return n >= BUSY_REQUESTS


def missing(n: int) -> bool:
    """5 % of the rows are more than 1 %, and more than the two calls that may be in flight."""
    return 0.05 * n - NormalDist().inv_cdf(POWER) * sqrt(n * 0.05 * 0.95) > max(2, 0.01 * n)


def always(n: int) -> bool:
    """A fact, and no share of anything."""
    return n > 0


FAULTS = (
    Fault(
        "5% server errors at one provider",
        Case(Plan(server_errors={"openai": 0.05}), baseline=False),
        METRICS,
        "error-ratio",
        failing,
    ),
    Fault(
        "5% server errors at one provider, dependent traffic",
        Case(Plan(server_errors={"openai": 0.05}, dependence=TOGETHER), baseline=False),
        METRICS,
        "error-ratio",
        busy,
        goal=DEPENDENT_POWER,
    ),
    Fault(
        "30% more latency than before, rows",
        Case(Plan(slowness=1 + SLOWER), hours=HOURS),
        (requests_table.NAME,),
        "regression-latency",
        slower(SLOWER, lambda _: 0.2, FEW_HOURS),
    ),
    Fault(
        "twice the latency of before, scrape",
        Case(Plan(slowness=1 + MUCH_SLOWER)),
        METRICS,
        "regression-latency",
        slower(MUCH_SLOWER, unusual, 1.0),
    ),
    Fault(
        "a dead key of one instance",
        Case(Plan(refused="openai-eu"), baseline=False),
        METRICS,
        "serving",
        refused(OPENAI_EU),
    ),
    Fault(
        "a dead key of one instance, dependent traffic",
        Case(Plan(refused="openai-eu", dependence=TOGETHER), baseline=False),
        METRICS,
        "serving",
        busy,
        goal=DEPENDENT_POWER,
    ),
    Fault(
        "a dead key of one client",
        Case(Plan(denied="web-chat"), baseline=False, group_by="api-key"),
        (litellm.NAME,),
        "client-error-ratio",
        denied(WEB_CHAT, 8),
    ),
    Fault(
        "5% of the log rows lost",
        Case(baseline=False, lost=0.05),
        (llm_gateway.NAME,),
        "requests-reconcile",
        missing,
    ),
    Fault("a restart, its time known", Case(restart=True), METRICS, "counters-reset", always, "restarted"),
    Fault("a counter reset, no time known", Case(restart=True, known_start=False), METRICS, "counters-reset", always),
    Fault("a second worker", Case(baseline=False, worker=True), METRICS, "scrape-consistent", always),
)
