"""Presets: configuration files for a stage, which come with the program."""

from pathlib import Path

from llmgw_report import plugins
from llmgw_report.errors import UsageError

FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Every preset, sorted."""
    return tuple(sorted(file.stem for file in FOLDER.iterdir() if file.suffix == ".toml"))


def path(name: str, place: str) -> Path:
    """The file of one preset; UsageError names `place` and the nearest preset."""
    known = names()
    if name not in known:
        raise UsageError(f"{place}: unknown preset {name!r}", plugins.nearest(name, known))
    return FOLDER / f"{name}.toml"
