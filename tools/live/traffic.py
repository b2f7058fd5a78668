"""Smoke traffic, and an account of it from the client's side."""

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from tools.live.proxy import Proxy

#: Requests per model that is mocked; the others are sent to fail.
GOOD = {"gpt-4": 7, "claude": 4, "mini": 3}
BROKEN, WRONG_KEY, UNKNOWN_MODEL = 5, 3, 3
#: Names that the proxy has no model for are one name in its metrics, or anybody could fill them.
UNKNOWN, COUNTED_AS = "no-such-model", "other"


class Sent(NamedTuple):
    """One request as the client saw it: the model it named, the answer's status, its tokens, and how long it took."""

    model: str
    status: int
    input_tokens: int
    output_tokens: int
    seconds: float

    @property
    def good(self) -> bool:
        """Answered."""
        return self.status == 200


def send_all(proxy: Proxy) -> list[Sent]:
    """All of it, one after the other."""
    return list(_requests(proxy))


def _requests(proxy: Proxy) -> Iterator[Sent]:
    for model, times in GOOD.items():
        for number in range(times):
            yield send(proxy, model, proxy.key, f"Question {number} about the weather")
    for _ in range(BROKEN):
        yield send(proxy, "broken", proxy.key, "Is anybody there?")
    for _ in range(WRONG_KEY):
        yield send(proxy, "gpt-4", "sk-not-a-key-of-this-gateway", "Let me in")
    for _ in range(UNKNOWN_MODEL):
        yield send(proxy, UNKNOWN, proxy.key, "Who are you?")


def send(proxy: Proxy, model: str, key: str, question: str) -> Sent:
    """One chat completion."""
    body = {"model": model, "messages": [{"role": "user", "content": question}]}
    start = time.perf_counter()
    response = httpx.post(f"{proxy.url}/v1/chat/completions", json=body, headers=bearer(key), timeout=60)
    seconds = time.perf_counter() - start
    usage = response.json().get("usage", {})
    tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    return Sent(model, response.status_code, *tokens, seconds)


def wait_until_counted(proxy: Proxy, requests: int) -> None:
    """The proxy counts after it has answered: wait until all are there, or half a minute, and let the report judge."""
    for _ in range(30):
        if counted(proxy) >= requests:
            return
        time.sleep(1)


def counted(proxy: Proxy) -> float:
    """Requests in the proxy's own counter."""
    text = httpx.get(f"{proxy.url}/metrics/", headers=bearer(proxy.key)).text
    values = re.findall(r"^litellm_proxy_total_requests_metric_total\{.*\} (\S+)$", text, re.MULTILINE)
    return sum(map(float, values))


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}
