"""examples/llmgw-report.toml: every key of the configuration file with its default, from the types that read it."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct, structs

from llmgw_report import plugins
from llmgw_report.checks._page import page
from llmgw_report.config.file import CheckTable, File, SourcesTable, WindowTable
from llmgw_report.config.settings import Settings, WindowSettings
from llmgw_report.config.targets import MetricsTarget
from llmgw_report.model.threshold import Threshold
from llmgw_report.pipeline.judge import thresholds

HEAD = """\
# Every key of llmgw-report.toml, each with its default: what is left out stays as it is here.
# It is the one that --config names, else ./llmgw-report.toml, else ~/.config/llmgw-report/llmgw-report.toml.
# The command line and LLMGW_REPORT_... variables go over it.

"""

#: What a key without a default could be: written as a comment.
SAMPLES = {
    "url": "http://127.0.0.1:8080/metrics",
    "metrics-file": "metrics.prom",
    "db-path": "data/observability.db",
    "gateway": "llm-gateway",
    "queries": ["my.sql"],
}

WORDS = {
    "fail-on": "exit 1 from this status on: fail, warn or never",
    "url": "metrics endpoint",
    "metrics-file": "a saved scrape instead of url",
    "db-path": "SQLite log database",
    "gateway": "a known gateway, or a folder that describes one",
    "timeout": 'seconds, or "10s"; of the scrape',
    "queries": "tables of your own, one SELECT per file",
    "window": 'seconds, or "1h"; of errors, slow requests and traffic from rows',
    "trend-window": "of the request trend",
    "bucket": "one point of the trend",
    "slow": "a request that takes longer is slow",
    "top": "rows of a top list",
    "warn": "in the check's unit; false: never",
    "fail": "the same",
    "min-n": "the fewest samples that are judged",
    "severity": "the worst that this check may say: warn or fail",
    "required": "not judged = exit 3",
    "on-empty": "no data at all: zero, unknown or fail",
}


def text() -> str:
    """The whole file."""
    defaults = {"fail-on": _default(Settings, "fail_on")}
    tables = [
        _table("sources", SourcesTable, {"timeout": _default(MetricsTarget, "timeout_seconds")}),
        _table("window", WindowTable, _kebab(WindowSettings())),
    ]
    return HEAD + "\n".join([*_lines(_plain(), defaults), "", *tables, *_checks()])


def _plain() -> list[str]:
    """Keys above the first table."""
    tables = {"sources", "window", "checks"}
    return [field.encode_name for field in structs.fields(File) if field.encode_name not in tables]


def _checks() -> Iterator[str]:
    """The first check explains the keys, the others do not repeat it."""
    for number, (slug, threshold) in enumerate(sorted(thresholds().items())):
        found = page(plugins.load("checks", slug).__doc__)
        unit = found.measured.rpartition("Unit: ")[2] if "Unit: " in found.measured else "none."
        keys = [field.encode_name for field in structs.fields(CheckTable)]
        lines = _lines(keys, _bounds(threshold), explained=number == 0)
        yield "\n".join([f"# {found.title}. Unit: {unit}", f"[checks.{slug}]", *lines, ""])


def _bounds(threshold: Threshold) -> dict[str, object]:
    """No bound is written as `false`: TOML has no null."""
    return {name: False if value is None else value for name, value in _kebab(threshold).items()}


def _kebab(struct: Struct) -> dict[str, object]:
    return {name.replace("_", "-"): getattr(struct, name) for name in struct.__struct_fields__}


def _default(kind: type[Struct], name: str) -> object:
    return next(field.default for field in structs.fields(kind) if field.name == name)


def _table(name: str, kind: type[Struct], defaults: Mapping[str, object]) -> str:
    keys = [field.encode_name for field in structs.fields(kind)]
    return "\n".join([f"[{name}]", *_lines(keys, defaults), ""])


def _lines(keys: list[str], defaults: Mapping[str, object], *, explained: bool = True) -> list[str]:
    lines = []
    for key in keys:
        assert key in WORDS, f"tests/example_configuration.py has no words for the key {key!r}"
        value = defaults[key] if key in defaults else SAMPLES[key]
        assignment = ("" if key in defaults else "# ") + f"{key} = {_toml(value)}"
        lines.append(f"{assignment:<42}# {WORDS[key]}" if explained else assignment)
    return lines


def _toml(value: object) -> str:
    """Numbers, words, lists of words and truth values are written in TOML as in JSON."""
    return msgspec.json.encode(value).decode()
