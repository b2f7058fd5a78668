"""A folder that lasts as long as a tool runs, however that ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

#: What ends a program whose terminal, job or machine goes away; each would end Python before it has removed anything.
ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def temporary(tool: str, where: str | None = None) -> Iterator[Path]:
    """A new folder for the tool of this name, in `where` or among the temporary files.

    What asks the program to end is an interruption of it, after which the folder is removed.
    """
    before = {one: signal.signal(one, signal.default_int_handler) for one in ENDINGS}
    try:
        # After an interruption, what a program had started may still write into it.
        with TemporaryDirectory(prefix=f"llmgw-report-{tool}-", dir=where, ignore_cleanup_errors=True) as folder:
            yield Path(folder).resolve()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
