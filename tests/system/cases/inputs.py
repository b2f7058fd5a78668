"""Small scrapes and databases of llm-gateway and LiteLLM, for any traffic that a case needs."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from llmgw_report.model import timestamp
from tests.process import AT
from tools.bench.database import INDEXES, TABLES
from tools.power import requests_table

AT_MS = timestamp.parse(AT)
PRODUCTS = Path(__file__).parents[2] / "gateways" / "products"
#: Text of a file, or what makes it.
Content = str | Callable[[Path], object]
Ending = Literal["answered", "failed", "open"]
Row = tuple[object, ...]


class Instance(NamedTuple):
    """An instance of llm-gateway, its attempts by status, and its gauge: 1 is healthy."""

    attempts: Mapping[str, float]
    name: str = "oai"
    health: str = "1"
    provider: str = "openai"


class Counted(NamedTuple):
    """So many requests that LiteLLM counted alike; its exception is the class, without one it was answered."""

    n: float
    status: str = "200"
    exception: str = ""
    key: str = "web"
    model: str = "gpt-4o"
    instance: str = "m1"


class Logged(NamedTuple):
    """A request that llm-gateway logged so many seconds before the instant judged."""

    ago: float
    ending: Ending = "answered"
    model: str = "gpt-4o"
    seconds: float = 0.8


def family(name: str, kind: str, *samples: str) -> str:
    """A type line, and samples as `labels} value` or as a value alone."""
    lines = (f"{name}{{{one}" if "}" in one else f"{name} {one}" for one in samples)
    return "\n".join([f"# TYPE {name} {kind}", *lines, ""])


def llm_gateway(*instances: Instance, requests: float | None = None, more: str = "") -> str:
    """A scrape of llm-gateway 0.3.0, which has neither a start time nor a failure by model."""
    sent: Counter[str] = Counter()
    for one in instances:
        sent[one.provider] += sum(one.attempts.values()) if requests is None else requests  # type: ignore[assignment]
    names = [f'provider="{one.provider}",instance="{one.name}"' for one in instances]
    ended = [
        f'{name},status="{status}"}} {n}'
        for name, one in zip(names, instances, strict=True)
        for status, n in one.attempts.items()
    ]
    gauges = (f"{name}}} {one.health}" for name, one in zip(names, instances, strict=True))
    return "".join([
        family("llm_gateway_info", "gauge", 'version="0.3.0"} 1'),
        family("llm_requests_total", "counter",
               *(f'api_key="web",provider="{name}",model="gpt-4o"}} {n}' for name, n in sent.items())),
        family("llm_gateway_instance_requests_total", "counter", *ended),
        family("llm_gateway_instance_health_status", "gauge", *gauges),
        more,
    ])  # fmt: skip


def summary(value: str, total: str = "600", count: str = "1000") -> str:
    """The durations of llm-gateway: all quantiles of the last minute read the same."""
    labels = 'api_key="web",provider="openai",model="gpt-4o"'
    lines = [f'{labels},quantile="{quantile}"}} {value}' for quantile in ("0.5", "0.9", "0.99")]
    name = "llm_request_duration_seconds"
    return family(name, "summary", *lines) + f"{name}_sum{{{labels}}} {total}\n{name}_count{{{labels}}} {count}\n"


def litellm(*counted: Counted, started: str = "", states: str = "", more: str = "") -> str:
    """A scrape of LiteLLM; `states` are samples of other deployments than those that answered."""
    total = [f'{_client(one)},status_code="{one.status}"}} {one.n}' for one in counted]
    failed = [
        f'{_client(one)},exception_class="{one.exception}",exception_status="{one.status}"}} {one.n}'
        for one in counted
        if one.exception
    ]
    good = [f"{_deployment(one.instance)}}} {one.n}" for one in counted if one.status == "200"]
    return "".join([
        family("litellm_in_flight_requests", "gauge", "1"),
        family("litellm_proxy_total_requests_metric_total", "counter", *total),
        family("litellm_proxy_failed_requests_metric_total", "counter", *failed) if failed else "",
        family("litellm_deployment_success_responses_total", "counter", *dict.fromkeys(good)),
        family("litellm_deployment_state", "gauge", *states.splitlines()) if states else "",
        family("process_start_time_seconds", "gauge", f"{timestamp.parse(started) / 1000}") if started else "",
        more,
    ])  # fmt: skip


def _client(one: Counted) -> str:
    hashed = sha256(one.key.encode()).hexdigest()
    key = f'api_key_alias="{one.key}",hashed_api_key="{hashed}"'
    return f'{key},api_provider="openai",requested_model="{one.model}",model_id="{one.instance}"'


def _deployment(instance: str) -> str:
    return f'api_provider="openai",model_id="{instance}"'


def state(value: str, instance: str = "m1", name: str = "gpt-4o") -> str:
    """A sample of the gauge of one deployment: 0 is healthy, 2 is down."""
    return f'{_deployment(instance)},litellm_model_name="{name}"}} {value}\n'


def refused(n: float, status: str, exception: str, instance: str = "m1") -> str:
    """Attempts of a deployment that failed."""
    labels = f'{_deployment(instance)},exception_status="{status}",exception_class="{exception}"'
    return family("litellm_deployment_failure_responses_total", "counter", f"{labels}}} {n}")


def spread(
    n: int, ending: Ending = "answered", since: float = 3500, until: float = 5, *, model: str = "gpt-4o"
) -> Iterator[Logged]:
    """So many requests at equal distances, from `since` seconds before the instant to `until`."""
    step = (since - until) / n
    return (Logged(since - step * number, ending, model) for number in range(n))


def log(*requests: Logged, starts: tuple[float, ...] = (7200,), change: str = "") -> Callable[[Path], None]:
    """A log database of llm-gateway; its processes began so many seconds ago; SQL that changes it afterwards."""

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(f"PRAGMA synchronous = OFF;\n{TABLES}")  # nobody waits for the disk
            rows = [row for number, one in enumerate(requests) for row in _rows(one, f"r{number}")]
            columns = "timestamp, level, target, message, request_id, fields"
            connection.executemany(f"INSERT INTO logs ({columns}) VALUES (?, ?, 't', ?, ?, ?)", sorted(rows))  # noqa: S608 - the columns are above
            spans = [_span(one, f"r{number}") for number, one in enumerate(requests) if one.ending == "answered"]
            connection.executemany(
                "INSERT INTO spans VALUES (?, NULL, ?, 'chat', 'server', ?, ?, ?, 'ok', '{}')", spans
            )
            saved = "INSERT INTO metrics_snapshots (timestamp, metrics) VALUES (?, ?)"
            connection.executemany(saved, _saved(starts))
            connection.executescript(INDEXES + change)

    return make


def _rows(one: Logged, name: str) -> Iterator[Row]:
    began = AT_MS - round(one.ago * 1000)
    ended = began + round(one.seconds * 1000)
    who = {"api_key_name": "web", "model": one.model, "stream": "false"}
    yield began, "INFO", "Handling chat completion request", name, json.dumps(who)
    if one.ending == "answered":
        fields = who | {"duration_ms": f"{ended - began}", "input_tokens": "100", "output_tokens": "50"}
        yield ended, "INFO", "Completed chat completion request", "", json.dumps(fields)
    elif one.ending == "failed":
        fields = {"classification": "Status code: 502 Bad Gateway", "latency": f"{ended - began} ms"}
        yield ended, "ERROR", "response failed", "", json.dumps(fields)


def _span(one: Logged, name: str) -> Row:
    began, took = AT_MS - round(one.ago * 1000), round(one.seconds * 1000)
    return f"s-{name}", name, began, began + took, took


def _saved(starts: tuple[float, ...]) -> Iterator[Row]:
    """Metrics that every process saves when it starts, and every five minutes after."""
    for began, until in zip(starts, (*starts[1:], 0.0), strict=True):
        for number in range(int(began - until) // 300 + 1):
            counters = {"llm_requests_total": number} if number else {}
            yield AT_MS - round((began - 300 * number) * 1000), json.dumps({"counters": counters})


def channels(n: int, dead: int) -> Callable[[Path], None]:
    """A database of new-api with so many channels, the last of them switched off, each the only one of its model.

    The first answers everything.
    """

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(f"PRAGMA synchronous = OFF;\n{(PRODUCTS / 'new-api' / 'schema.sql').read_text()}")
            numbers = range(1, n + 1)
            connection.executemany(
                "INSERT INTO channels (id, name, status) VALUES (?, ?, ?)",
                ((one, f"ch-{one}", 1 if one <= n - dead else 3) for one in numbers),
            )
            connection.executemany(
                """INSERT INTO abilities ("group", model, channel_id, enabled) VALUES ('default', ?, ?, ?)""",
                ((f"m{one}", one, one <= n - dead) for one in numbers),
            )
            columns = "created_at, type, model_name, channel_id, other"
            ended = [(2, "{}")] * 200 + [(5, '{"status_code": 400}')]
            connection.executemany(
                f"INSERT INTO logs ({columns}) VALUES (?, ?, 'm1', 1, ?)",  # noqa: S608 - the columns are above
                ((AT_MS // 1000 - 10 * place, *one) for place, one in enumerate(ended)),
            )

    return make


def successes(*durations: float, change: str = "", status: str = "success") -> Callable[[Path], None]:
    """The table of llm-gateway since it has no metrics: one row per request, 8 s apart."""

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(f"PRAGMA synchronous = OFF;\n{requests_table.TABLE}")
            rows = [
                (f"r{number}", AT_MS - 8000 * number - 5000, status, round(1000 * seconds))
                for number, seconds in enumerate(durations)
            ]
            columns = "?, ?, 'web', 'openai', 'oai', 'gpt-4o', ?, 100, 50, ?"
            connection.executemany(f"INSERT INTO requests VALUES ({columns})", rows)  # noqa: S608 - the same
            connection.executescript(change)

    return make
