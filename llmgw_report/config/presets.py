"""Bounds for a stage of a gateway's life, by name. The file name is the name."""

from pathlib import Path

from llmgw_report.errors import UsageError
from llmgw_report.plugins import nearest

HERE = Path(__file__).parent / "presets"


def names() -> tuple[str, ...]:
    """Every preset there is, sorted."""
    return tuple(sorted(file.stem for file in HERE.glob("*.toml")))


def path(name: str, place: str) -> Path:
    """The file of one preset; UsageError names `place` and the nearest preset."""
    known = names()
    if name not in known:
        message = f"{place}: unknown preset {name!r}"
        raise UsageError(message, nearest(name, known))
    return HERE / f"{name}.toml"
