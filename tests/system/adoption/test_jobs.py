"""What is pasted from examples/ci/ does what it says, beside a healthy gateway and beside one that is not."""

import re
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest
from junitparser import JUnitXml
from ruamel.yaml import YAML

from tests.process import CHECKOUT, FLAWED, PATH, needs
from tests.system.adoption.machine import CI, FAILING, Answer, Gateway, listening, shell, stub
from tests.system.adoption.pipeline import read


def here(text: str, folder: Path) -> str:
    """A file's text, its places on the machine moved into a folder, where the configuration is that of nobody."""
    (folder / "llmgw-report.toml").write_text("")
    return re.sub(r"/(etc|var/lib/[\w/-]*?(?=/\w+\.\w+))(?=/)", str(folder), text)


def growing(scrape: str) -> Answer:
    """A gateway that has done as much again each time it is asked."""
    times = count(1)

    def answer(*_: object) -> bytes:
        n = next(times)
        grown = re.sub(r"(?m)(_total\S*) (\d+)$", lambda line: f"{line[1]} {n * int(line[2])}", scrape)
        return grown.encode()

    return answer


# GitLab


def test_gitlab(tmp_path: Path, found: Gateway) -> None:
    job = read(CI / "gitlab-ci.yml")["llm-gateway-report"]
    (tmp_path / "llmgw-report").symlink_to(CHECKOUT)
    pip = stub(tmp_path / "bin", "pip", 'for last in "$@"; do :; done; test -f "$last/pyproject.toml"')
    variables = job["variables"] | found.variables | {"PATH": f"{pip}:{PATH}"}
    del variables["LLMGW_REPORT_DB"], variables["LLMGW_REPORT_INTERVAL"]
    done = shell("\n".join(job["script"]), tmp_path, variables)
    assert done.returncode == found.code, done.stderr
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert all((tmp_path / name).is_file() for name in kept)
    suites = JUnitXml.fromfile(str(tmp_path / job["artifacts"]["reports"]["junit"]))
    assert bool(suites.failures) is bool(found.code)


def test_gitlab_with_a_gateway_that_is_up_and_fails_one_request_in_eight(tmp_path: Path) -> None:
    job = read(CI / "gitlab-ci.yml")["llm-gateway-report"]
    variables = job["variables"] | {"LLMGW_REPORT_INTERVAL": "0.1"}
    with listening(lambda *_: FAILING.encode()) as url:
        idle = shell(job["script"][-1], tmp_path, variables | {"LLMGW_REPORT_URL": f"{url}/metrics"})
    assert idle.returncode == 3, idle.stdout
    with listening(growing(FAILING)) as url:
        done = shell(job["script"][-1], tmp_path, variables | {"LLMGW_REPORT_URL": f"{url}/metrics"})
    assert done.returncode == 1, done.stdout
    assert re.search(r"^FAIL 125 of 1,000 requests ", done.stdout, re.MULTILINE)


# Jenkins


def scripts_of_jenkins() -> list[str]:
    """The shell parts: every `sh` step has its script between three quotes."""
    return re.findall(r"'''(.*?)'''", (CI / "Jenkinsfile").read_text("utf-8"), re.DOTALL)


def test_jenkins(tmp_path: Path, found: Gateway) -> None:
    install, report = scripts_of_jenkins()
    assert install.split()[-1] == "./llmgw-report"
    programs = tmp_path / ".llmgw-report" / "bin"
    programs.mkdir(parents=True)
    stub(programs, "llmgw-report", 'exec llmgw-report "$@"')
    assert shell(report, tmp_path, found.variables).returncode == found.code
    kept = re.findall(r"\b(report\.\w+)", (CI / "Jenkinsfile").read_text("utf-8"))
    assert all((tmp_path / name).is_file() for name in kept)


@pytest.mark.parametrize("name", ["action.yml", *(f"examples/ci/{one}" for one in ("gitlab-ci.yml", "Jenkinsfile"))])
def test_a_job_starts_python_without_the_modules_of_the_repository(name: str) -> None:
    started = re.findall(r"python3?\"? (-\S+) ", (CHECKOUT / name).read_text("utf-8"))
    assert set(started) <= {"-I", "-P"}
    assert bool(started) is (name != "examples/ci/gitlab-ci.yml")


# cron and systemd


def of_then(found: Gateway) -> dict[str, str]:
    """Its scrape as a file: one that is fetched now is later than the instant that is evaluated, which is a warning."""
    variables = found.variables | {"LLMGW_REPORT_METRICS_FILE": str(found.scrape)}
    del variables["LLMGW_REPORT_URL"]
    return variables


def job_of(crontab: str, folder: Path) -> tuple[str, dict[str, str]]:
    """The command of the one job, and the environment that its table sets."""
    lines = [line for line in here((CI / crontab).read_text("utf-8"), folder).splitlines() if line.strip()]
    settings = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    (job,) = [line for line in lines if line.startswith("*")]
    schedule = re.match(r"((?:[\d*/,-]+ ){5})llm-gateway ", job)
    assert schedule
    command = job[schedule.end() :]
    assert "%" not in command  # cron makes a line break of it
    return command, settings | {"PATH": f"{PATH}:{settings['PATH']}"}


def test_cron_mails_the_report_of_a_bad_gateway_and_nothing_of_a_good_one(tmp_path: Path, found: Gateway) -> None:
    command, settings = job_of("crontab", tmp_path)
    del settings["LLMGW_REPORT_URL"]
    done = shell(command, tmp_path, settings | of_then(found), ("/bin/sh",))
    mail = done.stdout + done.stderr
    assert ("instance-health" in mail) is bool(found.code)
    assert bool(mail) is bool(found.code)


def test_cron_mails_a_warning(tmp_path: Path) -> None:
    command, settings = job_of("crontab", tmp_path)
    del settings["LLMGW_REPORT_DB_PATH"]
    life = {"LLMGW_REPORT_DB": "false", "LLMGW_REPORT_WINDOW": "all"}
    with listening(lambda *_: FLAWED.encode()) as url:
        done = shell(command, tmp_path, settings | life | {"LLMGW_REPORT_URL": f"{url}/metrics"}, ("/bin/sh",))
    assert done.stdout.startswith("WARN "), done.stdout


def test_a_textfile_for_node_exporter(tmp_path: Path, found: Gateway) -> None:
    command, settings = job_of("textfile.crontab", tmp_path)
    done = shell(command, tmp_path, settings | found.variables, ("/bin/sh",))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (file,) = tmp_path.glob("*report*.prom")
    assert f'llmgw_report_verdict{{status="fail"}} {found.code}' in file.read_text("utf-8")


def test_a_systemd_service(tmp_path: Path, found: Gateway) -> None:
    unit = here((CI / "llmgw-report.service").read_text("utf-8"), tmp_path)
    environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE))
    (command,) = re.findall(r"^ExecStart=/usr/local/bin/(.*)$", unit, re.MULTILINE)
    done = shell(command, tmp_path, environment | found.variables | {"STATE_DIRECTORY": str(tmp_path)})
    assert done.returncode == found.code, done.stderr
    assert (tmp_path / "report.html").is_file()
    assert (tmp_path / "report.json").is_file()


# Nagios


def test_a_nagios_plugin(tmp_path: Path, found: Gateway) -> None:
    command = nagios(str(found.scrape), str(found.database)).replace("--url", "--metrics-file")
    done = shell(command, tmp_path, {"LLMGW_REPORT_AT": found.at})
    state, code = ("CRITICAL", 2) if found.code else ("OK", 0)
    assert (done.returncode, done.stdout[: len(state) + 7]) == (code, f"LLMGW {state} "), done.stdout
    assert len(done.stdout.splitlines()) == 1


def nagios(*arguments: str) -> str:
    """The command line of the check, its arguments in the order of the service."""
    text = (CI / "nagios.cfg").read_text("utf-8")
    command: str = re.findall(r"^ +command_line +/usr/local/bin/(.*)$", text, re.MULTILINE)[0]
    (service,) = re.findall(r"^ +check_command +(.*)$", text, re.MULTILINE)
    (name,) = re.findall(r"^ +command_name +(.*)$", text, re.MULTILINE)
    assert service.split("!")[0] == name
    assert len(service.split("!")) == len(arguments) + 1
    for number, argument in enumerate(arguments, 1):
        command = command.replace(f"$ARG{number}$", argument)
    assert "$" not in command
    return command


# What could not be evaluated

NOWHERE = "http://127.0.0.1:1/metrics"
ALLOWED = " || test $? -eq 3"


def command_of(name: str, folder: Path, *, allowing: bool) -> str:
    """What a job runs, as it stands or with the line that its comment shows to allow exit code 3."""
    text = (CI / name).read_text("utf-8")
    if name == "Jenkinsfile":
        stub(folder / ".llmgw-report" / "bin", "llmgw-report", 'exec llmgw-report "$@"')
        assert f"end the command with:{ALLOWED}" in text
        return scripts_of_jenkins()[1].strip() + ALLOWED * allowing
    if name == "Dockerfile":
        assert f"end the second command with:{ALLOWED}" in text
        return "llmgw-report -o report.html" + ALLOWED * allowing
    if name == "ping.sh":
        stub(folder / "bin", "curl", "cat > /dev/null")
        text = text.replace("# [", "[") if allowing else text
        return f"PATH={folder}/bin:$PATH; PING_URL=http://127.0.0.1:1; {text}"
    (shown,) = re.findall(r"# command: (\[.*\])", text)
    instead = YAML(typ="safe").load(shown)
    assert instead[:2] == ["sh", "-c"]
    script = instead[2].replace("/opt/llmgw-report/bin/", "") if allowing else 'llmgw-report "$@"'
    return f"set -- --format text\n{script}"


@pytest.mark.parametrize("code", [3, 0])
@pytest.mark.parametrize("name", ["Jenkinsfile", "Dockerfile", "ping.sh", "kubernetes.yaml"])
def test_a_job_is_red_where_nothing_could_be_evaluated(name: str, code: int, tmp_path: Path) -> None:
    (tmp_path / ".llmgw-report").mkdir()
    variables = {"LLMGW_REPORT_URL": NOWHERE, "LLMGW_REPORT_DB": "false"}
    done = shell(command_of(name, tmp_path, allowing=code == 0), tmp_path, variables, ("/bin/sh",))
    assert done.returncode == code, done.stdout + done.stderr


def test_gitlab_is_red_where_nothing_could_be_evaluated(tmp_path: Path) -> None:
    text = (CI / "gitlab-ci.yml").read_text("utf-8")
    job = YAML(typ="safe").load(text)["llm-gateway-report"]
    done = shell(job["script"][-1], tmp_path, {"LLMGW_REPORT_URL": NOWHERE})
    assert "allow_failure" not in job
    allowed = YAML(typ="safe").load(text.replace("# allow_failure", "allow_failure"))["llm-gateway-report"]
    assert [done.returncode] == allowed["allow_failure"]["exit_codes"] == [3]


def test_cron_mails_what_could_not_be_evaluated(tmp_path: Path) -> None:
    command, settings = job_of("crontab", tmp_path)
    variables = settings | {"LLMGW_REPORT_URL": NOWHERE, "LLMGW_REPORT_DB": "false"}
    assert shell(command, tmp_path, variables, ("/bin/sh",)).stdout.startswith("UNKNOWN ")
    assert f"`{ALLOWED.strip()}` before `|| echo`" in (CI / "crontab").read_text("utf-8")
    done = shell(command.replace(" || echo", f"{ALLOWED} || echo"), tmp_path, variables, ("/bin/sh",))
    assert (done.stdout, done.stderr) == ("", "")


def test_systemd_and_nagios_have_a_state_for_what_could_not_be_evaluated(tmp_path: Path) -> None:
    unit = (CI / "llmgw-report.service").read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=/usr/local/bin/(.*)$", unit, re.MULTILINE)
    variables = {"LLMGW_REPORT_URL": NOWHERE, "LLMGW_REPORT_DB": "false", "STATE_DIRECTORY": str(tmp_path)}
    assert shell(command, tmp_path, variables).returncode == 3
    assert re.findall(r"^(.*)SuccessExitStatus=(.*)$", unit, re.MULTILINE) == [("# ", "3")]
    done = shell(nagios(NOWHERE, str(tmp_path / "observability.db")), tmp_path, {})
    assert (done.returncode, done.stdout[:14]) == (3, "LLMGW UNKNOWN ")


# A dead man's switch


def pinged(folder: Path, environment: dict[str, str]) -> tuple[CompletedProcess[str], list[tuple[str, str, bytes]]]:
    """What the script did, and what the server was told."""
    needs("curl")
    told: list[tuple[str, str, bytes]] = []

    def answer(method: str, path: str, body: bytes) -> bytes:
        told.append((method, path, body))
        return b"OK"

    with listening(answer) as url:
        done = run(
            [CI / "ping.sh", "--top", "3"],
            env={"PATH": PATH, "PING_URL": f"{url}/check", **environment},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    return done, told


def test_a_ping_tells_the_exit_code_and_the_report(tmp_path: Path, found: Gateway) -> None:
    done, told = pinged(tmp_path, found.variables)
    assert done.returncode == found.code, done.stderr
    assert [(method, path) for method, path, _ in told] == [("GET", "/check/start"), ("POST", f"/check/{found.code}")]
    assert f"exit={found.code} " in told[1][2].decode()


def test_a_ping_that_nobody_hears_keeps_the_verdict(tmp_path: Path, unhealthy: Gateway) -> None:
    silent = stub(tmp_path / "bin", "curl", "exit 7")
    done, told = pinged(tmp_path, unhealthy.variables | {"PATH": f"{silent}:{PATH}"})
    assert (done.returncode, told) == (1, [])


def test_a_ping_needs_an_address(tmp_path: Path) -> None:
    done = run([CI / "ping.sh"], env={"PATH": PATH}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "PING_URL: the address of the check" in done.stderr


# Containers


def test_a_kubernetes_job(tmp_path: Path, found: Gateway) -> None:
    text = here((CI / "kubernetes.yaml").read_text("utf-8"), tmp_path)
    job, _volume, configuration = YAML(typ="safe").load_all(text)
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    (tmp_path / "llmgw-report").mkdir()
    for file, toml in configuration["data"].items():
        (tmp_path / "llmgw-report" / file).write_text(toml)
    variables = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert variables["LLMGW_REPORT_INTERVAL"] == "1m"
    command = ["llmgw-report", *container["args"]]
    with listening(growing(found.scrape.read_text("utf-8"))) as url:
        variables |= {"LLMGW_REPORT_URL": f"{url}/metrics", "LLMGW_REPORT_INTERVAL": "0.1"}
        variables["LLMGW_REPORT_HISTORY"] = str(tmp_path / Path(variables["LLMGW_REPORT_HISTORY"]).name)
        done = run(command, env={"PATH": PATH, **variables}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == found.code, done.stdout
