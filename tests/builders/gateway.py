"""A small gateway of a user's own: a scrape that can be written for any traffic, and a table with outcomes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmgw_report.cli.build_settings import settings
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Report
from llmgw_report.model.run import Clock, Progress
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.rejudge import rejudge
from llmgw_report.renderers.json import render
from tests.builders.settings import typed

STARTED = "2026-03-02T06:00:00Z"
BOUNDS = ("1", "2", "5", "+Inf")

DEFINITION = """\
title = "Small gateway"
about = "Counts everything, and writes one row per request whatever came of it."
[detect]
families = ["small_requests_total"]
[detect.tables]
calls = ["time_ms", "ok"]
[[metrics.requests]]
family = "small_requests_total"
labels = { provider = "provider", status = "code" }
outcomes = [
  { when = { code = "2*" }, outcome = "success" },
  { when = { code = "4*" }, outcome = "client-error" },
  { when = { code = "5*" }, outcome = "server-error" },
]
[[metrics.tokens]]
family = "small_tokens_total"
labels = { provider = "provider", token-type = "type" }
[[metrics.latency]]
family = "small_seconds"
labels = { provider = "provider" }
[[metrics.process-start]]
family = "process_start_time_seconds"
"""
BUDGET = """\
-- title: rows of table calls, whatever came of them
SELECT (SELECT min(value) FROM json_each(:burn_windows) WHERE time_ms > :until_ms - value * 1000) AS window_seconds,
       sum(ok) AS good, count(ok) - sum(ok) AS bad
FROM calls
WHERE time_ms > :burn_since_ms AND time_ms <= :until_ms
GROUP BY 1
"""


class Machine:
    """A clock that only sleeping moves; `while_asleep` is what happens to the gateway meanwhile."""

    def __init__(self, now: str, while_asleep: Callable[[], object] = lambda: None) -> None:
        self.ms = timestamp.parse(now)
        self.progress = Progress()
        self.while_asleep = while_asleep

    def now_ms(self) -> int:
        return self.ms

    def clock(self) -> Clock:
        return Clock(now_ms=self.now_ms())

    def utc_offset_seconds(self, _at_ms: int) -> int | None:
        return None

    def elapsed(self) -> float:
        return self.ms / 1000

    def peak_rss_bytes(self) -> int:
        return 1

    def sleep(self, seconds: float) -> None:
        self.while_asleep()
        self.ms += round(seconds * 1000)


def gateway(folder: Path, budget: str | None = BUDGET) -> str:
    """The definition as a folder, with the query for the budget or without."""
    place = folder / "small"
    place.mkdir(exist_ok=True)
    (place / "gateway.toml").write_text(DEFINITION)
    if budget is not None:
        (place / "budget.sql").write_text(budget)
    return str(place)


def scrape(ok: int, bad: int = 0, *, slow: int = 0, started: str | None = STARTED, provider: str = "a") -> str:
    """Counters after so many requests: 1 s each and 100 tokens, `slow` of them 4 s."""
    total = ok + bad
    through = {"1": total - slow, "2": total - slow, "5": total, "+Inf": total}
    label = f'provider="{provider}"'
    lines = [
        "# TYPE small_requests_total counter",
        f'small_requests_total{{{label},code="200"}} {ok}',
        f'small_requests_total{{{label},code="502"}} {bad}',
        "# TYPE small_tokens_total counter",
        f'small_tokens_total{{{label},type="input"}} {total * 60}',
        f'small_tokens_total{{{label},type="output"}} {total * 40}',
        "# TYPE small_seconds histogram",
        *(f'small_seconds_bucket{{{label},le="{bound}"}} {through[bound]}' for bound in BOUNDS),
        f"small_seconds_sum{{{label}}} {total - slow + 4 * slow}",
        f"small_seconds_count{{{label}}} {total}",
    ]
    if started:
        lines += ["# TYPE process_start_time_seconds gauge", _start(started)]
    return "\n".join([*lines, ""])


def _start(started: str) -> str:
    return f"process_start_time_seconds {timestamp.parse(started) / 1000}"


def report(*arguments: str, machine: Machine) -> Report:
    """What one command line gives, read again from its own JSON."""
    words: dict[str, Any] = typed(*arguments)
    chosen = settings(words, {"LLMGW_REPORT_WINDOW": "all"})
    return rejudge(words["rejudge"], chosen, "1.0.0", machine) if words["rejudge"] else run(chosen, "1.0.0", machine)


def measured(folder: Path, text: str, at: str, *more: str, name: str = "report.json") -> Report:
    """A report of a saved scrape, also written to a file of that name."""
    (folder / "metrics.prom").write_text(text)
    source = ("--metrics-file", str(folder / "metrics.prom"), "--no-db", "--no-config")
    found = report("--gateway", gateway(folder), *source, "--at", at, *more, machine=Machine(at))
    (folder / name).write_text(render(found))
    return found


def said(found: Report, check: str) -> list[Finding]:
    """Findings of one check, the whole first."""
    return sorted((one for one in found.findings if one.check == check), key=lambda one: len(one.subject))


def document(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found
