"""Formats figures, from the base unit to text: the only place where a figure is rounded.

Rounding never makes a claim: what is not exactly none does not read "0%", what is not exactly all
does not read "100%", and what is absent reads "–", never 0.
A text with a unit is a message: languages write units in their own way.
"""

import functools
import math
import re
from collections.abc import Callable, Sequence

from llmgw_report.messages import Message, join, msg, msg_plural
from llmgw_report.model.finding import Finding
from llmgw_report.model.scrape import COUNT_LIMIT

#: What an absent figure reads in every format. Its reason stands beside it, not in it.
ABSENT = "–"

_MINUTE_SECONDS, _HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86_400.0
#: Durations that have a word of their own.
_PERIODS: dict[float, Message] = {
    1: msg("second"),
    _MINUTE_SECONDS: msg("minute"),
    _HOUR_SECONDS: msg("hour"),
    DAY_SECONDS: msg("day"),
}
_KIBI = 1024
#: Of the shortest id that is cut; names are longer.
_CUT_CHARACTERS, _NAME_CHARACTERS = 32, 60
#: A name of more than sixty characters, by those that stand beside no name; what begins with a slash is a place.
_NAMED = r"[^\s,;:=()\[\]\"'\u3001-\u3011\uff00-\uff60]"
_LONG_NAME = rf"(?<!{_NAMED})(?!/)({_NAMED}{{48}}){_NAMED}{{12,}}{_NAMED}(?<!\.)"
_CENT, _FEWEST_USD_DECIMALS, _USD_DECIMALS = 0.01, 4, 12
_THREE_DIGITS = 100


def _figure(words: Callable[[float], str]) -> Callable[[float | None], str]:
    """Let `words` format finite figures from 0 up only. What is not a number has no honest text but the dash.

    Of a figure that nothing measures, its size is enough: nobody reads 300 digits.
    """

    @functools.wraps(words)
    def formatted(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return ABSENT
        if abs(value) >= COUNT_LIMIT:
            return f"{value:.3g}"
        return Message("-{figure}", {"figure": words(-value)}) if value < 0 else words(value)

    return formatted


@_figure
def seconds(value: float) -> str:
    """A duration of `value` seconds, in the largest unit that keeps two or three digits.

    >>> [seconds(v) for v in (2.967, 0.412, 0.0025, 200, 300, 7500, 293760, 0, None)]
    ['2.97 s', '412 ms', '2.5 ms', '3 min 20 s', '5 min', '2 h 5 min', '3.4 d', '0 s', '–']

    A value just below a boundary is rounded before its unit is chosen:

    >>> [seconds(v) for v in (0.99996, 59.97, 3599.8, 86399, 0.0000002, -2.5)]
    ['1.00 s', '1 min', '1 h', '1.0 d', '<1 µs', '-2.50 s']
    """
    if value < 0.9995:  # noqa: PLR2004 - from here on, "1000 ms"
        return _below_a_second(value)
    if value < _MINUTE_SECONDS - 0.05:
        return msg("{n} s", n=_trimmed(value, _decimals(value)))
    if value < _HOUR_SECONDS - 0.5:
        minutes, rest = divmod(round(value), 60)
        return msg("{min} min {s} s", min=minutes, s=rest) if rest else msg("{min} min", min=minutes)
    if value < DAY_SECONDS - 30:
        hours, rest = divmod(round(value / _MINUTE_SECONDS), 60)
        return msg("{h} h {min} min", h=hours, min=rest) if rest else msg("{h} h", h=hours)
    return msg("{d} d", d=_trimmed(value / DAY_SECONDS, 1))


def measured_seconds(value: float | None) -> str:
    """A duration in a column of others: with the same decimals, also where they are 0.

    >>> measured_seconds(25), measured_seconds(2), measured_seconds(0.25), measured_seconds(60), measured_seconds(None)
    ('25.0 s', '2.00 s', '250 ms', '1 min', '–')
    """
    if value is None or not 1 <= value < _MINUTE_SECONDS - 0.05:
        return seconds(value)
    return msg("{n} s", n=f"{value:.{_decimals(value)}f}")


def period(value: float | None) -> str:
    """A duration as it reads after "the last": a word where it is exactly one unit.

    >>> [period(v) for v in (60, 3600, 86400, 900, 7200, 3599.8, None)]
    ['minute', 'hour', 'day', '15 min', '2 h', '1 h', '–']
    """
    return _PERIODS.get(value or 0.0) or seconds(value)


@_figure
def factor(value: float) -> str:
    """How many times as much.

    >>> [factor(v) for v in (13, 0.25, 1234.5, None)]
    ['13x', '0.25x', '1,234.5x', '–']
    """
    return msg("{n}x", n=count(value))


@_figure
def ratio(value: float) -> str:
    """A ratio between 0 and 1 as a percentage, with two decimals near both ends.

    >>> [ratio(v) for v in (0.357, 0.0002, 0.9995, 0, 1, 0.5, 2.5, None)]
    ['35.7%', '0.02%', '99.95%', '0%', '100%', '50.0%', '250.0%', '–']
    >>> [ratio(v) for v in (1e-9, 0.9999999, 1.0000001, 125000)]
    ['<0.01%', '>99.99%', '>100%', '12,500,000%']
    """
    return msg("{percent}%", percent=_percent(value))


def ratio_interval(low: float, high: float) -> str:
    """The ratio, or the interval that holds it.

    >>> [ratio_interval(0.5, 0.5), ratio_interval(0, 0.625)]
    ['50.0%', '0% to 62.5%']
    """
    return ratio(low) if low == high else msg("{low} to {high}", low=ratio(low), high=ratio(high))


@_figure
def count(value: float) -> str:
    """A number of things, its thousands grouped; a fraction keeps three or more digits in all.

    >>> [count(v) for v in (12345, 0, 2.0, 0.8333, 1234.56, 3.14159, 0.00004, -5, None)]
    ['12,345', '0', '2', '0.833', '1,234.6', '3.14', '4e-05', '-5', '–']
    >>> count(1e300), usd(-1e300), seconds(2.0**63)
    ('1e+300', '-1e+300', '9.22e+18')
    """
    if value == math.trunc(value):
        return f"{math.trunc(value):,}"
    if value < 1:
        return f"{value:.3g}"
    return f"{value:,.1f}" if value >= _THREE_DIGITS else f"{value:.2f}"


@_figure
def byte_size(value: float) -> str:
    """A size of `value` bytes in powers of 1024.

    >>> [byte_size(v) for v in (512, 13841203, 1048575, 0, None)]
    ['512 B', '13.2 MiB', '1.0 MiB', '0 B', '–']
    """
    if value < _KIBI:
        return f"{count(value)} B"
    size = value
    for unit in ("KiB", "MiB", "GiB"):
        size /= _KIBI
        if round(size, 1) < _KIBI:
            return f"{size:.1f} {unit}"
    return f"{size / _KIBI:,.1f} TiB"


@_figure
def usd(value: float) -> str:
    """US dollars: cents, or below one cent as many decimals as two digits take: a budget may be a small one.

    >>> [usd(v) for v in (1234.5, 0.0042, 0.000361, 0.00005, 0, -3, None)]
    ['$1,234.50', '$0.0042', '$0.00036', '$0.00005', '$0', '-$3.00', '–']
    >>> usd(1e-13)
    '<$0.000000000001'
    """
    if value == 0:
        return "$0"
    if value >= _CENT:
        return f"${value:,.2f}"
    if value < 10**-_USD_DECIMALS:
        return f"<${10**-_USD_DECIMALS:.{_USD_DECIMALS}f}"
    decimals = min(1 - math.floor(math.log10(value)), _USD_DECIMALS)
    figure = f"{value:.{decimals}f}"
    return f"${figure}" if decimals <= _FEWEST_USD_DECIMALS else f"${figure.rstrip('0')}"


def text(value: str | float | None, column_name: str) -> str:
    """`value` as the suffix of its column's name says: `_seconds`, `_ratio`, `_tokens`, `_usd`, `_bytes`.

    Under any other name a number stays as it is, ungrouped: it may be a year, a port or a status code.

    >>> text(2.967, "p99_seconds"), text(0.357, "error_ratio"), text(12345, "input_tokens"), text(2026, "year")
    ('2.97 s', '35.7%', '12,345', '2026')
    >>> text("n/a", "p99_seconds"), text(None, "year"), text(0.1 + 0.2, "score")
    ('n/a', '–', '0.3')
    """
    if isinstance(value, str):
        return value
    words = _SUFFIXES.get(column_name.rsplit("_", 1)[-1].lower(), _plain)
    return words(value)


def quantity(value: float | None, unit: str | None) -> str:
    """`value` in a check's unit: "s", "ratio" (or "1"), "By", "USD", or a thing that is counted, as in "{request}".

    >>> quantity(30, "s"), quantity(0.05, "ratio"), quantity(5, "{request}"), quantity(1, "requests")
    ('30 s', '5.0%', '5 requests', '1 request')
    >>> quantity(3, None), quantity(None, "s")
    ('3', '–')
    """
    words = _UNITS.get((unit or "").lower())
    if words is not None or value is None:
        return words(value) if words else ABSENT
    return plural(value, (unit or "").strip("{}"))


#: Names of one kind that stand in a line: who reads more of them looks them up in the table or in the document.
MAX_NAMES = 20


def few(names: Sequence[str], most: int = MAX_NAMES) -> Message | str:
    """The first of these names, and how many more there are.

    >>> few(["a", "b"]), few(["a", "b", "c"], 2)
    ('a, b', 'a, b and 1 more')
    """
    shown = join(", ", names[:most])
    left = len(names) - most
    return msg("{names} and {n} more", names=shown, n=count(left)) if left > 0 else shown


def plural(value: float, noun: str) -> str:
    """A count and what is counted; `noun` may come in either number.

    >>> plural(1, "row"), plural(0, "row"), plural(2, "rows"), plural(1, "queries"), plural(3, ""), plural(2, "d{y")
    ('1 row', '0 rows', '2 rows', '1 query', '3', '2 d{ies')
    """
    if not noun:
        return count(value)
    one, many = (f"{{count}} {form}" for form in numbers(noun.replace("{", "{{").replace("}", "}}")))
    return msg_plural(value, one, many, count=count(value))


def numbers(noun: str) -> tuple[str, str]:
    """A noun for one and for several.

    >>> numbers("queries"), numbers("day")
    (('query', 'queries'), ('day', 'days'))
    """
    single = f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")
    after_consonant = single.endswith("y") and single[-2:-1] not in "aeiou"
    return single, f"{single[:-1]}ies" if after_consonant else f"{single}s"


def moment(value: str | None) -> str:
    """An RFC 3339 time as people read it; milliseconds stay unless they are none.

    >>> moment("2026-01-09T01:26:40.000Z"), moment("2026-01-09T01:26:40.120Z"), moment("soon"), moment(None)
    ('2026-01-09 01:26:40 UTC', '2026-01-09 01:26:40.120 UTC', 'soon', '–')
    """
    if value is None:
        return ABSENT
    if value[10:11] != "T" or not value.endswith("Z"):
        return value
    return f"{value[:10]} {value[11:-1].removesuffix('.000')} UTC"


def clock(value: str | None, at: str) -> str:
    """A time in a report of the instant `at`: to the second, without the date on that day, in UTC as all others.

    >>> at = "2026-01-09T12:00:00.000Z"
    >>> clock("2026-01-09T09:30:00.000Z", at), clock("2026-01-09T01:26:40.120Z", at), clock(None, at)
    ('09:30', '01:26:40', '–')
    >>> clock("2026-01-08T23:05:00.000Z", at), clock("soon", at)
    ('2026-01-08 23:05', 'soon')
    """
    text = moment(value)
    if value is None or text == value:
        return text
    day, time = text[:10], text[11:19].removesuffix(":00")
    return time if day == at[:10] else f"{day} {time}"


def abbreviated(text: str) -> str:
    """The text with ids and names cut off that nobody reads to their end; addresses and paths stay.

    >>> abbreviated("requests to 5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d failed")
    'requests to 5d5d5d5d… failed'
    >>> abbreviated(f"model={'gpt/' * 90}, https://{'a.' * 9}com/{'z' * 44}").replace("gpt/" * 12, "[12 times]")
    'model=[12 times]…, https://a.a.a.a.a.a.a.a.a.com/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'
    """
    return text.map(_cut_names) if isinstance(text, Message) else _cut_names(text)


def _cut_names(text: str) -> str:
    if len(text) < _CUT_CHARACTERS:  # as are most texts
        return text
    longest = max(map(len, text.split()), default=0)
    if longest < _CUT_CHARACTERS:
        return text
    text = re.sub(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b", r"\1…", text)
    return re.sub(_LONG_NAME, r"\1…", text) if longest > _NAME_CHARACTERS else text


def onset(value: str | None, at: str, edge: str = "known", until: str | None = None) -> str:
    """Since when something has been so, in a report of the instant `at`: "" if nothing records that.

    The parts of a finding; what has ended has an `until`.

    >>> at = "2026-01-09T12:00:00.000Z"
    >>> onset("2026-01-09T09:30:00.000Z", at), onset("2026-01-09T11:00:00.000Z", at, "before"), onset(None, at)
    ('since 09:30', 'since before 11:00', '')
    >>> onset("2026-01-09T09:30:00.000Z", at, until="2026-01-09T09:45:00.000Z")
    'from 09:30 to 09:45'
    """
    if value is None:
        return ""
    time = clock(value, at)
    if until is not None:
        return msg("from {first} to {last}", first=time, last=clock(until, at))
    return msg("since before {time}", time=time) if edge == "before" else msg("since {time}", time=time)


def beginning(value: str | None, at: str, edge: str = "known", until: str | None = None) -> str:
    """The same beside a figure, which is of the window, whenever that began that it is of.

    >>> at = "2026-01-09T12:00:00.000Z"
    >>> beginning("2026-01-09T09:30:00.000Z", at), beginning("2026-01-09T11:00:00.000Z", at, "before")
    ('it began at 09:30', 'it began before 11:00')
    >>> beginning("2026-01-09T11:55:01.000Z", at, "first"), beginning(None, at)
    ('the first failure known was at 11:55:01', '')
    >>> beginning("2026-01-09T09:30:00.000Z", at, until="2026-01-09T09:45:00.000Z")
    'from 09:30 to 09:45'
    """
    if value is None or until is not None:
        return onset(value, at, edge, until)
    time = clock(value, at)
    if edge == "first":
        return msg("the first failure known was at {time}", time=time)
    return msg("it began before {time}", time=time) if edge == "before" else msg("it began at {time}", time=time)


def with_onset(words: str, one: Finding, at: str) -> str:
    """What a finding says, and since when it is so, in a report of the instant `at`.

    Beside a figure of the window "since 09:30" would read as the time that it was counted over.
    """
    is_figure = one.observed is not None and one.until is None
    begun = (beginning if is_figure else onset)(one.since, at, one.onset, one.until)
    return join("; " if is_figure else ", ", [words, begun])


def _below_a_second(value: float) -> str:
    if value == 0:
        return msg("{n} s", n=0)
    if value < 0.000001:  # noqa: PLR2004 - one microsecond
        return msg("{n} µs", n="<1")
    if value < 0.0009995:  # noqa: PLR2004 - from here on, "1000 µs"
        return msg("{n} µs", n=f"{value * 1e6:.3g}")
    return msg("{n} ms", n=f"{value * 1e3:.3g}")


def _percent(value: float) -> str:
    percent = value * 100
    if value in {0, 1}:
        return f"{percent:.0f}"
    if percent < 0.005:  # noqa: PLR2004 - rounds to 0.00
        return "<0.01"
    if 99.995 <= percent < 100.05:  # noqa: PLR2004 - rounds to 100.00 or, above it, to 100.0
        return ">100" if value > 1 else ">99.99"
    if percent >= 1000:  # noqa: PLR2004 - a decimal of it says nothing
        return f"{percent:,.0f}"
    return f"{percent:,.1f}" if 1 <= percent <= 99 or value > 1 else f"{percent:.2f}"  # noqa: PLR2004 - near an end


def _decimals(value: float) -> int:
    return 2 if value < 9.995 else 1  # noqa: PLR2004 - from here on, "10.00 s"


def _trimmed(value: float, decimals: int) -> str:
    """Decimals only where they are not all 0: a limit of 5 s is not "5.00 s"."""
    return f"{value:,.0f}" if value == math.trunc(value) else f"{value:,.{decimals}f}"


@_figure
def _plain(value: float) -> str:
    """Ten digits hold every whole number and time stamp that a query returns, and hide binary fractions."""
    return str(value) if isinstance(value, int) else f"{value:.10g}"


_SUFFIXES = {
    "seconds": seconds,
    "ratio": ratio,
    "tokens": count,
    "usd": usd,
    "bytes": byte_size,
}
_UNITS = {
    "s": seconds,
    "seconds": seconds,
    "ratio": ratio,
    "1": ratio,
    "by": byte_size,
    "bytes": byte_size,
    "usd": usd,
}
