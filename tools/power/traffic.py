"""The calls that a gateway gets in a while, at rates that are known because they are made here."""

import random
from collections.abc import Iterator, Mapping
from math import log
from typing import NamedTuple

#: Provider, its share of the calls in tenths, its instances and its models.
PROVIDERS = (
    ("openai", 5, ("openai-eu", "openai-us"), ("gpt-large", "gpt-small")),
    ("anthropic", 3, ("anthropic-main",), ("claude-large", "claude-small")),
    ("gemini", 2, ("gemini-main",), ("gemini-small",)),
)
KEYS = ("web-chat", "mobile-app", "batch-jobs")
#: Of healthy traffic, all within the default limits: failures, refused requests, streams.
SERVER_ERRORS, CLIENT_ERRORS, STREAMS = 0.005, 0.02, 0.05
#: Seconds of a call are log-normal: half of them are below the median, and one in a hundred takes 3.8 s or more.
MEDIAN_SECONDS, SPREAD = 1.2, 0.5


class Plan(NamedTuple):
    """What differs from healthy traffic.

    `server_errors` is a share per provider, `slowness` a factor of all durations, `dead` the one instance
    or client key whose every call is refused.
    """

    server_errors: Mapping[str, float] = {}
    slowness: float = 1.0
    dead: str = ""


HEALTHY = Plan()


class Call(NamedTuple):
    """One call and what came of it: success, failure (the server's) or business_error (the client's)."""

    ms: int
    key: str
    provider: str
    instance: str
    model: str
    stream: bool
    outcome: str
    seconds: float
    input_tokens: int
    output_tokens: int

    @property
    def measured(self) -> bool:
        """Both gateways know tokens and duration of these alone."""
        return self.outcome == "success" and not self.stream


def calls(rng: random.Random, n: int, since_ms: int, until_ms: int, plan: Plan = HEALTHY) -> list[Call]:
    """So many calls between two instants, oldest first: none waits for another."""
    moments = sorted(rng.randrange(since_ms, until_ms) for _ in range(n))
    return [_call(rng, ms, plan) for ms in moments]


def _call(rng: random.Random, ms: int, plan: Plan) -> Call:
    provider, _, instances, models = rng.choices(PROVIDERS, [share for _, share, _, _ in PROVIDERS])[0]
    key, instance = rng.choice(KEYS), rng.choice(instances)
    output = round(rng.lognormvariate(log(150), SPREAD))
    return Call(
        ms=ms,
        key=key,
        provider=provider,
        instance=instance,
        model=rng.choice(models),
        stream=rng.random() < STREAMS,
        outcome="business_error" if plan.dead in {key, instance} else _outcome(rng, provider, plan),
        seconds=rng.lognormvariate(log(MEDIAN_SECONDS * plan.slowness), SPREAD),
        input_tokens=round(rng.lognormvariate(log(400), SPREAD)),
        output_tokens=output,
    )


def _outcome(rng: random.Random, provider: str, plan: Plan) -> str:
    lot, failing = rng.random(), plan.server_errors.get(provider, SERVER_ERRORS)
    if lot < failing:
        return "failure"
    return "business_error" if lot < failing + CLIENT_ERRORS else "success"


def instances() -> Iterator[tuple[str, str]]:
    """Every provider with each of its instances."""
    for provider, _, names, _ in PROVIDERS:
        for name in names:
            yield provider, name
