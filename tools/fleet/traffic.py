"""The requests of a fleet of LiteLLM replicas, each of which is known because it is made here.

Requests come at random, three a second to a replica, less at night; the rate moves by a quarter in 47 minutes, so that
no window has as many as the one before it. A request counts when it ends, as a replica counts it.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import log, pi, sin
from typing import NamedTuple

from msgspec import Struct

#: When the fleet began, and the last instant of which a report is made: on nobody's grid.
BEGIN, END = 1_767_225_600.0, 1_767_249_007.3
MINUTE, HOUR = 60.0, 3600.0
NIGHT, MORNING = END - 2.75 * HOUR, END - 2.5 * HOUR
NIGHT_RATIO, SWING, SWING_SECONDS = 0.15, 0.25, 47 * MINUTE
#: Of requests to a replica that works: an upstream fails, the client asks for what there is not.
USUAL, MISTAKES = 0.004, 0.01
#: A request that LiteLLM tried again has a row of its own for the attempt before.
RETRIED = 0.01
#: Seconds of an answer are log-normal.
MEDIAN, SPREAD = 1.2, 0.7
SUCCESS, UPSTREAM, OWN, CLIENT = "success", "upstream", "own", "client"
#: Failures of the service: the upstream's, and the replica's own.
FAILED = frozenset({UPSTREAM, OWN})


class Deployment(NamedTuple):
    """A model of an upstream, and the key of those who ask for it."""

    model: str
    provider: str
    name: str
    key: str


DEPLOYMENTS = (
    Deployment("gpt-4o", "openai", "openai-eu", "web"),
    Deployment("gpt-4o", "openai", "openai-us", "web"),
    Deployment("claude-sonnet-4", "anthropic", "anthropic-main", "batch"),
)
WEIGHTS = (5, 2, 3)


class Replica(Struct, frozen=True, kw_only=True):
    """One process: its requests a second, the part of them that it fails itself, and what happens to it.

    `restarts` and `dies` are times, `away` the seconds until it serves again. `lost` is a deployment that it has taken
    out of use since then.
    """

    name: str
    rate: float = 3.0
    failing: float = 0.0
    restarts: float | None = None
    away: float = 6.5
    dies: float | None = None
    never_up: bool = False
    lost: tuple[str, float] | None = None

    def serves(self, at: float) -> bool:
        """Whether it takes a request, or answers a scrape, at an instant."""
        away = self.restarts is not None and self.restarts <= at < self.restarts + self.away
        return not self.never_up and not away and (self.dies is None or at < self.dies)


STEADY = Replica(name="litellm-0:4000", lost=("openai-us", END - 40 * MINUTE))
RESTARTING = Replica(name="litellm-1:4000", restarts=END - 31.2 * MINUTE)
FAILING = Replica(name="litellm-2:4000", failing=0.15)
DYING = Replica(name="litellm-3:4000", dies=END - 17.4 * MINUTE)
IDLE = Replica(name="litellm-4:4000", rate=1 / 30)
ABSENT = Replica(name="litellm-5:4000", never_up=True)
FLEET = (STEADY, RESTARTING, FAILING, DYING, IDLE, ABSENT)


class Request(NamedTuple):
    """What came of one request, and when."""

    began: float
    ended: float
    deployment: Deployment
    outcome: str
    input_tokens: int
    output_tokens: int
    retried: bool


class Counted(NamedTuple):
    """The sums of some requests."""

    requests: int
    failed: int
    client_errors: int
    input_tokens: int
    output_tokens: int


def of(replica: Replica) -> list[Request]:
    """Every request of a replica that ended while it lived, in the order of their ends."""
    rng = random.Random(f"{replica.name} 0")
    found, at = [], BEGIN
    highest = replica.rate * (1 + SWING)
    while at < END and not replica.never_up:
        at += rng.expovariate(highest)
        one = _request(rng, replica, at)
        if rng.random() * highest < replica.rate * _shape(at) and _survives(replica, one):
            found.append(one)
    return sorted(found, key=lambda one: one.ended)


def _shape(at: float) -> float:
    risen = min(1.0, max(0.0, (at - NIGHT) / (MORNING - NIGHT)))
    return (NIGHT_RATIO + (1 - NIGHT_RATIO) * risen) * (1 + SWING * sin(2 * pi * at / SWING_SECONDS))


def _survives(replica: Replica, one: Request) -> bool:
    """What is on its way when a process ends is counted by nobody."""
    ends = [end for end in (replica.restarts, replica.dies) if end is not None]
    return replica.serves(one.began) and not any(one.began < end <= one.ended for end in ends)


def _request(rng: random.Random, replica: Replica, at: float) -> Request:
    deployment = rng.choices(DEPLOYMENTS, WEIGHTS)[0]
    if replica.lost and deployment.name == replica.lost[0] and at >= replica.lost[1]:
        deployment = DEPLOYMENTS[0]
    chance = rng.random()
    limits = ((replica.failing, OWN), (USUAL, UPSTREAM), (MISTAKES, CLIENT), (1.0, SUCCESS))
    outcome = SUCCESS
    for part, name in limits:
        if chance < part:
            outcome = name
            break
        chance -= part
    answered = outcome in {SUCCESS, UPSTREAM}
    seconds = rng.lognormvariate(log(MEDIAN), SPREAD) if answered else rng.uniform(0.01, 0.1)
    tokens = (round(rng.lognormvariate(log(400), 0.5)), round(rng.lognormvariate(log(150), 0.5)))
    # Times as LiteLLM keeps them: to a millisecond.
    began, ended = round(at, 3), round(at + seconds, 3)
    return Request(began, ended, deployment, outcome, *tokens, outcome == SUCCESS and rng.random() < RETRIED)


def between(requests: Sequence[Request], since: float, until: float) -> Sequence[Request]:
    """Those that ended in (since, until], of requests in the order of their ends."""
    first, last = (bisect_right(requests, end, key=lambda one: one.ended) for end in (since, until))
    return requests[first:last]


def counted(requests: Iterable[Request]) -> Counted:
    """The sums of requests; tokens are of answers."""
    n = failed = client = tokens_in = tokens_out = 0
    for one in requests:
        n += 1
        failed += one.outcome in FAILED
        client += one.outcome == CLIENT
        if one.outcome == SUCCESS:
            tokens_in += one.input_tokens
            tokens_out += one.output_tokens
    return Counted(n, failed, client, tokens_in, tokens_out)
