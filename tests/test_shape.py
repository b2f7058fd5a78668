"""The program stays small in its parts: long modules and long functions are where mistakes hide."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("llmgw_report", "tools") for path in (CHECKOUT / folder).rglob("*.py"))
PACKAGE = [path for path in MODULES if path.is_relative_to(CHECKOUT / "llmgw_report")]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines(module: Path) -> int:
    return len(module.read_text(encoding="utf-8").splitlines())


def definitions(module: Path) -> Iterator[Function | ast.ClassDef]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef))


def functions(module: Path) -> Iterator[Function]:
    return (node for node in definitions(module) if isinstance(node, Function))


def length(function: Function) -> int:
    """From `def` to the last line: decorators are declarations, and do not count."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_fits_in_the_head(module: Path) -> None:
    assert lines(module) <= 500
    assert [f"{f.name}, line {f.lineno}: {length(f)} lines" for f in functions(module) if length(f) > 40] == []


def test_nothing_is_defined_that_nobody_names() -> None:
    """Not even a test: what only a test calls is dead as well."""
    texts = [*PACKAGE, *(CHECKOUT / "templates").iterdir(), CHECKOUT / "pyproject.toml"]
    named = Counter(word for file in texts for word in re.findall(r"\w+", file.read_text(encoding="utf-8")))
    defined = {node.name for module in PACKAGE for node in definitions(module) if not node.name.startswith("__")}
    assert sorted(name for name in defined if named[name] == 1) == []
