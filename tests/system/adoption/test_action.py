"""The GitHub action, its steps run as a runner would, against a gateway that is healthy and one that is not."""

import json
import re
from pathlib import Path

import pytest

from tests.process import CHECKOUT
from tests.system.adoption.machine import CI, FAILING, Gateway, listening, shell
from tests.system.adoption.pipeline import BASH, Ran, Runner, read, replaced


def job(folder: Path, gateway: Gateway, program: Path = CHECKOUT, /, **given: str) -> Ran:
    """The example's job against a gateway of ours; `given` are inputs, or variables of the job in capitals."""
    (step,) = [
        one for one in read(CI / "github-actions.yml")["jobs"]["report"]["steps"] if one["uses"] == "./llmgw-report"
    ]
    here = {"url": gateway.url, "db-path": str(gateway.database), "bearer-token": ""}
    inputs = step["with"] | here | {key.replace("_", "-"): text for key, text in given.items() if key.islower()}
    variables = {key: text for key, text in given.items() if key.isupper()}
    return Runner(folder, inputs, {"LLMGW_REPORT_AT": gateway.at, **variables}, program=program).run()


def new_folder(place: Path) -> Path:
    place.mkdir()
    return place


def test_a_bad_gateway_fails_the_job_and_everything_is_kept(tmp_path: Path, unhealthy: Gateway) -> None:
    ran = job(tmp_path, unhealthy)
    assert ran.code == 1
    assert "::error title=instance-health" in ran.printed
    assert ran.summary.startswith("# ")
    assert "instance-health" in ran.summary
    assert ran.outputs["exit-code"] == "1"
    (kept,) = ran.used.values()
    assert kept["name"] == "llmgw-report"
    assert {file.name for file in Path(kept["path"]).iterdir()} == {
        f"report.{name}" for name in ("md", "html", "json", "xml")
    }
    assert json.loads((Path(kept["path"]) / "report.json").read_text("utf-8"))["verdict"]["status"] == "fail"


def test_a_good_gateway_passes_and_nothing_is_kept_that_nobody_wants(tmp_path: Path, healthy: Gateway) -> None:
    ran = job(tmp_path, healthy, artifact="")
    assert (ran.code, ran.outputs["exit-code"]) == (0, "0")
    assert "::error" not in ran.printed
    assert not ran.used


def test_a_gateway_that_is_up_and_fails_one_request_in_eight_fails_the_job(tmp_path: Path, healthy: Gateway) -> None:
    """Totals of no known age are no reason for a green job; whoever wants them evaluated says so."""
    with listening(lambda *_: FAILING.encode()) as url:
        ran = job(new_folder(tmp_path / "window"), healthy, url=f"{url}/metrics", observability="false")
        whole = {"LLMGW_REPORT_WINDOW": "all"}
        of_all = job(new_folder(tmp_path / "all"), healthy, url=f"{url}/metrics", observability="false", **whole)
    assert ran.code == 3
    assert "--window all" in ran.printed
    assert of_all.code == 1
    assert "::error title=error-ratio" in of_all.printed


def test_a_gateway_that_is_not_there_fails_the_job_unless_that_is_allowed(tmp_path: Path, healthy: Gateway) -> None:
    nowhere = {"url": "http://127.0.0.1:1/metrics", "observability": "false"}
    ran = job(new_folder(tmp_path / "red"), healthy, **nowhere)
    assert (ran.code, ran.outputs["exit-code"]) == (3, "3")
    (allowing,) = re.findall(
        r'^ +# (allow-unknown): "true"', (CI / "github-actions.yml").read_text("utf-8"), re.MULTILINE
    )
    ran = job(new_folder(tmp_path / "green"), healthy, **nowhere, **{allowing.replace("-", "_"): "true"})
    assert (ran.code, ran.outputs["exit-code"]) == (0, "3")
    assert "UNKNOWN" in ran.summary


def test_a_failure_is_red_also_where_unknown_is_allowed(tmp_path: Path, unhealthy: Gateway) -> None:
    assert job(tmp_path, unhealthy, allow_unknown="true").code == 1


def test_a_wrong_call_says_so_and_leaves_no_report(tmp_path: Path, healthy: Gateway) -> None:
    ran = job(tmp_path, healthy, preset="prodution")
    assert ran.code == 2
    assert "did you mean 'production'?" in ran.printed
    assert ran.summary == ""


def test_a_variable_of_the_job_is_heard_and_an_input_goes_over_it(tmp_path: Path, unhealthy: Gateway) -> None:
    variables = {"LLMGW_REPORT_FAIL_ON": "never", "LLMGW_REPORT_URL": "http://127.0.0.1:1/metrics"}
    ran = job(tmp_path, unhealthy, **variables)
    assert ran.code == 0
    assert "::error title=instance-health" in ran.printed


def test_a_run_shows_nothing_of_an_earlier_one_in_its_job(tmp_path: Path, healthy: Gateway) -> None:
    shared = {"RUNNER_TEMP": str(new_folder(tmp_path / "shared"))}
    earlier = job(new_folder(tmp_path / "earlier"), healthy, **shared)
    later = job(new_folder(tmp_path / "later"), healthy, preset="prodution", **shared)
    assert (earlier.code, later.code) == (0, 2)
    assert earlier.summary.startswith("# ")
    assert later.summary == ""
    (first,), (second,) = (one.used.values() for one in (earlier, later))
    assert len(list(Path(first["path"]).iterdir())) == 4
    assert list(Path(second["path"]).iterdir()) == []


def test_the_repository_may_have_modules_named_as_those_of_python(tmp_path: Path, healthy: Gateway) -> None:
    for name in ("enum", "llmgw_report", "locale", "numbers", "operator", "pip", "shlex", "string", "types", "venv"):
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    (tmp_path / "click.py").write_text("import os\nos._exit(0)\n")
    ran = job(tmp_path, healthy, PYTHONPATH=str(tmp_path))
    assert (ran.code, ran.outputs["exit-code"]) == (0, "0"), ran.printed
    assert ran.summary.startswith("# ")


@pytest.mark.parametrize("code", [0, 1])
def test_a_verdict_without_a_report_is_none(tmp_path: Path, healthy: Gateway, code: int) -> None:
    damaged = new_folder(tmp_path / "damaged")
    (damaged / "requirements").symlink_to(CHECKOUT / "requirements")
    (package := new_folder(damaged / "llmgw_report")).joinpath("__init__.py").touch()
    (package / "__main__.py").write_text(f"raise SystemExit({code})\n")
    ran = job(tmp_path, healthy, damaged, allow_unknown="true")
    assert (ran.code, ran.outputs["exit-code"], ran.summary) == (4, "4", "")
    assert f"::error title=llmgw-report::Exit code {code}, and no report" in ran.printed


def own_job(folder: Path, changed: dict[str, str]) -> int:
    """What this project's job about its action ends with, when the inputs of its second use are changed."""
    steps = read(CHECKOUT / ".github/workflows/ci.yml")["jobs"]["action"]
    variables = steps["env"] | {"RUNNER_TEMP": str(new_folder(folder))}
    names: dict[str, str] = {}
    for step in (one for one in steps["steps"] if one.get("uses") == "./"):
        inputs = {name: text.replace("examples/", f"{CHECKOUT}/examples/") for name, text in step["with"].items()}
        given = inputs | (changed if names else {})
        ran = Runner(new_folder(folder / step["id"]), given, variables, installs=not names).run()
        names |= {f"steps.{step['id']}.outputs.{name}": value for name, value in ran.outputs.items()}
    last = steps["steps"][-1]
    given = {name: replaced(text, names) for name, text in last["env"].items()}
    return shell(last["run"], folder, given, BASH).returncode


def test_this_project_tries_its_own_action(tmp_path: Path) -> None:
    assert own_job(tmp_path / "right", {}) == 0
    for name, wrong in {"usage": {"preset": "prodution"}, "unknown": {"metrics-file": "absent.prom"}}.items():
        assert own_job(tmp_path / name, wrong) != 0


@pytest.mark.parametrize("name", ["url", "db-path", "preset", "bearer-token"])
def test_no_input_reaches_a_script_as_text_of_it(name: str) -> None:
    steps = read(CHECKOUT / "action.yml")["runs"]["steps"]
    assert any(f"inputs.{name}" in str(step.get("env")) for step in steps)
    assert not any("${{" in step.get("run", "") for step in steps)
