"""The documentation says what the code does: generated parts are current, commands parse, files load."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from llmgw_report import gateways, plugins
from llmgw_report.checks._page import PARTS
from llmgw_report.cli.command import command
from llmgw_report.gateways.definition import Gateway
from llmgw_report.pipeline.verdict import NAMES
from tests import documentation, manual

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")
PAGES = {path.name: path.read_text("utf-8") for path in documentation.written()}


def test_generated_parts_are_current() -> None:
    cog = [sys.executable, "-m", "cogapp", "--check", "--diff", *map(str, documentation.written())]
    done = subprocess.run(cog, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"`make docs` writes them again\n{done.stdout}{done.stderr}"


def test_the_manual_and_the_completion_are_current() -> None:
    assert manual.MANUAL.read_text("utf-8") == manual.manual(), "`make docs` writes it again"
    for shell in manual.SHELLS:
        script = manual.DOCS / "completion" / f"llmgw-report.{shell}"
        assert script.read_text("utf-8") == manual.completion(shell), "`make docs` writes it again"


def test_the_manual_can_be_read() -> None:
    """By the program that shows manuals; it warns of macros that are wrong."""
    if which("man") is None:
        pytest.skip("man is not installed")
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(manual.MANUAL)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(r".\x08", "", done.stdout)
    assert all(re.search(rf"^ {{7}}(-\w, )?{option}\b", shown, re.MULTILINE) for option in documentation.long_options())


def test_the_readme_begins_with_what_to_run() -> None:
    head = README.splitlines()[:10]
    assert head[0] == "# llmgw-report"
    assert [line.partition(" #")[0].strip() for line in head if line.startswith("make ")] == ["make demo", "make test"]


@pytest.mark.parametrize("slug", plugins.modules("checks"))
def test_every_check_is_there(slug: str) -> None:
    assert f"`{slug}`" in README
    section = re.search(rf"^## {slug}\n(.*?)(?=^## |\Z)", PAGES["checks.md"], re.MULTILINE | re.DOTALL)
    assert section
    assert re.findall(r"^\*\*(.+?)\.\*\* \S", section[1], re.MULTILINE) == list(PARTS)


@pytest.mark.parametrize("gateway", gateways.load_all(), ids=lambda gateway: gateway.name)
def test_every_gateway_is_there_with_what_it_cannot_tell(gateway: Gateway) -> None:
    assert f"`{gateway.name}`" in README
    assert f"## {gateway.name}\n" in PAGES["gateways.md"]
    for spot in gateway.blind_spots:
        assert spot.reason in PAGES["gateways.md"]


def test_every_option_is_there_with_its_variable() -> None:
    for option in documentation.long_options():
        assert re.search(rf"^  (?:-\w, )?{option}\b", README, re.MULTILINE), option
        assert f"`{documentation.variable(option)}`" in README


def test_every_exit_code_is_there() -> None:
    for code, name in NAMES.items():
        assert f"| {code} | {name} |" in README
    assert set(NAMES) | {130, 143} == set(documentation.EXIT_CODES)


def shell_lines() -> list[str]:
    """Commands of the README's shell blocks, continued lines joined."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("llmgw-report")]


@pytest.mark.parametrize("line", shell_lines())
def test_a_command_of_the_readme_can_be_typed(line: str) -> None:
    words = shlex.split(line.partition(">>")[0])
    context = command.make_context(words[0], words[1:], auto_envvar_prefix=None)
    given = [name for name, value in context.params.items() if value not in (None, False, ())]
    assert len(given) == len({word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)})


@pytest.mark.parametrize(("name", "text"), PAGES.items(), ids=PAGES)
def test_a_link_leads_somewhere(name: str, text: str) -> None:
    folder = CHECKOUT if name == "README.md" else CHECKOUT / "docs"
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        file = folder / target
        assert file.exists(), target
        assert not anchor or f"## {anchor}\n" in file.read_text("utf-8"), f"{target}#{anchor}"


def test_the_gateway_that_is_shown_loads(tmp_path: Path) -> None:
    shown = re.search(r"```toml\n(.*?)```", PAGES["writing-a-gateway.md"], re.DOTALL)
    assert shown
    (tmp_path / "gateway.toml").write_text(shown[1], "utf-8")
    loaded = gateways.load(str(tmp_path))
    assert loaded.title == "Example gateway"
    assert set(loaded.metrics) == {"requests", "latency"}
