"""The body of an answer as it was before compression, in blocks of bounded size."""

import zlib
from collections.abc import Iterable, Iterator

#: One kibibyte of gzip can be a mebibyte of text: a block of the network is not unpacked at once.
_BLOCK_BYTES = 128 * 1024
_GZIP = 16 + zlib.MAX_WBITS

PLAIN = frozenset({"", "identity"})
GZIP = frozenset({"gzip", "x-gzip"})


class DamagedError(Exception):
    """Not gzip, or not all of it: `str` of it says which."""


def plain(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`blocks` without the `encoding`, one of PLAIN and GZIP, that they came in. Raises DamagedError."""
    return gunzipped(blocks) if encoding in GZIP else iter(blocks)


def gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip made of it, whose members may be several; the end of the last one must be there."""
    unpack = zlib.decompressobj(_GZIP)
    for rest in blocks:
        more = True
        while more:
            if unpack.eof and rest:
                unpack = zlib.decompressobj(_GZIP)
            piece = _unpacked(unpack, rest)
            if piece:
                yield piece
            rest = unpack.unconsumed_tail or unpack.unused_data  # noqa: PLW2901 - what is left of it
            # A full block may be part of what the input so far stands for, even if none of it is left.
            more = bool(rest) or (len(piece) == _BLOCK_BYTES and not unpack.eof)
    if not unpack.eof:
        raise DamagedError("the compressed answer is cut short")


def _unpacked(unpack: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return unpack.decompress(packed, _BLOCK_BYTES)
    except zlib.error:
        raise DamagedError("the compressed answer is damaged") from None
