"""What every plug-in promises: nothing registers itself, so nothing else would notice a promise broken."""

import re
import typing
from collections.abc import Iterator

import msgspec
import pytest

from llmgw_report import gateways, plugins
from llmgw_report.messages import Language
from llmgw_report.model.finding import Finding, Threshold
from llmgw_report.model.report import Report, Snapshot

CHECKS = plugins.modules("checks")
RENDERERS = plugins.modules("renderers")
GATEWAYS = plugins.folders("gateways", "gateway.toml")
SECTIONS = ("What it measures", "Why it matters", "What to do", "Limitations")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def test_there_are_plugins_of_every_kind() -> None:
    assert {"error-ratio", "instance-health"} <= set(CHECKS)
    assert {"md", "html", "json"} <= set(RENDERERS)
    assert {"llm-gateway", "llm-gateway-requests", "litellm"} <= set(GATEWAYS)


@pytest.mark.parametrize("name", [*CHECKS, *RENDERERS, *GATEWAYS])
def test_a_name_can_be_typed(name: str) -> None:
    assert SLUG.fullmatch(name)


@pytest.mark.parametrize("slug", CHECKS)
def test_a_check_judges_a_snapshot_against_a_threshold(slug: str) -> None:
    module = plugins.load("checks", slug)
    hints = typing.get_type_hints(module.check)
    assert hints == {"snapshot": Snapshot, "threshold": Threshold, "return": Iterator[Finding]}


@pytest.mark.parametrize("slug", CHECKS)
def test_a_check_documents_itself(slug: str) -> None:
    title, *paragraphs = (plugins.load("checks", slug).__doc__ or "").strip().split("\n\n")
    assert title.endswith(".")
    assert "\n" not in title
    assert tuple(paragraph.partition(":")[0] for paragraph in paragraphs) == SECTIONS


@pytest.mark.parametrize("name", RENDERERS)
def test_a_renderer_turns_a_report_into_text(name: str) -> None:
    module = plugins.load("renderers", name)
    # A format may import the type for the checker alone.
    hints = typing.get_type_hints(module.render, localns={"Report": Report})
    assert hints.pop("language", Language) is Language
    assert hints.pop("css", str) is str
    assert hints.pop("brief", bool) is bool
    assert hints.pop("width", int | None) == int | None
    assert hints == {"report": Report, "return": str}
    assert isinstance(module.EXTENSIONS, tuple)
    assert all(SLUG.fullmatch(extension) for extension in module.EXTENSIONS)


def test_an_extension_belongs_to_one_format() -> None:
    extensions = [extension for name in RENDERERS for extension in plugins.load("renderers", name).EXTENSIONS]
    assert len(extensions) == len(set(extensions))


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_loads_and_can_be_recognised(name: str) -> None:
    gateway = gateways.load(name)
    assert gateway.name == name
    assert gateway.title
    assert gateway.about
    assert gateway.detect.families or gateway.detect.any_families or gateway.detect.tables
    assert [one.name for one in gateways.load_with_pairs(name)] == [name, *gateway.pairs_with]


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_is_told_from_every_other(name: str) -> None:
    mine = msgspec.to_builtins(gateways.load(name).detect)
    others = [msgspec.to_builtins(gateways.load(other).detect) for other in GATEWAYS if other != name]
    assert mine not in others
