"""Bounds of the checks: a check's own default, then the file, then `--set`."""

from collections.abc import Iterable, Mapping
from math import isfinite

import msgspec
from msgspec import UNSET

from llmgw_report.config.file import CheckTable, known_check
from llmgw_report.errors import UsageError
from llmgw_report.model.threshold import Threshold
from llmgw_report.plugins import nearest

KEYS = CheckTable.__struct_encode_fields__
NUMBERS = ("warn", "fail", "min-n")


def tables(file: Mapping[str, CheckTable], settings: Iterable[str]) -> dict[str, tuple[CheckTable, ...]]:
    """Per slug, what changes its default, in the order to apply it."""
    changes: dict[str, tuple[CheckTable, ...]] = {slug: (table,) for slug, table in file.items()}
    for setting in settings:
        slug, table = _setting(setting)
        changes[slug] = (*changes.get(slug, ()), table)
    return changes


def effective(default: Threshold, changes: Iterable[CheckTable], place: str) -> Threshold:
    """The default with the changes applied; UsageError if the bounds contradict each other."""
    for table in changes:
        fields = {name: getattr(table, name) for name in table.__struct_fields__}
        given = {name: value for name, value in fields.items() if value is not UNSET}
        bounds = {name: None for name in ("warn", "fail") if given.get(name) is False}
        default = msgspec.structs.replace(default, **(given | bounds))
    _possible(default, place)
    return default


def _possible(bounds: Threshold, place: str) -> None:
    """Bounds that are numbers; TOML knows nan, and nothing is above it."""
    for name, bound in (("warn", bounds.warn), ("fail", bounds.fail)):
        if bound is not None and not isfinite(bound):
            message = f"{place}: {name} is not a finite number"
            raise UsageError(message, "write false for no bound")
    if bounds.min_n < 0:
        message = f"{place}: min-n {bounds.min_n} is below 0"
        raise UsageError(message, "min-n is the fewest samples that are judged")


def _setting(setting: str) -> tuple[str, CheckTable]:
    """`error-ratio.fail=0.02` as a slug and a table of one key."""
    path, equals, text = setting.partition("=")
    slug, dot, key = path.strip().rpartition(".")
    if not (equals and dot):
        message = f"--set {setting!r}: not CHECK.KEY=VALUE"
        raise UsageError(message, "for example --set error-ratio.fail=0.02")
    known_check(slug, f"--set {setting}")
    if key not in KEYS:
        message = f"--set {setting}: unknown key {key!r}"
        raise UsageError(message, nearest(key, KEYS))
    return slug, _table(setting, key, text.strip())


def _table(setting: str, key: str, text: str) -> CheckTable:
    """One key as the file would hold it."""
    try:
        return msgspec.convert({key: _value(key, text)}, CheckTable)
    except msgspec.ValidationError as error:
        message = f"--set {setting}: {error}"
        raise UsageError(message, "see --list-checks for bounds and units") from error
    except ValueError as error:
        message = f"--set {setting}: {text!r} is not a number"
        raise UsageError(message, "bounds are numbers in the check's base unit, or false") from error


def _value(key: str, text: str) -> str | float | bool:
    """The word as TOML would read it."""
    if text in {"true", "false"}:
        return text == "true"
    if key not in NUMBERS:
        return text
    number = float(text)
    return int(number) if key == "min-n" and number.is_integer() else number
