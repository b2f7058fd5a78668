"""A fleet of known truth, as the samples that a Prometheus-compatible server stored of it, 15 seconds apart."""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

#: A full hour, so that steps of 15 seconds fall on it.
BEGIN = 1_767_225_600
SCRAPE = 15
HOURS = 2
_TOTAL = "litellm_proxy_total_requests_metric_total"
_FAILED = "litellm_proxy_failed_requests_metric_total"
_TOKENS = "litellm_input_tokens_metric_total"
_LATENCY = "litellm_request_total_latency_metric"
_MODEL = 'requested_model="gpt-4o",api_provider="openai"'
_KEY = 'hashed_api_key="None",api_key_alias="team-a"'


class Replica(Struct, frozen=True, kw_only=True):
    """One process: how many requests it takes in 15 seconds, of which every `fails`-th fails, and when it dies."""

    name: str
    requests: int = 75
    every: int = 1
    fails: int = 0
    dies: int | None = None
    restarts: int | None = None
    born: int = 0
    never_up: bool = False
    workers: int = 1


FLEET = (
    Replica(name="litellm-0:4000"),
    Replica(name="litellm-1:4000", restarts=HOURS * 240 - 100),
    Replica(name="litellm-2:4000", fails=7),
    Replica(name="litellm-3:4000", dies=HOURS * 240 - 60),
    Replica(name="litellm-4:4000", requests=1, every=2),
    Replica(name="litellm-5:4000", never_up=True),
)
STEPS = HOURS * 240
END = BEGIN + STEPS * SCRAPE


class Truth(Struct, frozen=True):
    """What the targets of a window really did."""

    requests: int
    failed: int


def truth(one: Replica, since: int, until: int) -> Truth:
    """Of one replica, after the step `since` and up to `until`."""
    counted = Counter[str]()
    for step in range(since + 1, until + 1):
        counted.update(_in_step(one, step))
    return Truth(counted["good"] + counted["bad"], counted["bad"])


def _in_step(one: Replica, step: int) -> dict[str, int]:
    """What a replica answers in one step; every `fails`-th request fails, counted over its whole life."""
    alive = not one.never_up and step > one.born and (one.dies is None or step <= one.dies)
    if not alive or step % one.every:
        return {}
    before, after = one.requests * (step - 1), one.requests * step
    bad = after // one.fails - before // one.fails if one.fails else 0
    return {"good": one.requests - bad, "bad": bad}


def exposition(replicas: tuple[Replica, ...] = FLEET, copies: tuple[str, ...] = ("",), job: str = "litellm") -> str:
    """OpenMetrics text with times, family by family, for `promtool tsdb create-blocks-from openmetrics`."""
    rows: dict[str, list[str]] = {}
    for copy in copies:
        for one in replicas:
            labels = f'job="{job}",instance="{one.name}"{copy}'
            for name, own, value, time in _samples(one):
                rows.setdefault(name, []).append(f"{name}{{{labels}{own}}} {value} {time}")
    return "\n".join([*(line for its in rows.values() for line in its), "# EOF", ""])


def _samples(one: Replica) -> Iterator[tuple[str, str, float, int]]:
    workers = [Counter[str]() for _ in range(one.workers)]
    start = BEGIN - 3600 + 0.25
    for step in range(STEPS + 1):
        time = BEGIN + step * SCRAPE
        if one.restarts == step:
            workers, start = [Counter[str]()], time - 5.5
        counted = _in_step(one, step)
        for place, worker in enumerate(workers):
            share = {name: n // len(workers) + (place < n % len(workers)) for name, n in counted.items()}
            worker.update(share)
        alive = not one.never_up and step >= one.born and (one.dies is None or step <= one.dies)
        yield "up", "", float(alive), time
        if alive:
            turn = (step * 7 // 3) % len(workers)
            yield from _of_process(workers[turn], start + 3 * turn, time)


def _of_process(counts: Counter[str], start: float, time: int) -> Iterator[tuple[str, str, float, int]]:
    good, bad = counts["good"], counts["bad"]
    yield "process_start_time_seconds", "", start, time
    both = f',{_KEY},{_MODEL},model_id="openai-1"'
    yield _TOTAL, f'{both},status_code="200"', good, time
    if bad:
        yield _TOTAL, f'{both},status_code="500"', bad, time
        exception = 'exception_status="500",exception_class="Openai.InternalServerError"'
        yield _FAILED, f"{both},{exception}", bad, time
    yield _TOKENS, both, 850 * good, time
    yield f"{_LATENCY}_sum", both, 2.0 * good, time
    yield f"{_LATENCY}_count", both, good, time
    slow = good // 20
    for le, n in (("1.0", good // 2), ("5.0", good - slow), ("30.0", good), ("+Inf", good)):
        yield f"{_LATENCY}_bucket", f'{both},le="{le}"', n, time
    yield "litellm_deployment_state", ',litellm_model_name="gpt-4o",model_id="openai-1",api_provider="openai"', 0, time


def llm_gateways(names: tuple[str, ...], down: str, *, honors: bool = False) -> Iterator[str]:
    """Replicas of a gateway that has an `instance` label of its own; one of them calls an upstream down."""
    pushed = "instance" if honors else "exported_instance"
    for name in names:
        labels = f'job="{"honest" if honors else "llm-gateway"}",{"pod" if honors else "instance"}="{name}"'
        for step in range(STEPS + 1):
            time = BEGIN + step * SCRAPE
            for upstream in ("openai-eu", "openai-us"):
                to = f'{labels},provider="openai",{pushed}="{upstream}"'
                failed = name == down and upstream == "openai-eu"
                yield f"llm_gateway_instance_health_status{{{to}}} {0 if failed else 1} {time}"
                status = "failure" if failed else "success"
                yield f'llm_gateway_instance_requests_total{{{to},status="{status}"}} {10 * step} {time}'
            keys = f'{labels},api_key="k",provider="openai",model="gpt-4",endpoint="/v1/chat/completions"'
            yield f"llm_requests_total{{{keys}}} {20 * step} {time}"
            yield f'llm_gateway_info{{{labels},version="0.3.0"}} 1 {time}'
            yield f"up{{{labels}}} 1 {time}"


def together(*texts: str) -> str:
    """Several texts as one, family by family."""
    lines = [line for text in texts for line in text.splitlines() if line and not line.startswith("#")]
    return "\n".join([*sorted(lines, key=lambda line: line.partition("{")[0]), "# EOF", ""])


def federated(text: str) -> str:
    """The newest sample of every series, as /federate gives it."""
    newest = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            series, value, _ = line.rsplit(" ", 2)
            newest[series] = value
    return "".join(f"{series} {value}\n" for series, value in newest.items())
