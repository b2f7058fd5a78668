"""How the requests of a gateway depend on each other: the latent state of its providers, and its users' sessions.

Every kind of traffic has the same failures in the long run; they differ in how these keep together. The state is
drawn once per process, so that the hour before and the hour that is judged are stretches of one process.
"""

import random
from collections.abc import Sequence
from math import exp, sqrt
from typing import NamedTuple

MINUTE_MS = 60_000
#: Of healthy traffic, in the long run: requests that fail.
SERVER_ERRORS = 0.005
INCIDENT_MINUTES = 2
#: The drift of latency keeps this much of itself over five minutes.
PERSISTENCE, STEP_MINUTES = 0.95, 5
#: Requests of one heavy user's session, and the seconds between them, on average.
SESSION_REQUESTS, SESSION_GAP_SECONDS = 30, 5


class Dependence(NamedTuple):
    """What keeps requests together.

    `clustering` is the intra-class correlation of the failures of one provider in one minute (beta-binomial). An
    incident fails `incident` of a provider's requests for two minutes, as often as makes up the failures of the long
    run. `drift` is the standard deviation of the logarithm of a provider's latency over hours (AR(1)). `sessions`:
    requests come in sessions of heavy users, each with one key and one model.
    """

    clustering: float = 0.0
    incident: float = 0.0
    drift: float = 0.0
    sessions: bool = False


INDEPENDENT = Dependence()


class State(NamedTuple):
    """Of one provider in one minute: how likely a request fails, and how much longer than usual it takes."""

    failing: float
    slowness: float


class Climate:
    """The states of providers, minute by minute, drawn when they are first asked for and in order."""

    def __init__(
        self, rng: random.Random, providers: Sequence[str], since_ms: int, until_ms: int, kind: Dependence
    ) -> None:
        minutes = -(-(until_ms - since_ms) // MINUTE_MS)
        self._since_ms = since_ms
        self._states = {name: _states(rng, minutes, kind) for name in providers}

    def at(self, provider: str, ms: int) -> State:
        """The state of a provider at an instant."""
        states = self._states[provider]
        return states[min(len(states) - 1, (ms - self._since_ms) // MINUTE_MS)]


def _states(rng: random.Random, minutes: int, kind: Dependence) -> list[State]:
    """Failures at `SERVER_ERRORS` in the long run: half of them by incidents where there are clusters too."""
    parts = bool(kind.clustering) + bool(kind.incident)
    usual = SERVER_ERRORS / max(1, parts)
    begins = SERVER_ERRORS / max(1, parts) / kind.incident / INCIDENT_MINUTES if kind.incident else 0.0
    left, drift, found = 0, rng.gauss(0, kind.drift), []
    for minute in range(minutes):
        if minute % STEP_MINUTES == 0:
            drift = PERSISTENCE * drift + rng.gauss(0, kind.drift * sqrt(1 - PERSISTENCE**2))
        left = INCIDENT_MINUTES if left == 0 and rng.random() < begins else max(0, left - 1)
        failing = usual if not kind.incident or kind.clustering else 0.0
        if kind.clustering:
            size = 1 / kind.clustering - 1
            failing = rng.betavariate(usual * size, (1 - usual) * size)
        found.append(State(max(failing, kind.incident if left else 0.0), exp(drift)))
    return found


def arrivals(rng: random.Random, n: int, since_ms: int, until_ms: int, kind: Dependence) -> list[tuple[int, int]]:
    """When `n` requests come, oldest first, and the session of each; without sessions everyone is alone."""
    if not kind.sessions:
        return [(ms, session) for session, ms in enumerate(sorted(rng.randrange(since_ms, until_ms) for _ in range(n)))]
    found: list[tuple[int, int]] = []
    session = 0
    while len(found) < n:
        session += 1
        ms = float(rng.randrange(since_ms, until_ms))
        for _ in range(1 + int(rng.expovariate(1 / SESSION_REQUESTS))):
            if ms < until_ms and len(found) < n:
                found.append((int(ms), session))
            ms += rng.expovariate(1 / SESSION_GAP_SECONDS) * 1000
    return sorted(found)
