"""What the report says against what was sent, and what the upstream saw of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Report
from llmgw_report.model.sections import InstanceRow, TrafficRow
from tools.live.proxy import BUDGET_USD, DEPLOYMENTS, FALLBACKS, PRICES, RPM_LIMITS
from tools.live.traffic import COUNTED_AS, UNKNOWN, Sent
from tools.live.upstream import CACHED, FIRST_TOKEN_SECONDS, INPUT, OUTPUT, REASONING, Upstream

#: Figures that LiteLLM itself records otherwise, with the reason: what differs is shown, and is no mistake.
GAPS = {
    "attempts at mini-c": "an answer from the proxy's cache counts as one of the deployment",
    "cache misses": "every stream is counted as a miss, and no other request: the report has none",
}


class Line(NamedTuple):
    """One figure: what happened, and what the report made of it."""

    figure: str
    truth: object
    reported: object
    agrees: bool

    @property
    def state(self) -> str:
        """Whether it agrees, or differs for a reason that is known."""
        return "ok" if self.agrees else "gap" if self.figure in GAPS else "WRONG"

    def text(self) -> str:
        """One row of the comparison."""
        shown = f"{self.reported:.6g}" if isinstance(self.reported, float) else self.reported
        return f"{self.state:<5}  {self.figure:<48} {self.truth!s:>26} {shown!s:>20}"


def same(figure: str, truth: object, reported: object) -> Line:
    """The two must be equal."""
    return Line(figure, truth, reported, truth == reported)


def within(figure: str, low: float, high: float, reported: float | None) -> Line:
    """A figure that lies between two others."""
    return Line(figure, f"{low:.6g} to {high:.6g}", reported, reported is not None and low <= reported <= high)


def total(report: Report, sent: Sequence[Sent]) -> Iterator[Line]:
    """The gateway, and the row of totals."""
    yield same("gateway", "litellm", report.gateway.name)
    traffic = report.sections.traffic
    if traffic is None:
        yield same("traffic section", "present", "absent")
        return
    row, counted = traffic.total, Counter[str](one.outcome for one in sent)
    yield same("requests", len(sent), row.requests)
    ended = row.outcomes or OutcomeCounts()
    for name in OutcomeCounts.__struct_fields__:
        yield same(f"outcome {name}", counted[name.replace("_", "-")], getattr(ended, name))
    yield from tokens("", row, sent)
    yield same("input tokens that the client saw", sum(one.input_tokens for one in sent), row.tokens.input)
    yield same("retries", None, row.figures.get("retries"))
    yield same("in flight", 0, report.sections.resilience.in_flight)
    yield same("queued", None, report.sections.resilience.queued)
    yield same("input tokens include cached ones", "yes", traffic.input_includes_cached)
    hits = sum(one.from_cache for one in sent)
    yield same("cache hits", hits, row.figures.get("cache_hits"))
    yield same("cache misses", sum(one.plan.cached for one in sent) - hits, row.figures.get("cache_misses"))
    yield from durations(row, [one for one in sent if one.good])


def tokens(of: str, row: TrafficRow, sent: Iterable[Sent]) -> Iterator[Line]:
    """Tokens by type, and what they cost: an answer from the proxy's cache has its tokens and costs nothing."""
    good = [one for one in sent if one.good]
    n, paid = len(good), sum(not one.from_cache for one in good)
    for name, each in (("input", INPUT), ("output", OUTPUT), ("cached-read", CACHED), ("reasoning", REASONING)):
        yield same(f"{name} tokens{of}", n * each if n else None, row.tokens.recorded.get(name))
    sums = (INPUT - CACHED, CACHED, OUTPUT)
    cost = paid * sum(tokens * price for tokens, price in zip(sums, PRICES.values(), strict=True))
    yield within(f"cost{of}, USD", cost - 1e-9, cost + 1e-9, row.figures.get("cost_usd"))


def durations(row: TrafficRow, answered: Sequence[Sent]) -> Iterator[Line]:
    """Only answers are timed, and the gateway's part of one cannot be longer than the client waited."""
    found = {name: (one.count, one.mean_seconds) for name, one in row.durations.items()}
    longest = sum(one.seconds for one in answered) / len(answered)
    streams = [one for one in answered if one.first_token_seconds is not None]
    first = sum(one.first_token_seconds or 0 for one in streams) / len(streams)
    truth = {
        "latency": (len(answered), 0.0, longest),
        "time-to-first-token": (len(streams), FIRST_TOKEN_SECONDS, first),
        "time-per-output-token": (len(answered), 0.0, longest / OUTPUT),
        "queue-time": (len(answered), 0.0, longest),
        # A stream's overhead is not recorded.
        "overhead": (len(answered) - len(streams), 0.0, longest),
    }
    for name, (n, low, high) in truth.items():
        count, mean = found.get(name, (None, None))
        yield same(f"requests with a {name}", n, count)
        yield within(f"mean {name}, seconds", low, high, mean)


def by_model(report: Report, sent: Sequence[Sent]) -> Iterator[Line]:
    """One row per model; what a fallback answered is counted for the model that did, and as a fallback of the other."""
    rows = {row.group: row for row in report.sections.traffic.rows} if report.sections.traffic else {}
    booked: dict[str, list[Sent]] = {}
    for one in sent:
        name = COUNTED_AS if one.model == UNKNOWN else FALLBACKS.get(one.model, one.model) if one.good else one.model
        booked.setdefault(name, []).append(one)
    stood_in = Counter(one.model for one in sent if one.good and one.model in FALLBACKS)
    yield same("models", sorted({*booked, *stood_in}), sorted(rows))
    for model, n in stood_in.items():
        yield same(f"fallbacks of {model}", n, rows[model].figures.get("fallbacks") if model in rows else None)
    for model, mine in booked.items():
        if (row := rows.get(model)) is None:
            continue
        yield same(f"requests for {model}", len(mine), row.requests)
        yield same(f"answers of {model}", sum(one.good for one in mine), row.outcomes and row.outcomes.success)
        if any(one.good for one in mine):
            yield from tokens(f" of {model}", row, mine)


def fallbacks(report: Report, sent: Sequence[Sent]) -> Iterator[Line]:
    """Which model stood in for which."""
    truth = Counter((one.model, FALLBACKS[one.model], "success") for one in sent if one.good and one.model in FALLBACKS)
    found = {(row.from_, row.to, row.outcome): row.count for row in report.sections.resilience.fallbacks}
    yield same("fallbacks", dict(truth), found)


def instances(report: Report, upstream: Upstream) -> Iterator[Line]:
    """Each deployment against what its site of the upstream was asked; the one that fails is out of use at once."""
    rows: dict[str, InstanceRow] = {row.instance: row for row in report.sections.instances}
    cooled = {row.instance: row.count for row in report.sections.resilience.cooldowns}
    for one in DEPLOYMENTS:
        row = rows.get(one.instance)
        asked = sum(n for (site, _), n in upstream.answered.items() if site == one.site) if one.site else 1
        if not asked:  # of two deployments the proxy may have chosen one every time
            continue
        yield same(f"attempts at {one.instance}", asked, row and row.attempts)
        failed = 0 if one.answers else asked
        yield same(f"failures of {one.instance}", failed, row and row.outcomes and row.outcomes.service)
        yield same(f"health of {one.instance}", "ok" if one.answers else "down", row and row.health)
        yield same(f"cooldowns of {one.instance}", None if one.answers else 1, cooled.get(one.instance))
    yield same("other instances", [], sorted(set(rows) - {one.instance for one in DEPLOYMENTS}))


def limits(report: Report) -> Iterator[Line]:
    """The budget of the provider and the rates of deployments; a key without a budget has no row."""
    found = {(row.scope, row.name, row.kind): row for row in report.sections.resilience.limits}
    traffic = report.sections.traffic
    spent = traffic.total.figures.get("cost_usd", 0.0) if traffic else 0.0
    budget = found.get(("provider", "openai", "money"))
    left = BUDGET_USD - spent
    yield within("left of the provider's budget, USD", left - 1e-6, left + 1e-6, budget.remaining if budget else None)
    for instance, rate in RPM_LIMITS.items():
        row = found.get(("instance", instance, "requests per minute"))
        yield same(f"requests per minute of {instance}", float(rate), row and row.maximum)
    yield same("limits of keys", [], [name for scope, name, _ in found if scope == "api-key"])


def verdict(report: Report, exit_code: int) -> Iterator[Line]:
    """Several models never answered: the gate must close."""
    yield same("exit code", 1, exit_code)
    yield same("exit code in the document", exit_code, report.exit.code)
    status = {finding.check: finding.status for finding in report.findings if finding.status == "fail"}
    yield same("error-ratio", "fail", status.get("error-ratio"))


def clean(printed: Iterable[str], secret: str) -> Iterator[Line]:
    """The key opens the endpoint and appears nowhere; nothing went wrong behind the report."""
    texts = list(printed)
    yield same("documents that show the key", 0, sum(secret in text for text in texts))
    yield same("tracebacks", 0, sum("Traceback" in text for text in texts))
