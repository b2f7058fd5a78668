"""Every text that a report may say, from where it stands: calls in the code, pages of checks, gateways, templates.

Babel calls one extractor per file. Nothing is registered: a new check, gateway, query or template is found.
"""

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from msgspec import structs

from llmgw_report.checks import page
from llmgw_report.gateways import definition
from llmgw_report.model.indicator import Indicator
from llmgw_report.units import numbers

#: Units that `units.quantity` writes in a form of their own.
MEASURES = frozenset({"s", "ratio", "1", "By", "USD"})
CHECKOUT = Path(__file__).parents[1]
#: The population of a figure whose definition names none.
(EVERY_REQUEST,) = (one.default for one in structs.fields(Indicator) if one.name == "population")

Found = tuple[int, str | None, str | tuple[str, ...], list[str]]
Extractor = Callable[..., Iterator[Found]]

#: Function -> which of its arguments are texts; of `finding` and its like a literal is one, anything else is not.
SAYING = {
    "msg": slice(0, 1),
    "join": slice(0, 1),
    "skip": slice(0, 1),
    "unknown": slice(0, 1),
    "finding": slice(1, 2),
    "judged": slice(1, 2),
    "cut": slice(1, 2),
    "table": slice(3, 4),
    "column": slice(0, 1),
    "number": slice(0, 1),
    "whole": slice(0, 1),
}


def code(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """Texts in calls, plurals of `msg_plural` and `plural`, and what a check counts in."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            yield from _call(node)


def check(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """The same of a check, and what its page says in a report."""
    tree = ast.parse(file.read())
    file.seek(0)
    yield from code(file)
    said = page(ast.get_docstring(tree, clean=False))
    yield from ((1, None, text, []) for text in (said.title, said.why, said.do))


def model(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """The same, and the words of the document that a report says as they are: those of every `Literal`."""
    yield from code(file)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Literal":
            words = (word.value for word in ast.walk(node.slice) if isinstance(word, ast.Constant))
            yield from ((node.lineno, None, word, []) for word in words if isinstance(word, str))


def quantities(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """The same without the kinds of quantities, which are no words of a report, and with the names of quantities."""
    yield from code(file)
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Quantity":
            yield from _names(node)


def _names(quantity: ast.Call) -> Iterator[Found]:
    """The words that a quantity makes out of its name where it is given none."""
    given = {one.arg: one.value for one in quantity.keywords}
    name = given.get("name")
    if isinstance(name, ast.Constant) and "title" not in given:
        words = str(name.value).replace("-", " ")
        yield from ((quantity.lineno, None, text, []) for text in (words[:1].upper() + words[1:], words))


def gateway(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """What a gateway never records, and which requests its figures are of."""
    found = tomllib.load(file)
    spots = found.get("blind-spots", ())
    sources = (source for sources in found.get("metrics", {}).values() for source in sources)
    texts = [
        *(text for spot in spots for text in (spot["quantity"], spot["reason"])),
        *found.get("families", {}).get("never", {}).values(),
        *(source.get("population", EVERY_REQUEST) for source in sources),
        *found.get("populations", {}).values(),
    ]
    yield from ((1, None, text, []) for text in texts)


def query(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """What the rows of a query are."""
    yield 1, None, definition.parse(Path(file.name).stem, file.read().decode()).title, []


METHODS: list[tuple[str, Extractor | str]] = [
    ("llmgw_report/cli/**.py", "ignore"),
    ("llmgw_report/checks/_*.py", code),
    ("llmgw_report/checks/*.py", check),
    ("llmgw_report/model/quantities.py", quantities),
    ("llmgw_report/model/*.py", model),
    ("llmgw_report/**.py", code),
    ("llmgw_report/gateways/*/gateway.toml", gateway),
    ("llmgw_report/gateways/*/*.sql", query),
    ("templates/**.j2", "jinja2"),
]


def template() -> Catalog:
    """A catalogue without any translation."""
    catalog = Catalog(project="llmgw-report")
    found = extract_from_dir(CHECKOUT, METHODS, directory_filter=_ours)  # type: ignore[arg-type]
    for name, _, message, comments, context in found:
        catalog.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalog


def _ours(folder: str) -> bool:
    """Babel would leave out what begins with an underscore."""
    path = Path(folder)
    return path == CHECKOUT or path.relative_to(CHECKOUT).parts[0] in {"llmgw_report", "templates"}


def _call(node: ast.Call) -> Iterator[Found]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    for argument in node.args[SAYING.get(name, slice(0, 0))]:
        yield from ((argument.lineno, None, text, []) for text in _texts(argument, name))
    if name == "SourceError":
        yield from _source_error(node)
    if name == "msg_plural":
        yield node.lineno, "ngettext", tuple(text for part in node.args[1:3] for text in _texts(part, name)), []
    if name == "plural":
        yield from _plural(node.args[1])
    for keyword in node.keywords:
        if keyword.arg == "unit" and name in {"finding", "judged"}:
            yield from _plural(keyword.value)


def _source_error(node: ast.Call) -> Iterator[Found]:
    """Of `f"{source}: what is wrong"` what is wrong: the report has the source in a column of its own."""
    match node.args[:1]:
        case [ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(text))])] if text.startswith(": "):
            yield node.lineno, None, text.removeprefix(": "), []


def _texts(node: ast.expr, name: str) -> Iterable[str]:
    """The literal, or both of a choice. A text put together before it is said cannot be looked up."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, name), *_texts(node.orelse, name)]
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in _texts(value, name)]
    if isinstance(node, ast.JoinedStr):
        message = f"{ast.unparse(node)}: {name}() takes a template and its arguments, not an f-string"
        raise TypeError(message)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def _plural(node: ast.expr) -> Iterator[Found]:
    """A noun that is counted; a unit of measure has no plural."""
    for text in _texts(node, "plural"):
        if text not in MEASURES:
            one, many = (f"{{count}} {form}" for form in numbers(text.strip("{}")))
            yield node.lineno, "ngettext", (one, many), []
