"""All formats are of one report: they name the same findings, and none of them breaks on any report."""

import csv as stdlib_csv
from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from llmgw_report import plugins, renderers
from llmgw_report.model.report import Report
from llmgw_report.printable import visible
from tests.builders import reports as make
from tests.builders import small
from tests.renderers.test_formats import any_report
from tests.renderers.test_html import Page
from tests.renderers.test_markdown import HOSTILE

RENDERERS = {name: partial(renderers.render, name=name) for name in plugins.modules("renderers")}
# github stops at ten annotations and nagios at one line: what they leave out is tested with them.
COMPLETE = {name: one for name, one in RENDERERS.items() if name not in {"github", "nagios"}}

Render = Callable[[Report], str]

each = pytest.mark.parametrize("render", RENDERERS.values(), ids=RENDERERS.keys())
each_complete = pytest.mark.parametrize("render", COMPLETE.values(), ids=COMPLETE.keys())


def test_the_formats_are_those_that_were_asked_for() -> None:
    asked = {"md", "html", "json", "junit", "github", "nagios", "prometheus", "text", "csv"}
    assert asked <= RENDERERS.keys()


@each_complete
def test_every_finding_is_named_in_every_complete_format(render: Render) -> None:
    """By a slug that is in nothing else, so that one that is left out cannot hide behind another."""
    findings = [replace(one, check=f"slug-{number}q", derived_from=None) for number, one in enumerate(small.FINDINGS)]
    text = render(small.report(*findings))
    assert [finding.check for finding in findings if finding.check not in text] == []
    for missing in findings:
        rest = render(small.report(*(one for one in findings if one is not missing)))
        assert missing.check not in rest


@each
def test_every_format_says_that_a_finding_is_waived(render: Render) -> None:
    (waived,) = (finding for finding in small.FINDINGS if finding.waived)
    counting = replace(waived, waived=None)
    assert "waived" in render(small.report(waived)).lower().replace('"waived": null', "")
    assert render(small.report(waived)) != render(small.report(counting))


# A quarter of the profile's examples: each is rendered in every format.
@given(any_report())
@settings(max_examples=settings().max_examples // 4)
def test_any_report_renders_in_every_format(report: Report) -> None:
    texts = {name: render(report) for name, render in RENDERERS.items()}
    for name, text in texts.items():
        assert text.endswith("\n"), name
        assert text.encode(), name
    assert msgspec.json.decode(texts["json"], type=Report) == report
    assert texts["md"].startswith("# ")
    assert Page(texts["html"]).open == []


@each
@pytest.mark.parametrize("hostile", [*HOSTILE, "\x00", "\x1b]8;;https://evil.example\x07", "::error::x", "]]>"])
def test_nothing_in_any_format_is_obeyed_by_a_terminal(render: Render, hostile: str) -> None:
    text = render(make.full(hostile))
    assert text.replace("\r\n", "").replace("\n", "").isprintable()


@each
def test_a_format_is_a_function_of_its_report(render: Render) -> None:
    assert render(small.report()) == render(small.report())


def test_an_extension_belongs_to_one_format() -> None:
    extensions = [extension for name in RENDERERS for extension in plugins.load("renderers", name).EXTENSIONS]
    assert len(extensions) == len(set(extensions))
    assert {"xml", "prom", "txt", "csv"} <= set(extensions)


@each_complete
def test_a_report_without_findings_renders(render: Render) -> None:
    assert render(make.report())


def rows(text: str) -> list[dict[str, str]]:
    return list(stdlib_csv.DictReader(text.splitlines()))


def test_what_was_seen_reads_the_same_in_the_formats_that_say_it() -> None:
    seen = "a <b> & \"c\" | 'd'"
    report = small.report(small.finding("error-ratio", "fail", seen))
    assert rows(RENDERERS["csv"](report))[-1]["seen"] == seen
    assert visible(seen) in RENDERERS["text"](report)
    assert visible(seen) in RENDERERS["github"](report)
