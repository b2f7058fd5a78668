"""What a Prometheus-compatible server is asked for, and what its answers count beside the window of the report."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.config.settings import MetricsTarget, ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.gateways import detection
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.normalise import ScrapeContext, normalise
from llmgw_report.messages import join, msg
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.run import Machine
from llmgw_report.model.scrape import Interest, Scrape, Wish, merged
from llmgw_report.pipeline.measure import Counted, Measured, Windows
from llmgw_report.pipeline.tally import TOTAL, from_indicators, from_scrape

#: Roles of which a gateway may have as many values as it has clients.
_WIDE = ("api-key", "model", "team", "fallback-model")
_COUNTED = ("requests", "attempts")
#: The labels that a server gives to every series of a process.
PLACES = ("job", "instance")
_MOST_NAMED = 3


def wish(
    target: MetricsTarget | None, candidates: Sequence[Gateway], wanted: Interest, windows: Windows, machine: Machine
) -> Wish | None:
    """What to ask of a server; None where the metrics come from the gateway itself."""
    if not isinstance(target, ServerTarget):
        return None
    mapped = [(name, one) for gateway in candidates for name, its in gateway.metrics.items() for one in its]
    return Wish(
        interest=wanted,
        names=frozenset(name for gateway in candidates for name in _names(gateway)),
        starts=frozenset(one.family for name, one in mapped if name == "process-start"),
        wide=frozenset(
            label for _, one in mapped for role in one.labels if role in _WIDE for label in one.label_names(role)
        ),
        requests=frozenset(
            sample
            for name, one in mapped
            if name in _COUNTED
            for sample in (one.family, one.split.family if one.split else one.family)
        ),
        until_ms=windows.until_ms,
        now_ms=machine.now_ms(),
        seconds=(windows.until_ms - windows.since_ms) / 1000,
        bucket_seconds=windows.bucket_ms / 1000,
        buckets=-(-(windows.until_ms - windows.trend_since_ms) // windows.bucket_ms),
        spans=windows.burn_windows,
    )


def _names(gateway: Gateway) -> Iterator[str]:
    """Sample names of the families that tell the product, or are known and not read."""
    detect = gateway.detect
    for name in (*detect.families, *detect.any_families, *detect.not_families, *gateway.families.other):
        yield from (name, f"{name}_count", f"{name}_total", f"{name}_info")


def with_places(wanted: Interest, candidates: Sequence[Gateway]) -> Interest:
    """What to keep of a scrape, with the labels that only a server adds: by these one of several processes is told."""
    told = {
        one.family
        for gateway in candidates
        for name in ("process-start", *_COUNTED)
        for one in gateway.metrics.get(name, ())
        if one.family in wanted
    }
    return {
        sample: structs.replace(one, labels=tuple(dict.fromkeys((*one.labels, *PLACES)))) if sample in told else one
        for sample, one in wanted.items()
    }


def mixed(scrape: Scrape | None, wanted: Interest, candidates: Sequence[Gateway], *, named: bool) -> SourceError | None:
    """Why a scrape that was put together by a server makes no report."""
    if scrape is None:
        return None
    hint = msg("read the server itself with --prometheus URL --match 'job=\"...\"', or scrape one process with --url")
    targets = _places(scrape, wanted)
    if len(targets) > 1:
        more = ("...",) if len(targets) > _MOST_NAMED else ()
        words = msg(
            "it holds the counters of {n} targets, as /federate of a server does, which are of no one window: {names}",
            n=len(targets),
            names=join(", ", [*(" ".join(one) for one in sorted(targets)[:_MOST_NAMED]), *more]),
        )
        return SourceError(msg("{source}: {reason}", source=scrape.target, reason=words), hint)
    products = () if named else detection.unrelated(candidates, scrape, wanted)
    if len(products) > 1:
        names = join(", ", [one.name for one in products])
        words = msg("it holds the metrics of several products: {names}", names=names)
        hint = msg("choose one with --gateway, or read them apart")
        return SourceError(msg("{source}: {reason}", source=scrape.target, reason=words), hint)
    return None


def _places(scrape: Scrape, wanted: Interest) -> set[tuple[str, ...]]:
    """Job and instance of every process that a server says its series are of."""
    found = set()
    for sample, cells in scrape.samples.items():
        labels = wanted[sample].labels
        if set(PLACES) <= set(labels):
            found |= {tuple(key[labels.index(one)] for one in PLACES) for key in cells}
    return {one for one in found if all(one)}


def with_times(
    measured: Measured, buckets: Sequence[Scrape], spans: Mapping[int, Scrape], wanted: Interest
) -> Measured:
    """What was measured, with the requests of each bucket of the trend and of each window of the error budget."""
    gateway, whole = measured.gateway, merged(measured.scrapes)
    if gateway is None or whole is None:
        return measured

    def counted(scrape: Scrape) -> Counted:
        known = structs.replace(scrape, families=whole.families)
        context = ScrapeContext(gateway=gateway, scrape=known, interest=wanted, group_by="all")
        return _ended([one for one in normalise(context) if one.quantity in _COUNTED])

    return structs.replace(
        measured,
        per_bucket=tuple(map(counted, buckets)),
        per_span={seconds: counted(scrape) for seconds, scrape in spans.items()},
    )


def _ended(found: Sequence[Indicator]) -> Counted:
    requests = [one for one in found if one.quantity == "requests"]
    attempts = [one for one in found if one.quantity == "attempts"]
    tally, _ = from_scrape(from_indicators(requests), from_indicators(attempts), None)
    n = sum(one.value for one in requests or attempts)
    return Counted(requests=round(n), known=bool(found), outcomes=OutcomeCounts.of(tally.counts[TOTAL]))
