"""Gateways by what is wrong with them: a dead one never passes, a healthy one never fails, and the report says why."""

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.cli import main
from tests.process import AT
from tests.system.cases.dead import DEAD
from tests.system.cases.healthy import HEALTHY
from tests.system.cases.inputs import Content
from tests.system.cases.kinds import CODES, Case
from tests.system.cases.unproven import UNPROVEN

Run = Callable[[str], tuple[int, dict[str, Any], str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command in this process, in a folder of its own, with the default window: its code, document and last line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LLMGW_REPORT_WINDOW")

    def command(line: str) -> tuple[int, dict[str, Any], str]:
        code = main([*shlex.split(line), "-f", "json"])
        out, err = capsys.readouterr()
        return code, json.loads(out), err.splitlines()[-1]

    return command


def write(files: Mapping[str, Content], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, str):
            path.write_text(content)
        else:
            content(path)


def deciding(document: dict[str, Any], status: str) -> list[str]:
    """What the verdict rests on: findings of its own status; the headline and its reasons where evidence is missing."""
    if status == "unknown":
        return [document["verdict"]["headline"], *document["verdict"]["reasons"]]
    return [
        " ".join([one["check"], *(f"{key}={value}" for key, value in sorted(one["subject"].items()))])
        + f": {one['seen']}"
        for one in document["findings"]
        if one["status"] == status
    ]


@pytest.mark.parametrize("case", [*DEAD, *UNPROVEN, *HEALTHY], ids=lambda case: case.name)
def test_the_verdict_and_what_decides_it(case: Case, run: Run, tmp_path: Path) -> None:
    write(case.files, tmp_path)
    if case.earlier:
        _, document, _ = run(case.earlier)
        (tmp_path / "earlier.json").write_text(json.dumps(document))
    at = "" if "--at" in case.arguments else f"--at {AT}"
    code, document, last = run(f"{case.arguments} {at}")
    status = document["verdict"]["status"]
    assert (status, code) == (case.verdict, CODES[case.verdict]), document["verdict"]["headline"]
    assert last.startswith(f"llmgw-report: {status.upper()} exit={code} ")
    assert any(case.check in line and case.said in line for line in deciding(document, status)), deciding(
        document, status
    )


@pytest.mark.parametrize("cases", [DEAD, UNPROVEN, HEALTHY], ids=["dead", "unproven", "healthy"])
def test_every_case_names_what_decides(cases: tuple[Case, ...]) -> None:
    assert all(case.said or case.check for case in cases)
    assert len({case.name for case in cases}) == len(cases)
