"""The commented example of a configuration file, and `--show-config`: both from the table of options, both as TOML."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from llmgw_report import installation, plugins
from llmgw_report.checks import page
from llmgw_report.cli.build_settings import Origins, Typed, build_settings, layers
from llmgw_report.config import thresholds
from llmgw_report.config.layers import DEFAULT, ENVIRONMENT, Layers, Setting, merged
from llmgw_report.config.option import TOKEN_VARIABLE, Kind, Option
from llmgw_report.config.options import OPTIONS, TABLES
from llmgw_report.config.schema import CheckTable, ExpectTable, ForTable, WaiveTable, descriptions
from llmgw_report.config.settings import DatabaseTarget, MetricsTarget, Settings
from llmgw_report.config.values import toml, written
from llmgw_report.redaction import HIDDEN, redact, redact_all
from llmgw_report.redaction.urls import shown_url

Line = tuple[str, object, str]
"""Key, value, and the comment behind it. A value of None is not set."""

COMMENT_COLUMN = 42
EXAMPLE_HEAD = """\
# Every key of llmgw-report.toml, each with its default: what is left out stays as it is here.
# It is the one that --config names, else ./llmgw-report.toml, else ~/.config/llmgw-report/llmgw-report.toml.
# The command line goes over LLMGW_REPORT_... variables, those over this file, and this file over a preset.

"""
SHOWN_HEAD = "# Every effective value, and where it came from. --config reads this file again.\n"

#: What an option that is true or false is without being set.
DEFAULTS: dict[Kind, bool] = {"flag": False, "switch": True}

#: Samples of the tables that are no options.
FOR_SAMPLE = {"subject": {"instance": "ollama-*"}, "fail": "20%"}
EXPECT_SAMPLES: tuple[Mapping[str, object], ...] = (
    {"figure": "traffic.total.requests", "at-least": 14},
    {"query": "no_5xx.errors", "equals": 0},
)
WAIVE_SAMPLE = {
    "check": "error-ratio",
    "reason": "lab machine, ticket 881",
    "expires": date(2026, 12, 31),
    "subject": {"instance": "ollama-*"},
    "up-to": "8%",
    "owner": "platform",
}


def example() -> str:
    """The whole file, each key with its default, one without a default as a comment."""
    parts = [table("", _samples("")), *(table(f"[{name}]", _samples(name)) for name in TABLES)]
    for number, slug in enumerate(plugins.modules("checks")):
        check = plugins.load("checks", slug)
        meanings = descriptions(CheckTable) if number == 0 else {}  # the first check explains the keys
        lines = [(key, value, meanings.get(key, "")) for key, value in thresholds.lines(check.DEFAULT, check.UNIT)]
        parts.append(table(f"# {page(check.__doc__).title}.\n[checks.{slug}]", lines))
        if number == 0:
            parts.append(_switched_off(f"[[checks.{slug}.for]]", ForTable, FOR_SAMPLE))
    parts += [_switched_off("[[expect]]", ExpectTable, sample) for sample in EXPECT_SAMPLES]
    parts.append(_switched_off("[[waive]]", WaiveTable, WAIVE_SAMPLE))
    return EXAMPLE_HEAD + "\n".join(parts)


def effective(typed: Typed, environment: Mapping[str, str], origins: Origins) -> str:
    """Every value that counts and its origin; UsageError for what a run would reject.

    InstallationError if a file of the program is damaged.
    """
    found = layers(typed, environment, origins)
    chosen, settings = merged(found), build_settings(found, environment)
    parts = (
        table("", _effective("", chosen, settings)),
        *(table(f"[{name}]", _effective(name, chosen, settings)) for name in TABLES),
        *_checks(settings, found),
        *(table(f"{f'[[{name}]]':<{COMMENT_COLUMN}}# {origin}", lines) for name, origin, lines in _entries(found)),
        "# Not in a file:",
    )
    own = [f"--{one.name}" for one in OPTIONS if one.table is not None and chosen[one.name].origin != DEFAULT]
    changed = [slug for slug, one in settings.thresholds.items() if one != plugins.load("checks", slug).DEFAULT]
    differs = f"# Differs from the defaults: {', '.join([*own, *changed]) or 'nothing'}.\n"
    page = SHOWN_HEAD + differs + "\n".join((*parts, *_outside(chosen, environment)))
    installation.check()
    return page


def table(head: str, lines: Iterable[Line]) -> str:
    """A table with its head, which may be "" for the keys above the first one. A table that sets nothing is off."""
    shown = list(lines)
    off = head.startswith("[") and all(value is None or key.startswith("#") for key, value, _ in shown)
    return "\n".join([*([f"{'#' * off}{redact(head)}"] if head else []), *map(_line, shown), ""])


def _line(line: Line) -> str:
    """One line of TOML, redacted: such pages are pasted into tickets."""
    key, value, comment = line[0], redact_all(line[1]), redact(line[2])
    assignment = f"#{key} =" if value is None else f"{key} = {toml(value)}"
    return f"{assignment:<{COMMENT_COLUMN - 1}} # {comment}" if comment else assignment


def _samples(name: str) -> Iterator[Line]:
    """Every option of a table with its default; one that has none, or needs another one, is switched off."""
    for option in OPTIONS:
        if option.table == name:
            default = DEFAULTS.get(option.kind, option.default)
            off = default is None or option.needs
            sample: object = option.sample if default is None else default
            sample = [sample] if option.repeatable else sample
            choices = f" {', '.join(option.choices)}." if option.choices and option.default else ""
            yield f"{'#' * bool(off)}{option.file_key}", sample, _first_sentence(option) + choices


def _first_sentence(option: Option) -> str:
    """What the key means, without what concerns the command line."""
    return option.help.partition(" Repeatable.")[0].partition(" Default: ")[0]


def _switched_off(head: str, kind: type[Struct], sample: Mapping[str, object]) -> str:
    meanings = descriptions(kind)
    return table(head, [(f"#{key}", value, meanings[key]) for key, value in sample.items()])


def _effective(name: str, chosen: Mapping[str, Setting], settings: Settings) -> Iterator[Line]:
    for option in OPTIONS:
        if option.table == name:
            value, origin = chosen[option.name]
            off = bool(option.needs) and not any(chosen[one].value for one in option.needs)
            if option.name == "url" and value:
                value = shown_url(value)
            shown = written(option, tuple(map(_without_value, value)) if option.kind == "header" else value)
            if shown is None:
                yield option.file_key, None, _not_set(option, settings, chosen)
            else:
                more = f", counts with {' or '.join(f'--{one}' for one in option.needs)}" if off else ""
                yield f"{'#' * off}{option.file_key}", shown, f"{origin}{more}"


def _without_value(header: str) -> str:
    """A header as the option takes it: its value may be a key, under any name."""
    return header if header.startswith("@") else f"{header.partition(':')[0]}: {HIDDEN}"


def _not_set(option: Option, settings: Settings, chosen: Mapping[str, Setting]) -> str:
    """What counts instead. A source that nobody named is not set here either: a named one would be required."""
    targets: dict[str, tuple[MetricsTarget | DatabaseTarget | None, str]] = {
        "url": (settings.metrics, "shown"),
        "db-path": (settings.database, "path"),
        "lang": (None, ""),
    }
    for other in option.instead:
        if chosen[other].value is not None:
            return f"--{other} counts"
    target, attribute = targets.get(option.name, (None, ""))
    if target is not None and not target.named:
        return f"{getattr(target, attribute)}, {target.origin}, not required"
    if option.name == "lang":
        return f"{settings.lang}, {DEFAULT}"
    default = option.help.partition(" Default: ")[2].rstrip(".")
    return f"{DEFAULT}: {default}" if default else "not set"


def _checks(settings: Settings, found: Layers) -> Iterator[str]:
    for slug, threshold in settings.thresholds.items():
        check = plugins.load("checks", slug)
        origins = thresholds.effective(slug, check.DEFAULT, check.UNIT, found)[1]
        lines = thresholds.lines(threshold, check.UNIT)
        yield table(f"[checks.{slug}]", [(key, value, origins[key.replace("-", "_")]) for key, value in lines])
        for one in threshold.overrides:
            rest = [(key, value, "") for key, value in thresholds.lines(one.threshold, check.UNIT)]
            yield table(f"[[checks.{slug}.for]]", [("subject", one.subject, ""), *rest])


def _entries(found: Layers) -> Iterator[tuple[str, str, list[Line]]]:
    """What is expected and waived, as it stands in the file: table, origin and lines."""
    for layer in found:
        for name, entries in (("expect", layer.expect), ("waive", layer.waive)):
            for entry in entries:
                keys = zip(entry.__struct_fields__, entry.__struct_encode_fields__, strict=True)
                values = [(key, getattr(entry, field)) for field, key in keys]
                yield name, layer.origin, [(key, value, "") for key, value in values if value not in (None, {})]


def _outside(chosen: Mapping[str, Setting], environment: Mapping[str, str]) -> Iterator[str]:
    """What only the command line and the environment can set; of a secret, that it is there."""
    for option in OPTIONS:
        if option.table is None and option.is_setting and option.name != "set":
            value, origin = chosen[option.name]
            yield f"# --{option.name} {_outside_value(option, value)}  # {origin}"
    if environment.get(TOKEN_VARIABLE) and not chosen["bearer-token-file"].value:
        yield f"# {TOKEN_VARIABLE} {HIDDEN}  # {ENVIRONMENT}"


def _outside_value(option: Option, value: Any) -> str:  # noqa: ANN401 - what `option.kind` says
    if value in (None, ()) or (value is False and option.kind == "flag"):
        return "not given"
    if isinstance(value, bool):
        return "given" if option.kind == "flag" else str(value).lower()
    return redact(" ".join(value) if isinstance(value, tuple) else str(written(option, value)))
