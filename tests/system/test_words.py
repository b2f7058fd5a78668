"""The report, the help and the documents use the field's words: none of those that CONTRIBUTING's glossary retires."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import documentation

CHECKOUT = Path(__file__).parents[2]
PACKAGE = CHECKOUT / "llmgw_report"
#: What is no longer said, and what is said instead.
RETIRED = {
    r"bounds?": "threshold",
    r"witness(es)?": "source",
    r"shares?": "rate or ratio",
    r"tells?|told": "report, show",
    r"refus(ed|als?|es?)": "rejected, 4xx",
    r"judged?|judging": "evaluate",
    r"mend(s|ed)?": "fix",
    r"hundredth": "p99",
    r"last day": "expires",
    r"cries? wolf": "false alarm",
    r"looks of your own": "customising the report",
}
#: Names that a contract fixes, and words of another meaning.
EXEMPT = re.compile(
    r"(--)?rejudge|connections? refused|refused connections?|upstream refused|out of bounds",
    re.IGNORECASE,
)
WORDS = re.compile(rf"\b(?:{'|'.join(RETIRED)})\b", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+", re.DOTALL)


def retired(text: str) -> list[str]:
    return [found[0] for found in WORDS.finditer(EXEMPT.sub("", text))]


def spoken(module: Path) -> Iterator[str]:
    """Texts that a module can show: templates of messages, errors and their hints, help texts."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            for argument in (*node.args, *(one.value for one in node.keywords)):
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_of_a_module(module: Path) -> None:
    texts = [text for text in spoken(module) if " " in text]
    if module.parent.name == "checks":
        texts.append(ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "")
    assert [(word, text) for text in texts for word in retired(text)] == []


@pytest.mark.parametrize("page", documentation.written(), ids=lambda path: path.name)
def test_pages(page: Path) -> None:
    assert retired(CODE.sub("", page.read_text("utf-8"))) == []


@pytest.mark.parametrize("report", sorted(CHECKOUT.glob("examples/*/report.md")), ids=lambda path: path.parent.name)
def test_reports(report: Path) -> None:
    assert retired(CODE.sub("", report.read_text("utf-8"))) == []


@pytest.mark.parametrize("file", sorted(CHECKOUT.glob("templates/*.j2")), ids=lambda path: path.name)
def test_templates(file: Path) -> None:
    assert retired(re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)) == []
