"""An end to what may want memory without end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAGES = Path("/proc/self/statm")


@contextmanager
def memory(more: int) -> Iterator[None]:
    """MemoryError inside what takes so many bytes more than are taken now; none where the system does not tell."""
    try:
        import resource  # not on every system

        most = int(_PAGES.read_text("ascii").split()[0]) * resource.getpagesize() + more
        before, hard = resource.getrlimit(resource.RLIMIT_AS)
    except (ImportError, OSError):
        yield
        return
    lower = min(limit for limit in (before, hard, most) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (lower, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))
