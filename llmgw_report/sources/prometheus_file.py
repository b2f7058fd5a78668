"""A saved scrape, or one that arrives through a pipe."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from llmgw_report.errors import SourceError
from llmgw_report.model.message import say

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
