"""The body cut into pieces that end with a line."""

from collections.abc import Iterable, Iterator

#: 64 to 256 KiB is fastest; 4 MiB is 1.4 times slower, because it no longer fits the processor's cache.
_WINDOW_BYTES = 128 * 1024
#: Characters. No exporter writes a longer line, and what comes without any line end must not fill the memory.
LONGEST_LINE = 2**20
_KEPT_WINDOWS = 4 * LONGEST_LINE // _WINDOW_BYTES  # no character has more than four bytes


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Whole lines of about 128 KiB at a time; the last piece may lack its "\n".

    Lines end at "\n" alone. `bytes.splitlines` and httpx's `iter_lines` also cut at characters that are
    legal inside a label value. Of a line longer than `LONGEST_LINE` a part is left out, and it is still longer.
    """
    rest: list[bytes] = []
    for window in _windows(blocks):
        cut = window.rfind(b"\n") + 1
        if cut:
            yield b"".join((*rest, window[:cut]))
            rest.clear()
        # A line longer than the window is collected, not searched again.
        if len(rest) <= _KEPT_WINDOWS:
            rest.append(window[cut:])
    last = b"".join(rest)
    if last:
        yield last


def _windows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in windows of one size: where the network cut them must not decide how floats are summed."""
    buffer = bytearray()
    for block in blocks:
        buffer += block
        while len(buffer) >= _WINDOW_BYTES:
            yield bytes(buffer[:_WINDOW_BYTES])
            del buffer[:_WINDOW_BYTES]
    yield bytes(buffer)
