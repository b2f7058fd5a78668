"""Traffic of a gateway and of its groups: requests, tokens, outcomes and how long they took."""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.message import say

GroupBy = Literal["api-key", "provider", "model", "all"]
Basis = Literal["lifetime", "window"]

#: The group of requests whose group the gateway did not record.
UNRECORDED = say("(not recorded)")


class Bucket(Struct, frozen=True, kw_only=True):
    """The histogram bucket that holds a percentile; `up_to_seconds` None is infinity."""

    above_seconds: float
    up_to_seconds: float | None


class BucketCount(Struct, frozen=True, kw_only=True):
    """Observations up to a bound, those of smaller buckets included; `up_to_seconds` None is infinity."""

    up_to_seconds: float | None
    count: int


class Latency(Struct, frozen=True, kw_only=True):
    """A latency distribution with its n, where it was read, and which requests are in it.

    A percentile is None, with `reason`, where n is too small for it or the source cannot tell it.
    From a histogram it is interpolated inside the bucket beside it. `worst_of` > 1: quantiles of that
    many summaries, of which the largest is shown, because quantiles cannot be averaged. From rows,
    `p99_low_seconds` and `p99_high_seconds` are the 95 % interval of the percentile by order statistics, and
    `buckets` sketch the durations: ten bounds per power of ten, those with nothing below them left out.
    """

    p50_seconds: float | None = None
    p90_seconds: float | None = None
    p99_seconds: float | None = None
    mean_seconds: float | None = None
    count: int | None = None
    source: str = "none"
    population: str = ""
    reason: str | None = None
    p50_bucket: Bucket | None = None
    p90_bucket: Bucket | None = None
    p99_bucket: Bucket | None = None
    worst_of: int | None = None
    p99_low_seconds: float | None = None
    p99_high_seconds: float | None = None
    buckets: tuple[BucketCount, ...] = ()


class TrafficRow(Struct, frozen=True, kw_only=True):
    """Traffic of one group. `errors` = `client_errors` + `server_errors`, out of `error_base` requests."""

    group: str
    requests: int | None
    input_tokens: int | None
    output_tokens: int | None
    errors: int | None
    error_ratio: float | None
    latency: Latency
    client_errors: int | None = None
    server_errors: int | None = None
    error_base: int | None = None


class Traffic(Struct, frozen=True, kw_only=True):
    """Traffic per group and in total. `basis` "lifetime" counts since `since`, if that is known."""

    group_by: GroupBy
    rows: tuple[TrafficRow, ...]
    total: TrafficRow
    source: str
    basis: Basis
    since: str | None = None
