"""A document small enough for where it is shown: its largest parts are left out, each with a sentence in its place."""

from collections.abc import Callable, Iterator

from msgspec import structs

from llmgw_report.languages import Language
from llmgw_report.model.message import say
from llmgw_report.renderers._view.blocks import Block, Document, Paragraph

Place = tuple[int, int]
"""Number of a section, and of a block in it."""

#: What stands in the place of a block, and a little more.
SENTENCE_BYTES = 300

Render = Callable[[Document], str]


def fitted(document: Document, render: Render, most_bytes: int, language: Language) -> str:
    """The text of the whole document, or of the most of it that is not larger.

    What is left out are whole tables, lists and findings: half of one would read as all of it.
    """
    text = render(document)
    excess = len(text.encode()) - most_bytes
    if excess <= 0:
        return text
    sizes = sorted(((_size(document, place, render), place) for place in _places(document)), reverse=True)
    for size, place in sizes:
        document = _without(document, place, language)
        excess -= size - SENTENCE_BYTES
        if excess <= 0:  # perhaps: each was measured alone, and only the whole can tell
            text = render(document)
            excess = len(text.encode()) - most_bytes
            if excess <= 0:
                break
    return text


def _places(document: Document) -> Iterator[Place]:
    for number, section in enumerate(document.sections):
        yield from ((number, index) for index in range(len(section.blocks)))


def _size(document: Document, place: Place, render: Render) -> int:
    """Bytes of one block, with its section's title."""
    section = document.sections[place[0]]
    alone = structs.replace(section, blocks=(section.blocks[place[1]],))
    empty = structs.replace(document, sections=())
    return len(render(structs.replace(empty, sections=(alone,))).encode()) - len(render(empty).encode())


def _without(document: Document, place: Place, language: Language) -> Document:
    number, index = place
    section = document.sections[number]
    said = Paragraph(language.text(_left_out(section.blocks[index])))
    shorter = structs.replace(section, blocks=(*section.blocks[:index], said, *section.blocks[index + 1 :]))
    sections = (*document.sections[:number], shorter, *document.sections[number + 1 :])
    return structs.replace(document, sections=sections)


def _left_out(block: Block) -> str:
    names = (getattr(block, name, "") for name in ("caption", "label", "title"))
    return say(
        "Left out, because a larger page is refused where it is shown: {name}. The JSON document has it.",
        name=next(filter(None, names), say("a paragraph")),
    )
