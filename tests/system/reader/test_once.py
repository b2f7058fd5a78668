"""Each thing once and in the order of harm, and no figure apart from its unit."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from llmgw_report.model.finding import Finding, rank
from llmgw_report.model.outcomes import Dimension
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.judge import judge, thresholds
from llmgw_report.pipeline.tally import Tally, outcomes
from llmgw_report.renderers import html
from tests.builders.snapshots import instance, snapshot
from tests.process import call
from tools import golden
from tools.golden import EXAMPLES

FOLDERS = golden.folders()
of_each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
#: A figure and its unit with an ordinary blank between: a line may end there.
APART = re.compile(r"\d (?:%|ms|s|min|h|d|[KMG]iB|×)(?![\w/])")
VOID = {"meta"}


class Shown(HTMLParser):
    """The texts of a page with the names and classes of the elements that they are in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[tuple[str, set[str]]] = []
        self._open: list[set[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append({tag, *(dict(attrs).get("class") or "").split()})

    def handle_endtag(self, _tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data.strip(), set().union(*self._open)))


@cache
def page(folder: Path) -> Shown:
    return Shown(html.render(golden.report(folder)))


@of_each
def test_no_line_of_a_page_ends_between_a_figure_and_its_unit(folder: Path) -> None:
    """Except where there are no lines, what nobody sees, and in what is pasted."""
    unbroken = {"style", "title", "svg", "hidden", "code"}
    texts = [text for text, within in page(folder).texts if not within & unbroken]
    assert len(texts) > 100
    assert [text for text in texts if APART.search(text)] == []


def test_a_percentage_has_no_blank_that_a_line_could_end_at() -> None:
    for file in (file for folder in FOLDERS for file in folder.glob("report.*") if file.suffix != ".json"):
        english = "zh-CN" not in file.name
        assert not (english and re.search(r"\d %", file.read_text("utf-8"))), file.name


@of_each
def test_no_sentence_that_is_seen_repeats_the_table_of_a_picture(folder: Path) -> None:
    """What a picture shows is said for those who do not see it, and its figures are folded."""
    texts = page(folder).texts
    summaries = {text for text, within in texts if {"figure", "hidden"} <= within and "p" in within}
    assert summaries
    assert [text for text, within in texts if text in summaries and "hidden" not in within] == []
    tables = [within for _, within in texts if {"figure", "table"} <= within]
    assert tables
    assert all("details" in within for within in tables)


@of_each
def test_no_sentence_stands_twice_below_the_headline(folder: Path) -> None:
    text = (folder / "report.md").read_text("utf-8").partition("\n")[2]
    prose = [line.lstrip("#-* ") for line in text.splitlines() if not line.startswith(("|", "<", "```"))]
    pointer = "What to do:** As above for "  # to the problem that has it
    twice = [line for line, n in Counter(prose).items() if n > 1 and len(line) > 40 and not line.startswith(pointer)]
    assert twice == []


def ranks(findings: list[Finding]) -> list[int]:
    return [rank(one.status) for one in findings]


@of_each
def test_problems_come_by_status_and_what_follows_last(folder: Path) -> None:
    found = list(golden.report(folder).findings)
    assert ranks(found) == sorted(ranks(found))
    for status in ("fail", "warn"):
        alike = [one for one in found if one.status == status]
        assert [one.derived_from is not None for one in alike] == sorted(one.derived_from is not None for one in alike)
        free = [one.harm for one in alike if one.derived_from is None and one.fingerprint not in _roots(found)]
        assert free == sorted(free, reverse=True)


def _roots(findings: list[Finding]) -> set[str | None]:
    return {one.derived_from for one in findings}


def count(tally: Tally, subject: Mapping[Dimension, str], failed: int, n: int) -> None:
    tally.add(subject, "server-error", failed)
    tally.add(subject, "success", n - failed)


def test_of_two_instances_the_one_that_hurts_more_comes_first() -> None:
    """Not the one whose name does, nor the one whose ratio is higher."""
    tally = Tally()
    for name, failed, n in (("a-small", 90, 100), ("b-large", 400, 1000), ("c-middle", 150, 300)):
        count(tally, {"provider": name[0], "instance": name, "model": name}, failed, n)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"))
    found = [
        one for one in fold(judge(seen, thresholds()), seen) if one.check == "error-ratio" and one.status == "fail"
    ]
    named = [one.subject["instance"] for one in found if "instance" in one.subject]
    assert named == ["b-large", "c-middle", "a-small"]


def test_the_cause_stands_above_all_that_follows_from_it() -> None:
    rows = (instance("down", 500, 100, "a-1"), instance("ok", 500, 1, "a-2"))
    tally = Tally()
    for row in rows:
        assert row.outcomes
        count(tally, {"provider": "a", "instance": row.instance}, row.outcomes.server_error, 500)
    seen = snapshot(outcomes=outcomes(tally, source="metrics", basis="window"), instances=rows)
    found = [one for one in fold(judge(seen, thresholds()), seen) if one.status == "fail"]
    assert found[0].check == "instance-health"
    assert len(found) > 2
    assert {one.derived_from for one in found[1:]} == {found[0].fingerprint}


def unread(name: str) -> tuple[str, ...]:
    return ("--no-config", "--no-db", "--metrics-file", name)


@pytest.mark.parametrize(
    "arguments",
    [
        unread("gone.prom"),
        (*unread("gone.prom")[:2], "--url", "http://127.0.0.1:9/metrics"),
        (*unread(str(EXAMPLES / "unhealthy" / "metrics.prom")), "--at", "2026-03-02T12:00:00Z"),
    ],
    ids=["no file", "no gateway", "totals alone"],
)
@pytest.mark.parametrize("name", ["md", "text", "nagios"])
def test_what_the_headline_says_is_said_once(arguments: tuple[str, ...], name: str, tmp_path: Path) -> None:
    """Each check that this leaves without an answer has its title."""
    document = call(*arguments, "--window", "1h", "-f", name, cwd=tmp_path, environment={"COLUMNS": "10000"}).stdout
    reason = next(
        words for words in ("no such file", "connection refused", "the counters are totals") if words in document
    )
    problems = document.partition("Other checks")[0].partition("\nTraffic")[0].partition("\n<details>")[0]
    assert problems.count(reason) == 1
    if name == "md":
        assert re.search(r"^### UNKNOWN: (?:Metrics can be read|Server error rate .*)$", document, re.MULTILINE)


def test_a_check_that_saw_nothing_gives_no_advice_about_what_it_would_find(tmp_path: Path) -> None:
    """The instance with the most errors is no way out of an unknown window; the headline names one."""
    arguments = (*unread(str(EXAMPLES / "unhealthy" / "metrics.prom")), "--at", "2026-03-02T12:00:00Z")
    for name in ("md", "text", "html", "github"):
        shown = call(*arguments, "--window", "1h", "-f", name, cwd=tmp_path).stdout
        assert "the instance with the highest error ratio" not in shown
