"""Bounds of the checks: a check's own default, then the preset, the file, the environment and `--set`."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any

import msgspec
from msgspec import UNSET

from llmgw_report.config.layers import Layers, check, first
from llmgw_report.config.load import known_check
from llmgw_report.config.schema import BoundsTable, CheckTable, File
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Override, Threshold
from llmgw_report.plugins import nearest

FIELDS = BoundsTable.__struct_fields__
KEYS = BoundsTable.__struct_encode_fields__
NUMBERS = ("warn", "fail", "min-n")


def settings(lines: Iterable[str]) -> dict[str, CheckTable]:
    """Every `--set` as the file would hold it; of two for one key the later one counts."""
    tables: dict[str, dict[str, object]] = {}
    for line in lines:
        slug, key, value = _setting(line)
        tables.setdefault(slug, {})[key] = value
    return {slug: msgspec.convert(table, CheckTable) for slug, table in tables.items()}


def effective(slug: str, default: Threshold, layers: Layers) -> Threshold:
    """The bounds that count; UsageError if one of them is none."""
    found = {name: first(layers, partial(bound, slug=slug, name=name), UNSET) for name in FIELDS}
    for name, (value, origin) in found.items():
        _possible(slug, default, name, value, f"{origin}: [checks.{slug}]")
    capped = default.severity == "warn" and found["severity"][0] is UNSET
    if capped:
        fail, origin = found["fail"]
        _heard(slug, fail, f"{origin}: [checks.{slug}]")
    base = _changed(default, {name: value for name, (value, _) in found.items()})
    return msgspec.structs.replace(base, overrides=tuple(_overrides(slug, default, base, layers, capped=capped)))


def bound(file: File, slug: str, name: str) -> Any:  # noqa: ANN401 - bounds, words and truth values
    """What one place says of one key of one check; UNSET if nothing."""
    return getattr(check(file, slug), name)


def _overrides(slug: str, default: Threshold, base: Threshold, layers: Layers, *, capped: bool) -> Iterator[Override]:
    """The preset's before the file's: the later one counts."""
    for layer in reversed(layers):
        for number, table in enumerate(check(layer.file, slug).for_, 1):
            values = {name: getattr(table, name) for name in FIELDS}
            for name, value in values.items():
                _possible(slug, default, name, value, f"{layer.origin}: [[checks.{slug}.for]] {number}")
            if capped and values["severity"] is UNSET:
                _heard(slug, values["fail"], f"{layer.origin}: [[checks.{slug}.for]] {number}")
            yield Override(subject=table.subject, threshold=_changed(base, values))


def _changed(bounds: Threshold, values: Mapping[str, object]) -> Threshold:
    """The bounds with what is given; `false` is no bound."""
    given = {name: value for name, value in values.items() if value is not UNSET}
    none = {name: None for name in ("warn", "fail") if given.get(name) is False}
    return msgspec.structs.replace(bounds, **(given | none))


def _possible(slug: str, default: Threshold, name: str, value: object, place: str) -> None:
    """A bound that is a number, of a check that has such a bound: another one would silently never count."""
    wrong = None
    if name in {"warn", "fail"} and isinstance(value, float):
        wrong = _wrong_bound(slug, default, value)
    elif name == "min_n" and isinstance(value, int):
        wrong = _wrong_number(slug, default, value)
    if wrong:
        problem, hint = wrong
        raise UsageError(f"{place}: {name.replace('_', '-')} {problem}", hint)


def _heard(slug: str, fail: object, place: str) -> None:
    """No bound for fail of a check that by itself says a warning at most: it would silently never fail."""
    if isinstance(fail, float):
        message = f"{place}: fail would be a warning only: {slug} says no worse unless it is told to"
        raise UsageError(message, 'add severity = "fail", or write the bound as warn')


def _wrong_bound(slug: str, default: Threshold, value: float) -> tuple[str, str] | None:
    """What is wrong, and what to do."""
    if not isfinite(value):  # TOML knows nan, and nothing is above it
        return "is not a finite number", "write false for no bound"
    if default.warn is None and default.fail is None:
        return f"means nothing: {slug} has no bounds", "cap it with severity, or accept its findings with [[waive]]"
    if default.highest is not None and value > default.highest:
        return f"{value:g} is above {default.highest:g}, which is all requests", "5 % is written 0.05"
    return (f"{value:g} is below 0", "write false for no bound") if value < 0 else None


def _wrong_number(slug: str, default: Threshold, value: int) -> tuple[str, str] | None:
    if value < 0:
        return f"{value} is below 0", "min-n is the fewest samples that are judged"
    unused = value > 0 and not default.min_n
    return (
        (f"means nothing: {slug} has no fewest number", "--list-checks shows which checks have one") if unused else None
    )


def _setting(setting: str) -> tuple[str, str, object]:
    """`error-ratio.fail=0.02` as slug, key and value."""
    path, equals, text = setting.partition("=")
    slug, dot, key = path.strip().rpartition(".")
    if not (equals and dot):
        message = f"--set {setting!r}: not CHECK.KEY=VALUE"
        raise UsageError(message, "for example --set error-ratio.fail=0.02")
    known_check(slug, f"--set {setting}")
    if key not in KEYS:
        message = f"--set {setting}: unknown key {key!r}"
        raise UsageError(message, nearest(key, KEYS))
    return slug, key, _checked(setting, key, text.strip())


def _checked(setting: str, key: str, text: str) -> object:
    """One value, which the file could hold as well."""
    try:
        value = _value(key, text)
        msgspec.convert({key: value}, CheckTable)
    except msgspec.ValidationError as error:
        message = f"--set {setting}: {error}"
        raise UsageError(message, "see --list-checks for bounds and units") from error
    except ValueError as error:
        message = f"--set {setting}: {text!r} is not a number"
        raise UsageError(message, "bounds are numbers in the check's base unit, or false") from error
    return value


def _value(key: str, text: str) -> str | float | bool:
    """The word as TOML would read it."""
    if text in {"true", "false"}:
        return text == "true"
    if key not in NUMBERS:
        return text
    number = float(text)
    return int(number) if key == "min-n" and number.is_integer() else number
