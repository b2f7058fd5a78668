"""Parse a scrape with the installed package: `parse_ours.py FILE` prints what it summed and what memory it took.

The parser alone, like the references: no settings, and no more of the input than its bytes. What to keep of it is
written down here, as a parser's user would, and not read from the gateway's definition.
"""

import gc
import sys
from functools import partial
from pathlib import Path

from msgspec import json

from llmgw_report.model.scrape import COUNT_LIMIT, Wanted
from llmgw_report.sources.exposition import parse

COUNT = "a count that cannot be right"
SECONDS = "a duration that cannot be right"
DURATIONS = "llm_request_duration_seconds"
BLOCK_BYTES = 128 * 1024
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
with Path(sys.argv[1]).open("rb", buffering=0) as file:
    read = parse(iter(partial(file.read, BLOCK_BYTES), b""), WANTED, sys.argv[1])
requests = sum(cell.sum for cell in read.samples["llm_requests_total"].values())
seconds = sum(cell.sum for cell in read.samples[f"{DURATIONS}_sum"].values())
print(json.encode({"requests": requests, "seconds": round(seconds), "over_base_kib": peak_kib() - base}).decode())
