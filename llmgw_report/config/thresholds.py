"""Thresholds of the checks: a check's own default, then the preset, the file, the environment and `--set`."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from msgspec import UNSET, structs

from llmgw_report.config.layers import COMMAND_LINE, DEFAULT, ENVIRONMENT, Layers
from llmgw_report.config.layers import place as place_of
from llmgw_report.config.options import BY_NAME
from llmgw_report.config.schema import CheckTable, ThresholdTable
from llmgw_report.config.values import threshold, threshold_text
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Override, Threshold, Unit
from llmgw_report.plugins import nearest

FIELDS = ThresholdTable.__struct_fields__
KEYS = ThresholdTable.__struct_encode_fields__


def changes(lines: Iterable[str], place: str) -> dict[str, CheckTable]:
    """Every `--set CHECK.KEY=VALUE` as the file would hold it; of two for one key the later one counts.

    `place` is where the lines stand: the option, or its variable.
    """
    given = tuple(lines)
    if not given:
        return {}
    from llmgw_report.config.load import converted, require_check  # most runs change none

    tables: dict[str, dict[str, object]] = {}
    for line in given:
        path, equals, text = line.partition("=")
        slug, dot, key = path.strip().rpartition(".")
        if not (equals and dot):
            raise UsageError(f"{place} {line!r}: not CHECK.KEY=VALUE", "for example --set error-ratio.fail=2%")
        require_check(slug, f"{place} {line}")
        if key not in KEYS:
            raise UsageError(f"{place} {line}: unknown key {key!r}", nearest(key, KEYS))
        value = _toml_value(key, text.strip())
        converted({key: value}, CheckTable, f"{place} {line}")
        tables.setdefault(slug, {})[key] = value
    return {slug: converted(table, CheckTable, place) for slug, table in tables.items()}


def effective(slug: str, default: Threshold, unit: Unit, layers: Layers) -> tuple[Threshold, dict[str, str]]:
    """The thresholds of one check, and which place set each key that is not the default.

    UsageError for a value that could not take effect.
    """
    found, origins = default, dict.fromkeys(FIELDS, str(DEFAULT))
    tables = [(layer.checks[slug], layer.origin) for layer in reversed(layers) if slug in layer.checks]
    for table, origin in tables:
        given = _values(slug, table, default, unit, _place(slug, origin))
        origins |= dict.fromkeys(given, origin)
        found = structs.replace(found, **given)
    order = [DEFAULT, *(origin for _, origin in tables)]
    if found.warn != default.warn and order.index(origins["warn"]) >= order.index(origins["fail"]):
        _reject_unreachable_warn(found, unit, _place(slug, origins["warn"]))
    capped = default.severity == "warn" and origins["severity"] == DEFAULT
    if capped:
        _reject_unreachable_fail(slug, found.fail, origins["fail"], _place(slug, origins["fail"]))
    overrides = []
    for table, origin in tables:
        for number, entry in enumerate(table.for_, 1):
            place = f"{origin}: [[checks.{slug}.for]] {number}"
            given = _values(slug, entry, default, unit, place)
            if "warn" in given:
                _reject_unreachable_warn(structs.replace(found, **given), unit, place)
            if capped and "severity" not in given:
                _reject_unreachable_fail(slug, given.get("fail"), origin, place)
            overrides.append(Override(subject=entry.subject, threshold=structs.replace(found, **given)))
    return structs.replace(found, overrides=tuple(overrides)), origins


def lines(threshold: Threshold, unit: Unit) -> Iterator[tuple[str, object]]:
    """Key and value as the file holds them; no threshold is `false`, since TOML has no null."""
    for name, key in zip(FIELDS, KEYS, strict=True):
        value = getattr(threshold, name)
        if name in {"warn", "fail"}:
            value = False if value is None else threshold_text(value, unit)
        yield key, value


def _place(slug: str, origin: str) -> str:
    """Where the thresholds of a check are set: an option, its variable, or a table of a file."""
    if origin in {COMMAND_LINE, ENVIRONMENT}:
        return f"{place_of(BY_NAME['set'], origin)} {slug}"
    return f"{origin}: [checks.{slug}]"


def _toml_value(key: str, text: str) -> str | int | bool:
    """The word as TOML would read it."""
    if text in {"true", "false"}:
        return text == "true"
    if key == "min-n" and text.lstrip("-").isdecimal():
        with suppress(ValueError):  # of thousands of digits
            return int(text)
    return text


def _values(slug: str, table: ThresholdTable, default: Threshold, unit: Unit, place: str) -> dict[str, Any]:
    """What a table sets, in base units."""
    given = {name: value for name in FIELDS if (value := getattr(table, name)) is not UNSET}
    for name in ("warn", "fail"):
        if name in given:
            given[name] = (
                None if given[name] is False else _threshold(slug, given[name], default, unit, f"{place}: {name}")
            )
    if given.get("min_n", 0) < 0:
        raise UsageError(
            f"{place}: min-n {given['min_n']} is below 0", "min-n is the fewest samples that are evaluated"
        )
    if given.get("min_n", 0) > 0 and not default.min_n:
        hint = "--list-checks shows which checks have one"
        raise UsageError(f"{place}: min-n means nothing: {slug} has no fewest number", hint)
    return given


def _threshold(slug: str, word: object, default: Threshold, unit: Unit, place: str) -> float:
    """A number that the check's figure can exceed: any other would silently never take effect."""
    if default.warn is None and default.fail is None:
        hint = "cap it with severity, or accept its findings with [[waive]]"
        raise UsageError(f"{place} means nothing: {slug} has no threshold", hint)
    value = threshold(word, unit, place, ", or false for no threshold")
    shown = threshold_text(value, unit)
    if default.highest is not None and value > default.highest:
        most = threshold_text(default.highest, unit)
        raise UsageError(f"{place} {shown} is above {most}, which is all requests", "write 5% or 0.05")
    if value < 0:
        raise UsageError(f"{place} {shown} is below 0", "write false for no threshold")
    return value


def _reject_unreachable_fail(slug: str, fail: float | None, origin: str, place: str) -> None:
    """A `fail` of a check that is capped at warn could never take effect."""
    if fail is not None and origin != DEFAULT:
        raise UsageError(
            f"{place}: fail has no effect: {slug} is capped at warn",
            'add severity = "fail", or write the threshold as warn',
        )


def _reject_unreachable_warn(found: Threshold, unit: Unit, place: str) -> None:
    """A `warn` that is set behind `fail` could never take effect."""
    warn, fail = found.warn, found.fail
    if warn is None or fail is None:
        return
    if warn > fail if found.worse == "above" else warn < fail:
        message = f"{place}: warn {threshold_text(warn, unit)} has no effect: fail is reached before it"
        raise UsageError(message, f"fail is {threshold_text(fail, unit)}: set it as well, or to false for no failure")
