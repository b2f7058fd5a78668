"""Read the same families with prometheus_client's parser: `parse_reference.py FILE` prints what it summed."""

import json
import sys
from collections import defaultdict
from pathlib import Path

from prometheus_client.parser import text_fd_to_metric_families

sums: dict[tuple[str, str, str], float] = defaultdict(float)
with Path(sys.argv[1]).open(encoding="utf-8") as file:
    for family in text_fd_to_metric_families(file):
        for sample in family.samples:
            key = (sample.name, sample.labels.get("provider", ""), sample.labels.get("quantile", ""))
            sums[key] += sample.value
requests = sum(value for (name, _, _), value in sums.items() if name == "llm_requests_total")
seconds = sum(value for (name, _, _), value in sums.items() if name == "llm_request_duration_seconds_sum")
print(json.dumps({"requests": requests, "seconds": round(seconds)}))
