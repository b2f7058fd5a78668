"""Read a scrape with the installed package: `parse_ours.py FILE` prints what it summed and what memory it took.

What to keep of it is written down here, as a parser's user would, and not read from the gateway's definition.
"""

import gc
import sys
from pathlib import Path

from msgspec import json

from llmgw_report.config.settings import MetricsTarget
from llmgw_report.model.scrape import COUNT_LIMIT, Wanted
from llmgw_report.sources.prometheus import scrape

COUNT = "a count that cannot be right"
SECONDS = "a duration that cannot be right"
DURATIONS = "llm_request_duration_seconds"
WANTED = {
    "llm_requests_total": Wanted(
        labels=("api_key", "provider", "model"), low=0, high=COUNT_LIMIT, implausible=COUNT, adds_up=True
    ),
    "llm_tokens_total": Wanted(
        labels=("provider", "model", "type"), low=0, high=COUNT_LIMIT, implausible=COUNT, adds_up=True
    ),
    DURATIONS: Wanted(labels=("provider", "quantile"), low=0, high=3e7, implausible=SECONDS),
    f"{DURATIONS}_sum": Wanted(labels=("provider",), low=0, high=1e12, implausible=SECONDS, adds_up=True),
    f"{DURATIONS}_count": Wanted(labels=("provider",), low=0, high=COUNT_LIMIT, implausible=COUNT, adds_up=True),
    "llm_gateway_instance_requests_total": Wanted(
        labels=("provider", "instance", "status"), low=0, high=COUNT_LIMIT, implausible=COUNT, adds_up=True
    ),
    "llm_gateway_instance_health_status": Wanted(labels=("provider", "instance")),
    "llm_gateway_info": Wanted(labels=("version",)),
}


def peak_kib() -> int:
    """The most memory this process has held; unlike getrusage's figure it does not begin with the parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


gc.disable()  # as the command does
base = peak_kib()
read = scrape(MetricsTarget(file=sys.argv[1]), WANTED)
requests = sum(cell.sum for cell in read.samples["llm_requests_total"].values())
seconds = sum(cell.sum for cell in read.samples[f"{DURATIONS}_sum"].values())
print(json.encode({"requests": requests, "seconds": round(seconds), "over_base_kib": peak_kib() - base}).decode())
