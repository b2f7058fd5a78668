"""Write what a server stored of LiteLLM proxies, fifty if no other number is given, with so many series together.

`python -m tools.bench.fleet FILE SERIES [TARGETS]`. The text is OpenMetrics with times, for `promtool tsdb
create-blocks-from openmetrics`: every series is scraped once a minute.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.bench.vocabulary import END_MS

TARGETS, MODELS = 50, 4
SCRAPE_SECONDS, SCRAPES = 60, 75
BOUNDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 30.0, 60.0, 120.0)
#: Requests that succeeded, tokens of both kinds, cost, and a histogram with sum and count.
SERIES_PER_GROUP = 1 + 2 + 1 + len(BOUNDS) + 1 + 2
#: One group in so many also fails: in the total and in the family of failures.
FAILS = 5
_TIMES = [END_MS // 1000 - SCRAPE_SECONDS * (SCRAPES - 1 - place) for place in range(SCRAPES)]
_LATENCY = "litellm_request_total_latency_metric"


def exposition(series: int, targets: int = TARGETS) -> Iterator[str]:
    """The lines, family by family."""
    groups = max(1, round(series / targets / (SERIES_PER_GROUP + 2 / FAILS)))
    for name in ("up", "process_start_time_seconds"):
        for target in range(targets):
            value = 1 if name == "up" else _TIMES[0] - 3600
            yield from (f"{name}{{{_labels(target)}}} {value} {time}\n" for time in _TIMES)
    for name, more, each in _families():
        for target in range(targets):
            for group in range(groups):
                if not _of_failures(name, more) or group % FAILS == 0:
                    yield from _series(name, f"{_labels(target)},{_names(group)}{more}", each * (1 + group % 3))
    yield "# EOF\n"


def _labels(target: int) -> str:
    return f'job="litellm",instance="litellm-{target:02}:4000"'


def _names(group: int) -> str:
    model, key = group % MODELS, group // MODELS
    return f'api_key_alias="team-{key:03}",requested_model="model-{model}",api_provider="provider-{model % 2}"'


def _families() -> Iterator[tuple[str, str, float]]:
    """Name, further labels, and what one scrape adds to a series."""
    yield "litellm_proxy_total_requests_metric_total", ',status_code="200"', 20
    yield "litellm_proxy_total_requests_metric_total", ',status_code="500"', 0.1
    yield "litellm_proxy_failed_requests_metric_total", ',exception_status="500",exception_class="Openai.APIError"', 0.1
    yield "litellm_input_tokens_metric_total", "", 17_000
    yield "litellm_output_tokens_metric_total", "", 5_000
    yield "litellm_spend_metric_total", "", 0.25
    for place, bound in enumerate((*BOUNDS, "+Inf")):
        yield f"{_LATENCY}_bucket", f',le="{bound}"', min(20, 1 + 2 * place)
    yield f"{_LATENCY}_sum", "", 40
    yield f"{_LATENCY}_count", "", 20


def _of_failures(name: str, more: str) -> bool:
    return "failed" in name or "500" in more


def _series(name: str, labels: str, each: float) -> Iterator[str]:
    yield from (f"{name}{{{labels}}} {int(each * (place + 100))} {time}\n" for place, time in enumerate(_TIMES))


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(exposition(*map(int, sys.argv[2:])))
