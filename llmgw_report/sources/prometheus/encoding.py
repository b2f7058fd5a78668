"""What a saved scrape is written in: gzip is unpacked and UTF-16 becomes UTF-8, a block at a time."""

import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterable, Iterator
from itertools import chain

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 128 * 1024


def decoded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The text in UTF-8. A gzip stream that is cut or damaged ends where it does: its last line is then no sample."""
    first, blocks = _peeked(iter(blocks))
    if first.startswith(_GZIP):
        first, blocks = _peeked(_unpacked(blocks))
    if first.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _recoded(blocks)
    return blocks


def _peeked(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first two bytes or more, and the same blocks."""
    first = b""
    while len(first) < len(_GZIP) and (block := next(blocks, b"")):
        first += block
    return first, chain([first], blocks)


def _unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A block at a time whatever the ratio: a megabyte may unpack to a gigabyte. Streams may follow one another."""
    stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
    for block in blocks:
        rest = block
        while rest:
            if stream.eof:
                stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
            try:
                unpacked = stream.decompress(rest, _BLOCK_BYTES)
            except zlib.error:
                return
            rest = stream.unused_data or stream.unconsumed_tail
            yield unpacked


def _recoded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 with its byte order mark, as PowerShell writes what it redirects."""
    decoder = getincrementaldecoder("utf-16")(errors="replace")
    for block in blocks:
        yield decoder.decode(block).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")
