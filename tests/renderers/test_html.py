"""The page: text from outside is data in it, it needs nothing else, and everyone can read it."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from msgspec.structs import replace

from llmgw_report import resources
from llmgw_report.model.finding import VerdictStatus
from llmgw_report.model.report import Report, Verdict
from llmgw_report.model.sections import BucketCount, InstanceRow, Latency, PercentileValue, Traffic
from llmgw_report.printable import visible
from llmgw_report.renderers import html
from tests.builders import reports as make
from tests.renderers.test_markdown import HOSTILE

VOID = {"meta"}
HOSTILE_HTML = [
    *HOSTILE,
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    "</title><script>",
    "</style>",
    "{{ 7 * 7 }}",
]


class Page(HTMLParser):
    """Tags with their attributes, text, and whether every tag is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.data: list[str] = []
        self.labels: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(tag, attrs)

    def _keep(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag; the name of its column, which can come from outside, is data that an attribute holds."""
        self.labels += [value or "" for name, value in attrs if name == "data-label"]
        self.tags.append((tag, {name: _outside(value) for name, value in attrs if name != "data-label"}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)

    def all(self, attribute: str) -> list[str]:
        """Every value of one attribute."""
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]


def _outside(value: str | None) -> str | None:
    """An attribute's value; the document that a link carries differs with every text in it."""
    return "data:" if value and value.startswith("data:") else value


@pytest.mark.parametrize("hostile", HOSTILE_HTML)
def test_a_page_keeps_its_tags_whatever_its_data_say(hostile: str) -> None:
    page = Page(html.render(make.full(hostile)))
    assert page.tags == Page(html.render(make.full("plain"))).tags
    assert visible(hostile) in page.data
    assert visible(hostile) in page.labels


def test_every_tag_is_closed_and_every_reference_leads_somewhere() -> None:
    page = Page(html.render(make.full()))
    ids = page.all("id")
    referred = [name for value in page.all("aria-labelledby") for name in value.split()]
    linked = [link.removeprefix("#") for link in page.all("href") if link != "data:"]
    assert page.open == []
    assert len(ids) == len(set(ids))
    assert {*referred, *linked} <= set(ids)


def test_the_page_asks_nobody_for_anything() -> None:
    page = Page(html.render(make.full("https://elsewhere.example/x.js")))
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert all(link.startswith(("#", "data:")) for link in page.all("href"))
    assert not page.all("src")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:" in page.all("content")
    assert "url(" not in (resources.templates() / "report.css").read_text()


def test_headings_skip_no_level() -> None:
    levels = [int(tag[1]) for tag, _ in Page(html.render(make.full())).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_its_headings_a_scope() -> None:
    tags = Page(html.render(make.full())).tags
    names = [tag for tag, _ in tags]
    assert names.count("table") == names.count("caption") > 10
    scopes = [attrs.get("scope") for tag, attrs in tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    assert names.count("thead") == names.count("table") <= scopes.count("col")


@pytest.mark.parametrize("status", ["pass", "warn", "fail", "unknown"])
def test_the_verdict_is_a_word_in_heading_and_title(status: VerdictStatus) -> None:
    text = html.render(make.report(verdict=Verdict(status=status, headline="so")))
    assert text.count(status.upper()) >= 2
    assert f"<title>{status.upper()}: " in text


@pytest.mark.parametrize("palette", [0, 1, 2])
@pytest.mark.parametrize("colour", ["ink", "muted", "good", "caution", "bad", "link"])
@pytest.mark.parametrize("ground", ["ground", "paper"])
def test_text_stands_out_in_light_dark_and_print(palette: int, colour: str, ground: str) -> None:
    blocks = re.findall(r":root\s*\{(.*?)\}", (resources.templates() / "report.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]+)", blocks[palette]))
    light, dark = sorted((luminance(colours[colour]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_carries_the_document_itself() -> None:
    report = make.full("<b> \u00fc")
    (link,) = re.findall(
        r'href="data:application/json;base64,([^"]+)" download="llmgw-report.json"', html.render(report)
    )
    assert msgspec.json.decode(b64decode(link), type=Report) == report


def test_a_page_does_not_carry_a_document_that_would_make_it_slow_to_open() -> None:
    text = html.render(make.full("x" * 20_000))
    assert "base64" not in text
    assert "too large to be carried in this page" in text


@pytest.mark.parametrize("seconds", [1.7976931348623157e308, 1e300, 5e-324, 0.0, -1.0])
def test_a_page_is_written_whatever_a_percentile_reads(seconds: float) -> None:
    """A saved report can hold any number, and an exporter can send one that no axis holds."""
    values = {"p50": PercentileValue(seconds=0.5), "p99": PercentileValue(seconds=seconds)}
    buckets = (BucketCount(up_to_seconds=seconds, count=9), BucketCount(up_to_seconds=None, count=9))
    latency = replace(Latency(count=9, source="histogram").with_percentiles(values), buckets=buckets)
    row = make.traffic_row(latency=latency)
    traffic = Traffic(group_by="model", rows=(row,), total=row, source="counters", basis="window")
    page = Page(html.render(make.with_sections(traffic=traffic)))
    assert page.open == []
    assert "svg" in {tag for tag, _ in page.tags}


def test_a_long_id_is_cut_in_a_cell_and_whole_where_a_pointer_rests_on_it() -> None:
    name = "5d" * 32
    row = InstanceRow(provider="openai", instance=name, health="ok", attempts=9, by_status={})
    page = html.render(make.with_sections(instances=(row,)))
    assert f'<span title="{name}">5d5d5d5d…</span>' in page


def test_a_name_without_end_stands_nowhere_in_running_text() -> None:
    name = "m" * 600
    bad = make.finding(
        check="error-ratio", seen=f"requests to {name} failed", do=f"look at {name}", subject={"m": name}
    )
    shown = html.render(make.report(findings=(bad,))).partition("data:application/json")[0]
    assert name not in shown
    assert "m" * 48 + "…" in shown
