"""From sample names back to families: a summary's parts are series of the summary."""

from collections.abc import Mapping

from llmgw_report.model.scrape import Family

_COUNTER = ("_total", "_created")
_HISTOGRAM = ("_bucket", "_count", "_sum", "_created")
#: Parts of a family that only ever rise, by its type; "" is that of a family without a TYPE line so far.
_COUNTS = {"": ("total",), "counter": ("total",), "summary": ("count",), "histogram": ("count", "bucket")}
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "counter": _COUNTER,
    "summary": ("_count", "_sum", "_created"),
    "histogram": _HISTOGRAM,
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"),
    "info": ("_info",),
}


def families(types: Mapping[str, str], series: Mapping[str, int]) -> dict[str, Family]:
    """Families by name, from the TYPE lines and the number of series of each sample name.

    A family that was declared and has no sample is there with 0 series; a sample that no TYPE line
    covers is an untyped family of its own.
    """
    counts = dict.fromkeys(types, 0)
    for name, count in series.items():
        family = _family_of(name, types)
        counts[family] = counts.get(family, 0) + count
    return {name: Family(name=name, type=types.get(name, "untyped"), series=count) for name, count in counts.items()}


def is_count(name: str, types: Mapping[str, str]) -> bool:
    """Whether samples of this name count up from 0: as their TYPE line says, without one as the name does."""
    if name in types:
        return types[name] == "counter"
    stem, _, part = name.rpartition("_")
    return part in _COUNTS.get(types.get(stem, ""), ())


def _family_of(name: str, types: Mapping[str, str]) -> str:
    if name in types:
        return name
    stem, mark, suffix = name.rpartition("_")
    return stem if mark + suffix in _SUFFIXES.get(types.get(stem, ""), ()) else name
