"""The places that may set a value, and which of them counts: command line, environment, file, preset, default."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from llmgw_report.config import values
from llmgw_report.config.option import Option
from llmgw_report.config.options import OPTIONS
from llmgw_report.config.schema import CheckTable, ExpectTable, WaiveTable
from llmgw_report.messages import msg

DEFAULT = msg("default")
COMMAND_LINE, ENVIRONMENT = msg("command line"), msg("environment")


class Layer(Struct, frozen=True, kw_only=True):
    """What one place sets: options by name in base units, tables of checks by slug; `path` where it is a file.

    `found`: the file was merely found in the working directory, and may be anybody's.
    """

    origin: str
    values: dict[str, Any] = {}
    checks: dict[str, CheckTable] = {}
    expect: tuple[ExpectTable, ...] = ()
    waive: tuple[WaiveTable, ...] = ()
    path: str | None = None
    found: bool = False


Layers = tuple[Layer, ...]
"""The one that counts first is first."""


class Setting(NamedTuple):
    """The value that counts, of the type that the option's kind says, and the place that set it."""

    value: Any
    origin: str


def merged(layers: Sequence[Layer]) -> dict[str, Setting]:
    """Every option by name. A layer that sets one of two alternatives goes over both of a lower one."""
    found = {option.name: Setting(values.default(option.name), DEFAULT) for option in OPTIONS}
    for layer in reversed(layers):
        for option in OPTIONS:
            if option.name in layer.values:
                for other in option.instead:
                    _clear(found, other, layer)
                found[option.name] = Setting(layer.values[option.name], layer.origin)
    return found


def _clear(found: dict[str, Setting], name: str, layer: Layer) -> None:
    """Forget what a lower layer set, and what means nothing without it."""
    if name in layer.values:
        return
    found[name] = Setting(None, DEFAULT)
    for option in OPTIONS:
        left = any(found[one].value for one in option.needs)
        if name in option.needs and not left and option.name not in layer.values:
            found[option.name] = Setting(values.default(option.name), DEFAULT)


def place(option: Option, origin: str) -> str:
    """How the user finds the value again: the option, the variable, or the key of a file."""
    if origin in {COMMAND_LINE, DEFAULT}:
        return f"--{option.name}"
    if origin == ENVIRONMENT:
        return option.variable
    return f"{origin}: [{option.table}], {option.file_key}" if option.table else f"{origin}: {option.file_key}"
