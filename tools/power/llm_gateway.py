"""What llm-gateway 0.3.0 shows of its calls: a scrape with summaries, and a log database.

A request whose answer began has a span; of one that an upstream rejects there is neither a span nor a log row.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from tools.bench.database import INDEXES, SPACING_MS, TABLES, LogRow, SpanRow
from tools.power.exposition import Labels, family, line
from tools.power.traffic import Call, identity, instances

NAME = "llm-gateway"
QUANTILES = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
#: A summary describes its last minute.
SUMMARY_MS = 60_000
#: One failure marks an instance unhealthy for a minute, until the next check of its health.
UNHEALTHY_MS, CHECK_MS = 60_000, 10_000
LATENCY = "llm_request_duration_seconds"
#: Every 4xx of an upstream has one status, whether it rejects the request or the gateway's own key.
STATUS = {"success": "success", "failure": "failure", "business_error": "business_error", "refused": "business_error"}
#: The span of a stream ends with the head of its answer.
HEAD_RATIO = 0.1


def scrape(calls: Sequence[Call], now_ms: int) -> str:
    """The counters after these calls, as of an instant."""
    ended = [call for call in calls if call.ended_ms <= now_ms]
    down = {
        (call.provider, call.instance)
        for call in ended
        if call.outcome == "failure" and now_ms - call.ended_ms < UNHEALTHY_MS + call.ms % CHECK_MS
    }
    health = {_instance(*names): float(names not in down) for names in instances(calls)}
    outcomes = Counter((*_instance(call.provider, call.instance), ("status", STATUS[call.outcome])) for call in ended)
    tokens: Counter[Labels] = Counter()
    for call in ended:
        if call.measured:
            tokens[(*_group(call), ("type", "input"))] += call.input_tokens
            tokens[(*_group(call), ("type", "output"))] += call.output_tokens
    return "".join([
        *family("llm_gateway_info", "gauge", {(("version", "0.3.0"),): 1.0}),
        *family("llm_requests_total", "counter", Counter(_group(call) for call in calls)),
        *family("llm_gateway_instance_requests_total", "counter", outcomes),
        *family("llm_gateway_instance_health_status", "gauge", health),
        *family("llm_tokens_total", "counter", tokens),
        f"# TYPE {LATENCY} summary\n",
        *_summaries(ended, now_ms),
    ])  # fmt: skip


def database(file: Path, calls: Sequence[Call], starts: Sequence[int], since_ms: int, now_ms: int) -> None:
    """The log of these calls as of an instant, up to `since_ms` written before; a process began at each of `starts`."""
    recent = [call for call in calls if call.ended_ms > since_ms]
    rows = [row for call in recent for row in _rows(call) if since_ms < row[0] <= now_ms]
    rows.sort(key=lambda row: row[0])
    answered = (call for call in recent if call.outcome == "success" and call.ended_ms <= now_ms)
    saved = [one for one in _saved(starts, now_ms) if one[0] >= since_ms]
    fresh = not file.exists()
    with closing(sqlite3.connect(file)) as log:
        log.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + (TABLES if fresh else ""))
        columns = "timestamp, level, target, message, request_id, span_id, fields"
        log.executemany(f"INSERT INTO logs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        log.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(_span, answered))
        log.executemany("INSERT INTO metrics_snapshots (timestamp, metrics) VALUES (?, ?)", saved)
        log.executescript(INDEXES if fresh else "")
        log.commit()


def _rows(call: Call) -> Iterator[LogRow]:
    """Its start, its completion if it is measured, a warning and an error if the server failed."""
    who = f'"api_key_name":"{call.key}","model":"{call.model}"'
    target = "llm_gateway::handlers::chat_completions"
    started = f'{{{who},"stream":"{str(call.stream).lower()}"}}'
    end = call.ended_ms
    yield call.ms, "INFO", target, "Handling chat completion request", identity(call), None, started
    if call.measured:
        tokens = f'"input_tokens":"{call.input_tokens}","output_tokens":"{call.output_tokens}"'
        fields = f'{{{who},"duration_ms":"{round(call.seconds * 1000)}",{tokens}}}'
        yield end, "INFO", target, "Completed chat completion request", None, None, fields
    elif call.outcome == "failure":
        fields = json.dumps({"instance": call.instance})
        said = "Instance marked unhealthy due to request failure"
        yield end, "WARN", "llm_gateway::load_balancer", said, None, None, fields
        failed = json.dumps({"classification": "Status code: 502 Bad Gateway", "latency": "3 ms"})
        yield end, "ERROR", "tower_http::trace::on_failure", "response failed", None, None, failed


def _span(call: Call) -> SpanRow:
    milliseconds = round(call.seconds * 1000 * (HEAD_RATIO if call.stream else 1))
    attributes = f'{{"provider":"{call.provider}","model":"{call.model}","api_key_name":"{call.key}"}}'
    ids = (f"span-{identity(call)}", None, identity(call))
    return (*ids, "chat_completions", "server", call.ms, call.ms + milliseconds, milliseconds, "ok", attributes)


def _saved(starts: Sequence[int], now_ms: int) -> Iterator[tuple[int, str]]:
    """Saved metrics every five minutes; of a fresh process they hold no counter."""
    ends = (*starts[1:], now_ms)
    for began, until in zip(starts, ends, strict=True):
        for number, ms in enumerate(range(began, until, SPACING_MS)):
            counters = {"llm_requests_total": float(number)} if number else {}
            yield ms, json.dumps({"counters": counters, "gauges": {}, "histograms": {}}, separators=(",", ":"))


def _summaries(ended: Sequence[Call], now_ms: int) -> Iterator[str]:
    grouped: dict[Labels, list[Call]] = defaultdict(list)
    for call in ended:
        if call.measured:
            grouped[_group(call)].append(call)
    for labels, group in sorted(grouped.items()):
        recent = sorted(call.seconds for call in group if call.ended_ms > now_ms - SUMMARY_MS)
        for quantile in QUANTILES:
            place = min(len(recent) - 1, int(quantile * len(recent)))
            yield line(LATENCY, (*labels, ("quantile", f"{quantile:g}")), recent[place] if recent else 0.0)
        yield line(f"{LATENCY}_sum", labels, sum(call.seconds for call in group))
        yield line(f"{LATENCY}_count", labels, len(group))


def _group(call: Call) -> Labels:
    return (("api_key", call.key), ("provider", call.provider), ("model", call.model))


def _instance(provider: str, instance: str) -> Labels:
    return (("provider", provider), ("instance", instance))
