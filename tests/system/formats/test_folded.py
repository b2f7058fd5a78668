"""Waived and derived findings in the formats with markup: their text is data like that of all others."""

import pytest
from msgspec.structs import replace

from llmgw_report.model.finding import Waived
from llmgw_report.model.report import Report
from llmgw_report.printable import visible
from llmgw_report.renderers import html, md
from tests.builders import reports as make
from tests.builders import small
from tests.renderers.test_html import HOSTILE_HTML, Page
from tests.renderers.test_markdown import GITHUB, structure, text_of


def report(outside: str) -> Report:
    said = {"title": outside, "seen": outside, "subject": {"model": outside}, "unit": outside, "observed": 2}
    root = small.finding("instance-health", "fail", "down", fingerprint="root")
    derived = replace(make.finding(check="error-ratio", derived_from="root"), **said)
    waived = Waived(reason=outside, expires=outside, owner=outside)
    return small.report(root, derived, replace(make.finding(check="latency-p99", waived=waived), **said))


@pytest.mark.parametrize("hostile", HOSTILE_HTML)
def test_a_page_keeps_its_tags(hostile: str) -> None:
    page, plain = Page(html.render(report(hostile))), Page(html.render(report("plain")))
    assert page.tags == plain.tags
    assert page.open == []
    assert page.data.count(visible(hostile)) >= 4
    assert {"details", "summary"} <= {tag for tag, _ in page.tags}


@pytest.mark.parametrize("hostile", HOSTILE_HTML)
def test_markdown_keeps_its_structure(hostile: str) -> None:
    tokens = GITHUB.parse(md.render(report(hostile)))
    plain = structure(GITHUB.parse(md.render(report("plain"))))
    assert structure(tokens) == plain
    assert text_of(tokens).count(visible(hostile).strip()) >= 4


def test_what_follows_is_a_list_inside_a_list() -> None:
    depth = [token.level for token in GITHUB.parse(md.render(report("plain"))) if token.type == "bullet_list_open"]
    assert max(depth) == 2
