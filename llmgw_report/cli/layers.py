"""What was typed, what the environment holds, the file and its preset, in the order in which they count."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from llmgw_report.config import presets
from llmgw_report.config.file import File, ReportTable, SloTable, SourcesTable, WindowTable
from llmgw_report.config.layers import COMMAND_LINE, ENVIRONMENT, PREFIX, Layer, Layers, first, place
from llmgw_report.config.reading import find, read
from llmgw_report.config.thresholds import settings as bounds
from llmgw_report.errors import UsageError

Typed = Mapping[str, Any]
Origins = Mapping[str, str]
"""Option -> "command line" or "environment"; an option that is not in it was typed."""

#: Option -> key, where they differ.
RENAMED = {"query": "queries", "template": "templates"}


def layers(typed: Typed, environment: Mapping[str, str], origins: Origins) -> Layers:
    """All there are; UsageError for a file that cannot be read or is wrong."""
    _text(typed)
    given = [
        Layer(COMMAND_LINE, _file(typed, origins, COMMAND_LINE, [])),
        Layer(ENVIRONMENT, _file(typed, origins, ENVIRONMENT, environment.get(f"{PREFIX}SET", "").splitlines())),
    ]
    path = None if typed["no_config"] else find(typed["config"], Path(), _user_folder(environment))
    if path:
        given.append(Layer(str(path), read(path), str(path)))
    name, origin = first(tuple(given), lambda file: file.preset, "")
    if name:
        given.append(Layer(f"preset {name}", read(presets.path(name, place(origin, "preset")))))
    return tuple(given)


def _file(typed: Typed, origins: Origins, origin: str, more: list[str]) -> File:
    """The options of one origin as the file would hold them.

    `--set` replaces LLMGW_REPORT_SET as click sees it, but only the bounds that it names are meant: `more` are
    the others.
    """
    mine = {name: value for name, value in typed.items() if origins.get(name, COMMAND_LINE) == origin}
    lines = mine.get("set") or more
    return File(
        preset=mine.get("preset"),
        fail_on=mine.get("fail_on"),
        lang=mine.get("lang"),
        sources=structs.replace(SourcesTable(), **_given(mine, SourcesTable)),
        slo=SloTable(target=mine.get("slo"), window=mine.get("slo_window")),
        window=structs.replace(WindowTable(), **_given(mine, WindowTable)),
        report=structs.replace(ReportTable(), **_given(mine, ReportTable)),
        checks=bounds(line for line in lines if line.strip()),
    )


def _given(mine: Typed, table: type[SourcesTable | WindowTable | ReportTable]) -> dict[str, Any]:
    named = {RENAMED.get(name, name): value for name, value in mine.items() if value not in {None, ()}}
    return {name: named[name] for name in table.__struct_fields__ if name in named}


def _user_folder(environment: Mapping[str, str]) -> Path | None:
    """The user's configuration folder; none without a home."""
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"])
    return Path(environment["HOME"]) / ".config" if environment.get("HOME") else None


def _text(typed: Typed) -> None:
    """UsageError for an argument that is no UTF-8: it could not be shown in any document."""
    for name, value in typed.items():
        for word in value if isinstance(value, tuple) else (value,):
            if name != "output" and isinstance(word, str) and not word.isascii() and _broken(word):
                raise UsageError(
                    f"--{name.replace('_', '-')}: holds a byte that is not UTF-8", "rename it, or type it again"
                )


def _broken(word: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in word)
