"""Where a value came from: every place that may set one, the one that counts first."""

from collections.abc import Callable
from typing import Any

from msgspec import UNSET, Struct

from llmgw_report.config.schema import CheckTable, File
from llmgw_report.messages import say

DEFAULT = say("default")
COMMAND_LINE, ENVIRONMENT = say("command line"), say("environment")
PREFIX = "LLMGW_REPORT_"
NOTHING = CheckTable()


class Layer(Struct, frozen=True):
    """What one place says, in the words of the configuration file; `origin` is its name, `path` where it is a file."""

    origin: str
    file: File
    path: str | None = None


Layers = tuple[Layer, ...]
"""Command line, environment, file, preset; those that there are."""


def first(layers: Layers, pick: Callable[[File], Any], default: Any) -> tuple[Any, str]:  # noqa: ANN401 - any value
    """The value of the first place that has one, and the name of that place."""
    for layer in layers:
        value = pick(layer.file)
        if value is not None and value is not UNSET and value != ():
            return value, layer.origin
    return default, DEFAULT


def place(origin: str, key: str) -> str:
    """How the user finds the value again: the option, the variable, or the key of a file."""
    if origin in {COMMAND_LINE, DEFAULT}:
        return f"--{key}"
    return f"{PREFIX}{key.replace('-', '_').upper()}" if origin == ENVIRONMENT else f"{origin}: {key}"


def check(file: File, slug: str) -> CheckTable:
    """What one place says of one check."""
    return file.checks.get(slug, NOTHING)
