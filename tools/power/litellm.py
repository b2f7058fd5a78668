"""What the LiteLLM proxy shows of its calls: a scrape with histograms and the start of its process."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate

from tools.power.exposition import Labels, family, line
from tools.power.traffic import Call

NAME = "litellm"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0)
#: Status, exception class and last state of a deployment that failed so: what a provider answers, time-outs, and a
#: router that found every deployment in cooldown, whose exception has no status. No deployment counts that or a 401.
REFUSED = ("401", "AuthenticationError", 2.0)
COOLING = ("None", "RouterRateLimitError", None)
FAILURES = (
    ("500", "InternalServerError", 1.0),
    ("503", "ServiceUnavailableError", 1.0),
    ("408", "Timeout", 2.0),
    ("429", "RateLimitError", 2.0),
    REFUSED,
    COOLING,
)
REJECTED = ("400", "BadRequestError", None)
DENIED = ("401", "ProxyException", None)
#: Whose group has another name than their model: a failure sets the state under the one, a success under the other.
GROUPED = "openai"
LATENCY = "litellm_request_total_latency_metric"


def scrape(calls: Sequence[Call], now_ms: int, started_ms: int | None) -> str:
    """The counters of a process that began then, after these calls, as of an instant."""
    ended = [call for call in calls if call.ended_ms <= now_ms]
    failed = [(call, _exception(call)) for call in ended if call.outcome != "success"]
    success = Counter(_deployment(call) for call in ended if call.outcome == "success")
    reached = [(call, one) for call, one in failed if one[2] and one != REFUSED]
    failure = Counter((*_deployment(call), *_raised(call, one)[:1]) for call, one in reached)
    tokens: dict[str, Counter[Labels]] = {"input": Counter(), "output": Counter()}
    for call in ended:
        if call.outcome == "success":
            tokens["input"][_group(call)] += call.input_tokens
            tokens["output"][_group(call)] += call.output_tokens
    requests = Counter((*_client(call), ("status_code", _status(call))) for call in ended)
    unanswered = Counter((*_client(call), *_raised(call, one)) for call, one in failed)
    return "".join([
        *family("litellm_in_flight_requests", "gauge", {(): float(len(calls) - len(ended))}),
        *family("litellm_total_users", "gauge", {(): 3.0}),
        *family("litellm_proxy_total_requests_metric_total", "counter", requests),
        *family("litellm_proxy_failed_requests_metric_total", "counter", unanswered),
        *family("litellm_deployment_success_responses_total", "counter", success),
        *family("litellm_deployment_failure_responses_total", "counter", failure),
        *family("litellm_deployment_state", "gauge", _states(ended)),
        *(text for kind in tokens for text in family(f"litellm_{kind}_tokens_metric_total", "counter", tokens[kind])),
        f"# TYPE {LATENCY} histogram\n",
        *_histograms(ended),
        *(family("process_start_time_seconds", "gauge", {(): started_ms / 1000}) if started_ms else ()),
    ])  # fmt: skip


def _histograms(ended: Sequence[Call]) -> Iterator[str]:
    grouped: dict[Labels, list[float]] = defaultdict(list)
    for call in ended:
        if call.outcome == "success":
            grouped[_group(call)].append(call.seconds)
    for labels, seconds in sorted(grouped.items()):
        counts = [0] * (len(BOUNDS) + 1)
        for one in seconds:
            counts[bisect_left(BOUNDS, one)] += 1
        for bound, through in zip((*map(str, BOUNDS), "+Inf"), accumulate(counts), strict=True):
            yield line(f"{LATENCY}_bucket", (*labels, ("le", bound)), float(through))
        yield line(f"{LATENCY}_sum", labels, sum(seconds))
        yield line(f"{LATENCY}_count", labels, float(len(seconds)))


def _states(ended: Sequence[Call]) -> dict[Labels, float]:
    """Of every deployment that was called: each lasts until the next call that writes to the same name."""
    found: dict[Labels, float] = {}
    for call in sorted(ended, key=lambda one: one.ended_ms):
        state = 0.0 if call.outcome == "success" else _exception(call)[2]
        name = f"{call.model}-group" if state and call.provider == GROUPED else call.model
        if state is not None:
            found[*_deployment(call), ("litellm_model_name", name)] = state
    return found


def _exception(call: Call) -> tuple[str, str, float | None]:
    """Status, class and state of a call that failed; the same call always failed in the same way."""
    if call.outcome == "failure":
        return FAILURES[call.ms % len(FAILURES)]
    return {"business_error": REJECTED, "refused": REFUSED, "denied": DENIED}[call.outcome]


def _status(call: Call) -> str:
    return "200" if call.outcome == "success" else _exception(call)[0]


def _raised(call: Call, exception: tuple[str, str, float | None]) -> Labels:
    """Status and class; a provider's exception begins with its name."""
    status, name, _ = exception
    own = name in {"ProxyException", "RouterRateLimitError"}
    return (("exception_status", status), ("exception_class", name if own else f"{call.provider.title()}.{name}"))


def _group(call: Call) -> Labels:
    hashed = sha256(call.key.encode()).hexdigest()
    return (("api_provider", call.provider), ("hashed_api_key", hashed), ("requested_model", call.model))


def _client(call: Call) -> Labels:
    """What the proxy counts by; a router without a free deployment names none, and neither does a key that is wrong."""
    reached = call.outcome == "success" or _exception(call) not in {COOLING, DENIED}
    return (*_group(call), ("model_id", call.instance if reached else "None"))


def _deployment(call: Call) -> Labels:
    return (("api_provider", call.provider), ("model_id", call.instance))
