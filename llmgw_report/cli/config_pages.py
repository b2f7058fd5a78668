"""`--show-config`: every effective value and where it came from, as a file that gives the same values again."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET, Struct, structs

from llmgw_report import checks, messages
from llmgw_report.cli.settings import Origins, Typed, joined, layers
from llmgw_report.config import load
from llmgw_report.config.layers import COMMAND_LINE, DEFAULT, ENVIRONMENT, PREFIX, Layers, first
from llmgw_report.config.schema import (
    BoundsTable,
    ExpectTable,
    File,
    ForTable,
    ReportTable,
    SloTable,
    SourcesTable,
    WaiveTable,
    WindowTable,
    meanings,
)
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, Settings, WindowSettings
from llmgw_report.config.thresholds import bound
from llmgw_report.model.finding import Threshold
from llmgw_report.pipeline.judge import thresholds
from llmgw_report.redaction import HIDDEN, redact, redact_all

Line = tuple[str, object, str]
"""Key, value, and what is said of it. A value of None is not set."""

BESIDE = 42


def value(given: object) -> str:
    """As TOML has it: like JSON but for days and tables in a line."""
    if isinstance(given, date):
        return given.isoformat()
    if isinstance(given, Mapping):
        pairs = ", ".join(f"{key if _bare(key) else value(key)} = {value(each)}" for key, each in given.items())
        return f"{{ {pairs} }}"
    # TOML allows no raw DEL in a text, JSON does.
    return msgspec.json.encode(given).decode().replace("\x7f", "\\u007f")


def table(head: str, lines: Iterable[Line]) -> str:
    """A table with its head, which may be "" for the keys above the first one."""
    return "\n".join([*([redact(head)] if head else []), *map(_line, lines), ""])


def _bare(key: object) -> bool:
    return isinstance(key, str) and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _line(line: Line) -> str:
    """Without secrets: the page says what is set, and is pasted into tickets."""
    key, given, said = line[0], redact_all(line[1]), redact(line[2])
    assignment = f"#{key} =" if given is None else f"{key} = {value(given)}"
    return f"{assignment:<{BESIDE}}# {said}" if said else assignment


HEAD_EXAMPLE = """\
# Every key of llmgw-report.toml, each with its default: what is left out stays as it is here.
# It is the one that --config names, else ./llmgw-report.toml, else ~/.config/llmgw-report/llmgw-report.toml.
# The command line goes over LLMGW_REPORT_... variables, those over this file, and this file over a preset.

"""

#: What a key without a default could be.
SOURCES = {
    "url": "http://127.0.0.1:8080/metrics",
    "metrics-file": "metrics.prom",
    "db-path": "data/observability.db",
    "gateway": "llm-gateway",
    "queries": ["my.sql"],
    "tests": ["junit.xml"],
}
LOOKS = {"title": "Gateway of team A", "css": "own.css", "templates": ["own.html.j2"], "template-dir": "looks"}
OBJECTIVE = {"target": "99.5%", "window": "30d"}
OTHER_BOUNDS = {"subject": {"instance": "ollama-*"}, "fail": 0.2}
EXPECTED: tuple[Mapping[str, object], ...] = (
    {"that": "traffic.total.requests", "at-least": 14.0},
    {"query": "no_5xx.errors", "equals": 0.0},
)
WAIVED = {
    "check": "error-ratio",
    "reason": "lab machine, ticket 881",
    "expires": date(2026, 12, 31),
    "subject": {"instance": "ollama-*"},
    "up-to": 0.08,
    "owner": "platform",
}


def text() -> str:
    """The whole file."""
    limits = {
        "timeout": _default(MetricsTarget, "timeout_seconds"),
        "max-scrape-bytes": _default(MetricsTarget, "max_bytes"),
    }
    window = {name.replace("_", "-"): getattr(WindowSettings(), name) for name in WindowSettings.__struct_fields__}
    parts = (
        table("", _above_example()),
        table("[sources]", _lines(SourcesTable, limits, SOURCES)),
        table("[window]", _lines(WindowTable, window, {})),
        off("[report]", _some(ReportTable, LOOKS)),
        off("[slo]", _some(SloTable, OBJECTIVE)),
        *_checks_example(),
        *(off("[[expect]]", _some(ExpectTable, one)) for one in EXPECTED),
        off("[[waive]]", _some(WaiveTable, WAIVED)),
    )
    return HEAD_EXAMPLE + "\n".join(parts)


def _above_example() -> Iterator[Line]:
    words = meanings(File)
    yield "fail-on", _default(Settings, "fail_on"), words["fail-on"]
    yield "#lang", "zh-CN", f"{words['lang']}: {', '.join(messages.names())}; default: that of the locale"
    yield "#preset", "production", f"{words['preset']}: {', '.join(load.names())}"


def _checks_example() -> Iterator[str]:
    """The first check explains the keys, the others do not repeat it; `for` is shown once."""
    for number, (slug, threshold) in enumerate(thresholds().items()):
        check = checks.load(slug)
        lines = _bounds(threshold) if number == 0 else [(key, value, "") for key, value, _ in _bounds(threshold)]
        yield table(f"# {check.page.title}. Unit: {check.unit}.\n[checks.{slug}]", lines)
        if slug == "error-ratio":
            yield off(f"[[checks.{slug}.for]]", _some(ForTable, OTHER_BOUNDS))


def _bounds(threshold: Threshold) -> list[Line]:
    """No bound is written as `false`: TOML has no null."""
    values = {key: getattr(threshold, key.replace("-", "_")) for key in BoundsTable.__struct_encode_fields__}
    return list(_lines(BoundsTable, {key: False if value is None else value for key, value in values.items()}, {}))


def _lines(kind: type[Struct], defaults: Mapping[str, object], samples: Mapping[str, object]) -> Iterator[Line]:
    """Every key of a table; one without a default is switched off."""
    words = meanings(kind)
    for key in kind.__struct_encode_fields__:
        yield (key, defaults[key], words[key]) if key in defaults else (f"#{key}", samples[key], words[key])


def _some(kind: type[Struct], values: Mapping[str, object]) -> Iterator[Line]:
    words = meanings(kind)
    return ((key, value, words[key]) for key, value in values.items())


def off(head: str, lines: Iterable[Line]) -> str:
    """A table that is switched off."""
    return "\n".join(f"#{line}" if line else line for line in table(head, lines).split("\n"))


def _default(kind: type[Struct], name: str) -> object:
    return next(one.default for one in structs.fields(kind) if one.name == name)


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
            rest = [(key, _bound(one.threshold, name), "") for name, key in BOUNDS]
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
