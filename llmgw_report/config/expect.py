"""`[[expect]]`: what is expected of which figure, checked as far as it can be before anything is read.

A figure is named by its path in the sections of the JSON document: `instances[instance="a-1"].attempts`.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from math import isfinite
from re import VERBOSE, Match
from re import compile as compiled
from typing import NoReturn

from msgspec import inspect

from llmgw_report.config.schema import ExpectTable
from llmgw_report.config.settings import Comparison, Expectation, Step
from llmgw_report.config.values import ratio_text, threshold
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Unit
from llmgw_report.model.sections import Sections
from llmgw_report.plugins import nearest

COMPARISONS: tuple[Comparison, ...] = ("at-least", "at-most", "equals")
#: What the name of a figure ends in says what its limit may be written in: "2%", "15m".
UNITS: dict[str, Unit] = {"_seconds": "seconds", "_ratio": "ratio"}
#: The ends of an interval are in the unit of what it is an interval of.
INTERVAL = ("low", "high")
#: A ratio of two different things, and not of a part to the whole.
RATIOS_ABOVE_ONE = ("output_input_ratio",)
FIGURE = "traffic.total.requests"
STEP = compiled(
    r"""(?: (?P<name>[A-Za-z_][A-Za-z0-9_-]*) | "(?P<quoted>[^"]*)" )
        (?P<row>(?:\[[^\]"]*"[^"]*"\])*)
        (?: \.(?=.) | $ )""",
    VERBOSE,
)
PICK = compiled(r'\[\s*([A-Za-z_]+)\s*=\s*"([^"]*)"\s*\]')
EXAMPLE = 'for example traffic.total.requests or instances[instance="a-1"].attempts'


def expectations(tables: Sequence[ExpectTable], place: str, queries: tuple[str, ...]) -> tuple[Expectation, ...]:
    """All of one file; `queries` are the names of those whose rows the report will hold."""
    return tuple(
        _expectation(table, f"{place}: [[expect]] {number}", queries) for number, table in enumerate(tables, 1)
    )


def parse(text: str, place: str) -> tuple[Step, ...]:
    """The steps of a path; UsageError at the first character that is not of one."""
    steps, at = [], 0
    while at < len(text):
        found = STEP.match(text, at)
        if found is None:
            message = f"{place}: cannot read {text!r} from character {at + 1}"
            raise UsageError(message, EXAMPLE)
        steps.append(_step(found, place))
        at = found.end()
    if not steps:
        message = f"{place}: an empty path"
        raise UsageError(message, EXAMPLE)
    return tuple(steps)


def text(steps: tuple[Step, ...]) -> str:
    """The path that `parse` reads as these steps."""
    return ".".join(one.name + "".join(f'[{key}="{value}"]' for key, value in one.row.items()) for one in steps)


def known(steps: tuple[Step, ...], place: str) -> inspect.Type:
    """The type of the figure at the end; UsageError with the nearest path if the document never has one there."""
    here = _sections()
    for number, step in enumerate(steps):
        if isinstance(here, inspect.StructType) and step.name not in _names(here):
            _lost(steps, number, here, place)
        here = _picked(_value(_child(here, step, place)), step, place)
    if isinstance(here, (inspect.StructType, inspect.DictType)):
        message = f"{place}: {text(steps)} is a table, not a figure"
        raise UsageError(message, f"name one of {', '.join(_names(here)) or 'its keys'}")
    if _is_list(here):
        message = f"{place}: {text(steps)} is a list, not a figure"
        raise UsageError(message, EXAMPLE)
    return here


def _expectation(table: ExpectTable, place: str, queries: tuple[str, ...]) -> Expectation:
    given = {name: getattr(table, name.replace("-", "_")) for name in COMPARISONS}
    given = {name: limit for name, limit in given.items() if limit is not None}
    if len(given) != 1:
        message = f"{place}: needs one of {', '.join(COMPARISONS)}, and has {' and '.join(given) or 'none'}"
        raise UsageError(message, "for a range write two expectations")
    ((comparison, limit),) = given.items()
    if isinstance(limit, float) and not isfinite(limit):
        message = f"{place}: {comparison} is not a finite number"
        raise UsageError(message, "nothing can be compared with it")
    if table.figure is not None and table.query is None:
        return _of_figure(table.figure, comparison, limit, place)
    if table.query is not None and table.figure is None:
        return _of_query(table.query, comparison, limit, place, queries)
    raise UsageError(f"{place}: needs one of figure and query", f"for example figure = {FIGURE!r}")


def _of_figure(figure: str, comparison: Comparison, limit: float | str, place: str) -> Expectation:
    place = f"{place}, figure = {figure!r}"
    steps = parse(figure, place)
    is_text = isinstance(known(steps, place), (inspect.StrType, inspect.LiteralType))
    if is_text and comparison != "equals":
        message = f"{place}: it is a text, which is neither more nor less than anything"
        raise UsageError(message, "compare it with equals")
    name = steps[-2 if steps[-1].name in INTERVAL and len(steps) > 1 else -1].name
    unit = next((unit for suffix, unit in UNITS.items() if name.endswith(suffix)), None)
    if unit and isinstance(limit, str):
        limit = threshold(limit, unit, f"{place}: {comparison}")
    if unit == "ratio" and isinstance(limit, float) and limit > 1 and name not in RATIOS_ABOVE_ONE:
        message = f"{place}: {comparison} {ratio_text(limit)} is above 100%, which is all of them"
        raise UsageError(message, "write 5% or 0.05")
    if is_text != isinstance(limit, str):
        message = f"{place}: it is a {'text' if is_text else 'number'}, and is compared with {limit!r}"
        raise UsageError(message, f"write it {'in' if is_text else 'without'} quotes")
    return Expectation(figure=figure, comparison=comparison, limit=limit, steps=steps)


def _of_query(
    query: str, comparison: Comparison, limit: float | str, place: str, queries: tuple[str, ...]
) -> Expectation:
    """`name` or `name.column`; only running the query shows whether there is such a column."""
    name, dot, column = query.partition(".")
    if name not in queries:
        message = f"{place}: no query {name!r} runs"
        hint = nearest(name, queries) if queries else f"add it: --query {name or 'my'}.sql, or queries in [sources]"
        raise UsageError(message, hint)
    if dot and not column:
        message = f"{place}: {query!r} names no column"
        raise UsageError(message, f'write query = "{name}" for its first column')
    if isinstance(limit, str) and comparison != "equals":
        raise UsageError(f"{place}, {comparison}: {limit!r} is not a number", "write it without quotes")
    return Expectation(figure=f"query {query}", comparison=comparison, limit=limit, query=name, column=column or None)


def _step(found: Match[str], place: str) -> Step:
    name, row = found["name"] or found["quoted"] or "", found["row"]
    if PICK.sub("", row):
        message = f'{place}: {row!r} does not pick a row as [key="value"] does'
        raise UsageError(message, EXAMPLE)
    return Step(name=name, row=dict(PICK.findall(row)))


def _child(here: inspect.Type, step: Step, place: str) -> inspect.Type:
    if isinstance(here, inspect.StructType):
        return next(field.type for field in here.fields if field.encode_name == step.name)
    if isinstance(here, inspect.DictType):
        return here.value_type
    what = "is a list: pick a row before it" if _is_list(here) else "is a figure and has nothing below it"
    message = f"{place}: what stands before {step.name!r} {what}"
    raise UsageError(message, EXAMPLE)


def _picked(here: inspect.Type, step: Step, place: str) -> inspect.Type:
    """The type of a row where one is picked."""
    if not step.row:
        return here
    row = here.item_type if isinstance(here, inspect.VarTupleType) else None
    if not isinstance(row, inspect.StructType):
        message = f"{place}: {step.name} is not a list of rows that one could be picked from"
        raise UsageError(message, EXAMPLE)
    for key in step.row:
        if key not in _names(row):
            message = f"{place}: rows of {step.name} have no {key!r}"
            raise UsageError(message, nearest(key, _names(row)))
    return row


def _value(kind: inspect.Type) -> inspect.Type:
    """The type without None, which an absent figure has."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    return next(one for one in kind.types if not isinstance(one, inspect.NoneType))


def _is_list(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.VarTupleType)


def _names(kind: inspect.Type) -> tuple[str, ...]:
    return tuple(field.encode_name for field in kind.fields) if isinstance(kind, inspect.StructType) else ()


def _lost(steps: tuple[Step, ...], number: int, here: inspect.StructType, place: str) -> NoReturn:
    message = f"{place}: the report has no {text(steps)}: {steps[number].name!r} is not in it"
    close = nearest(steps[number].name, _names(here))
    if close.startswith("did"):
        better = Step(name=close.split("'")[1], row=steps[number].row)
        raise UsageError(message, f"did you mean {text((*steps[:number], better, *steps[number + 1 :]))!r}?")
    raise UsageError(message, nearest(text(steps), tuple(_figures(_sections()))))


@cache
def _sections() -> inspect.Type:
    """What a path begins in; its types are read once for all expectations, and not where there is none."""
    return inspect.type_info(Sections)


def _figures(kind: inspect.Type, before: str = "") -> Iterator[str]:
    """Every path to a figure, `[]` where a row has to be picked."""
    kind = _value(kind)
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from _figures(field.type, f"{before}.{field.encode_name}".removeprefix("."))
    elif isinstance(kind, inspect.VarTupleType):
        yield from _figures(kind.item_type, f"{before}[]")
    elif isinstance(kind, inspect.DictType):
        yield f"{before}.KEY"
    else:
        yield before
