"""Traffic of known outcome, and an account of it from the client's side."""

import json
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from llmgw_report.model.outcomes import Outcome
from tools.live.proxy import Proxy

#: Names that the proxy has no model for are one name in its metrics, or anybody could fill them.
UNKNOWN, COUNTED_AS = "no-such-model", "other"
#: What a status means here, because each kind of failure has one of its own.
OUTCOMES: dict[int, Outcome] = {
    200: "success",
    400: "client-error",
    401: "client-error",
    404: "client-error",
    408: "timeout",
    429: "rate-limited",
    500: "server-error",
    503: "server-error",
}


class Plan(NamedTuple):
    """Requests of one kind: how many, for which model, and what is special about them."""

    times: int
    model: str
    stream: bool = False
    key: str = ""
    cached: bool = False


PLANS = (
    Plan(12, "gpt-4o"),
    Plan(8, "gpt-4o", stream=True),
    Plan(6, "mini"),
    Plan(4, "mini", cached=True),
    Plan(5, "primary"),
    Plan(8, "wobbly"),
    Plan(3, "busy"),
    Plan(2, "hang"),
    Plan(3, "refused"),
    Plan(3, "gpt-4o", key="sk-not-a-key-of-this-gateway"),
    Plan(3, UNKNOWN),
)


class Sent(NamedTuple):
    """One request as the client saw it; `from_cache` where the proxy answered it without its upstream."""

    plan: Plan
    status: int
    input_tokens: int
    output_tokens: int
    seconds: float
    first_token_seconds: float | None = None
    from_cache: bool = False

    @property
    def model(self) -> str:
        """The name that was asked for."""
        return self.plan.model

    @property
    def outcome(self) -> Outcome:
        """What the report has to call it."""
        return OUTCOMES.get(self.status, "unknown")

    @property
    def good(self) -> bool:
        """Answered."""
        return self.status == 200


def send_all(proxy: Proxy) -> list[Sent]:
    """All of it, one after the other."""
    return list(_requests(proxy))


def _requests(proxy: Proxy) -> Iterator[Sent]:
    for plan in PLANS:
        seen = False
        for number in range(plan.times):
            question = "The same question" if plan.cached else f"Question {number} about {plan.model} and the weather"
            sent = send(proxy, plan, question)
            yield sent._replace(from_cache=plan.cached and seen)
            seen = sent.good


def send(proxy: Proxy, plan: Plan, question: str) -> Sent:
    """One chat completion."""
    body: dict[str, object] = {"model": plan.model, "messages": [{"role": "user", "content": question}]}
    if plan.cached:
        body["cache"] = {"use-cache": True}
    if plan.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    usage: dict[str, int] = {}
    start, first = time.perf_counter(), None
    url, headers = f"{proxy.url}/v1/chat/completions", bearer(plan.key or proxy.key)
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as response:
        for line in response.iter_lines():
            document = _document(line.removeprefix("data: "))
            if first is None and document.get("choices"):
                first = time.perf_counter() - start
            usage = document.get("usage") or usage
    seconds = time.perf_counter() - start
    tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    return Sent(plan, response.status_code, *tokens, seconds, first if plan.stream else None)


def _document(line: str) -> dict[str, dict[str, int]]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def wait_until_counted(proxy: Proxy, requests: int) -> None:
    """The proxy counts after it has answered: wait until all are there and nothing moves, or half a minute."""
    before: dict[str, float] = {}
    for _ in range(15):
        now = {name: counted(proxy, name) for name in ("proxy_total_requests", "spend", "input_tokens")}
        if now["proxy_total_requests"] >= requests and now == before:
            return
        before = now
        time.sleep(2)


def counted(proxy: Proxy, name: str) -> float:
    """One of the proxy's own counters."""
    text = httpx.get(f"{proxy.url}/metrics/", headers=bearer(proxy.key)).text
    values = re.findall(rf"^litellm_{name}_metric_total\{{.*\}} (\S+)$", text, re.MULTILINE)
    return sum(map(float, values))


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}
