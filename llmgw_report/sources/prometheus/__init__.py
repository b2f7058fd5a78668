"""One scrape: from a URL, a file or standard input, always the same parser and the same last questions."""

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from llmgw_report import units
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import say
from llmgw_report.model.run import Progress
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.sources.prometheus.reader import parse

_BLOCK_BYTES = 128 * 1024


def read_file(name: str) -> Iterator[bytes]:
    """The bytes of the file `name`, or of standard input for "-", a block at a time.

    Raises SourceError where it is not there, is a directory, or may not or cannot be read.
    """
    try:
        if name == "-":
            if sys.stdin is None:
                raise SourceError(say("standard input: closed"), say("pipe the scrape into it, or name a file"))
            yield from _blocks(sys.stdin.buffer)
        else:
            # Unbuffered: the blocks are larger than a buffer would be.
            with Path(name).open("rb", buffering=0) as file:
                yield from _blocks(file)
    except FileNotFoundError:
        raise SourceError(f"{name}: no such file", say("check the path given with --metrics-file")) from None
    except IsADirectoryError:
        raise SourceError(f"{name}: is a directory", say("name the scrape's file in it with --metrics-file")) from None
    except PermissionError:
        raise SourceError(
            f"{name}: may not be read", say("run as a user who may read it, or change its mode")
        ) from None
    except (OSError, ValueError) as problem:
        raise SourceError(
            f"{name}: cannot be read: {problem}", say("check the path given with --metrics-file")
        ) from problem


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block


#: A JSON array, or an object with its first key. `{"a.b", model="x"} 1` is exposition text: a quoted name.
_JSON = re.compile(rb'\s*(?:\[|\{\s*(?:\}|"(?:[^"\\]|\\.)*"\s*:))')
#: Bytes that tell another kind of document, and how many blank ones may stand before them.
_BEGINNING, _BLANKS = 512, 64 * 1024
_WANTED = say("name the metrics endpoint itself, usually /metrics, with --url")


def scrape(target: MetricsTarget, interest: Interest, progress: Progress | None = None) -> Scrape:
    """Read and parse the scrape that `target` names, keeping what `interest` asks for.

    Raises SourceError, with the remedy as its hint, where there is no exposition to be had: nothing
    answers, the answer is an error or another kind of document, it is too large or cut short, or not
    one line of it is a sample. No secret of the target is in any message or in the result. `progress` is
    told of every block.
    """
    told = progress or Progress()
    if target.url is None:
        name = target.file or "-"
        shown = say("standard input") if name == "-" else name
        return _parsed(_counted(read_file(name), told), interest, shown, target.max_bytes)
    # httpx costs as much as everything else a run imports: only a URL pays for it.
    from llmgw_report.sources.prometheus.http import get, shown_url

    shown = shown_url(target.url)
    return _parsed(_counted(get(target, shown), told), interest, shown, target.max_bytes)


def _parsed(blocks: Iterable[bytes], interest: Interest, shown: str, limit: int) -> Scrape:
    found = parse(_exposition(_limited(blocks, shown, limit), shown), interest, shown)
    if not found.sample_count:
        raise SourceError(*_nothing_found(found))
    return found


def _counted(blocks: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
    for block in blocks:
        progress.scrape_bytes += len(block)
        yield block


def _limited(blocks: Iterable[bytes], shown: str, limit: int) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise SourceError(
                f"{shown}: more than {units.byte_size(limit)} of metrics, reading stopped",
                say("drop labels with many values at the gateway, or allow more with --max-scrape-bytes"),
            )
        yield block


def _exposition(blocks: Iterator[bytes], shown: str) -> Iterator[bytes]:
    """The same blocks, unless they begin like another kind of document."""
    first = b""
    while len(first) < _BLANKS and len(first.lstrip()) < _BEGINNING and (block := next(blocks, b"")):
        first += block
    if first.lstrip().startswith(b"<"):
        raise SourceError(f"{shown}: a web page, perhaps a login page, where metrics were expected", _WANTED)
    if _JSON.match(first):
        raise SourceError(f"{shown}: JSON where metrics in the Prometheus text format were expected", _WANTED)
    return chain([first], blocks)


def _nothing_found(found: Scrape) -> tuple[str, str]:
    if found.bad_lines:
        bad = found.bad_lines[0]
        message = f"{found.target}: not one valid sample; line {bad.line} {bad.text[:80]!r}: {bad.reason}"
        return message, say("give a scrape in the Prometheus text format")
    if found.families:
        return f"{found.target}: families are declared but there is not one sample", _idle()
    return f"{found.target}: empty, there is not one sample", _idle()


def _idle() -> str:
    return say("a gateway that has served no request yet may have no metrics: send one through it and try again")
