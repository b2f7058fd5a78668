"""Everything inside a document, one leaf at a time."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

Table = dict[Any, Any]


def _as_it_is(table: Table) -> Table:
    return table


def mapped(value: Any, change: Callable[[Any], Any], table: Callable[[Table], Table] = _as_it_is) -> Any:  # noqa: ANN401 - any document, the same shape back
    """The same structs, dictionaries, lists and tuples with every leaf changed, keys of dictionaries included.

    `table` sees each dictionary first: a leaf does not know under which key it stands.
    """
    if isinstance(value, Struct):
        return type(value)(**{name: mapped(getattr(value, name), change, table) for name in value.__struct_fields__})
    if isinstance(value, dict):
        return {mapped(key, change, table): mapped(item, change, table) for key, item in table(value).items()}
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(item, change, table) for item in value)
    return change(value)
