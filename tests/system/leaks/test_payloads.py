"""Text that would be markup, a script, a formula or a command, in every place where text from outside stands."""

import csv as stdlib_csv
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

import msgspec
import pyte
import pytest
from junitparser import JUnitXml
from playwright.sync_api import sync_playwright
from prometheus_client.parser import text_string_to_metric_families

from llmgw_report import plugins, renderers
from llmgw_report.messages import plain as plain_text
from llmgw_report.printable import visible
from llmgw_report.renderers import _markdown, _templates
from tests.renderers.test_github import COMMAND
from tests.renderers.test_html import Page
from tests.renderers.test_markdown import GITHUB, structure, text_of
from tests.system.leaks import filled

PAYLOADS: dict[str, list[str]] = json.loads((Path(__file__).parent / "payloads.json").read_text("utf-8"))
ALL = [payload for group in PAYLOADS.values() for payload in group]
CHROMIUM = Path("/usr/bin/chromium")
#: Every field holds one payload in so many, each another one; PAYLOADS=all puts every payload into every field.
STEP = 1 if os.environ.get("PAYLOADS") == "all" else 31
TURNS = [(*ALL[start:], *ALL[:start]) for start in range(0, len(ALL), STEP)]
HARMLESS = tuple(f"word{number}" for number in range(len(ALL)))


@pytest.fixture(scope="module", autouse=True)
def _templates_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_templates, "environment", cache(_templates.environment))
        yield


def rendered(name: str, texts: tuple[str, ...]) -> str:
    return renderers.render(filled.report(*texts), name)


def shown_in(texts: tuple[str, ...], output: str) -> int:
    """How many of the texts an output shows as data: without their outer blanks, which markup may drop."""
    return sum(visible(text).strip() in output for text in set(texts))


def test_there_are_as_many_as_were_asked_for() -> None:
    assert len(set(ALL)) == len(ALL) >= 200


#: What GitHub makes of the finished page, and what no parser of Markdown therefore knows.
MENTIONED = re.compile(r"(?<!\w)@\w|://|www\.|(?<![\w&])#\d|\bGH-\d|mailto:", re.IGNORECASE)
#: Code and what is escaped: no formula begins in them.
FORMULA = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\.")


def test_markdown_is_text() -> None:
    plain = structure(GITHUB.parse(rendered("md", HARMLESS)))
    for texts in TURNS:
        text = rendered("md", texts)
        tokens = GITHUB.parse(text)
        assert structure(tokens) == plain, texts[0]
        assert shown_in(texts, text_of(tokens)) > 100
        inline = [token for token in tokens if token.type == "inline"]
        assert [token.content for token in inline if re.match(r"\[[ xX]\](\s|$)", token.content)] == []
        words = [child.content for token in inline for child in token.children or () if child.type == "text"]
        assert [word for word in words if MENTIONED.search(word)] == []
        assert FORMULA.sub("", text).count("$") == 0


@pytest.mark.parametrize("place", ["{}", "# {}", "- {}", "**{}**", "| {} |\n|---|\n| {} |", "a {} b"])
def test_each_payload_is_text_in_each_place(place: str) -> None:
    for payload in ALL:
        escape = _markdown.line if place in {"{}", "- {}"} else _markdown.escape
        for text in (escape(payload.strip()), _markdown.code(payload)):
            tokens = GITHUB.parse(place.replace("{}", text or "x"))
            assert structure(tokens) == structure(GITHUB.parse(place.replace("{}", "x"))), payload


#: What is around a long name that is cut, with the whole of it; names differ in length.
CUT = ("span", ["title"])


def tags(page: Page) -> list[tuple[str, list[str]]]:
    found = [(tag, sorted(attributes)) for tag, attributes in page.tags]
    return [one for one in found if one != CUT]


def test_a_page_has_no_other_tag_and_no_other_attribute() -> None:
    plain = tags(Page(rendered("html", HARMLESS)))
    for texts in TURNS:
        page = Page(rendered("html", texts))
        assert tags(page) == plain, texts[0]
        assert page.open == []
        assert shown_in(texts, "".join(page.data)) > 100


#: Every element with the names of its attributes, as a browser has understood the page.
STRUCTURE = """() => [...document.querySelectorAll('*')].map(
  one => one.tagName + ' ' + [...one.attributes].map(each => each.name).sort().join(' ')
).filter(one => one !== 'SPAN title')"""


@pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")
def test_a_browser_runs_nothing_and_asks_nobody(tmp_path: Path) -> None:
    done: list[str] = []
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        )
        page = browser.new_page()
        page.on("dialog", lambda dialog: done.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: done.append(request.url))
        page.on("console", lambda message: done.append(f"console {message.text}"))
        page.on("pageerror", lambda error: done.append(f"error {error}"))
        for number, texts in enumerate([HARMLESS, *TURNS]):
            file = tmp_path / f"{number}.html"
            file.write_text(rendered("html", texts), "utf-8")
            page.goto(file.as_uri())
            assert done == [file.as_uri()]
            done.clear()
            found.append(page.evaluate(STRUCTURE))
        browser.close()
    assert len(found[0]) > 300
    assert all(one == found[0] for one in found)


class Screen(pyte.Screen):
    """A terminal that keeps what it would answer."""

    def __init__(self, columns: int, lines: int) -> None:
        self.answers: list[str] = []
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)


@pytest.mark.parametrize("name", plugins.modules("renderers"))
def test_a_terminal_obeys_nothing(name: str) -> None:
    screen = Screen(80, 24)
    modes = set(screen.mode)
    stream = pyte.Stream(screen)
    for number, texts in enumerate(TURNS):
        text = rendered(name, texts)
        assert text.replace("\r\n", "").replace("\n", "").isprintable(), texts[0]
        if number % 6 == 0:  # a terminal in Python is slow
            stream.feed(text.replace("\n", "\r\n")[-20_000:])
    assert (screen.title, screen.icon_name, set(screen.mode), screen.answers) == ("", "", modes, [])
    cells = [cell for line in screen.buffer.values() for cell in line.values()]
    looks = {(cell.fg, cell.bg, cell.bold, cell.blink, cell.reverse) for cell in cells}
    assert looks == {("default", "default", False, False, False)}


def test_a_spreadsheet_reads_text() -> None:
    lines = len(rows(HARMLESS))
    for texts in TURNS:
        found = rows(texts)
        assert len(found) == lines, texts[0]
        assert len({len(row) for row in found}) == 1, texts[0]
        cells = [cell for row in found for cell in row if not re.fullmatch(r"-?[\d.e+-]+", cell)]
        assert [cell for cell in cells if cell.lstrip()[:1] in set("=+-@\t\r\uff1d\uff0b\uff0d\uff20")] == []
        assert shown_in(texts, "\n".join(cells)) > 30


def rows(texts: tuple[str, ...]) -> list[list[str]]:
    return list(stdlib_csv.reader(StringIO(rendered("csv", texts), newline=""), strict=True))


def test_a_test_page_reads_text() -> None:
    for texts in (HARMLESS, *TURNS):
        document = JUnitXml.fromstring(rendered("junit", texts).encode())
        found = [(suite.name, len(list(suite))) for suite in document]
        assert found == [("llmgw-report.sources", len(filled.STATES) + 2)], texts[0]


def test_a_collector_reads_labels() -> None:
    plain = samples(HARMLESS)
    for texts in TURNS:
        found = samples(texts)
        assert [(name, sorted(labels)) for name, labels in found] == [(name, sorted(labels)) for name, labels in plain]
        assert shown_in(texts, "\n".join(value for _, labels in found for value in labels.values())) > 20


def samples(texts: tuple[str, ...]) -> list[tuple[str, dict[str, str]]]:
    """Name and labels, as the collector's own parser reads them; a textfile may have no times."""
    families = list(text_string_to_metric_families(rendered("prometheus", texts)))
    found = [sample for family in families for sample in family.samples]
    assert all(sample.timestamp is None for sample in found)
    return [(sample.name, sample.labels) for sample in found]


def test_a_runner_sees_only_our_commands() -> None:
    plain = [line.split(" ")[0] for line in rendered("github", HARMLESS).splitlines()]
    for texts in TURNS:
        lines = rendered("github", texts).split("\n")[:-1]
        assert [line.split(" ")[0] for line in lines] == plain, texts[0]
        assert all(COMMAND.fullmatch(line) or line.startswith("+") for line in lines), texts[0]


def test_a_monitoring_system_sees_one_line_and_our_figures() -> None:
    plain = rendered("nagios", HARMLESS)
    for texts in TURNS:
        said, bar, figures = rendered("nagios", texts).removesuffix("\n").partition("|")
        assert bar
        assert "\n" not in said + figures
        assert "|" not in figures
        assert said.split()[:2] == plain.split()[:2]
        labels = re.findall(r" '[^'=]+'=[-\d.]+[a-zA-Z%]*[;\d.:~@]*(?= |$)", figures)
        assert "".join(labels) == figures.rstrip(), texts[0]


def test_a_program_reads_back_what_was_there() -> None:
    for texts in TURNS:
        document = json.loads(rendered("json", texts))
        assert document == json.loads(msgspec.json.encode(filled.report(*texts), enc_hook=plain_text))
