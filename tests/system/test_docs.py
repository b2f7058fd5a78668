"""The documentation says what the code does: generated parts are current, commands parse, files load."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from llmgw_report import gateways, plugins
from llmgw_report.checks import SECTIONS, load
from llmgw_report.checks._statistics import wilson
from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.command import command
from llmgw_report.config.options import OPTIONS
from llmgw_report.gateways.definition import Gateway
from llmgw_report.pipeline.verdict import NAMES
from tests.process import CHECKOUT, needs
from tools import documentation, manual

README = (CHECKOUT / "README.md").read_text("utf-8")
LINKING = sorted(
    file
    for place in ("*.md", "docs/*.md", "examples/README.md", "examples/*/README.md")
    for file in CHECKOUT.glob(place)
)
#: Every page that somebody wrote, by its place in the checkout.
PAGES = {str(path.relative_to(CHECKOUT)): path.read_text("utf-8") for path in LINKING}


def test_generated_parts_are_current() -> None:
    cog = [sys.executable, "-m", "cogapp", "--check", "--diff", *map(str, documentation.written())]
    done = subprocess.run(cog, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"`make docs` writes them again\n{done.stdout}{done.stderr}"


#: A time, a memory or a ratio of the program's own.
FIGURE = re.compile(r"\b\d[\d.,]* ?(?:[kKMG]i?B|m?s|x|times)\b|(?:twice|times) as (?:long|much)")
#: What somebody has measured, and what measures it.
MEASURED = re.compile(r"`make bench(?:-scale)?`|\btook (?!longer than)|python -c pass|\bas long as (?:Python|one)\b")


@pytest.mark.parametrize("page", PAGES)
def test_what_was_measured_is_written_from_what_was_kept_of_it(page: str) -> None:
    """Of such a paragraph, that is: by hand it says the figures of some earlier day."""
    by_hand = re.sub(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", "", PAGES[page], flags=re.DOTALL)
    measured = [one for one in by_hand.split("\n\n") if MEASURED.search(one)]
    assert [one for one in measured if FIGURE.search(one)] == []


def test_the_manual_and_the_completion_are_current() -> None:
    assert manual.MANUAL.read_text("utf-8") == manual.manual(), "`make docs` writes it again"
    for shell in manual.SHELLS:
        script = manual.DOCS / "completion" / f"llmgw-report.{shell}"
        assert script.read_text("utf-8") == manual.completion(shell), "`make docs` writes it again"


@pytest.mark.parametrize("added", [0, 9])
def test_the_manual_can_be_read(tmp_path: Path, added: int) -> None:
    """By the program that shows manuals; it warns of macros that are wrong, and of a list that is wider than a line."""
    needs("man")
    formats = "|".join(plugins.modules("renderers"))
    more = "|".join([formats, *(f"another-format-{number}" for number in range(added))])
    assert manual.value(f"[{formats}]") in manual.manual()
    page = tmp_path / "llmgw-report.1"
    page.write_text(manual.manual().replace(manual.value(formats), manual.value(more)), "utf-8")
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stderr) == (0, "")
    shown = re.sub(r".\x08", "", done.stdout)
    assert all(re.search(rf"^ {{7}}(-\w, )?{option}\b", shown, re.MULTILINE) for option in documentation.long_options())


def test_the_readme_is_short_and_in_the_order_of_a_newcomers_questions() -> None:
    assert len(README.split()) <= 1500
    head = [part for part in README.split("\n\n") if not part.startswith("<!--")]
    assert head[0] == "# llmgw-report"
    assert re.fullmatch(r"[^.]+\.", head[1]), "one sentence"
    assert README.index("docs/report.png") < README.index("\n## ")
    order = ["Supported gateways", "Quick start", "Exit codes", "In CI", "How it works", "Security", "Compared with"]
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == [*order, "More"]
    start = README.partition("## Quick start")[2]
    assert len(re.findall(r"```sh\n(.*?)```", start, re.DOTALL)[0].splitlines()) == 3


def test_nothing_of_the_readme_has_to_be_replaced_before_it_works() -> None:
    """A name in capitals or angle brackets is a blank to fill in; github.com/OWNER was one."""
    for block in re.findall(r"```(?:sh|yaml|toml)\n(.*?)```", README, re.DOTALL):
        assert not re.search(r"OWNER|YOUR|CHANGE|<\w+>|example\.(com|org)", block), block


@pytest.mark.parametrize("slug", plugins.modules("checks"))
def test_every_check_is_there(slug: str) -> None:
    assert f"[`{slug}`](#{slug})" in PAGES["docs/checks.md"]
    section = re.search(rf"^## {slug}\n(.*?)(?=^## |\Z)", PAGES["docs/checks.md"], re.MULTILINE | re.DOTALL)
    assert section
    read = [documentation.READ] if load(slug).reads else []
    assert re.findall(r"^\*\*(.+?)\.\*\* \S", section[1], re.MULTILINE) == [*SECTIONS, *read]


def test_no_page_counts_the_gateways_which_one_more_folder_would_contradict() -> None:
    counted = re.compile(r"\b(?:\d\d+|\w+teen|twenty\S*|thirty\S*) gateways\b", re.IGNORECASE)
    assert [name for name, page in PAGES.items() if counted.search(page)] == []


@pytest.mark.parametrize("gateway", gateways.load_all(), ids=lambda gateway: gateway.name)
def test_every_gateway_is_there_with_what_it_cannot_tell(gateway: Gateway) -> None:
    assert f"[{gateway.name}](docs/gateways.md#{gateway.name})" in README
    assert f"## {gateway.name}\n" in PAGES["docs/gateways.md"]
    for spot in gateway.blind_spots:
        assert spot.reason in PAGES["docs/gateways.md"]


def test_every_option_is_there_with_its_variable() -> None:
    page = PAGES["docs/options.md"]
    for option in documentation.long_options():
        assert re.search(rf"^  (?:-\w, )?{option}\b", page, re.MULTILINE), option

    for entry in OPTIONS:
        assert (f"`{entry.variable}`" in page) == entry.is_setting, entry.name


def test_every_exit_code_is_there() -> None:
    for code, name in NAMES.items():
        assert f"| {code} | {name} |" in README
    assert set(NAMES) | {129, 130, 143} == set(EXIT_CODES)
    shown = " ".join(documentation.help_text().split())
    for number, text in EXIT_CODES.items():
        assert f"{number} {text.replace('`', '')}" in shown


def shell_lines() -> list[str]:
    """Commands of the shell blocks of every page, continued lines joined."""
    blocks = [block for text in PAGES.values() for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL)]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = [line[line.index("llmgw-report ") :] for line in lines if re.search(r"(^|&& |\$ )\s*llmgw-report ", line)]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("line", shell_lines())
def test_a_command_of_the_pages_can_be_typed(line: str) -> None:
    words = shlex.split(line.partition(">>")[0], comments=True)
    context = command.make_context(words[0], words[1:], auto_envvar_prefix=None, resilient_parsing=True)
    pages = sum(isinstance(one, click.Option) and one.is_eager for one in command.params if set(one.opts) & set(words))
    source = click.core.ParameterSource.COMMANDLINE
    given = [name for name in context.params if context.get_parameter_source(name) is source]
    assert len(given) + pages == len({word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)})


def test_the_configuration_that_is_shown_is_one(tmp_path: Path) -> None:
    _waiver, shown = re.findall(r"```toml\n(.*?)```", PAGES["docs/getting-started.md"], re.DOTALL)
    (tmp_path / "llmgw-report.toml").write_text(shown, "utf-8")
    context = command.make_context("llmgw-report", ["--config", str(tmp_path / "llmgw-report.toml")])
    chosen = settings(context.params, {})
    assert chosen.preset == "production"
    assert chosen.thresholds["latency-p99"].of({"model": "o3-mini"}).fail == 60
    assert len(chosen.expectations) == 1


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text("utf-8")):
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), f"{target}#{anchor}"


def test_how_many_good_requests_prove_a_ratio() -> None:
    claim = r"(\d+) requests without a failure to show with 95% confidence that a ratio is below\s+(\d+)%"
    ((needed, percent),) = re.findall(claim, PAGES["docs/faq.md"])
    assert wilson(0, int(needed))[1] < int(percent) / 100 <= wilson(0, int(needed) - 1)[1]
