"""Values as people write them into base units, and back: durations, ratios, sizes, instants.

One notation for the command line, the environment, the file, presets and `--set`. A mistake names its place, what
was expected and an example.
"""

from collections.abc import Mapping
from datetime import date
from math import isfinite, trunc
from typing import Any

import msgspec

from llmgw_report.config.option import METAVARS, Option
from llmgw_report.config.options import BY_NAME
from llmgw_report.errors import UsageError
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Unit
from llmgw_report.plugins import nearest

#: Seconds, the largest that divides a duration is the one that it is written with.
DURATION_UNITS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "ms": 0.001}
SIZE_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}
MAX_SIZE_BYTES = 2**40
#: About 3,000 years: more than any database holds, and milliseconds of it still fit what SQLite counts with.
MAX_DURATION_SECONDS = 1e11
#: The window of everything that the process has counted.
ALL = "all"

HINTS = {
    "duration": "write a number with a unit: 500ms, 30s, 5m, 12h, 30d",
    "window": "write a number with a unit, such as 15m or 1h, or all",
    "ratio": "write a percentage such as 2%, or a ratio such as 0.02",
    "size": "write a whole number of bytes, or one with a unit: 64MiB, 2GB",
    "instant": "write 2026-01-09T01:26:40Z, with an offset or Z, or epoch seconds",
}
UNIT_HINTS: dict[Unit, str] = {
    "seconds": "write 15m, 900s or 900",
    "ratio": "write 2% or 0.02",
    "count": "write a number such as 5",
    "factor": "write a number such as 1.5",
    "none": "this check has no threshold",
}


def convert(option: Option, value: object, place: str) -> Any:  # noqa: ANN401 - what `option.kind` says
    """The value of one option in base units; UsageError names `place` and gives an example."""
    if value == "" or (isinstance(value, (list, tuple)) and "" in value):
        raise UsageError(f"{place}: empty", "an unset variable? leave it out for its default")
    if option.repeatable:
        return _texts(option, value, place)
    if option.kind in HINTS:
        return _measured(option, value, place)
    if option.kind in {"flag", "switch", "boolean"}:
        return _boolean(option, value, place)
    if option.kind == "count":
        return _count(option, value, place)
    if not isinstance(value, str):
        raise UsageError(
            f"{place}: {_shown(value)} is not a text", f'write it in quotes, for example "{_sample(option)}"'
        )
    if option.choices and value not in option.choices:
        raise UsageError(f"{place}: {value!r} is none of {', '.join(option.choices)}", nearest(value, option.choices))
    return value


def default(name: str) -> Any:  # noqa: ANN401 - what the option's kind says
    """The default of one option in base units."""
    option = BY_NAME[name]
    if option.default is None:
        return () if option.repeatable else False if option.kind == "flag" else None
    return convert(option, option.default, f"--{name}")


def duration(value: object, place: str) -> float:
    """Seconds, more than 0, of "1h", "5m", "500ms", "90" or a number; UsageError names `place`."""
    seconds = _number(value, DURATION_UNITS)
    if seconds is None or not 0 < seconds <= MAX_DURATION_SECONDS:
        raise UsageError(f"{place}: {_shown(value)} is not a duration", HINTS["duration"])
    return seconds


def ratio(value: object, place: str) -> float:
    """A ratio of "2%" or 0.02; which ratios make sense is for the caller to say."""
    found = _number(value, {}, percent=True)
    if found is None:
        raise UsageError(f"{place}: {_shown(value)} is not a ratio", HINTS["ratio"])
    return found


def size(value: object, place: str) -> int:
    """Bytes, at least 1, of "512MiB", "2GB" or a whole number; UsageError names `place`."""
    word = str(value).replace(" ", "").lower() if _is_number_or_text(value) else ""
    number = word.rstrip("kmgib")
    unit = word[len(number) :].removesuffix("b")
    try:
        found = int(number) * SIZE_UNITS[unit]
    except (ValueError, KeyError):
        found = 0
    if not 0 < found <= MAX_SIZE_BYTES:
        raise UsageError(f"{place}: {_shown(value)} is not a size", HINTS["size"])
    return found


def instant(value: object, place: str) -> int:
    """Milliseconds since the epoch of an RFC 3339 time or of epoch seconds, of a text or as TOML has them."""
    try:
        return timestamp.parse(str(value))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{place}: {_shown(value)} is not an instant", HINTS["instant"]) from error


def threshold(value: object, unit: Unit, place: str, alternative: str = "") -> float:
    """A threshold of a check in its base unit: "15m" for seconds, "2%" for ratios, else a bare number.

    `alternative` is what else may stand there, for the hint of the UsageError.
    """
    found = _number(value, DURATION_UNITS if unit == "seconds" else {}, percent=unit == "ratio")
    if found is None:
        noun = {"seconds": "duration", "ratio": "ratio"}.get(unit, "number")
        raise UsageError(f"{place} {_shown(value)} is not a {noun}", f"{UNIT_HINTS[unit]}{alternative}")
    return found


def duration_text(seconds: float) -> str:
    """As the options take it, in the largest unit that leaves a whole number: 1h, 90s, 500ms.

    >>> [duration_text(value) for value in (3600, 90, 0.5, 2.5, 86400, 0, 1e-7)]
    ['1h', '90s', '500ms', '2500ms', '1d', '0s', '1e-07s']
    """
    for unit in ("d", "h", "m", "s", "ms"):
        amount = seconds / DURATION_UNITS[unit]
        if amount >= 1 and amount == trunc(amount):
            return f"{amount:.0f}{unit}"
    return f"{seconds:g}s" if float(f"{seconds:g}") == seconds else f"{seconds!r}s"


def ratio_text(value: float) -> str:
    """As the options take it.

    >>> [ratio_text(value) for value in (0.02, 0.995, 0, 1, 0.07, 1 / 3)]
    ['2%', '99.5%', '0%', '100%', '7%', '0.3333333333333333']
    """
    text = f"{value * 100:.10g}"
    return f"{text}%" if float(text) / 100 == value else repr(value)


def size_text(value: int) -> str:
    """As the options take it.

    >>> [size_text(value) for value in (512 * 2**20, 1000, 2**30)]
    ['512MiB', '1000', '1GiB']
    """
    for unit in ("Gi", "Mi", "Ki"):
        if value % SIZE_UNITS[unit.lower()] == 0:
            return f"{value // SIZE_UNITS[unit.lower()]}{unit}B"
    return str(value)


def threshold_text(value: float, unit: Unit) -> str | float:
    """A threshold as the file holds it: a word with its unit, or a number that has none."""
    if unit == "seconds":
        return duration_text(value)
    return ratio_text(value) if unit == "ratio" else trunc(value) if value == trunc(value) else value


def written(option: Option, value: Any) -> object:  # noqa: ANN401 - what `option.kind` says
    """A value in base units as the file holds it."""
    if value is None or value == ():
        return None
    if option.kind == "size":
        return size_text(value)
    if option.kind == "ratio":
        return ratio_text(value)
    if option.kind == "instant":
        return timestamp.text(value)
    return duration_text(value) if option.kind in {"duration", "window"} and value != ALL else value


def _measured(option: Option, value: object, place: str) -> float | str:
    if option.kind == "window":
        return ALL if value == ALL else duration(value, place)
    found = {"duration": duration, "ratio": ratio, "size": size, "instant": instant}[option.kind](value, place)
    if option.kind == "ratio" and not 0 <= found <= 1:  # a bare 99.5 is rejected rather than guessed at
        hint = "write a percentage such as 99.5%, or a ratio such as 0.995"
        raise UsageError(f"{place} {_shown(value)}: is not a ratio between 0 and 1", hint)
    return found


def _sample(option: Option) -> object:
    """A value that the option takes, for an example."""
    return option.sample or option.default or next(iter(option.choices), METAVARS.get(option.kind))


def _texts(option: Option, value: object, place: str) -> tuple[str, ...]:
    if option.single and isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) and one for one in value):
        raise UsageError(f"{place}: {_shown(value)} is not a list of texts", f'for example ["{_sample(option)}"]')
    return tuple(value)


def toml(value: object) -> str:
    """As TOML has it: like JSON but for days and tables in a line."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key if _is_bare(key) else toml(key)} = {toml(each)}" for key, each in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml, value))}]"
    # TOML allows no raw DEL in a text, JSON does.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _is_bare(key: object) -> bool:
    return isinstance(key, str) and key.isascii() and key.replace("-", "").replace("_", "").isalnum()


def _boolean(option: Option, value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(
            f"{place}: {_shown(value)} is not true or false", f"without quotes, for example {option.file_key} = true"
        )
    return value


def _count(option: Option, value: object, place: str) -> int:
    """A whole number; what the file holds is none if it has a fraction or quotes."""
    try:
        found = int(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else 0
    except ValueError:
        found = 0
    if not 1 <= found <= option.maximum:
        expected = f"a whole number from 1 to {option.maximum}"
        raise UsageError(f"{place}: {_shown(value)} is not {expected}", f"for example {_sample(option)}")
    return found


def _number(value: object, units: Mapping[str, float], *, percent: bool = False) -> float | None:
    """A finite number, of a text with one of `units` behind it or without any; None for anything else."""
    word = str(value).strip() if _is_number_or_text(value) else ""
    number = word.rstrip("abcdefghijklmnopqrstuvwxyz%")
    unit = word[len(number) :]
    try:
        found = float(number) / 100 if percent and unit == "%" else float(number) * (units[unit] if unit else 1)
    except (ValueError, KeyError):
        return None
    return found if isfinite(found) else None


def _is_number_or_text(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _shown(value: object) -> str:
    """The value as TOML has it, if it came from there."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (str, int, float, list, dict)) else str(value)  # dates and times
