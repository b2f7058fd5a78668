"""The house rules of the code: parts of a size to be read at once, one meaning to a name, doors that stay shut."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

from tools.contracts import private_imports

CHECKOUT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("llmgw_report", "tools") for path in (CHECKOUT / folder).rglob("*.py"))
PACKAGE = [path for path in MODULES if path.is_relative_to(CHECKOUT / "llmgw_report")]
#: Folders whose modules are found by their file names: a name means the part itself, as everywhere in the program.
#: What is measured, how it is shown, and the check or format of that name are a pair on purpose.
NAMED = {"checks", "renderers", "renderers/_view", "pipeline/sections"}
#: Of so many modules one may serve a single module of its own folder; each is an idea of its own.
MODULES_FOR_A_SERVANT = 7

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def lines(module: Path) -> int:
    return len(module.read_text(encoding="utf-8").splitlines())


def definitions(module: Path) -> Iterator[Function | ast.ClassDef]:
    return (node for node in ast.walk(tree(module)) if isinstance(node, Function | ast.ClassDef))


def functions(module: Path) -> Iterator[Function]:
    return (node for node in definitions(module) if isinstance(node, Function))


def length(function: Function) -> int:
    """From `def` to the last line: decorators are declarations, and do not count."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def place(module: Path) -> str:
    return module.relative_to(CHECKOUT / "llmgw_report").as_posix()


def is_part(module: Path) -> bool:
    return place(module.parent) in NAMED and not module.name.startswith("_")


def repeated(names: Iterator[tuple[str, str]]) -> list[str]:
    """Names that stand in more than one place, with the places."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, where in names:
        places[name].append(where)
    return [f"{name}: {', '.join(found)}" for name, found in sorted(places.items()) if len(found) > 1]


def none(found: list[str]) -> None:
    """Fail with the whole list, which is what there is to do."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


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


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("llmgw_report", cache_dir=None)


def test_no_private_module_is_imported_from_another_package(graph: grimp.ImportGraph) -> None:
    """The same as the import contract, where a contributor meets it first."""
    none([f"{importer} imports {imported}" for importer, imported in private_imports(graph)])


def test_no_private_name_is_imported_from_another_module() -> None:
    found = [
        f"{place(module)}, line {node.lineno}: {node.module}.{alias.name}"
        for module in PACKAGE
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if re.match("_(?!_)", alias.name) and not _is_module(f"{node.module}.{alias.name}")
    ]
    none(found)


def _is_module(name: str) -> bool:
    file = CHECKOUT / name.replace(".", "/")
    return file.is_dir() or file.with_suffix(".py").is_file()


def test_few_modules_serve_one_neighbour_alone(graph: grimp.ImportGraph) -> None:
    """A module is an idea of its own, or a part of the module that uses it."""
    served = ((module, _only_importer(module, graph)) for module in PACKAGE if not is_part(module))
    found = [f"{place(module)} <- {importer}" for module, importer in served if importer]
    assert len(found) <= len(PACKAGE) // MODULES_FOR_A_SERVANT, "\n".join(found)


def _only_importer(module: Path, graph: grimp.ImportGraph) -> str:
    """The module that alone imports it, where that lies in the same folder; else nothing."""
    name = ".".join(module.relative_to(CHECKOUT).with_suffix("").parts)
    folder = name.rpartition(".")[0]
    importers = graph.find_modules_that_directly_import(name) if module.name != "__init__.py" else ()
    return next((one for one in importers if len(importers) == 1 and folder in {one, one.rpartition(".")[0]}), "")


@pytest.mark.parametrize("package", ["model", "pipeline"])
def test_a_package_describes_modules_that_it_has(package: str) -> None:
    folder = CHECKOUT / "llmgw_report" / package
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    named = re.findall(r"^(\w+)/?  +\S", text, re.MULTILINE)
    assert len(named) > 5
    none([name for name in named if not (folder / f"{name}.py").exists() and not (folder / name).is_dir()])


def test_a_class_name_means_one_thing() -> None:
    classes = ((node, module) for module in PACKAGE for node in definitions(module) if isinstance(node, ast.ClassDef))
    none(repeated((node.name, f"{place(module)}:{node.lineno}") for node, module in classes))


def test_a_module_name_means_one_thing() -> None:
    """Of the folders whose file names are names of parts, a name may stand in each."""
    paired = {place(module) for module in PACKAGE if is_part(module)}
    named = ((module.stem, place(module)) for module in PACKAGE if module.stem != "__init__")
    found = [one for one in repeated(named) if not set(one.partition(": ")[2].split(", ")) <= paired]
    none(found)
