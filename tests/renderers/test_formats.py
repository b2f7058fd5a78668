"""What every format owes: any report renders, all say the same, and none costs another's libraries."""

import json as stdlib_json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import strategies as st
from msgspec import structs

from llmgw_report import resources
from llmgw_report.model.report import Report
from llmgw_report.printable import visible
from llmgw_report.renderers import _templates, html, json, md
from tests.builders import reports as make
from tests.renderers.test_html import Page
from tests.renderers.test_markdown import GITHUB, text_of

FORMATS = [md, html, json]
EXACT_IN_JSON = 2**53

Part = TypeVar("Part", bound=msgspec.Struct)


def possible(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    """The document that a program could have made of arbitrary fields: finite, and its tables rectangular."""
    if isinstance(value, dict):
        value = {name: possible(part) for name, part in value.items()}
        if "columns" in value and "rows" in value:
            width = len(value["columns"])
            value["rows"] = [[*row, *[None] * width][:width] for row in value["rows"] if width]
        return value
    if isinstance(value, list | tuple):
        return [possible(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return 0.0
    return max(-EXACT_IN_JSON, min(value, EXACT_IN_JSON)) if isinstance(value, int) else value


def convert(drawn: Report) -> Report:
    """Hypothesis takes a field's default factory for its default: only empty containers have one here."""
    return msgspec.convert(possible(msgspec.to_builtins(drawn, enc_hook=lambda _: {})), Report)


def varied(whole: Part, *kept: str) -> st.SearchStrategy[Part]:
    """It with anything in up to three of its fields; anything in all of them at once is mostly too much to draw."""
    fields = {one.name: st.from_type(one.type) for one in structs.fields(type(whole)) if one.name not in kept}
    names = st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True)
    drawn = names.flatmap(lambda chosen: st.fixed_dictionaries({name: fields[name] for name in chosen}))
    return drawn.map(lambda parts: structs.replace(whole, **parts))


def any_report() -> st.SearchStrategy[Report]:
    """One that is full, with anything in some of its fields and in some of its sections."""
    full = make.full()
    parts = st.tuples(varied(full, "sections"), varied(full.sections))
    return parts.map(lambda drawn: convert(structs.replace(drawn[0], sections=drawn[1])))


@pytest.mark.parametrize("renderer", FORMATS)
@pytest.mark.parametrize("outside", ["plain", "<a|b> `c` *d*"])
def test_every_finding_is_in_every_format(renderer: ModuleType, outside: str) -> None:
    report = make.full(outside)
    text = words(renderer, renderer.render(report))
    for found in report.findings:
        assert found.check in text
        assert found.status in text.lower()
        assert text.count(visible(found.seen)) >= len(report.findings)


def words(renderer: ModuleType, text: str) -> str:
    """What a reader of the format reads."""
    if renderer is html:
        return " ".join(Page(text).data)
    return text_of(GITHUB.parse(text)) if renderer is md else "\n".join(strings(stdlib_json.loads(text)))


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return [part for item in value for part in strings(item)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("renderer", FORMATS)
def test_a_format_is_a_function_of_its_report_and_ends_in_one_newline(renderer: ModuleType) -> None:
    text = renderer.render(make.full())
    assert text == renderer.render(make.full())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("renderer", FORMATS)
def test_a_terminal_obeys_nothing_in_a_report(renderer: ModuleType) -> None:
    text = renderer.render(make.full("\x1b[2J\x9b1m\u202ex\x07"))
    assert text.replace("\n", "").isprintable()


def test_an_extension_belongs_to_one_format() -> None:
    extensions = [extension for renderer in FORMATS for extension in renderer.EXTENSIONS]
    assert sorted(extensions) == ["htm", "html", "json", "markdown", "md"]


@pytest.mark.parametrize("renderer", [md, html])
def test_a_large_report_is_cut_and_says_so(renderer: ModuleType) -> None:
    rows = tuple(make.traffic_row(group=f"key-{index}") for index in range(1000))
    findings = tuple(make.finding(subject={"instance": f"i-{index}"}) for index in range(600))
    report = msgspec.structs.replace(make.full(), findings=findings)
    assert report.sections.traffic
    traffic = msgspec.structs.replace(report.sections.traffic, rows=rows)
    sections = msgspec.structs.replace(report.sections, traffic=traffic)
    text = renderer.render(msgspec.structs.replace(report, sections=sections))
    assert "50 of 1,000 groups shown" in text
    assert "100 of 595 findings shown" in text
    assert len(text.encode()) < 300_000


@pytest.mark.parametrize(
    ("renderer", "unwanted"),
    [
        ("json", {"jinja2", "tabulate"}),
        ("html", {"tabulate", "importlib.resources"}),
        ("md", {"html.parser", "tabulate"}),
    ],
)
def test_a_format_imports_only_what_it_needs(renderer: str, unwanted: set[str]) -> None:
    code = (
        "import sys; from importlib import import_module; from tests.builders import reports as make;"
        f"import_module('llmgw_report.renderers.{renderer}').render(make.full()); print(*sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert unwanted.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("renderer", [md, html])
def test_compiled_templates_render_the_same(
    renderer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = renderer.render(make.full("<b> |"))
    _templates.compile_templates(tmp_path)
    monkeypatch.setattr(resources, "compiled", lambda: tmp_path)
    monkeypatch.setattr(resources, "templates", lambda: tmp_path / "no such folder")
    assert renderer.render(make.full("<b> |")) == expected
