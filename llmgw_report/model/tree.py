"""Everything inside a document, one leaf at a time."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any document, the same shape back
    """The same structs, dictionaries, lists and tuples with every leaf changed, keys of dictionaries included."""
    if isinstance(value, Struct):
        return type(value)(**{name: mapped(getattr(value, name), change) for name in value.__struct_fields__})
    if isinstance(value, dict):
        return {mapped(key, change): mapped(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(item, change) for item in value)
    return change(value)
