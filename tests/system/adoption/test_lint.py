"""Everything that others run or read for us is accepted by their own checkers."""

import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path
from shutil import copy
from unittest.mock import patch

import pytest
from ruamel.yaml import YAML

from tests.process import CHECKOUT, PATH, needs
from tests.system.adoption.machine import CI
from tools.golden import EXAMPLES

#: What jactionlint would also like: hashes for versions, where an example is read by people.
ACTIONS = ("jactionlint", *(f"--ignore={rule}" for rule in ("unpinned-uses", "unpinned-images", "concurrency-limits")))
SCHEMA = ("check-jsonschema", "--builtin-schema")
#: File -> what has to accept it; the file is the last argument.
LINTERS: dict[str, tuple[Sequence[str], ...]] = {
    "action.yml": (ACTIONS, (*SCHEMA, "vendor.github-actions")),
    ".github/workflows/*.yml": (ACTIONS, (*SCHEMA, "vendor.github-workflows")),
    ".github/ISSUE_TEMPLATE/[!c]*.yml": ((*SCHEMA, "vendor.github-issue-forms"),),
    ".github/ISSUE_TEMPLATE/config.yml": ((*SCHEMA, "vendor.github-issue-config"),),
    ".ci/*": (("shellcheck",),),
    "examples/ci/github-actions.yml": (ACTIONS, (*SCHEMA, "vendor.github-workflows")),
    "examples/ci/gitlab-ci.yml": ((*SCHEMA, "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),),
    "examples/ci/kubernetes.yaml": (("kubernetes-validate", "--strict"),),
    "examples/ci/Dockerfile": (("hadolint",),),
    "examples/*/*.sh": (("shellcheck",),),
    "examples/ci/alerts.yml": (("promtool", "check", "rules", "--lint=all", "--lint-fatal"),),
    "examples/ci/alerts.test.yml": (("promtool", "test", "rules"),),
    "examples/ci/llmgw-report.timer": (("systemd-analyze", "verify", "--man=no"),),
}
#: What is no program of its own.
PYTHON = {"check-jsonschema", "kubernetes-validate"}
#: Read by a test of their own below.
OTHERS = {"Jenkinsfile", "crontab", "textfile.crontab", "llmgw-report.service", "nagios.cfg", "README.md"}
#: Command -> what it has to accept, at one go: most of what a checker takes is its start.
FILES = {
    command: [
        str(file.relative_to(CHECKOUT))
        for pattern, commands in LINTERS.items()
        if command in commands
        for file in sorted(CHECKOUT.glob(pattern))
    ]
    for command in dict.fromkeys(one for commands in LINTERS.values() for one in commands)
}


def accepted(*command: str | Path, cwd: Path = CHECKOUT) -> None:
    """The checker is content; without it there is no saying."""
    needs(str(command[0]))
    if command[0] in PYTHON:
        accepted_here([str(word) for word in command])
        return
    done = subprocess.run(command, cwd=cwd, env={"PATH": PATH}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def accepted_here(command: list[str]) -> None:
    """The same of a checker that this process imports: once for all, which takes a second."""
    (checker,) = entry_points(group="console_scripts", name=command[0])
    said = StringIO()
    with patch.object(sys, "argv", command), chdir(CHECKOUT), redirect_stdout(said), redirect_stderr(said):
        try:
            code = checker.load()()
        except SystemExit as ended:
            code = ended.code
    assert not code, said.getvalue()


@pytest.mark.parametrize("command", FILES, ids=" ".join)
def test_what_a_checker_reads_is_accepted(command: Sequence[str]) -> None:
    accepted(*command, *FILES[command])


#: Files whose comment holds the setting that allows exit code 3, by what that line begins with.
ALLOWING = {
    "examples/ci/github-actions.yml": "allow-unknown:",
    "examples/ci/gitlab-ci.yml": "allow_failure:",
    "examples/ci/kubernetes.yaml": "command:",
}


@pytest.mark.parametrize("file", ALLOWING)
def test_a_file_is_accepted_that_allows_unknown(file: str, tmp_path: Path) -> None:
    text, n = re.subn(rf"# (?={ALLOWING[file]})", "", (CHECKOUT / file).read_text("utf-8"))
    assert n == 1
    changed = tmp_path / Path(file).name
    changed.write_text(text, "utf-8")
    for command in LINTERS[file]:
        accepted(*command, changed)


def test_every_example_of_a_job_is_checked_and_listed() -> None:
    checked = {Path(file).name for files in FILES.values() for file in files}
    assert {file.name for file in CI.iterdir()} == {name for name in checked if (CI / name).is_file()} | OTHERS
    listed = set(re.findall(r"\]\(([\w.-]+)\)", (CI / "README.md").read_text("utf-8")))
    assert listed == {file.name for file in CI.iterdir()} - {"README.md"}
    assert CI not in {file.parent for file in EXAMPLES.glob("*/arguments.txt")}


def test_units_of_systemd(tmp_path: Path) -> None:
    """Verified where the command is there and may be run."""
    for unit in CI.glob("llmgw-report.*"):
        copy(unit, tmp_path)
    service = tmp_path / "llmgw-report.service"
    service.write_text(service.read_text("utf-8").replace("/usr/local/bin/llmgw-report", "/bin/true"), "utf-8")
    accepted("systemd-analyze", "verify", "--man=no", service, tmp_path / "llmgw-report.timer", cwd=tmp_path)
    (calendar,) = re.findall(r"OnCalendar=(.*)", (CI / "llmgw-report.timer").read_text("utf-8"))
    accepted("systemd-analyze", "calendar", calendar)


def scripts(document: object) -> list[str]:
    """Every script in a YAML document: GitHub's `run`, GitLab's `script`."""
    if isinstance(document, list):
        return [script for part in document for script in scripts(part)]
    if not isinstance(document, dict):
        return []
    own = [document["run"]] if "run" in document else []
    own += ["\n".join(document["script"])] if "script" in document else []
    return own + [script for part in document.values() for script in scripts(part)]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("action.yml", "bash"),
        (".github/workflows/ci.yml", "bash"),
        (".github/workflows/release.yml", "bash"),
        ("examples/ci/gitlab-ci.yml", "sh"),
    ],
)
def test_the_shell_inside(file: str, kind: str, tmp_path: Path) -> None:
    found = scripts(YAML(typ="safe").load(CHECKOUT / file))
    assert found
    for number, script in enumerate(found):
        (tmp_path / f"{number}.sh").write_text(re.sub(r"\$\{\{.*?\}\}", "x", script), "utf-8")
    accepted("shellcheck", f"--shell={kind}", *sorted(tmp_path.iterdir()))


def test_the_shell_of_the_pages(tmp_path: Path) -> None:
    """Each block is a script that shellcheck accepts, as a reader pastes it."""
    pages = [file for place in ("*.md", "docs/*.md", "examples/**/README.md") for file in CHECKOUT.glob(place)]
    blocks = [block for page in pages for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]
    assert blocks
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.sh").write_text(block, "utf-8")
    accepted("shellcheck", "--shell=sh", *sorted(tmp_path.iterdir()))


def test_a_jenkinsfile_is_groovy(tmp_path: Path) -> None:
    """Declarative, with a script in each `sh` that shellcheck accepts."""
    from groovy_parser.parser import parse_groovy_content

    text = (CI / "Jenkinsfile").read_text("utf-8")
    parse_groovy_content(text)
    assert re.search(r"^pipeline \{$", text, re.MULTILINE)
    for section in ("agent any", "stages {", "post {", "always {", "junit ", "archiveArtifacts ", "publishHTML "):
        assert section in text
    for number, script in enumerate(re.findall(r"'''(.*?)'''", text, re.DOTALL)):
        (tmp_path / f"{number}.sh").write_text(script, "utf-8")
    accepted("shellcheck", "--shell=sh", *sorted(tmp_path.iterdir()))


@pytest.mark.parametrize("name", ["crontab", "textfile.crontab"])
def test_a_command_in_a_crontab(name: str, tmp_path: Path) -> None:
    (job,) = [line for line in (CI / name).read_text("utf-8").splitlines() if line.startswith("*")]
    (tmp_path / "job.sh").write_text(job.partition("llm-gateway ")[2] + "\n", "utf-8")
    accepted("shellcheck", "--shell=sh", tmp_path / "job.sh")


def test_the_notes_of_a_release(tmp_path: Path) -> None:
    for name in (".ci", "llmgw_report"):
        (tmp_path / name).mkdir()
    copy(CHECKOUT / ".ci" / "release-notes", tmp_path / ".ci")
    (tmp_path / "llmgw_report" / "__init__.py").write_text('"""Text."""\n\n__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n- not yet\n\n## [1.2.0] - 2026-01-01\n\n- new\n"
    )
    script = tmp_path / ".ci" / "release-notes"
    done = subprocess.run([script, "v1.2.0"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "- new"
    for tag, said in (("v1.3.0", "The tag says 1.3.0"), ("1.2", "says 1.2.0")):
        refused = subprocess.run([script, tag], capture_output=True, text=True, check=False)
        assert refused.returncode == 1
        assert said in refused.stderr
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n- not yet\n")
    refused = subprocess.run([script, "v1.2.0"], capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
