"""Write a log database of llm-gateway 0.3.0: `python -m tools.bench.database FILE ROWS SPANS SNAPSHOTS DAYS`.

Log rows and spans are spread evenly over the last DAYS days, so a table ten times smaller over a tenth
of the time has the same rows in the same window. The same arguments give the same file.
"""

import itertools
import random
import sqlite3
import sys
from collections.abc import Iterator

from tools.bench.vocabulary import DAY_MS, END_MS, KEYS, MODELS, PROVIDERS

TABLES = """
CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL, level TEXT NOT NULL,
                   target TEXT NOT NULL, message TEXT NOT NULL, request_id TEXT, span_id TEXT, fields TEXT);
CREATE TABLE spans (span_id TEXT PRIMARY KEY, parent_span_id TEXT REFERENCES spans (span_id), request_id TEXT NOT NULL,
                    name TEXT NOT NULL, kind TEXT NOT NULL, start_time INTEGER NOT NULL, end_time INTEGER,
                    duration_ms INTEGER, status TEXT, attributes TEXT);
CREATE TABLE metrics_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp INTEGER NOT NULL UNIQUE,
                                metrics TEXT NOT NULL);
CREATE TABLE retention_policy (table_name TEXT PRIMARY KEY, ttl_days INTEGER NOT NULL, last_cleanup INTEGER NOT NULL);
"""
INDEXES = """
CREATE INDEX idx_logs_timestamp ON logs (timestamp DESC);
CREATE INDEX idx_logs_level ON logs (level);
CREATE INDEX idx_logs_request_id ON logs (request_id);
CREATE INDEX idx_spans_request_id ON spans (request_id);
CREATE INDEX idx_spans_start_time ON spans (start_time DESC);
CREATE INDEX idx_spans_duration ON spans (duration_ms DESC);
CREATE INDEX idx_metrics_timestamp ON metrics_snapshots (timestamp DESC);
"""
PROBLEMS = (
    ("WARN", "Session instance unhealthy, selecting new instance"),
    ("WARN", "Active health check failed, extending recovery time"),
    ("WARN", "Instance marked unhealthy due to request failure"),
    ("ERROR", "response failed"),
)
SPACING_MS = 300_000

LogRow = tuple[int, str, str, str, str | None, str | None, str]
SpanRow = tuple[str, str | None, str, str, str, int, int, int, str, str]


def log_rows(count: int, span_ms: int) -> Iterator[LogRow]:
    """Two rows per request on average: its start, mostly its completion, now and then a session or a problem."""
    rng = random.Random(2)
    requests = max(1, count // 2)
    rows = itertools.chain.from_iterable(
        request(rng, END_MS - span_ms + span_ms * number // requests) for number in itertools.count()
    )
    return itertools.islice(rows, count)


def request(rng: random.Random, start: int) -> Iterator[LogRow]:
    """The rows that one request leaves; only chat completions carry ids, and every number is a string."""
    chat = rng.random() < 0.5
    key, model = rng.choice(KEYS), f"{rng.choice(PROVIDERS)}-{rng.choice(MODELS)}"
    who = f'"api_key_name":"{key}","model":"{model}"'
    target = "llm_gateway::handlers::" + ("chat_completions" if chat else "messages")
    kind = "chat completion" if chat else "native Anthropic messages"
    ids = (identifier(rng), identifier(rng)) if chat else (None, None)
    yield (start, "INFO", target, f"Handling {kind} request", *ids, f'{{{who},"stream":"false"}}')
    if rng.random() < 0.25:
        fields = f'{{"api_key":"{key}","instance":"{model}-1"}}'
        yield (start, "INFO", "llm_gateway::load_balancer", "Created new session", None, None, fields)
    if rng.random() < 0.05:
        level, message = rng.choice(PROBLEMS)
        yield (start, level, "llm_gateway::load_balancer", message, None, None, f'{{"instance":"{model}-1"}}')
    elif rng.random() < 0.737:
        milliseconds = duration(rng)
        tokens = f'"input_tokens":"{rng.randrange(8000)}","output_tokens":"{rng.randrange(2000)}"'
        fields = f'{{{who},"duration_ms":"{milliseconds}",{tokens}}}'
        end = min(start + milliseconds, END_MS)
        yield (end, "INFO", target, f"Completed {kind} request", None, None, fields)


def span_rows(count: int, span_ms: int) -> Iterator[SpanRow]:
    """Root spans with one child each."""
    rng = random.Random(3)
    traces = max(1, -(-count // 2))
    rows = itertools.chain.from_iterable(
        trace(rng, END_MS - span_ms + span_ms * number // traces) for number in range(traces)
    )
    return itertools.islice(rows, count)


def trace(rng: random.Random, start: int) -> Iterator[SpanRow]:
    """One chat completion and the upstream call inside it."""
    root, request_id, milliseconds = identifier(rng), identifier(rng), duration(rng)
    provider = rng.choice(PROVIDERS)
    attributes = (
        f'{{"provider":"{provider}","model":"{provider}-{rng.choice(MODELS)}","api_key_name":"{rng.choice(KEYS)}"}}'
    )
    end = start + milliseconds
    yield (root, None, request_id, "chat_completions", "server", start, end, milliseconds, "ok", attributes)
    inner = milliseconds * 9 // 10
    yield (identifier(rng), root, request_id, "upstream_call", "client", start, start + inner, inner, "ok", "{}")


def duration(rng: random.Random) -> int:
    """Milliseconds: the median is 1.2 s, and about three in a hundred take more than 5 s."""
    return int(rng.lognormvariate(7.1, 0.75)) + 1


def identifier(rng: random.Random) -> str:
    """A random id of the length of a UUID."""
    return f"{rng.getrandbits(144):036x}"


def snapshots(count: int) -> Iterator[tuple[int, str]]:
    """Counters without labels that rise, every five minutes up to the end."""
    for number in range(count):
        counters = f'"llm_gateway_instance_requests_total":{number * 50}.0,"llm_requests_total":{number * 45}.0'
        gauges = '"llm_gateway_info":1.0,"llm_gateway_instance_health_status":1.0,"llm_request_duration_seconds":0.0'
        histograms = f'"llm_gateway_session_count":3.0,"llm_request_duration_seconds_count":{number * 30}.0'
        text = f'{{"counters":{{{counters}}},"gauges":{{{gauges}}},"histograms":{{{histograms}}}}}'
        yield END_MS - (count - 1 - number) * SPACING_MS, text


def write(path: str, rows: int, spans: int, saved: int, days: float) -> None:
    """The whole file, left in WAL mode as a gateway leaves it."""
    span_ms = round(days * DAY_MS)
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;" + TABLES)
    log_columns = "timestamp, level, target, message, request_id, span_id, fields"
    # Sorted by time in runs: completions of one request come after the starts of the next, as in a live log.
    for batch in batches(log_rows(rows, span_ms), 100_000):
        database.executemany(f"INSERT INTO logs ({log_columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", sorted(batch))
    database.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", span_rows(spans, span_ms))
    database.executemany("INSERT INTO metrics_snapshots (timestamp, metrics) VALUES (?, ?)", snapshots(saved))
    database.executescript(INDEXES + "PRAGMA journal_mode = WAL;")
    database.close()


def batches(rows: Iterator[LogRow], size: int) -> Iterator[list[LogRow]]:
    """Lists of `size` rows until there are none left."""
    while batch := list(itertools.islice(rows, size)):
        yield batch


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
