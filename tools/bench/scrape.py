"""Write a scrape of llm-gateway 0.3.0 of about this many series: `python -m tools.bench.scrape FILE SERIES`."""

import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.bench.vocabulary import MODELS, PROVIDERS

QUANTILES = ("0", "0.5", "0.9", "0.95", "0.99", "0.999", "1")
#: One request counter, two token counters, and a summary's quantiles with sum and count.
SERIES_PER_GROUP = 1 + 2 + len(QUANTILES) + 2
#: Each uses every model.
SERIES_PER_CLIENT = SERIES_PER_GROUP * len(PROVIDERS) * len(MODELS)


def exposition(series: int) -> Iterator[str]:
    """The lines; groups come in no order, as from a hash map."""
    rng = random.Random(1)
    keys = max(1, series // SERIES_PER_CLIENT)
    groups = [
        (f'api_key="team-{key:05}",provider="{provider}",model="{provider}-{model}"', rng.randrange(1, 200_000))
        for key, provider, model in itertools.product(range(keys), PROVIDERS, MODELS)
    ]
    rng.shuffle(groups)
    yield "# TYPE llm_requests_total counter\n"
    yield from (f'llm_requests_total{{{labels},endpoint="/v1/messages"}} {n}\n' for labels, n in groups)
    yield "\n# TYPE llm_tokens_total counter\n"
    for labels, n in groups:
        yield f'llm_tokens_total{{{labels},type="input"}} {n * 700}\n'
        yield f'llm_tokens_total{{{labels},type="output"}} {n * 150}\n'
    yield "\n# TYPE llm_request_duration_seconds summary\n"
    for labels, n in groups:
        yield from summary(labels, n, rng)
    yield from instances(rng)


def summary(labels: str, n: int, rng: random.Random) -> Iterator[str]:
    """Quantiles that rise, then sum and count."""
    name = "llm_request_duration_seconds"
    for quantile, value in zip(QUANTILES, sorted(rng.lognormvariate(0.2, 0.8) for _ in QUANTILES), strict=True):
        yield f'{name}{{{labels},quantile="{quantile}"}} {value!r}\n'
    yield f"{name}_sum{{{labels}}} {n * 1.37!r}\n{name}_count{{{labels}}} {n}\n"


def instances(rng: random.Random) -> Iterator[str]:
    """Two healthy instances per provider, and what marks the product."""
    names = [(provider, f"{provider}-{number}") for provider in PROVIDERS for number in (1, 2)]
    yield "\n# TYPE llm_gateway_instance_requests_total counter\n"
    for provider, instance in names:
        for status, most in (("success", 10**7), ("business_error", 10**4), ("failure", 10**3)):
            labels = f'provider="{provider}",instance="{instance}",status="{status}"'
            yield f"llm_gateway_instance_requests_total{{{labels}}} {rng.randrange(most)}\n"
    yield "\n# TYPE llm_gateway_instance_health_status gauge\n"
    for provider, instance in names:
        yield f'llm_gateway_instance_health_status{{provider="{provider}",instance="{instance}"}} 1\n'
    yield '\n# TYPE llm_gateway_info gauge\nllm_gateway_info{version="0.3.0"} 1\n'


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(exposition(int(sys.argv[2])))
