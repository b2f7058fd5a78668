"""Reads one metrics scrape from a URL, a file or standard input, and rejects what is not one."""

import re
import sys
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from msgspec import structs

from llmgw_report import units
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import join, msg
from llmgw_report.model.run import Progress
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.redaction.urls import shown_url
from llmgw_report.resources import NO_FILE, open_file
from llmgw_report.sources.exposition import parse

_BLOCK_BYTES = 128 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS
#: A JSON array, or an object with its first key. `{"a.b", model="x"} 1` is exposition text: a quoted name.
_JSON = rb'\s*(?:\[|\{\s*(?:\}|"(?:[^"\\]|\\.)*"\s*:))'
#: Enough to recognise another kind of document, and how many blank bytes may stand before it.
_SNIFFED_BYTES, _BLANK_BYTES = 512, 64 * 1024
_SQLITE = msg("an SQLite database")
#: What files of other kinds begin with.
_OTHER_FILES = {
    b"SQLite format 3\0": _SQLITE,
    b"PK\x03\x04": msg("a zip archive"),
    b"%PDF": msg("a PDF document"),
    b"BZh": msg("a bzip2 archive"),
    b"\xfd7zXZ\0": msg("an xz archive"),
    b"\x28\xb5\x2f\xfd": msg("a zstd archive"),
    b"\x89PNG": msg("a picture"),
}
_GIVE_TEXT = msg("give a scrape in the Prometheus text format")
_CHECK_PATH = msg("check the path given with --metrics-file")
_PIPE = msg("pipe it into standard input and give --metrics-file -")
_GIVE_ENDPOINT = msg("give the metrics endpoint itself, usually /metrics, with --url")
_NOT_USED_YET = msg(
    "a gateway that has not served a request yet may expose no metrics: send one through it and try again"
)


def scrape(target: MetricsTarget, interest: Interest, progress: Progress | None = None) -> Scrape:
    """Read and parse the scrape that `target` names, keeping what `interest` asks for.

    Raises SourceError, with the remedy as its hint, where there is no exposition to be had: nothing
    answers, the answer is an error or another kind of document, it is too large or truncated, or no
    line of it is a sample. No secret of the target is in any message or in the result. `progress`
    counts the bytes as they arrive.
    """
    modified_ms = None
    if target.url is None:
        name = target.file or "-"
        modified_ms = _modified_ms(name)
        shown = msg("standard input") if name == "-" else name
        blocks = _file_blocks(name)
    else:
        # httpx costs as much as everything else a run imports: only a URL pays for it.
        from llmgw_report.sources.prometheus.http import get, require_url

        require_url(target.url)
        shown = shown_url(target.url)
        blocks = get(target, shown)
    # Closed here: an error keeps its frames, and with them the connection, for as long as it is kept.
    with closing(blocks):
        text = _counted(_decoded(blocks, shown), shown, target.max_bytes, progress or Progress())
        found = parse(_exposition(text, shown), interest, shown)
    if not found.sample_count:
        raise _no_samples(found)
    return structs.replace(found, modified_ms=modified_ms)


def _modified_ms(name: str) -> float | None:
    """When a file was last changed; None for standard input, and for a file that reading will say more of."""
    try:
        return None if name == "-" else Path(name).stat().st_mtime * 1000
    except (OSError, ValueError):
        return None


def _file_blocks(name: str) -> Generator[bytes, None, None]:
    """The bytes of the file `name`, or of standard input for "-", a block at a time."""
    try:
        if name == "-":
            if sys.stdin is None:
                raise SourceError(msg("standard input: closed"), msg("pipe the scrape into it, or give a file"))
            yield from _blocks(sys.stdin.buffer)
        else:
            with open_file(name) as file:
                yield from _blocks(file)
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file", _CHECK_PATH) from None
    except IsADirectoryError:
        raise SourceError(
            f"{name}: is a directory", msg("give the scrape file inside it with --metrics-file")
        ) from None
    except PermissionError:
        hint = msg("run as a user who can read it, or change its permissions")
        raise SourceError(f"{name}: permission denied", hint) from None
    except (OSError, ValueError) as problem:
        reason = (problem.strerror if isinstance(problem, OSError) else "") or problem
        hint = _PIPE if reason == NO_FILE else _CHECK_PATH
        raise SourceError(f"{name}: cannot be read: {reason}", hint) from problem


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


def _decoded(blocks: Iterable[bytes], shown: str) -> Iterator[bytes]:
    """The text in UTF-8. A gzip stream that is cut or damaged ends where it does: its last line is then no sample."""
    first, blocks = _peeked(iter(blocks))
    if first.startswith(_GZIP):
        first, blocks = _peeked(_unpacked(blocks, shown))
    if first.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _recoded(blocks)
    return blocks


def _peeked(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first two bytes or more, and the same blocks."""
    first = b""
    while len(first) < len(_GZIP) and (block := next(blocks, b"")):
        first += block
    return first, chain([first], blocks)


def _unpacked(blocks: Iterable[bytes], shown: str) -> Iterator[bytes]:
    """A block at a time whatever the ratio: a megabyte may unpack to a gigabyte. Streams may follow one another.

    Raises SourceError for a damaged file of which nothing can be read.
    """
    stream, found = zlib.decompressobj(_GZIP_WINDOW_BITS), False
    for block in blocks:
        rest = block
        while rest:
            if stream.eof:
                stream = zlib.decompressobj(_GZIP_WINDOW_BITS)
            try:
                unpacked = stream.decompress(rest, _BLOCK_BYTES)
            except zlib.error:
                if found:
                    return
                raise _damaged(shown) from None
            rest = stream.unused_data or stream.unconsumed_tail
            found = found or bool(unpacked)
            yield unpacked
    if not found and not stream.eof:
        raise _damaged(shown)


def _damaged(shown: str) -> SourceError:
    return SourceError(join(": ", [shown, msg("a damaged gzip file")]), msg("save the scrape again"))


def _recoded(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 with its byte order mark, as PowerShell writes what it redirects."""
    decoder = getincrementaldecoder("utf-16")(errors="replace")
    for block in blocks:
        yield decoder.decode(block).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")


def _counted(blocks: Iterable[bytes], shown: str, limit: int, progress: Progress) -> Iterator[bytes]:
    """The same blocks. Raises SourceError once they are more than `limit` bytes."""
    size = 0
    for block in blocks:
        size += len(block)
        progress.scrape_bytes += len(block)
        if size > limit:
            raise SourceError(
                f"{shown}: more than {units.byte_size(limit)} of metrics, reading stopped",
                msg("drop labels with many values at the gateway, or raise --max-scrape-bytes"),
            )
        yield block


def _exposition(blocks: Iterator[bytes], shown: str) -> Iterator[bytes]:
    """The same blocks. Raises SourceError if they begin like another kind of document."""
    first = b""
    while len(first) < _BLANK_BYTES and len(first.lstrip()) < _SNIFFED_BYTES and (block := next(blocks, b"")):
        first += block
    if first.lstrip().startswith(b"<"):
        raise SourceError(f"{shown}: a web page, perhaps a login page, instead of metrics", _GIVE_ENDPOINT)
    kind = next((kind for start, kind in _OTHER_FILES.items() if first.startswith(start)), None)
    if kind is not None or b"\0" in first[:_SNIFFED_BYTES].partition(b"\n")[0]:
        instead = msg("{kind} instead of metrics", kind=kind or msg("binary data"))
        hint = msg("give the database with --db-path") if kind == _SQLITE else _GIVE_TEXT
        raise SourceError(join(": ", [shown, instead]), hint)
    if first.lstrip().startswith((b"[", b"{")) and re.match(_JSON, first):
        raise SourceError(f"{shown}: JSON instead of metrics in the Prometheus text format", _GIVE_ENDPOINT)
    return chain([first], blocks)


def _no_samples(found: Scrape) -> SourceError:
    if found.bad_lines:
        bad = found.bad_lines[0]
        message = f"{found.target}: no valid sample; line {bad.line} {bad.text[:80]!r}: {bad.reason}"
        return SourceError(message, _GIVE_TEXT)
    if found.families:
        return SourceError(f"{found.target}: metric families are declared, but there is no sample", _NOT_USED_YET)
    return SourceError(f"{found.target}: empty, there is no sample", _NOT_USED_YET)
