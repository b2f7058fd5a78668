"""Markdown stays smaller than what a step summary may be: whole tables, lists and findings are left out and named."""

import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from llmgw_report.renderers import md
from tests.builders import reports as make
from tests.builders import small

MIB = 1 << 20
LONG = "a gateway said this "


def headings(text: str) -> list[str]:
    tokens = MarkdownIt("gfm-like").parse(text)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def test_what_is_too_large_is_left_out_whole_and_the_rest_stays() -> None:
    plain = small.report()
    passed = (small.finding(f"check-{number}", "pass", LONG * 600) for number in range(100))
    huge = replace(plain, findings=(*plain.findings, *passed))
    text = md.render(huge)
    assert len(text.encode()) < MIB
    left_out = [line for line in text.splitlines() if line.startswith("Left out, ")]
    assert len(left_out) == 1
    assert "Passed" in left_out[0]
    assert headings(text) == headings(md.render(plain))
    assert "eu is down" in text
    assert text.endswith(md.render(plain).splitlines()[-1] + "\n")


def test_the_largest_go_first_and_no_more_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [small.finding(f"check-{number}", "pass", LONG * number) for number in range(10)]
    report = small.report(*small.FINDINGS, *many)
    whole = md.render(report)
    monkeypatch.setattr(md, "MAX_BYTES", len(whole.encode()) - 300)
    text = md.render(report)
    assert len(text.encode()) <= md.MAX_BYTES
    left_out = re.findall(r"Left out, because .*: (.*)\. The JSON", text)
    assert len(left_out) == 1
    assert headings(text) == headings(whole)
    assert text.splitlines()[0] == whole.splitlines()[0]


def test_problems_are_left_out_last_and_the_worst_after_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(md, "MAX_BYTES", md.MAX_BYTES // 16)
    many = [small.finding(f"check-{number}", "fail", f"{number}: {LONG * 940}") for number in range(20)]
    text = md.render(small.report(*many))
    assert len(text.encode()) < MIB // 16
    assert headings(text)[1].startswith("FAIL: 0: ")
    assert re.search(r"^Left out, because .*: check-4\.", text, re.MULTILINE)


def test_a_report_that_fits_is_whole() -> None:
    assert "Left out" not in md.render(make.full("x"))
