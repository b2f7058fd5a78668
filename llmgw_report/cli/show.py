"""`--show-config`: every effective value and where it came from, as a file that gives the same values again."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import UNSET, Struct

from llmgw_report.cli.layers import Origins, Typed, layers
from llmgw_report.cli.resolve import joined
from llmgw_report.cli.toml import Line, table
from llmgw_report.config.file import (
    BoundsTable,
    ExpectTable,
    File,
    ReportTable,
    SloTable,
    SourcesTable,
    WaiveTable,
    WindowTable,
)
from llmgw_report.config.layers import COMMAND_LINE, DEFAULT, ENVIRONMENT, PREFIX, Layers, first
from llmgw_report.config.settings import Settings
from llmgw_report.config.targets import DatabaseTarget, MetricsTarget
from llmgw_report.config.thresholds import bound
from llmgw_report.model.threshold import Threshold
from llmgw_report.redaction import HIDDEN, redact

HEAD = "# Every effective value, and where it came from. --config reads this file again.\n"
#: They decide what this page is, not what a report is.
NOT_SHOWN = frozenset({"show_config", "demo", "debug", "set", "query", "slo_window"})
BOUNDS = list(zip(BoundsTable.__struct_fields__, BoundsTable.__struct_encode_fields__, strict=True))


def effective(typed: Typed, environment: Mapping[str, str], origins: Origins) -> str:
    """The whole page; UsageError for what a run would refuse."""
    found = layers(typed, environment, origins)
    chosen = joined(found, typed, environment)
    shown = (
        table("", _above(chosen, found)),
        table("[sources]", _sources(chosen, found)),
        table("[window]", _keys(WindowTable, "window", chosen.window, found)),
        table("[report]", _report(found)),
        table("[slo]", _slo(chosen, found)),
        *_checks(chosen, found),
        *_entries(found),
        _options(typed, environment, origins),
    )
    return HEAD + "\n".join(shown)


def _above(chosen: Settings, found: Layers) -> Iterator[Line]:
    """A preset is said and not set: what it says stands below already."""
    yield "fail-on", chosen.fail_on, first(found, lambda file: file.fail_on, "")[1]
    yield "lang", chosen.lang, first(found, lambda file: file.lang, "")[1]
    name, origin = first(found, lambda file: file.preset, "")
    yield "preset", None, f"{name}, {origin}" if name else "not set"


def _sources(chosen: Settings, found: Layers) -> Iterator[Line]:
    """A source that nobody named is said and not set: a named one would be required."""
    metrics, database = chosen.metrics, chosen.database
    yield _source("url", metrics.url if metrics else None, metrics)
    yield _source("metrics-file", metrics.file if metrics else None, metrics)
    yield _source("db-path", database.path if database else None, database)
    for key in ("gateway", "queries", "tests"):
        value = getattr(chosen, key) or None
        yield key, value, "not set" if value is None else _origin(found, SourcesTable, "sources", key)
    seconds = metrics.timeout_seconds if metrics else None
    yield "timeout", seconds, _origin(found, SourcesTable, "sources", "timeout")
    limit = metrics.max_bytes if metrics else None
    yield "max-scrape-bytes", limit, _origin(found, SourcesTable, "sources", "max-scrape-bytes")


def _source(key: str, value: str | None, target: MetricsTarget | DatabaseTarget | None) -> Line:
    if value is None or target is None:
        return key, None, "not set"
    return (key, value, target.origin) if target.named else (key, None, f"{value}, {target.origin}, not required")


def _report(found: Layers) -> Iterator[Line]:
    for key in ReportTable.__struct_encode_fields__:
        name = key.replace("-", "_")
        value, origin = first(found, partial(_cell, table="report", attribute=name), None)
        yield key, value, origin if value else "not set"


def _keys(kind: type[Struct], name: str, values: object, found: Layers) -> Iterator[Line]:
    for key in kind.__struct_encode_fields__:
        yield key, getattr(values, key.replace("-", "_")), _origin(found, kind, name, key)


def _slo(chosen: Settings, found: Layers) -> Iterator[Line]:
    """Without an objective nothing is set: a window alone would be a mistake."""
    for key, value in (
        ("target", chosen.slo and chosen.slo.target),
        ("window", chosen.slo and chosen.slo.window_seconds),
    ):
        yield key, value, _origin(found, SloTable, "slo", key) if chosen.slo else "not set"


def _origin(found: Layers, kind: type[Struct], name: str, key: str) -> str:
    """Which place set `key` of the table `name`."""
    attribute = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))[key]
    return first(found, partial(_cell, table=name, attribute=attribute), None)[1]


def _cell(file: File, table: str, attribute: str) -> Any:  # noqa: ANN401 - values of many types
    return getattr(getattr(file, table), attribute)


def _checks(chosen: Settings, found: Layers) -> Iterator[str]:
    for slug, threshold in chosen.thresholds.items():
        lines = [
            (key, _bound(threshold, name), first(found, partial(bound, slug=slug, name=name), UNSET)[1])
            for name, key in BOUNDS
        ]
        yield table(f"[checks.{slug}]", lines)
        for one in threshold.overrides:
            rest = [(key, _bound(one.bounds, name), "") for name, key in BOUNDS]
            yield table(f"[[checks.{slug}.for]]", [("subject", one.subject, ""), *rest])


def _bound(threshold: Threshold, name: str) -> object:
    """No bound is written as `false`: TOML has no null."""
    found = getattr(threshold, name)
    return False if found is None else found


def _entries(found: Layers) -> Iterator[str]:
    """What is expected and waived, as it stands in the file."""
    for layer in found:
        yield from (table(f"{'[[expect]]':<41} # {layer.origin}", _given(one)) for one in layer.file.expect)
        yield from (table(f"{'[[waive]]':<41} # {layer.origin}", _given(one)) for one in layer.file.waive)


def _given(entry: ExpectTable | WaiveTable) -> Iterator[Line]:
    for name, key in zip(entry.__struct_fields__, entry.__struct_encode_fields__, strict=True):
        value = getattr(entry, name)
        if value is not None and value != {}:
            yield key, value, ""


def _options(typed: Typed, environment: Mapping[str, str], origins: Origins) -> str:
    """What only the command line and the environment can say; of a secret, that it is there."""
    in_file = {
        *SourcesTable.__struct_fields__,
        *WindowTable.__struct_fields__,
        *ReportTable.__struct_fields__,
        *File.__struct_fields__,
    }
    lines = [
        f"# --{name.replace('_', '-')} {_said(name, value)}  # {_from(name, value, origins)}"
        for name, value in typed.items()
        if name not in in_file | NOT_SHOWN
    ]
    token = environment.get(f"{PREFIX}BEARER_TOKEN") and not typed["bearer_token_file"]
    return "\n".join(
        ["# Not in a file:", *lines, *([f"# {PREFIX}BEARER_TOKEN {HIDDEN}  # {ENVIRONMENT}"] if token else [])]
    )


def _said(name: str, value: object) -> str:
    if name == "header" and isinstance(value, tuple):
        shown = (line if line.startswith("@") else f"{line.partition(':')[0]}: {HIDDEN}" for line in value)
        return ", ".join(shown) or "none"
    if value is None or value is False or value == ():
        return "not given"
    return "given" if value is True else redact(str(value))


def _from(name: str, value: object, origins: Origins) -> str:
    return DEFAULT if value is None or value is False or value == () else origins.get(name, COMMAND_LINE)
