"""The calls that a gateway gets in a while, at rates that are known because they are made here."""

import random
from collections.abc import Iterable, Mapping
from math import log
from typing import NamedTuple

from tools.power.dependence import INDEPENDENT, SERVER_ERRORS, Climate, Dependence, arrivals

#: Provider, its share of the calls in tenths, its instances and its models.
PROVIDERS = (
    ("openai", 5, ("openai-eu", "openai-us"), ("gpt-large", "gpt-small")),
    ("anthropic", 3, ("anthropic-main",), ("claude-large", "claude-small")),
    ("gemini", 2, ("gemini-main",), ("gemini-small",)),
)
KEYS = ("web-chat", "mobile-app", "batch-jobs")
#: Of healthy traffic, all within the default thresholds: rejected requests, streams.
CLIENT_ERRORS, STREAMS = 0.02, 0.05
#: Seconds of a call are log-normal: half of them are below the median, and one in a hundred takes 3.8 s or more.
MEDIAN_SECONDS, SPREAD = 1.2, 0.5
BURST_MS = 15_000


class Plan(NamedTuple):
    """What differs from healthy traffic of independent requests.

    `server_errors` is a ratio per provider, in the long run; `slowness` a factor of all durations. `refused` is the one
    instance whose upstream rejects the gateway's own key, `denied` the one client whose key the gateway rejects. Where
    there is one instance otherwise, `fleet` stand. `burst` is the ratio of the calls that come in the last 15 s.
    """

    server_errors: Mapping[str, float] = {}
    slowness: float = 1.0
    refused: str = ""
    denied: str = ""
    dependence: Dependence = INDEPENDENT
    fleet: int = 1
    burst: float = 0.0


HEALTHY = Plan()


class Call(NamedTuple):
    """One call and what came of it.

    Success, failure (the server's), business_error (the upstream rejects the request), refused (it rejects the
    gateway's own key) or denied (the gateway rejects the client's key).

    `failing` is how likely it was to fail, and `median_seconds` the median of what it could have taken: the latent
    truth, by which an alarm is right or false.
    """

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
    failing: float
    median_seconds: float

    @property
    def ended_ms(self) -> int:
        """When its answer was complete."""
        return self.ms + round(self.seconds * 1000)

    @property
    def measured(self) -> bool:
        """Both gateways know tokens and duration of these alone."""
        return self.outcome == "success" and not self.stream


def identity(call: Call) -> str:
    """An identifier of a request: no two take equally long to the last digit."""
    return f"{call.ms:x}-{call.seconds.hex()}"


def climate(rng: random.Random, since_ms: int, until_ms: int, kind: Dependence) -> Climate:
    """The providers' states between two instants."""
    return Climate(rng, [name for name, _, _, _ in PROVIDERS], since_ms, until_ms, kind)


class User(NamedTuple):
    """Whose requests have one key and go to one model of one provider; the length of their prompts is relative."""

    key: str
    provider: str
    instances: tuple[str, ...]
    model: str
    length: float


def calls(  # noqa: PLR0913 - a stretch of traffic has that many parts
    rng: random.Random, n: int, since_ms: int, until_ms: int, *, plan: Plan = HEALTHY, states: Climate | None = None
) -> list[Call]:
    """So many calls between two instants, oldest first: none waits for another."""
    states = states or climate(rng, since_ms, until_ms, plan.dependence)
    users: dict[int, User] = {}
    found = []
    last = round(n * plan.burst)
    come = arrivals(rng, n - last, since_ms, until_ms, plan.dependence)
    come += [(rng.randrange(until_ms - BURST_MS, until_ms), -1 - number) for number in range(last)]
    for ms, session in sorted(come):
        if session not in users:
            users[session] = _user(rng, plan)
        found.append(_call(rng, ms, plan, states, users[session]))
    return found


def _user(rng: random.Random, plan: Plan) -> User:
    provider, _, instances, models = rng.choices(PROVIDERS, [share for _, share, _, _ in PROVIDERS])[0]
    length = rng.lognormvariate(0, SPREAD) if plan.dependence.sessions else 1.0
    return User(rng.choice(KEYS), provider, instances, rng.choice(models), length)


def _call(rng: random.Random, ms: int, plan: Plan, states: Climate, user: User) -> Call:
    instance = _member(rng.choice(user.instances), rng.randrange(plan.fleet))
    state = states.at(user.provider, ms)
    extra = plan.server_errors.get(user.provider, SERVER_ERRORS) - SERVER_ERRORS
    failing, median = min(1.0, state.failing + extra), MEDIAN_SECONDS * plan.slowness * state.slowness
    return Call(
        ms=ms,
        key=user.key,
        provider=user.provider,
        instance=instance,
        model=user.model,
        stream=rng.random() < STREAMS,
        outcome=_fixed(plan, user.key, instance) or _outcome(rng, failing),
        seconds=rng.lognormvariate(log(median), SPREAD),
        input_tokens=round(rng.lognormvariate(log(400 * user.length), SPREAD)),
        output_tokens=round(rng.lognormvariate(log(150 * user.length), SPREAD)),
        failing=failing,
        median_seconds=median,
    )


def _fixed(plan: Plan, key: str, instance: str) -> str:
    """What comes of every call of this client or to this instance, if that is fixed."""
    if plan.denied == key:
        return "denied"
    return "refused" if plan.refused == instance else ""


def _outcome(rng: random.Random, failing: float) -> str:
    if rng.random() < failing:
        return "failure"
    return "business_error" if rng.random() < CLIENT_ERRORS else "success"


def _member(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def instances(found: Iterable[Call] = ()) -> list[tuple[str, str]]:
    """Every provider with each of its instances, those that these calls reached included."""
    fixed = {(provider, name) for provider, _, names, _ in PROVIDERS for name in names}
    return sorted(fixed | {(call.provider, call.instance) for call in found})
