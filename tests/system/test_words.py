"""The report, the help and the documents use the field's words: none of those that CONTRIBUTING's glossary retires."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report.cli import pages
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
    r"(--)?rejudge|query bounds|connections? refused|refused connections?|upstream[-_ ]refused|out of bounds",
    re.IGNORECASE,
)
WORDS = re.compile(rf"\b(?:{'|'.join(RETIRED)})\b", re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--.*?-->|\]\([^)]*\)|https?://\S+", re.DOTALL)


def retired(text: str) -> list[str]:
    return [found[0] for found in WORDS.finditer(EXEMPT.sub("", text))]


def spoken(module: Path) -> Iterator[str]:
    """Texts that a module can show: every string but docstrings, f-strings with `{}` for what is put in."""
    nodes = list(ast.walk(ast.parse(module.read_text("utf-8"))))
    documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_of_a_module(module: Path) -> None:
    texts = [text for text in spoken(module) if " " in text]
    if module.parent.name == "checks":
        texts.append(ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "")
    assert [(word, text) for text in texts for word in retired(text)] == []


#: What users copy, run and read beside the documentation.
FILES = sorted(
    {
        file
        for pattern in ("action.yml", "examples/ci/*", "examples/**/README.md", "llmgw_report/config/presets/*.toml")
        for file in CHECKOUT.glob(pattern)
        if file.is_file()
    }
)


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_files_that_users_copy_and_read(file: Path) -> None:
    assert retired(CODE.sub("", file.read_text("utf-8"))) == []


def test_the_schema_and_the_help() -> None:
    described = json.loads(pages.schema())["$defs"].values()
    texts = [one.get("description", "") for one in described]
    texts += [documentation.help_text()]
    assert len(texts) > 20
    assert [word for text in texts for word in retired(text)] == []


@pytest.mark.parametrize("page", documentation.written(), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_pages(page: Path) -> None:
    assert retired(CODE.sub("", page.read_text("utf-8"))) == []


@pytest.mark.parametrize("report", sorted(CHECKOUT.glob("examples/*/report.md")), ids=lambda path: path.parent.name)
def test_reports(report: Path) -> None:
    assert retired(CODE.sub("", report.read_text("utf-8"))) == []


@pytest.mark.parametrize("file", sorted(CHECKOUT.glob("templates/*.j2")), ids=lambda path: path.name)
def test_templates(file: Path) -> None:
    assert retired(re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)) == []
