"""Every figure of the document can be named, and what can be read can be written again."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import Struct, structs

from llmgw_report.config.expect import known, parse, text
from llmgw_report.config.settings import Step
from llmgw_report.errors import UsageError
from llmgw_report.model.sections import Sections


def figures(kind: object, path: str) -> Iterator[str]:
    """Paths to every figure, by the annotations of the types: another way than the program's own."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        hints = get_type_hints(kind)
        for field in structs.fields(kind):
            yield from figures(hints[field.name], f"{path}.{field.encode_name}".removeprefix("."))
        return
    inner = [one for one in get_args(kind) if one not in {type(None), Ellipsis}]
    origin = getattr(kind, "__origin__", None)
    if origin is dict:
        yield f"{path}.anything"
    elif origin is tuple:
        row = inner[0]
        if isinstance(row, type) and issubclass(row, Struct):
            yield from figures(row, f'{path}[{structs.fields(row)[0].encode_name}="x"]')
    elif any(isinstance(one, type) and issubclass(one, Struct) for one in inner):
        yield from figures(inner[0], path)
    else:
        yield path


PATHS = sorted(set(figures(Sections, "")))


def test_there_are_figures_of_every_section_that_has_some() -> None:
    assert {re.split(r"[.\[]", path)[0] for path in PATHS} == set(Sections.__struct_encode_fields__)
    assert len(PATHS) > 100


@pytest.mark.parametrize("path", PATHS)
def test_every_figure_of_the_document_can_be_named(path: str) -> None:
    steps = parse(path, "test")
    assert text(steps) == path
    known(steps, "test")


@given(some.sampled_from([path for path in PATHS if "anything" not in path]), some.data())
def test_a_letter_that_is_missing_is_never_taken_for_another_figure(path: str, data: some.DataObject) -> None:
    at = data.draw(some.integers(0, len(path) - 1))
    misspelt = path[:at] + path[at + 1 :]
    is_cell = path[at - 1 : at + 2] == '"x"'
    if path[at].isalpha() and not is_cell and misspelt not in PATHS:
        with pytest.raises(UsageError):
            known(parse(misspelt, "test"), "test")


NAMES = some.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
CELLS = some.text(some.characters(exclude_characters='"', exclude_categories=("Cs", "Cc")), max_size=8)
STEPS = some.builds(
    Step, name=NAMES, row=some.dictionaries(some.from_regex(r"[A-Za-z_]{1,6}", fullmatch=True), CELLS, max_size=2)
)


@given(some.lists(STEPS, min_size=1, max_size=4))
def test_what_is_written_is_read_again(steps: list[Step]) -> None:
    assert parse(text(tuple(steps)), "test") == tuple(steps)


@given(some.text(max_size=30))
def test_any_other_text_is_refused_and_not_a_bug(words: str) -> None:
    with suppress(UsageError):
        known(parse(words, "test"), "test")
