"""What the new sections say to people."""

from pathlib import Path

import pytest

from llmgw_report.renderers import html, md
from tests.builders.gateway import measured, scrape
from tests.system.regression.test_budget import budgeted
from tests.system.regression.test_second_scrape import twice

THEN, NOW = "2026-03-02T12:10:00Z", "2026-03-02T13:00:00Z"


def test_traffic_since_the_earlier_report(tmp_path: Path) -> None:
    measured(tmp_path, scrape(2000), THEN, name="old.json")
    found = measured(tmp_path, scrape(3000, 23), NOW, "--baseline", str(tmp_path / "old.json"))
    text = md.render(found)
    assert "<summary><b>Changes since the baseline</b></summary>" in text
    assert "old.json" in text
    assert "since 12:10" in text
    assert "1,023" in text
    assert "1,023" in html.render(found)


def test_a_baseline_that_is_not_compared_says_why(tmp_path: Path) -> None:
    measured(tmp_path, scrape(2000), NOW, name="old.json")
    found = measured(tmp_path, scrape(3000), THEN, "--baseline", str(tmp_path / "old.json"))
    assert "after this report" in md.render(found)


def test_live_rates(tmp_path: Path) -> None:
    text = md.render(twice(tmp_path, scrape(100), scrape(150, 10)))
    assert "<summary><b>Live rates</b></summary>" in text
    assert "over 10 s between two scrapes" in text


@pytest.mark.parametrize("words", ["99.50% good over 30 d", "long window of 14.4", "40.0%"])
def test_a_budget(words: str, tmp_path: Path) -> None:
    assert words in md.render(budgeted(tmp_path, [(60, 997, 3)]))


def test_a_lifetime_is_for_information(tmp_path: Path) -> None:
    text = md.render(measured(tmp_path, scrape(900, 100), NOW, "--slo", "99.5%"))
    assert "For information" in text
    assert "a burn rate of 20" in text
