"""A format whose author thinks of no attack is safe all the same: it gets a report without anything to obey."""

import pytest

from llmgw_report import renderers
from tests.builders import reports as make
from tests.renderers.test_markdown import HOSTILE

#: Writes every text of a report as it is, one per line.
NAIVE = """\
from msgspec import to_builtins
from llmgw_report.messages import plain

EXTENSIONS = ("yaml",)


def render(report):
    return "".join(_lines(to_builtins(report, enc_hook=plain)))


def _lines(value, margin=""):
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{margin}{name}:\\n"
            yield from _lines(part, margin + "  ")
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _lines(part, margin + "- ")
    else:
        yield f"{margin}{value}\\n"
"""
CONTROLS = [
    "\x1b[2J",
    "\x9b1m",
    "a\nFAIL b",
    "a\r\nb",
    "\u2028",
    "\u202ex",
    "\x00",
    "\ufffe",
    "\x1b]8;;https://evil.example\x07",
]


@pytest.fixture(autouse=True)
def _naive(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more file in the folder of formats."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / "naive.py").write_text(NAIVE, "utf-8")
    monkeypatch.setattr(renderers, "__path__", [*renderers.__path__, str(folder)])
    monkeypatch.delitem(renderers.__dict__, "naive", raising=False)


@pytest.mark.parametrize("hostile", [*HOSTILE, *CONTROLS])
def test_a_terminal_obeys_nothing_in_it_and_no_text_adds_a_line(hostile: str) -> None:
    text = renderers.render(make.full(hostile), "naive")
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\n") == renderers.render(make.full("plain"), "naive").count("\n")


def test_text_that_is_harmless_is_left_alone() -> None:
    assert "a <b> & “c” 数" in renderers.render(make.full("a <b> & “c” 数"), "naive")
