"""Real engines with data made in the test; a test skips by name what a machine lacks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.fleet import engines


def require(*programs: Path) -> None:
    """Skip, with the name of what the package manager would have to install."""
    for name in engines.missing(*programs):
        assert "ENGINES_REQUIRED" not in os.environ, f"no {name}, and .ci/run installs it"
        pytest.skip(f"no {name} on this machine")


@contextmanager
def prometheus(folder: Path, text: str, *options: str) -> Iterator[str]:
    """The address of a Prometheus that holds these samples, and scrapes nothing."""
    require(engines.PROMETHEUS, engines.PROMTOOL)
    with engines.prometheus(folder, text, *options) as url:
        yield url


@contextmanager
def victoria(folder: Path, text: str) -> Iterator[str]:
    """The address of a VictoriaMetrics that was given these samples."""
    require(engines.VICTORIA)
    with engines.victoria(folder, text) as url:
        yield url
