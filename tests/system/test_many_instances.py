"""Thousands of instances: the page shows the worst of them, and no line of it names them all."""

import json
import re

import pytest

from tests.process import AT, call
from tests.system.cases.inputs import channels


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report of 1,200 channels, the last 60 of them dead, in several formats."""
    folder = tmp_path_factory.mktemp("many")
    channels(1200, 60)(folder / "o.db")
    outputs = [part for name in ("md", "html", "text", "json") for part in ("-o", f"{name}=o.{name}")]
    call("--no-config", "--no-metrics", "--db-path", "o.db", "--at", AT, *outputs, cwd=folder)
    return {name: (folder / f"o.{name}").read_text() for name in ("md", "html", "text", "json")}


def test_the_table_has_the_worst(pages: dict[str, str]) -> None:
    shown = re.findall(r"^\| (ch-\d+) +\| ch-\d+ +\| \*\*(\w+)\*\*", pages["md"], re.MULTILINE)
    assert [state for _, state in shown] == ["DOWN"] * 50
    assert "50 of 1,200 instances shown" in pages["md"]
    assert set(re.findall(r"^ +(\w+)  ch-\d+ +ch-\d+ ", pages["text"], re.MULTILINE)) == {"DOWN"}


@pytest.mark.parametrize("name", ["md", "html", "text"])
def test_no_line_names_them_all(name: str, pages: dict[str, str]) -> None:
    words = re.sub(r"data:[^\"]+|<[^>]+>", "\n", pages[name])
    assert max(len(re.findall(r"ch-\d+", line)) for line in words.splitlines()) <= 25
    assert "ch-1016 and 1,119 more" in " ".join(words.split())


def test_the_document_has_each_of_them(pages: dict[str, str]) -> None:
    document = json.loads(pages["json"])
    assert len(document["sections"]["instances"]) == 1200
    down = [one for one in document["findings"] if one["check"] == "instance-health" and one["status"] == "fail"]
    assert len(down) == 60
