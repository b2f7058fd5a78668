"""A report with text from outside in every place that can hold a text, found by the types of the document."""

from collections.abc import Iterator
from itertools import count, cycle
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from llmgw_report.model.finding import Finding, Status
from llmgw_report.model.report import SCHEMA, Report, Tool

STATES: tuple[Status, ...] = get_args(Status)


def report(*texts: str) -> Report:
    """Every section filled with the texts one after another, in the order of the fields, again and again."""
    filling = _Filling(cycle(texts))
    found: Report = filling.struct(Report)
    tool = Tool(name="llmgw-report", version="0.1.0")  # not from outside
    return replace(
        found, schema=SCHEMA, tool=tool, findings=tuple(_findings(filling)), setup=replace(found.setup, redacted="no")
    )


def _findings(filling: "_Filling") -> Iterator[Finding]:
    """One of each state, one that follows from another, and one that is waived."""
    for number, state in enumerate((*STATES, "fail", "fail")):
        one: Finding = filling.struct(Finding)
        derived = "finding 0" if number == len(STATES) else None
        waived = one.waived if number > len(STATES) else None
        yield replace(one, status=state, fingerprint=f"finding {number}", derived_from=derived, waived=waived)


class _Filling:
    def __init__(self, texts: Iterator[str]) -> None:
        self.texts = texts
        self.numbers = count(1)

    def struct(self, kind: type[Struct]) -> Any:  # noqa: ANN401 - of the type given
        hints = get_type_hints(kind)
        return kind(**{name: self.value(hints[name]) for name in kind.__struct_fields__})

    def value(self, kind: Any) -> Any:  # noqa: ANN401 - a type, and one of its values
        origin, inside = get_origin(kind), get_args(kind)
        if origin is Literal:
            return inside[0]
        if origin in {Union, UnionType}:
            return self.value(str if str in inside else inside[0])
        if origin is tuple:
            return tuple(self.value(one) for one in inside if one is not Ellipsis)
        if origin is dict:
            return {self.value(inside[0]): self.value(inside[1])}
        return self.struct(kind) if issubclass(kind, Struct) else self.leaf(kind)

    def leaf(self, kind: type) -> object:
        return next(self.texts) if kind is str else next(self.numbers) if kind in {int, float} else kind()
