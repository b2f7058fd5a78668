"""Enough of a GitHub runner to run the steps of a composite action: inputs, expressions, outputs, conditions."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from msgspec import Struct
from ruamel.yaml import YAML

from tests.process import CHECKOUT, PATH
from tests.system.adoption.machine import shell, stub

NAME = re.compile(r"\b(?:inputs|env|steps|github)(?:\.[\w-]+)+")
OPERATORS = (("||", " or "), ("&&", " and "), ("!cancelled()", "true"))
#: How a step with `shell: bash` is run.
BASH = ("/bin/bash", "--noprofile", "--norc", "-eo", "pipefail")


def read(file: Path) -> Any:  # noqa: ANN401 - a document of any shape
    """A YAML document."""
    return YAML(typ="safe").load(file)


class Ran(Struct, frozen=True):
    """What a composite action left behind: of every `uses:` step, what it was given."""

    code: int
    printed: str
    summary: str
    outputs: Mapping[str, str]
    used: Mapping[str, Mapping[str, str]]


class Runner:
    """Runs one action with inputs, in a working directory and an environment; the first failing step is the result.

    The folder is its own: a runner has a summary and outputs for each step. Uses in one job share `RUNNER_TEMP`.
    """

    def __init__(
        self,
        folder: Path,
        inputs: Mapping[str, str],
        variables: Mapping[str, str],
        *,
        program: Path = CHECKOUT,
        installs: bool = False,
    ) -> None:
        self.action = read(CHECKOUT / "action.yml")
        assert set(inputs) <= set(self.action["inputs"])
        defaults = {name: one.get("default", "") for name, one in self.action["inputs"].items()}
        self.names = {f"inputs.{name}": value for name, value in (defaults | dict(inputs)).items()}
        self.names |= {f"env.{name}": value for name, value in variables.items()}
        self.folder, self.code, self.printed = folder, 0, ""
        self.used: dict[str, Mapping[str, str]] = {}
        self.variables = {
            "RUNNER_TEMP": str(folder),
            **variables,
            "PATH": f"{_installer(folder, installs=installs)}:{PATH}",
            "PIP_NO_INDEX": "1",  # the environment is the one of this test, and nothing may change it
            "GITHUB_ACTION_PATH": str(program),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_OUTPUT": str(folder / "output"),
        }

    def run(self) -> Ran:
        for step in self.action["runs"]["steps"]:
            if self.text(step["if"]) == "True" if "if" in step else self.code == 0:
                self.step(step)
        outputs = {name: self.text(one["value"]) for name, one in self.action["outputs"].items()}
        return Ran(self.code, self.printed, self.written("summary"), outputs, self.used)

    def step(self, step: Mapping[str, Any]) -> None:
        if "uses" in step:
            self.used[step["uses"]] = {name: self.text(value) for name, value in step["with"].items()}
            return
        given = {name: self.text(value) for name, value in step.get("env", {}).items()}
        done = shell(step["run"], self.folder, {**self.variables, **given}, BASH)
        self.code = self.code or done.returncode
        self.printed += done.stdout + done.stderr
        for line in self.written("output").splitlines():
            name, _, value = line.partition("=")
            self.names[f"steps.{step.get('id')}.outputs.{name}"] = value

    def text(self, template: str) -> str:
        return replaced(template, self.names)

    def written(self, name: str) -> str:
        file = self.folder / name
        return file.read_text("utf-8") if file.is_file() else ""


def replaced(template: str, names: Mapping[str, str]) -> str:
    """With every `${{ expression }}` in it replaced."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: _value(found[1], names), template)


def _value(expression: str, names: Mapping[str, str]) -> str:
    for ours, theirs in OPERATORS:
        expression = expression.replace(ours, theirs)
    known = NAME.sub(lambda found: repr(names.get(found[0], "")), expression)
    return str(Environment(autoescape=False).compile_expression(known.strip())())  # noqa: S701 - no markup is made


def _installer(folder: Path, *, installs: bool) -> Path:
    """A `python3` whose new environment is the one of this test: pip finds in it all that is asked for.

    That takes as long as a report: unless it `installs`, its pip only looks for the file of requirements. Each module
    that is run has to start as it is called, whatever lies in the working directory.
    """
    environment = Path(sys.prefix) if installs else _without_pip(folder / "environment")
    new = f'{sys.executable} "$1" "$2" venv --help >&2 && exec ln -sfn {environment} "$4"'
    return stub(folder / "stubs", "python3", f'if test "$3" = venv; then {new}; fi; exec {sys.executable} "$@"')


def _without_pip(folder: Path) -> Path:
    looking = f'{sys.executable} "$1" "$2" pip --version >&2 && for last in "$@"; do :; done; exec test -f "$last"'
    folder.mkdir()
    stub(folder / "bin", "python", f'if test "$3" = pip; then {looking}; fi; exec {sys.executable} "$@"')
    return folder
