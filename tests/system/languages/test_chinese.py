"""A Chinese report of every example has no word of English left but names and what nobody has translated yet."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from llmgw_report import messages, plugins, renderers
from llmgw_report.messages import ENGLISH, Language, Message, map_leaves
from llmgw_report.model.report import Report
from tools import catalogues, golden
from tools.extraction import template

CHINESE = messages.load("zh-CN")
FORMATS = ("md", "text", "html")
WORD = re.compile(r"[A-Za-z][A-Za-z_]+")

#: Proper names, units and words of the command line that stand in no translation and in no data.
NAMES = {"KiB", "MiB", "UTC", "nagios", "llmgw", "report", "at", "least", "most", "equals", "figure", "comparison"}

of_each_example = pytest.mark.parametrize("folder", golden.folders(), ids=lambda folder: folder.name)
in_each_format = pytest.mark.parametrize("name", FORMATS)


class Words(HTMLParser):
    """What a reader of the page sees or hears, code left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside = 0
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.inside += tag in {"style", "code"}
        self.text += [value or "" for name, value in attributes if name == "aria-label"]

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag in {"style", "code"}

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.text.append(data)


@cache
def report(folder: Path) -> Report:
    return golden.report(folder)


@cache
def rendered(folder: Path, name: str, language: Language) -> str:
    return renderers.render(report(folder), name, language)


def seen(document: str, name: str) -> str:
    """The document without its code."""
    if name == "html":
        return "\n".join(Words(document).text)
    return re.sub(r"```[\s\S]*?```|`+[^`]*`+|<[^>]*>", " ", document) if name == "md" else document


def words_of_data(found: Report) -> set[str]:
    """Names that hold no blank, and the texts that the gateway, the operator and the tests wrote."""
    leaves: list[str] = []

    def note(leaf: object) -> object:
        if isinstance(leaf, str) and not isinstance(leaf, Message):
            leaves.append(leaf)
        return leaf

    map_leaves(found, note)
    texts = [leaf for leaf in leaves if " " not in leaf]
    texts += [found.gateway.title, *_logged(found), *(one.reason for one in found.waivers), *_queries(found)]
    return {word for text in texts for word in WORD.findall(text)}


def _logged(found: Report) -> Iterator[str]:
    yield from (one.pattern for one in found.sections.errors)
    yield from (one.evidence or "" for one in found.findings)
    yield from found.gateway.settings.values()
    yield from (one.figure for one in found.expectations)
    yield from found.setup.loosened
    yield from (one.slowest_span or "" for one in found.sections.slow_requests)


def _queries(found: Report) -> Iterator[str]:
    """Titles of the user's own, and the gateway's are translated."""
    yield from (table.title for table in found.sections.queries if not isinstance(table.title, Message))


@cache
def words_of_translations() -> frozenset[str]:
    """Names that a translator left as they are, on purpose."""
    said = ("".join(one.string or "") for one in catalogues.read(Path(messages.HERE, "zh_CN")) if one.id)
    return frozenset(word for text in said for word in WORD.findall(re.sub(r"\{\w*\}", " ", text)))


@cache
def words_that_wait() -> frozenset[str]:
    """Words of texts that are shown in English until somebody translates them."""
    texts = catalogues.untranslated(catalogues.read(Path(messages.HERE, "zh_CN")), template())
    return frozenset(WORD.findall(" ".join(re.sub(r"\{\w*\}", " ", str(text.id)) for text in texts)))


@in_each_format
@of_each_example
def test_no_word_of_english_is_left(folder: Path, name: str) -> None:
    known = words_of_data(report(folder)) | words_of_translations() | words_that_wait() | NAMES
    text = seen(rendered(folder, name, CHINESE), name)
    left = {word for word in WORD.findall(re.sub(r"--[\w-]+|\w+…", " ", text)) if word not in known}
    assert left == set()


@of_each_example
def test_code_is_the_same_in_every_language(folder: Path) -> None:
    english, chinese = (re.findall(r"`+[^`]+`+", rendered(folder, "md", language)) for language in (ENGLISH, CHINESE))
    assert [one for one in chinese if "▁" not in one] == [one for one in english if "▁" not in one]


@of_each_example
def test_tables_have_the_same_figures_in_every_language(folder: Path) -> None:
    english, chinese = (sorted(figures(rendered(folder, "md", language))) for language in (ENGLISH, CHINESE))
    assert chinese == english


def figures(document: str) -> Iterator[str]:
    """Numbers in the rows of tables, wherever in a sentence they stand."""
    for line in document.splitlines():
        if line.startswith("|"):
            yield from re.findall(r"(?<![A-Za-z\d_.-])\d+(?:[.,]\d+)*(?![A-Za-z\d_])", line)


@pytest.mark.parametrize("name", [name for name in golden.FORMATS if name not in FORMATS])
def test_formats_for_programs_are_english_whoever_asks(name: str) -> None:
    assert "language" not in plugins.load("renderers", name).render.__annotations__


def test_the_terms_of_the_trade() -> None:
    unhealthy = rendered(golden.EXAMPLES / "unhealthy", "md", CHINESE)
    for term in (
        "错误模式",
        "慢请求",
        "实例健康",
        "请求趋势",
        "影响",
        "建议",
    ):
        assert term in unhealthy
    assert [CHINESE.word(word) for word in ("Reason", "Observed")] == ["原因", "现象"]


def test_states_stand_in_a_column() -> None:
    lines = rendered(golden.EXAMPLES / "unhealthy", "text", CHINESE).splitlines()
    assert {line[:3] for line in lines if line.startswith(("失败", "警告", "通过"))} == {
        "失败 ", "警告 ", "通过 ",
    }  # fmt: skip


def test_states_are_coloured() -> None:
    module = plugins.load("renderers", "text")
    text = rendered(golden.EXAMPLES / "unhealthy", "text", CHINESE)
    assert module.colour(text, CHINESE).startswith("\x1b[1;31m失败\x1b[0m ")
