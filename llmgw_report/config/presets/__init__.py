"""Presets: configuration files for a stage, which come with the program."""

from __future__ import annotations

from os import scandir
from typing import TYPE_CHECKING

from llmgw_report import plugins
from llmgw_report.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = __path__[0]
SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """Every preset, sorted."""
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in scandir(FOLDER) if file.name.endswith(SUFFIX)))


def path(name: str, place: str) -> Path:
    """The file of one preset; UsageError names `place` and the nearest preset."""
    known = names()
    if name not in known:
        raise UsageError(f"{place}: unknown preset {name!r}", plugins.nearest(name, known))
    from pathlib import Path  # the list of options does without

    return Path(FOLDER, f"{name}{SUFFIX}")
