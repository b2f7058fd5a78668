"""Reads log files of a gateway: JSON, one object per line, plain or gzip.

Only the fields that the gateway's definition lists are kept, and only lines that it asks for: a log may hold whole
requests and answers.
"""

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from math import isfinite
from os import path
from typing import cast

import msgspec
from msgspec import Struct

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.database import LogTable, Value
from llmgw_report.resources import open_file

_HINT = msg("give a file of the gateway's log with one JSON object per line")
_GZIP = b"\x1f\x8b"
#: Longer lines hold the body of a request, and none of them says how one ended.
_LONGEST_LINE = 2**20
_MOST_ROWS = 500_000
_LONGEST_TEXT = 2000
#: A number that is a time in seconds is smaller until the year 5138; one of milliseconds is not before 1973, and so on.
_SECONDS = 1e11
_UNITS = (1.0, 1e3, 1e6, 1e9)


class LogLines(Struct, frozen=True, kw_only=True):
    """The lines of a window in the columns of `LogTable`, `time_ms` first.

    `oldest_ms` and `newest_ms` are the times of the first and the last line up to the end of the window, `bad` counts
    lines that are none.
    """

    rows: tuple[tuple[Value, ...], ...] = ()
    oldest_ms: int | None = None
    newest_ms: int | None = None
    bad: int = 0


def read(files: Sequence[str], table: LogTable, since_ms: int, until_ms: int) -> LogLines:
    """The lines after `since_ms` and up to `until_ms` of all files; SourceError for one that cannot be read."""
    rows: list[tuple[Value, ...]] = []
    oldest, newest, bad = None, None, 0
    for file in {path.realpath(file): file for file in files}.values():  # the same one twice has the same lines
        for time_ms, found in _timed(file, table.time):
            if time_ms is None:
                bad += 1
            elif time_ms <= until_ms:
                oldest = time_ms if oldest is None else min(oldest, time_ms)
                newest = time_ms if newest is None else max(newest, time_ms)
                if time_ms > since_ms and (row := _row(found, table)) is not None:
                    rows.append((time_ms, *row))
            if len(rows) > _MOST_ROWS:
                message = f"{file}: more than {_MOST_ROWS:,} lines in the window"
                raise SourceError(message, msg("narrow the window with --window, --trend-window or --slo"))
    return LogLines(rows=tuple(rows), oldest_ms=oldest, newest_ms=newest, bad=bad)


def _timed(file: str, place: str) -> Iterator[tuple[int | None, Mapping[str, object]]]:
    """Every line with its time, None for one that has none; SourceError if no line of the file has one."""
    timed, empty = False, True
    for line in _lines(file):
        empty = False
        if line:
            found = _object(line)
            time_ms = _milliseconds(_at(found, place))
            timed = timed or time_ms is not None
            yield time_ms, found
    if not timed and not empty:
        message = f"{file}: none of its lines is a JSON object with a time in {place}"
        raise SourceError(message, _HINT)


def _lines(file: str) -> Iterator[bytes]:
    try:
        with open_file(file) as raw:
            zipped = raw.read(2) == _GZIP
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if zipped else io.BufferedReader(cast("io.FileIO", raw))
            yield from _of_stream(stream)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{file}: {getattr(error, 'strerror', None) or error}"
        raise SourceError(message, _HINT) from error


def _of_stream(stream: "gzip.GzipFile | io.BufferedReader[io.FileIO]") -> Iterator[bytes]:
    """Every line; nothing of one that is too long."""
    skipping = False
    while line := stream.readline(_LONGEST_LINE):
        whole = line.endswith(b"\n")
        if not skipping and not line.isspace():
            yield line if whole or len(line) < _LONGEST_LINE else b""
        skipping = not whole


def _object(line: bytes) -> Mapping[str, object]:
    """The line, or an empty object for one that is none."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _row(found: Mapping[str, object], table: LogTable) -> tuple[Value, ...] | None:
    """The columns of one line; None if it is none of those that are asked for."""
    row = {name: _value(_at(found, place)) for name, place in table.columns.items()}
    asked = all(any(fnmatchcase(str(row[name]), glob) for glob in globs) for name, globs in table.only.items())
    return tuple(row.values()) if asked else None


def _at(found: object, place: str) -> object:
    """What a path of member names leads to; None if it leads nowhere."""
    for name in place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _value(found: object) -> Value:
    if isinstance(found, bool):
        return int(found)
    if isinstance(found, (int, float)):
        return found if isfinite(found) and abs(found) < 2**63 else None
    return found[:_LONGEST_TEXT] if isinstance(found, str) else None


def _milliseconds(time: object) -> int | None:
    """Unix milliseconds of a text, or of a number of seconds or parts of one."""
    if isinstance(time, (int, float)) and not isinstance(time, bool) and time > 0:
        return next((round(time * 1000 / unit) for unit in _UNITS if time < _SECONDS * unit), None)
    if not isinstance(time, str):
        return None
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)
