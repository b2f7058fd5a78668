"""What is pasted from examples/ci/ does what it says, beside a healthy gateway and beside one that is not."""

import re
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess, run

from junitparser import JUnitXml
from ruamel.yaml import YAML

from tests.process import PATH, needs
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
    pip = stub(tmp_path / "bin", "pip", 'case "$*" in *git+https://*/llmgw-report@*) exit 0 ;; *) exit 9 ;; esac')
    variables = job["variables"] | found.variables | {"PATH": f"{pip}:{PATH}"}
    del variables["LLMGW_REPORT_OBSERVABILITY"], variables["LLMGW_REPORT_INTERVAL"]
    done = shell("\n".join(job["script"]), tmp_path, variables)
    assert done.returncode == found.code, done.stderr
    kept = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert all((tmp_path / name).is_file() for name in kept)
    suites = JUnitXml.fromfile(str(tmp_path / job["artifacts"]["reports"]["junit"]))
    assert bool(suites.failures) is bool(found.code)


def test_what_gitlab_forgives_is_what_could_not_be_judged(tmp_path: Path) -> None:
    job = read(CI / "gitlab-ci.yml")["llm-gateway-report"]
    script = job["script"][-1]
    done = shell(script, tmp_path, {"LLMGW_REPORT_URL": "http://127.0.0.1:1/metrics"})
    assert [done.returncode] == job["allow_failure"]["exit_codes"]


def test_gitlab_with_a_gateway_that_is_up_and_fails_one_request_in_eight(tmp_path: Path) -> None:
    job = read(CI / "gitlab-ci.yml")["llm-gateway-report"]
    variables = job["variables"] | {"LLMGW_REPORT_INTERVAL": "0.1"}
    with listening(lambda *_: FAILING.encode()) as url:
        idle = shell(job["script"][-1], tmp_path, variables | {"LLMGW_REPORT_URL": f"{url}/metrics"})
    assert idle.returncode == 3, idle.stdout
    with listening(growing(FAILING)) as url:
        done = shell(job["script"][-1], tmp_path, variables | {"LLMGW_REPORT_URL": f"{url}/metrics"})
    assert done.returncode == 1, done.stdout
    assert re.search(r"^FAIL +error-ratio", done.stdout, re.MULTILINE)


# Jenkins


def scripts_of_jenkins() -> list[str]:
    """The shell parts: every `sh` step has its script between three quotes."""
    return re.findall(r"'''(.*?)'''", (CI / "Jenkinsfile").read_text("utf-8"), re.DOTALL)


def test_jenkins(tmp_path: Path, found: Gateway) -> None:
    install, report = scripts_of_jenkins()
    assert "git+https://github.com/OWNER/llmgw-report@" in install
    programs = tmp_path / ".llmgw-report" / "bin"
    programs.mkdir(parents=True)
    stub(programs, "llmgw-report", 'exec llmgw-report "$@"')
    assert shell(report, tmp_path, found.variables).returncode == found.code
    kept = re.findall(r"\b(report\.\w+)", (CI / "Jenkinsfile").read_text("utf-8"))
    assert all((tmp_path / name).is_file() for name in kept)


# cron and systemd


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
    done = shell(command, tmp_path, settings | found.variables, ("/bin/sh",))
    mail = done.stdout + done.stderr
    assert ("instance-health" in mail) is bool(found.code)
    assert bool(mail) is bool(found.code)


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
