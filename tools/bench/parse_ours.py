"""Read a scrape with the installed package: `parse_ours.py FILE` prints what it summed and what memory it took."""

import gc
import json
import sys
from pathlib import Path

from llmgw_report import gateways
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.gateways.normalise import interest
from llmgw_report.sources.prometheus import scrape


def peak_kib() -> int:
    """The most memory this process has held; unlike getrusage's figure it does not begin with the parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


gc.disable()  # as the command does
wanted = interest((gateways.load("llm-gateway"),), "provider")
base = peak_kib()
read = scrape(MetricsTarget(file=sys.argv[1]), wanted)
requests = sum(cell.sum for cell in read.samples["llm_requests_total"].values())
seconds = sum(cell.sum for cell in read.samples["llm_request_duration_seconds_sum"].values())
print(json.dumps({"requests": requests, "seconds": round(seconds), "over_base_kib": peak_kib() - base}))
