"""The commented example of a configuration file, from the types that read it and the defaults that it changes.

A line that begins with `#` and a key, without a blank between them, is a key or a table that can be switched on.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct, structs

from llmgw_report import languages, plugins
from llmgw_report.checks._page import page
from llmgw_report.cli.toml import Line, table
from llmgw_report.config import presets
from llmgw_report.config.file import (
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
from llmgw_report.config.settings import Settings, WindowSettings
from llmgw_report.config.targets import MetricsTarget
from llmgw_report.model.threshold import Threshold
from llmgw_report.pipeline.judge import thresholds

HEAD = """\
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
        table("", _above()),
        table("[sources]", _lines(SourcesTable, limits, SOURCES)),
        table("[window]", _lines(WindowTable, window, {})),
        off("[report]", _some(ReportTable, LOOKS)),
        off("[slo]", _some(SloTable, OBJECTIVE)),
        *_checks(),
        *(off("[[expect]]", _some(ExpectTable, one)) for one in EXPECTED),
        off("[[waive]]", _some(WaiveTable, WAIVED)),
    )
    return HEAD + "\n".join(parts)


def _above() -> Iterator[Line]:
    words = meanings(File)
    yield "fail-on", _default(Settings, "fail_on"), words["fail-on"]
    yield "#lang", "zh-CN", f"{words['lang']}: {', '.join(languages.names())}; default: that of the locale"
    yield "#preset", "production", f"{words['preset']}: {', '.join(presets.names())}"


def _checks() -> Iterator[str]:
    """The first check explains the keys, the others do not repeat it; `for` is shown once."""
    for number, (slug, threshold) in enumerate(thresholds().items()):
        found = page(plugins.load("checks", slug).__doc__)
        unit = found.measured.rpartition("Unit: ")[2].rstrip(".") if "Unit: " in found.measured else "none"
        lines = _bounds(threshold) if number == 0 else [(key, value, "") for key, value, _ in _bounds(threshold)]
        yield table(f"# {found.title}. Unit: {unit}.\n[checks.{slug}]", lines)
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
