"""How long a report is, and that one that nothing is wrong with is short."""

import re
from pathlib import Path

import pytest

from llmgw_report.cli.demo import example
from tests.process import ENVIRONMENT, call
from tools import golden

KB = 1024
UNHEALTHY = golden.EXAMPLES / "unhealthy"
#: The hour that the demo shows, whatever the other tests have as their window.
HOUR = {name: value for name, value in ENVIRONMENT.items() if name != "PATH"} | {"LLMGW_REPORT_WINDOW": "1h"}


def shown(folder: Path, *arguments: str, cwd: Path) -> str:
    done = call("--demo", *arguments, cwd=cwd, environment=HOUR) if folder == UNHEALTHY else None
    if done is None:
        with example(folder) as given:
            done = call(*given, *arguments, cwd=Path(), environment=HOUR)
    assert done.returncode == golden.exit_code(folder), done.stderr
    return done.stdout


@pytest.mark.size
def test_the_worked_failure_is_a_short_page_of_markdown() -> None:
    text = (UNHEALTHY / "report.md").read_bytes()
    assert 5 * KB < len(text) <= 15 * KB


@pytest.mark.parametrize("name", ["md", "text", "github"])
def test_a_brief_one_fits_a_comment_and_a_mail(name: str, tmp_path: Path) -> None:
    text = shown(UNHEALTHY, "--brief", "-f", name, cwd=tmp_path)
    assert 500 < len(text.encode()) <= 5 * KB
    assert "since 09:30" in text.splitlines()[0]


@pytest.mark.parametrize("name", ["md", "text"])
def test_a_brief_one_is_a_part_of_the_full_one_that_is_the_default(name: str, tmp_path: Path) -> None:
    brief, full, usual = (
        untimed(shown(UNHEALTHY, *how, "-f", name, cwd=tmp_path)) for how in (("--brief",), ("--full",), ())
    )
    assert usual == full
    assert len(brief) < len(full) / 1.5
    assert [line for line in brief if line not in full] == []


def untimed(text: str) -> list[str]:
    """The lines without what differs from run to run: how long an input took, how wide that is, and when it was."""
    times = re.compile(r"\| command line|^Up to its rendering|^- Took |^Generated")
    lines = [line for line in text.splitlines() if not times.search(line)]
    return [re.sub(r"([ -])\1+", r"\1", line) for line in lines]


def test_annotations_are_brief_unless_they_are_asked_in_full(tmp_path: Path) -> None:
    brief, full, usual = (
        shown(UNHEALTHY, *how, "-f", "github", cwd=tmp_path).splitlines() for how in (("--brief",), ("--full",), ())
    )
    assert usual == brief
    assert len(brief) < len(full) <= 10


def test_a_brief_markdown_has_the_problems_the_instances_and_the_error_patterns(tmp_path: Path) -> None:
    text = shown(UNHEALTHY, "--brief", "-f", "md", cwd=tmp_path)
    assert [line for line in text.splitlines() if line.startswith("<summary>")] == [
        "<summary><b>Instances</b></summary>",
        "<summary><b>Error patterns</b></summary>",
    ]
    assert text.count("\n### ") == 2


@pytest.mark.parametrize("name", ["healthy", "litellm-healthy", "requests-table"])
def test_where_nothing_is_wrong_the_page_is_short(name: str) -> None:
    """A source of each kind: both, a scrape alone, a database alone."""
    text = (golden.EXAMPLES / name / "report.md").read_text("utf-8")
    assert text.startswith("# PASS: ")
    assert "### " not in text
    assert len(text.partition("<details>")[0].encode()) < KB
    assert len(text.encode()) <= 15 * KB


@pytest.mark.parametrize("arguments", [("--brief", "--full"), ("--full", "--brief", "-f", "json")])
def test_brief_and_full_at_once_is_a_wrong_call(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = call("--demo", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--brief beside --full" in done.stderr
    assert "Hint: leave one of them out" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "is_full"),
    [
        ((), ("BRIEF",), 1, False),
        (("--full",), ("BRIEF",), 1, True),
        (("--brief",), ("FULL",), 1, False),
        ((), ("BRIEF", "FULL"), 2, False),
    ],
)
def test_the_environment_can_ask_for_either_and_the_command_line_goes_before_it(
    arguments: tuple[str, ...], variables: tuple[str, ...], code: int, is_full: object, tmp_path: Path
) -> None:
    given = {f"LLMGW_REPORT_{name}": "yes" for name in variables}
    done = call("--demo", "-f", "md", *arguments, cwd=tmp_path, environment=HOUR | given)
    assert (done.returncode, "<b>Traffic</b>" in done.stdout) == (code, is_full)
