"""What the LiteLLM proxy shows of its calls: a scrape with histograms and the start of its process."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate

from tools.power.exposition import Labels, family, line
from tools.power.traffic import Call, instances

NAME = "litellm"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0)
#: Status and exception class of failures: what a provider answers, time-outs, and a router that found every deployment
#: in cooldown, whose exception has no status.
FAILURES = (
    ("500", "InternalServerError"),
    ("503", "ServiceUnavailableError"),
    ("408", "Timeout"),
    ("429", "RateLimitError"),
    ("401", "AuthenticationError"),
    ("None", "RouterRateLimitError"),
)
LATENCY = "litellm_request_total_latency_metric"


def scrape(calls: Sequence[Call], now_ms: int, started_ms: int | None) -> str:
    """The counters of a process that began then, after these calls, as of an instant."""
    ended = [call for call in calls if call.ended_ms <= now_ms]
    success = Counter(_deployment(call.provider, call.instance) for call in ended if call.outcome == "success")
    failure = Counter(
        (*_deployment(call.provider, call.instance), *_exception(call)) for call in ended if call.outcome != "success"
    )
    tokens: dict[str, Counter[Labels]] = {"input": Counter(), "output": Counter()}
    for call in ended:
        if call.outcome == "success":
            tokens["input"][_group(call)] += call.input_tokens
            tokens["output"][_group(call)] += call.output_tokens
    health = {_deployment(*names): 0.0 for names in instances(calls)}
    requests = Counter((*_group(call), ("status_code", _exception(call)[-1][1])) for call in ended)
    return "".join([
        *family("litellm_in_flight_requests", "gauge", {(): float(len(calls) - len(ended))}),
        *family("litellm_total_users", "gauge", {(): 3.0}),
        *family("litellm_proxy_total_requests_metric_total", "counter", requests),
        *family("litellm_deployment_success_responses_total", "counter", success),
        *family("litellm_deployment_failure_responses_total", "counter", failure),
        *family("litellm_deployment_state", "gauge", health),
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


def _exception(call: Call) -> Labels:
    """Class and status, the status last; the same call always failed in the same way."""
    if call.outcome == "success":
        return (("exception_class", ""), ("exception_status", "200"))
    if call.outcome == "business_error":
        return (("exception_class", "BadRequestError"), ("exception_status", "400"))
    status, name = FAILURES[call.ms % len(FAILURES)]
    return (("exception_class", name), ("exception_status", status))


def _group(call: Call) -> Labels:
    hashed = sha256(call.key.encode()).hexdigest()
    return (("api_provider", call.provider), ("hashed_api_key", hashed), ("requested_model", call.model))


def _deployment(provider: str, instance: str) -> Labels:
    return (("api_provider", provider), ("litellm_model_name", instance))
