"""What a LiteLLM replica shows of its requests, and the samples that a server has of it after scraping it for hours.

Each target is scraped at an offset of its own within the interval. A series is there from its first event on.
"""

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import accumulate

from tools.fleet.remote_write import STALE, Series
from tools.fleet.traffic import CLIENT, DEPLOYMENTS, OWN, SUCCESS, UPSTREAM, Deployment, Replica, Request

TOTAL = "litellm_proxy_total_requests_metric_total"
FAILED = "litellm_proxy_failed_requests_metric_total"
LATENCY = "litellm_request_total_latency_metric"
#: LiteLLM's own.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 420.0, 600.0)
#: Status and class of what did not succeed.
EXCEPTIONS = {
    UPSTREAM: ("500", "InternalServerError"),
    OWN: ("500", "HTTPException"),
    CLIENT: ("400", "BadRequestError"),
}
HEALTHY, PARTIAL, OUT = 0, 1, 2
Sample = tuple[str, str, float]
"""Name, labels and value."""


def hashed(key: str) -> str:
    """What LiteLLM keeps of a key."""
    return sha256(key.encode()).hexdigest()


def _by(place: Deployment) -> str:
    key = f'hashed_api_key="{hashed(place.key)}",api_key_alias="{place.key}"'
    return f'{key},api_provider="{place.provider}",requested_model="{place.model}"'


class Process:
    """The counters of one process since it began, after the requests that it was given."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._counts: dict[tuple[str, str], float] = defaultdict(float)
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = defaultdict(float)
        self.states = {one.name: HEALTHY for one in DEPLOYMENTS}

    def take(self, one: Request) -> None:
        """Count a request that has ended."""
        place, by = one.deployment, _by(one.deployment)
        if one.outcome == SUCCESS:
            self._answered(by, one)
            self._counts[TOTAL, f'{by},model_id="{place.name}",status_code="200"'] += 1
            self.states[place.name] = HEALTHY
            return
        status = EXCEPTIONS[one.outcome][0]
        # A failure of the replica itself reaches no deployment.
        at = f'{by},model_id="{"" if one.outcome == OWN else place.name}"'
        exception = f'exception_status="{status}",exception_class="{_exception(one)}"'
        self._counts[TOTAL, f'{at},status_code="{status}"'] += 1
        self._counts[FAILED, f"{at},{exception}"] += 1
        if one.outcome == UPSTREAM:
            self._counts["litellm_deployment_failure_responses_total", f"{_of(place)},{exception}"] += 1
            self.states[place.name] = PARTIAL

    def _answered(self, by: str, one: Request) -> None:
        seconds = one.ended - one.began
        self._counts["litellm_input_tokens_metric_total", by] += one.input_tokens
        self._counts["litellm_output_tokens_metric_total", by] += one.output_tokens
        self._counts["litellm_deployment_success_responses_total", _of(one.deployment)] += 1
        self._buckets.setdefault(by, [0] * (len(BUCKETS) + 1))[bisect_left(BUCKETS, seconds)] += 1
        self._seconds[by] += seconds

    def samples(self) -> Iterator[Sample]:
        """What a scrape of it has."""
        yield "process_start_time_seconds", "", self._began
        for (name, labels), value in self._counts.items():
            yield name, labels, value
        for labels, counts in self._buckets.items():
            below = list(accumulate(counts))
            for bound, n in zip((*map(str, BUCKETS), "+Inf"), below, strict=True):
                yield f"{LATENCY}_bucket", f'{labels},le="{bound}"', n
            yield f"{LATENCY}_count", labels, below[-1]
            yield f"{LATENCY}_sum", labels, round(self._seconds[labels], 3)
        for place in DEPLOYMENTS:
            labels = f'{_of(place)},litellm_model_name="{place.model}"'
            yield "litellm_deployment_state", labels, self.states[place.name]

    def page(self, at: float) -> str:
        """The samples as a page of metrics, with the time of each."""
        return "".join(f"{name}{{{labels}}} {value} {round(1000 * at)}\n" for name, labels, value in self.samples())


def _of(place: Deployment) -> str:
    return f'api_provider="{place.provider}",model_id="{place.name}"'


def _exception(one: Request) -> str:
    """An upstream's exception begins with its provider's name."""
    name = EXCEPTIONS[one.outcome][1]
    return name if one.outcome == OWN else f"{one.deployment.provider.title()}.{name}"


class Scraped:
    """A replica with its requests, as a scrape finds it at one instant after the other."""

    def __init__(self, replica: Replica, requests: Sequence[Request], began: float) -> None:
        self.replica, self._requests = replica, requests
        self._next = 0
        self.process = Process(began)
        self._again = replica.restarts

    def at(self, time: float) -> Process | None:
        """Its process at a later instant than before, or None where it does not answer."""
        if self._again is not None and time >= self._again:
            self._take(self._again)
            # It is up some time before it can serve.
            self.process, self._again = Process(self._again + self.replica.away / 2), None
        self._take(time)
        return self.process if self.replica.serves(time) else None

    def _take(self, until: float) -> None:
        while self._next < len(self._requests) and self._requests[self._next].ended <= until:
            self.process.take(self._requests[self._next])
            self._next += 1
        if self.replica.lost and until >= self.replica.lost[1]:
            self.process.states[self.replica.lost[0]] = OUT


class Workers:
    """Two processes behind one port: each request goes to one of them, and each scrape to whoever takes it."""

    def __init__(self, requests: Sequence[Request], began: float) -> None:
        self._rng = random.Random(1)
        parts: tuple[list[Request], list[Request]] = ([], [])
        for one in requests:
            self._rng.choice(parts).append(one)
        # One server starts them in one go.
        replica = Replica(name="")
        self._processes = [Scraped(replica, part, began + 0.4 * i) for i, part in enumerate(parts)]

    def at(self, time: float) -> Process | None:
        """One of both at an instant."""
        return self._rng.choice([one.at(time) for one in self._processes])


class Job:
    """Everything that a server scrapes under one name; with `markers`, it says that a series has ended."""

    def __init__(self, name: str, interval: float, since: float, until: float, *, markers: bool = True) -> None:
        self.name, self._interval, self._since, self._until = name, interval, since, until
        self._markers = markers
        self.series: dict[tuple[str, str], Series] = defaultdict(Series)

    def add(self, target: str, scraped: Scraped | Workers, *, more: str = "") -> None:
        """Scrape a target all the time; `more` are labels that the server adds."""
        own = f'job="{self.name}",instance="{target}"{more}'
        offset = random.Random(own).uniform(0, self._interval)
        before: set[tuple[str, str]] = set()
        for number in range(int((self._until - self._since - offset) / self._interval) + 1):
            time = self._since + offset + number * self._interval
            process, ms = scraped.at(time), round(1000 * time)
            self.series["up", own].add(ms, float(process is not None))
            now = set()
            for name, labels, value in process.samples() if process else ():
                key = (name, f"{own},{labels}")
                self.series[key].add(ms, value)
                now.add(key)
            for gone in before - now if self._markers else ():
                self.series[gone].add(ms, STALE)
            before = now
