"""Text from outside is data in Markdown: nothing it says becomes markup, and nothing it says is lost."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import structs

from llmgw_report.printable import visible
from llmgw_report.renderers import _markdown, md
from llmgw_report.renderers._view.blocks import Code, Heading, TableBlock, sparkline
from tests.builders import reports as make
from tools.golden import folders

# GitHub's dialect, with the links that it makes of bare addresses.
GITHUB = MarkdownIt("gfm-like")
TEXT = {"text", "text_special", "code_inline", "softbreak"}

HOSTILE = [
    "a|b",
    "a\\|b",
    "a\\",
    "`",
    "``` x",
    "`a|b`",
    "line\nfeed",
    "cr\r\n\r\n# heading",
    "<script>alert(1)</script>",
    "<b>",
    "<https://evil.example>",
    "<!-- x -->",
    "&lt;b&gt; &amp; &#60; &copy;",
    "*a* **b** ***",
    "_a_ __b__ a_b_c _",
    "[text](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "[x]",
    "# heading",
    "####",
    "closed #",
    "> quotation",
    "- item",
    "-",
    "+ item",
    "* item",
    "1. item",
    "12) item",
    "---",
    "***",
    "===",
    "~~gone~~ ~a~",
    "@someone and @org/team",
    "someone@evil.example",
    "https://evil.example/a|b",
    "see www.evil.example/`x`",
    "(https://evil.example)",
    "``www.evil.example",
    "mailto:a@evil.example ftp://evil.example",
    "$a$ and $b$",
    "\x1b[31mred\x1b[0m\x07",
    "\u202eright to left\u2066",
    "zero\u200bwidth\ufeff",
    "    indented",
    "\ttabbed",
    "| a | b |\n|---|---|",
    "a\u2028b\x85c",
    "trailing  ",
]

# Everything that means something to Markdown, so that chance meets their combinations.
SPECIAL = st.text(alphabet="ab1 _*`~|\\[]()<>!#&;@:/.-+=$w\n\t\x1b\u202e", min_size=1, max_size=30)


def structure(tokens: list[Token]) -> list[str]:
    """Everything of a document but its text."""
    blocks = []
    for token in tokens:
        blocks += [token.type] if token.type != "inline" else [child.type for child in token.children or ()]
    return [kind for kind in blocks if kind not in TEXT]


def text_of(tokens: list[Token]) -> str:
    """What a reader sees of a document, without its markup."""
    return "".join(child.content for token in tokens for child in token.children or () if child.type in TEXT)


def as_table(cell: str | Code) -> str:
    return md._table(TableBlock("", (Heading("a"), Heading("b")), ((cell, "x"),)))  # noqa: SLF001 - the unit that tables are


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_report_keeps_its_structure_whatever_its_data_say(hostile: str) -> None:
    harmless = structure(GITHUB.parse(md.render(make.full("plain"))))
    assert structure(GITHUB.parse(md.render(make.full(hostile)))) == harmless


@given(SPECIAL)
def test_a_paragraph_shows_its_text_and_nothing_else(text: str) -> None:
    tokens = GITHUB.parse(_markdown.line(text))
    shown = visible(text.strip())
    assert structure(tokens) == (["paragraph_open", "paragraph_close"] if shown else [])
    assert text_of(tokens) == shown


@given(SPECIAL)
def test_a_heading_shows_its_text_and_nothing_else(text: str) -> None:
    tokens = GITHUB.parse(f"# {_markdown.escape(text)}")
    assert structure(tokens) == ["heading_open", "heading_close"]
    assert text_of(tokens) == visible(text).strip()


@given(SPECIAL)
def test_a_list_item_shows_its_text_and_nothing_else(text: str) -> None:
    tokens = GITHUB.parse(f"- {_markdown.line(text)}")
    assert [kind for kind in structure(tokens) if "paragraph" not in kind] == [
        "bullet_list_open",
        "list_item_open",
        "list_item_close",
        "bullet_list_close",
    ]
    assert text_of(tokens) == visible(text.strip())


@pytest.mark.parametrize("make_cell", [str, Code])
@given(text=SPECIAL)
def test_a_cell_shows_its_text_and_nothing_else(make_cell: Callable[[str], str | Code], text: str) -> None:
    tokens = GITHUB.parse(as_table(make_cell(text)))
    assert structure(tokens) == structure(GITHUB.parse(as_table("plain")))
    assert text_of(tokens) == f"ab{visible(text).strip()}x"


@given(SPECIAL)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert _markdown.escape(text).isprintable()


@pytest.mark.parametrize(
    "text", ["claude-sonnet-4-5", "gpt_4_turbo", "5 of 14 (35.7 %)", "a & b", "C:\\logs", "it's C# at 1"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert _markdown.line(text) == text


@pytest.mark.parametrize(
    "text",
    ["@someone", "a@b.example", "https://a.example", "WWW.a.example", "//a.example", "#1", "GH-12", "org/repo#12"],
)
def test_what_github_would_link_is_code(text: str) -> None:
    assert _markdown.escape(f"see {text} now") == f"see `{text}` now"


def test_a_table_is_aligned_and_its_figures_stay_as_they_are() -> None:
    table = TableBlock("", (Heading("Model"), Heading("Ratio", "right")), (("x", "0.50"),), total=("Total", "1.00"))
    assert re.sub(r" +", " ", md._table(table)) == (  # noqa: SLF001 - the unit that tables are
        "| Model | Ratio |\n|:----------|---------:|\n| x | 0.50 |\n| **Total** | **1.00** |"
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [((), ""), ((0, 0), "··"), ((0, 1, 1000), "·▁█"), ((1, 2, 3, 4, 5, 6, 7, 8), "▁▂▃▄▅▆▇█"), ((5,), "█")],
)
def test_a_sparkline_tells_none_from_few(values: tuple[int, ...], line: str) -> None:
    assert sparkline(values) == line


def fold_at(text: str) -> int:
    """Lines before the first fold, as wide as a comment on a pull request shows them."""
    head = text.partition("<details>")[0]
    return sum(-(-len(line) // 110) or 1 for line in head.splitlines())


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_the_verdict_and_the_worst_problem_fit_a_screen_and_the_problems_two(folder: Path) -> None:
    text = (folder / "report.md").read_text("utf-8")
    assert fold_at("### ".join(text.split("### ")[:2])) <= 40
    assert fold_at(text) <= 70
    assert text.count("<details>") == text.count("</details>") > 6


def test_many_findings_fit_two_screens_as_well_and_say_how_many_are_left() -> None:
    root = make.finding(check="instance-health", fingerprint="down")
    derived = [make.finding(subject={"model": str(each)}, derived_from="down") for each in range(50)]
    others = [make.finding(check="latency-p99", subject={"model": str(each)}) for each in range(50)]
    report = make.report(findings=(root, *derived, *others))
    text = md.render(report)
    assert fold_at(text) <= 70
    assert "+40 more" in text
    assert "46 more problems, a line each below, under More problems." in text
    listed = text.partition("<b>More problems</b>")[2].partition("</details>")[0]
    assert listed.count("FAIL latency-p99") == 46
    brief = md.render(report, brief=True)
    assert "46 more problems, a line each in the full report." in brief
    assert (fold_at(brief), "<b>More problems</b>" in brief) == (fold_at(text), False)


def test_what_to_do_is_said_once_of_findings_that_say_the_same() -> None:
    alike = [make.finding(subject={"model": name}, do="Look.", why="It hurts.") for name in "ab"]
    text = md.render(make.report(findings=(*alike, make.finding(check="c", do="Call.", why="It hurts."))))
    assert [text.count(words) for words in ("### FAIL", "Look.", "Call.", "It hurts.")] == [3, 1, 1, 1]


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_what_is_folded_is_markdown_inside_and_no_table_is_wide(folder: Path) -> None:
    tokens = GITHUB.parse((folder / "report.md").read_text("utf-8"))
    folds = [token.content for token in tokens if token.type == "html_block"]
    widths, heads = [], 0
    for token in tokens:
        heads += token.type == "th_open"
        if token.type == "thead_close":
            widths.append(heads)
            heads = 0
    assert sum(fold.count("<details>") for fold in folds) == sum(fold.count("</details>") for fold in folds) > 6
    assert all("|" not in fold and "**" not in fold for fold in folds)
    assert max(widths) <= 8
    assert len(widths) >= 5


REPORTS = [page for folder in folders() for page in sorted(folder.glob("report*.md"))]


@pytest.mark.parametrize("page", REPORTS, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_no_two_columns_and_no_two_key_figures_have_one_name(page: Path) -> None:
    text = page.read_text("utf-8")
    heads = re.findall(r"^\|(.*)\|\n\|[-:|]+\|$", text, re.MULTILINE)
    names = [[name.strip() for name in re.split(r"(?<!\\)\|", head)] for head in heads]
    assert len(names) > 5
    assert [row for row in names if len(set(row)) < len(row)] == []
    rows = [
        re.findall(r"(?:^|[;\uff1b] ?)(\D+?) \$?\\?\$?\d", figures)
        for figures in re.findall(r"^\*\*[^*]+[:\uff1a]\*\*(.+)$", text.partition("### ")[0], re.MULTILINE)
    ]
    assert rows
    assert [row for row in rows if len(set(row)) < len(row) or not row] == []


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("ok (http://a:1 answered 0 of 2)", "ok (`http://a:1` answered 0 of 2)"),
        ("see (http://a:1).", "see (`http://a:1`)."),
        ("http://a:1/x(1)", "`http://a:1/x(1)`"),
    ],
)
def test_a_bracket_around_an_address_is_no_part_of_it(text: str, escaped: str) -> None:
    assert _markdown.escape(text) == escaped


@given(*[st.lists(st.sampled_from([*"\\#_a1*`<[~$&;.-", "##", "://", "@x", "é"]), max_size=5).map("".join)] * 2)
def test_a_word_is_escaped_alike_alone_and_among_others(first: str, second: str) -> None:
    assert _markdown.escape(f"{first} {second}") == f"{_markdown.escape(first)} {_markdown.escape(second)}"


@pytest.mark.parametrize("title", ["- item", "1. first", "> quoted", "# heading"])
def test_a_title_begins_no_block(title: str) -> None:
    found = make.report()
    titled = structs.replace(found, setup=structs.replace(found.setup, title=title))
    assert structure(GITHUB.parse(md.render(titled))) == structure(GITHUB.parse(md.render(found)))
