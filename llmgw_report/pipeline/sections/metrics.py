"""The families of the scrape, and those this gateway is known for that are not there."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.message import say
from llmgw_report.model.sections import FamilyRow, MetricsSection, MissingFamily, Trusted
from llmgw_report.pipeline.measured import Measured


def metrics(measured: Measured) -> MetricsSection | None:
    """The section, or None without a scrape."""
    scrape = measured.scrape
    if scrape is None:
        return None
    families = [family for family in scrape.families.values() if not _ignored(measured.gateway, family.name)]
    known = set(_known(measured.gateway)) if measured.gateway else set()
    return MetricsSection(
        families=tuple(
            FamilyRow(name=one.name, type=one.type, series=one.series, known=_is_known(one.name, known))
            for one in sorted(families, key=lambda one: (_is_known(one.name, known) == "no", one.name))
        ),
        missing=tuple(_missing(measured.gateway, set(scrape.families))) if measured.gateway else (),
        samples=scrape.sample_count,
        bytes=scrape.bytes,
        bad_line_count=scrape.bad_line_count,
        bad_lines=scrape.bad_lines,
        duplicates=scrape.duplicates,
    )


def _ignored(gateway: Gateway | None, name: str) -> bool:
    return gateway is not None and any(fnmatchcase(name, glob) for glob in gateway.families.ignore)


def _known(gateway: Gateway) -> Iterator[str]:
    for sources in gateway.metrics.values():
        yield from (source.family for source in sources)
    yield from gateway.families.other
    yield from gateway.families.never


def _is_known(name: str, known: set[str]) -> Trusted:
    """OpenMetrics names a counter's family without the `_total` of its samples."""
    return "yes" if known & {name, f"{name}_total", f"{name}_info"} else "no"


def _missing(gateway: Gateway, found: set[str]) -> Iterator[MissingFamily]:
    for name in dict.fromkeys(_known(gateway)):
        if name not in found and name.removesuffix("_total").removesuffix("_info") not in found:
            never = gateway.families.never.get(name)
            reason = say(never or "not in this scrape: nothing of its kind has happened yet")
            yield MissingFamily(name=name, reason=reason)
