"""Samples as a scraping server sends them on to another: with the markers that end a series, which no text has.

Without these a series that a restart took away would stand for five more minutes, as in no server that scrapes.
"""

import re
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping

#: A NaN of these bits, and of no others, says that the series is no longer there.
STALE: float = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
#: A server takes samples that are up to an hour older than the newest that it has.
BATCH_MS = 20 * 60_000
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class Series:
    """The samples of one series: times in milliseconds, and the bits of the values, because a NaN has others."""

    def __init__(self) -> None:
        self.times, self.values = array("q"), bytearray()

    def add(self, ms: int, value: float) -> None:
        """The next sample."""
        self.times.append(ms)
        self.values += struct.pack("<d", value)


def bodies(its: Mapping[tuple[str, str], Series], since_ms: int, until_ms: int) -> Iterator[bytes]:
    """The requests that write all samples, oldest first; a series is by its name and labels."""
    heads = {key: _labels(*key) for key in its}
    for begin in range(since_ms, until_ms + 1, BATCH_MS):
        parts = []
        for key, series in its.items():
            first, last = (bisect_left(series.times, end) for end in (begin, begin + BATCH_MS))
            if first < last:
                body = heads[key] + b"".join(_samples(series, first, last))
                parts.append(b"\x0a" + _varint(len(body)) + body)
        if parts:
            yield _block(b"".join(parts))


def _labels(name: str, text: str) -> bytes:
    pairs = sorted([("__name__", name), *_LABEL.findall(text)])
    return b"".join(_field(1, _field(1, key.encode()) + _field(2, value.encode())) for key, value in pairs)


def _samples(series: Series, first: int, last: int) -> Iterator[bytes]:
    for place in range(first, last):
        body = b"\x09" + series.values[8 * place : 8 * place + 8] + b"\x10" + _varint(series.times[place])
        yield b"\x12" + _varint(len(body)) + body


def _field(number: int, body: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def _block(body: bytes) -> bytes:
    """A body in the frame of Snappy, as one literal: the protocol asks for it, and loopback is fast enough."""
    return _varint(len(body)) + b"\xfc" + struct.pack("<I", len(body) - 1) + body
