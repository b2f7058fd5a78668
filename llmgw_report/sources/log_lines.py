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
#: A number that is a time in seconds is smaller until the year 5138.
_SECONDS = 1e11


class LogLines(Struct, frozen=True, kw_only=True):
    """The lines of a window in the columns of `LogTable`, `time_ms` first.

    `newest_ms` is the time of the newest line up to the end of the window, `bad` counts lines that are none.
    """

    rows: tuple[tuple[Value, ...], ...] = ()
    newest_ms: int | None = None
    bad: int = 0


def read(files: Sequence[str], table: LogTable, since_ms: int, until_ms: int) -> LogLines:
    """The lines after `since_ms` and up to `until_ms` of all files; SourceError for one that cannot be read."""
    rows: list[tuple[Value, ...]] = []
    newest, bad, lines = None, 0, 0
    for file in files:
        for line in _lines(file):
            lines += 1
            found = _object(line)
            time_ms = None if found is None else _milliseconds(_at(found, table.time))
            if found is None or time_ms is None:
                bad += 1
                continue
            if time_ms > until_ms:
                continue
            newest = time_ms if newest is None else max(newest, time_ms)
            if time_ms > since_ms and (row := _row(found, table)) is not None:
                rows.append((time_ms, *row))
            if len(rows) > _MOST_ROWS:
                message = f"{file}: more than {_MOST_ROWS:,} lines in the window"
                raise SourceError(message, msg("narrow the window with --window, --trend-window or --slo"))
    if lines == bad and bad:
        message = f"{files[0]}: none of its lines is a JSON object with a time in {table.time}"
        raise SourceError(message, _HINT)
    return LogLines(rows=tuple(rows), newest_ms=newest, bad=bad)


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
    """Every line that is not too long; of one that is nothing."""
    skipping = False
    while line := stream.readline(_LONGEST_LINE):
        whole = line.endswith(b"\n")
        if not skipping and (whole or len(line) < _LONGEST_LINE) and not line.isspace():
            yield line
        skipping = not whole


def _object(line: bytes) -> Mapping[str, object] | None:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _row(found: Mapping[str, object], table: LogTable) -> tuple[Value, ...] | None:
    """The columns of one line; None if it is none of those that are asked for."""
    row = {name: _value(_at(found, path)) for name, path in table.columns.items()}
    asked = all(any(fnmatchcase(str(row[name]), glob) for glob in globs) for name, globs in table.only.items())
    return tuple(row.values()) if asked else None


def _at(found: object, path: str) -> object:
    """What a path of member names leads to; None if it leads nowhere."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _value(found: object) -> Value:
    if isinstance(found, bool):
        return int(found)
    if isinstance(found, (int, float)):
        return found if isfinite(found) and abs(found) < 2**63 else None
    return found[:_LONGEST_TEXT] if isinstance(found, str) else None


def _milliseconds(time: object) -> int | None:
    """Unix milliseconds of a text or of a number of seconds or milliseconds."""
    if isinstance(time, (int, float)) and not isinstance(time, bool) and 0 < time < _SECONDS * 1000:
        return round(time * 1000 if time < _SECONDS else time)
    if not isinstance(time, str):
        return None
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)
