"""The definitions that come with the program are read from their folders once, until one of these changes."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from tests.process import CHECKOUT

#: Whether it read definitions as people write them, and the title of one.
LOOK = (
    "import sys; from llmgw_report import gateways; found = gateways.load('litellm'); "
    "print('tomllib' in sys.modules, found.title, len(gateways.queries(gateways.load('llm-gateway'))))"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    copytree(CHECKOUT / "llmgw_report", tmp_path / "llmgw_report", ignore=ignore_patterns("__pycache__"))
    return tmp_path


def look(folder: Path, *options: str) -> list[str]:
    command = [sys.executable, *options, "-c", LOOK]
    environment = {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_checkout_keeps_what_it_has_read_until_a_file_changes(copy: Path) -> None:

    first, second = look(copy), look(copy)
    assert (first[0], second[0]) == ("True", "False")
    assert first[1:] == second[1:]
    definition = copy / "llmgw_report" / "gateways" / "litellm" / "gateway.toml"
    text = definition.read_text("utf-8")
    definition.write_text(text.replace('title = "', 'title = "Changed', 1), "utf-8")
    assert look(copy)[:2] == ["True", f"Changed{first[1]}"]
    (copy / "llmgw_report" / "gateways" / "__pycache__" / "gateways.msgpack").write_bytes(b"\xc1 damaged")
    assert look(copy)[:2] == ["True", f"Changed{first[1]}"]


def test_nothing_is_kept_where_python_may_keep_nothing(copy: Path) -> None:
    assert [look(copy, "-B")[0] for _ in range(2)] == ["True", "True"]
    assert list(copy.rglob("*.msgpack")) == []
