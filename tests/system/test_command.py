"""The command: exit codes, the last line, what is written and what is not; as a process where that may decide."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process import AT, DOWN, ENVIRONMENT, FILE, FLAWED, HEALTHY, call, hung_server, last_line, run


@pytest.fixture
def scrape(tmp_path: Path) -> str:
    """A healthy gateway's scrape."""
    (tmp_path / "healthy.prom").write_text(HEALTHY)
    (tmp_path / "flawed.prom").write_text(FLAWED)
    (tmp_path / "down.prom").write_text(DOWN)
    return "healthy.prom"


def test_a_healthy_gateway_passes(tmp_path: Path, scrape: str) -> None:
    done = run(*FILE, scrape, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert last_line(done).startswith("llmgw-report: PASS exit=0 fail=0 warn=0 ")
    assert done.stdout.startswith("# ")


def test_quiet_says_nothing_when_it_passes(tmp_path: Path, scrape: str) -> None:
    assert last_line(run(*FILE, "flawed.prom", "--quiet", cwd=tmp_path)).startswith("llmgw-report: WARN exit=0 ")
    assert run(*FILE, scrape, "--quiet", cwd=tmp_path).stderr == ""
    assert last_line(run(*FILE, scrape, cwd=tmp_path)).startswith("llmgw-report: PASS exit=0 ")
    assert last_line(run(*FILE, "down.prom", "--quiet", cwd=tmp_path)).startswith("llmgw-report: FAIL exit=1 ")


@pytest.mark.parametrize("name", ["md", "json", "html"])
@pytest.mark.parametrize(
    ("file", "code"), [("healthy.prom", 0), ("flawed.prom", 0), ("down.prom", 1), ("nothing.prom", 3)]
)
@pytest.mark.usefixtures("scrape")
def test_the_exit_code_is_the_same_in_every_format(tmp_path: Path, name: str, file: str, code: int) -> None:
    done = call(*FILE, file, "-f", name, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert f"exit={code} " in last_line(done)


@pytest.mark.parametrize(
    ("file", "fail_on", "code"),
    [
        ("down.prom", "never", 0),
        ("nothing.prom", "never", 0),
        ("nothing.prom", "warn", 3),
        ("healthy.prom", "warn", 0),
        ("flawed.prom", "warn", 1),
        ("down.prom", "warn", 1),
    ],
)
@pytest.mark.usefixtures("scrape")
def test_fail_on_moves_the_gate(tmp_path: Path, file: str, fail_on: str, code: int) -> None:
    assert call(*FILE, file, "--fail-on", fail_on, cwd=tmp_path).returncode == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--frobnicate"], "No such option"),
        (["--window", "soon"], "not a duration"),
        (["--at", "noon"], "not an instant"),
        (["--gateway", "litelm"], "did you mean 'litellm'?"),
        (["--set", "error-ratio.fail=2s"], "--set error-ratio: fail '2s' is not a ratio"),
        (["--slo", "99.5"], "--slo '99.5': is not a ratio between 0 and 1"),
        (["-o", "x.yaml"], "-o x.yaml: no format"),
        (["-o", "a.md", "-o", "md=./a.md"], "-o a.md: named twice"),
        (["--db", "--observability", "false"], "--db and --observability differ"),
        (["--set", "error-ration.fail=1"], "did you mean 'error-ratio'?"),
        (["--config", "none.toml"], "no such file"),
        (["--query", "none.sql"], "No such file"),
        (["--url", "http://a", "--metrics-file", "b"], "both a URL and a metrics file"),
        (["--url", "ftp://a/metrics"], "not an http"),
        (["--header", "nonsense"], "not 'Name: value'"),
        (["--bearer-token-file", "none"], "No such file"),
        (["-o", "report.docx"], "no format"),
        (["-o", "missing/report.md"], "not a directory"),
        (["-o", "md=."], "is a directory"),
        (["--bucket", "1s", "--trend-window", "30d"], "points"),
        (["--explain", "latency"], "unknown check"),
        (["--explain", ""], "unknown check ''"),
        (["-o", "json=-"], "standard output is no file"),
        (["-o", "-"], "standard output is no file"),
        (["--url", "http://127.0.0.1:99999/metrics"], "its host or port is not valid"),
        (["--url", "http:///metrics"], "its host or port is not valid"),
        (["--url", "http://a b/metrics"], "its host or port is not valid"),
        (["--header", "X Y: z"], "a name that HTTP does not allow"),
        (["--header", "X-Y: a\x01b"], "X-Y: its value has a character that cannot be sent"),
        (["--set", "error-ratio.warn=50%"], "warn 50% has no effect"),
        (["--set", "latency-p99.warn=40s", "--set", "latency-p99.fail=20s"], "warn 40s has no effect"),
        (["unexpected"], "unexpected extra argument"),
    ],
)
def test_a_wrong_call_is_told_before_any_work(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert last_line(done) == "llmgw-report: USAGE exit=2"
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LLMGW_REPORT_DB", "maybe", "Invalid value for LLMGW_REPORT_DB: 'maybe'"),
        ("LLMGW_REPORT_QUIET", "maybe", "Recognized values: 0, 1, f"),
        ("LLMGW_REPORT_FORMAT", "docx", "Invalid value for LLMGW_REPORT_FORMAT: 'docx'"),
        ("LLMGW_REPORT_SET", "error-ratio.fail=2s", "LLMGW_REPORT_SET error-ratio: fail '2s' is not a ratio"),
        ("LLMGW_REPORT_SET", "error-ratio.fial=2s", "LLMGW_REPORT_SET error-ratio.fial=2s: unknown key 'fial'"),
        ("LLMGW_REPORT_BEARER_TOKEN", "two words", "LLMGW_REPORT_BEARER_TOKEN: not one token"),
        ("LLMGW_REPORT_SLO", "99.5", "LLMGW_REPORT_SLO '99.5': is not a ratio between 0 and 1"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, value: str, said: str) -> None:
    done = call(cwd=tmp_path, environment={variable: value})
    assert done.returncode == 2
    assert said in done.stderr
    assert "--" not in done.stderr.replace("--help", "")


@pytest.mark.usefixtures("scrape")
def test_the_file_says_how_a_run_is_printed_and_ends(tmp_path: Path) -> None:
    file = tmp_path / "llmgw-report.toml"
    file.write_text('exit-profile = "nagios"\n[report]\nformat = "nagios"\nquiet = true\n[sources]\ndb = false\n')
    flawed = call("--at", AT, "--metrics-file", "flawed.prom", "--fail-on", "fail", cwd=tmp_path)
    assert flawed.stdout.startswith("LLMGW WARNING"), flawed.stderr
    assert flawed.returncode == 1
    wrong = call("--window", "soon", cwd=tmp_path)
    assert (wrong.returncode, last_line(wrong)) == (3, "llmgw-report: USAGE exit=3")
    assert wrong.stdout.startswith("LLMGW UNKNOWN - ")
    assert call("--window", "soon", "--no-config", cwd=tmp_path).returncode == 2
    assert call("--window", "soon", "--exit-profile", "standard", cwd=tmp_path).returncode == 2
    file.write_text('exit-profile = "nagios"\n[window]\nslow = "soon"\n')
    assert call(cwd=tmp_path).returncode == 2  # what the file says is not known until it can be read


def test_never_does_not_forgive_a_wrong_call(tmp_path: Path) -> None:
    assert call("--fail-on", "never", "--window", "soon", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("page", ["--help", "--version", "--list-checks", "--list-gateways", "--schema"])
def test_a_page_ends_well(tmp_path: Path, page: str) -> None:
    done = run(page, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_an_option_from_the_environment(tmp_path: Path, scrape: str) -> None:
    variables = {
        "LLMGW_REPORT_METRICS_FILE": scrape,
        "LLMGW_REPORT_FORMAT": "json",
        "LLMGW_REPORT_OBSERVABILITY": "false",
    }
    done = call(cwd=tmp_path, environment=variables)
    assert json.loads(done.stdout)["inputs"][0]["target"] == scrape
    assert json.loads(done.stdout)["inputs"][1]["status"] == "skipped"


@pytest.mark.usefixtures("scrape")
def test_the_command_line_goes_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "llmgw-report.toml").write_text(
        'fail-on = "warn"\n[window]\nwindow = "2h"\nslow = "7s"\nbucket = "1m"\n'
    )
    environment = {"LLMGW_REPORT_SLOW": "8s", "LLMGW_REPORT_BUCKET": "2m"}
    done = call(*FILE, "flawed.prom", "-f", "json", "--bucket", "3m", cwd=tmp_path, environment=environment)
    report = json.loads(done.stdout)
    assert (report["window"]["bucket_seconds"], report["window"]["slow_seconds"]) == (180, 8)
    assert report["setup"]["config_file"] == "llmgw-report.toml"
    assert done.returncode == 1
    assert call(*FILE, "flawed.prom", "--no-config", cwd=tmp_path).returncode == 0


def test_every_option_has_its_environment_variable(tmp_path: Path, scrape: str) -> None:
    variables = {
        "LLMGW_REPORT_OUTPUT": "a.md\nb.html",
        "LLMGW_REPORT_SET": "instance-health.severity=warn\nserving.severity=warn\nerror-ratio.severity=warn",
    }
    assert call(*FILE, "down.prom", cwd=tmp_path, environment=variables).returncode == 0
    assert (tmp_path / "a.md").exists()
    assert (tmp_path / "b.html").exists()
    wrong = {"LLMGW_REPORT_QUERY": "none.sql"}
    assert call(*FILE, scrape, cwd=tmp_path, environment=wrong).returncode == 2


def test_standard_input(tmp_path: Path) -> None:
    done = run(*FILE, "-", "-f", "json", cwd=tmp_path, stdin=HEALTHY)
    assert json.loads(done.stdout)["sections"]["traffic"]["total"]["requests"] == 1000


def test_several_outputs_of_one_collection(tmp_path: Path, scrape: str) -> None:
    done = run(*FILE, scrape, "-o", "a.html", "-o", "b.json", "-o", "md=c.txt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "b.json").read_text())["verdict"]["status"] == "pass"
    assert (tmp_path / "c.txt").read_text() == done.stdout
    assert [line for line in done.stderr.splitlines() if line.startswith("wrote ")]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".prom") == [
        "a.html",
        "b.json",
        "c.txt",
    ]


def test_a_reader_that_goes_away_early_changes_nothing(tmp_path: Path, scrape: str) -> None:
    command = f"{sys.executable} -m llmgw_report {' '.join(FILE)} {scrape} | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with hung_server() as (url, asked):
        command = [sys.executable, "-m", "llmgw_report", "--url", url, "--no-db", "-o", "x.json"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert asked.wait(30)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert b"Traceback" not in said
    assert said.strip().splitlines()[-1].endswith(f"exit={code}".encode())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "option", ["--url", "--metrics-file", "--db-path", "--log", "--query", "--gateway", "--config"]
)
def test_an_empty_source_is_not_the_default(tmp_path: Path, option: str) -> None:
    ended = call(option, "", cwd=tmp_path)
    assert ended.returncode == 2
    assert f"{option}: empty" in ended.stderr


@pytest.mark.parametrize(
    "arguments", [("--header", "Authorization hunter2pw"), ("--url", "ftp://user:hunter2pw@host/metrics")]
)
def test_a_wrong_option_does_not_print_the_secret_in_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ended = call(*arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert "hunter2pw" not in ended.stderr + ended.stdout


def test_an_output_never_takes_the_place_of_a_device_a_pipe_or_a_link(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    os.mkfifo(tmp_path / "pipe.md")
    ended = call("--metrics-file", "m.prom", "-o", "pipe.md", cwd=tmp_path)
    assert ended.returncode == 2
    assert (tmp_path / "pipe.md").is_fifo()
    (tmp_path / "link.md").symlink_to("target.md")
    assert call("--metrics-file", "m.prom", "-o", "link.md", cwd=tmp_path).returncode == 0
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "target.md").read_text("utf-8").startswith("# PASS: ")


def test_an_output_does_not_follow_a_link_out_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (tmp_path / "m.prom").write_text(HEALTHY)
    (tmp_path / "elsewhere.md").write_text("mine")
    for name, target in (("out.md", "../elsewhere.md"), ("new.md", "../made.md"), ("self.md", "self.md")):
        (folder / name).symlink_to(target)
        ended = call("--metrics-file", "m.prom", "-o", f"reports/{name}", cwd=tmp_path)
        assert ended.returncode == 2, ended.stderr
        assert "link" in ended.stderr
    assert (tmp_path / "elsewhere.md").read_text("utf-8") == "mine"
    assert not (tmp_path / "made.md").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_an_output_does_not_follow_another_users_link_where_all_can_write(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    (tmp_path / "m.prom").write_text(HEALTHY)
    (folder / "mine.md").write_text("mine")
    (folder / "out.md").symlink_to("mine.md")
    os.chown(folder / "out.md", 12345, 12345, follow_symlinks=False)
    ended = call("--metrics-file", "m.prom", "-o", "shared/out.md", cwd=tmp_path)
    assert ended.returncode == 2
    assert "a link of another user" in ended.stderr
    assert (folder / "mine.md").read_text("utf-8") == "mine"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_report_has_the_mode_that_the_umask_gives(tmp_path: Path, mask: int, mode: int) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    before = os.umask(mask)
    try:
        assert run("--metrics-file", "m.prom", "-o", "r.md", cwd=tmp_path).returncode == 0
    finally:
        os.umask(before)
    assert (tmp_path / "r.md").stat().st_mode & 0o777 == mode


def test_a_locale_does_not_decide_whether_there_is_a_report(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    ended = run("--metrics-file", "m.prom", cwd=tmp_path, environment={"PYTHONIOENCODING": "latin-1"})
    assert ended.returncode == 0, ended.stderr


def test_a_closed_standard_output_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    command = f"{sys.executable} -m llmgw_report --metrics-file m.prom >&-"
    ended = subprocess.run(
        ["/bin/sh", "-c", command], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr


def test_a_scrape_of_another_product_is_not_read_as_the_named_gateway(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    ended = call("--gateway", "litellm", "--metrics-file", "m.prom", "--no-db", cwd=tmp_path)
    assert ended.returncode == 3
    assert "nothing from litellm among its" in ended.stdout


@pytest.mark.parametrize("top", [-1, 0, 1001])
def test_a_top_list_of_the_file_is_bounded_like_that_of_the_command_line(tmp_path: Path, top: int) -> None:
    (tmp_path / "llmgw-report.toml").write_text(f"[window]\ntop = {top}\n")
    assert call(cwd=tmp_path).returncode == 2


def test_a_gateway_is_recognised_in_the_openmetrics_format(tmp_path: Path) -> None:
    text = HEALTHY.replace("# TYPE llm_gateway_info gauge", "# TYPE llm_gateway info").replace(
        "_total counter", " counter"
    )
    (tmp_path / "m.prom").write_text(f"{text}# EOF\n")
    assert call("--metrics-file", "m.prom", "--no-db", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "a.md", "-o", "html=./a.md"], "named twice"),
        (["-o", ""], "-o: empty"),
        (["--at", ""], "--at: empty"),
        (["--rejudge", ""], "--rejudge: empty"),
        (["--preset", ""], "--preset: empty"),
        (["--baseline", ""], "--baseline: empty"),
        (["--db", "--observability", "false"], "--db and --observability differ"),
        (["--no-db", "--observability", "yes"], "--db and --observability differ"),
        (["--top", "0"], "--top: '0' is not a whole number from 1 to 1000"),
        (["--client-key", "healthy.prom"], "no --client-cert beside --client-key"),
        (["-o", "json=healthy.prom"], "is healthy.prom, which is read"),
        (["--db-path", "logs.db", "-o", "json=./logs.db"], "is logs.db, which is read"),
        (["--config", "gate.toml", "-o", "text=gate.toml"], "is gate.toml, which is read"),
        (["--no-config", "--config", "gate.toml"], "--no-config beside --config gate.toml"),
        (["--set", "error-ratio.fail=5"], "write 5% or 0.05"),
        (["--set", "error-ratio.fail=-1"], "is below 0"),
    ],
)
def test_a_call_that_contradicts_itself_is_wrong_usage(
    tmp_path: Path, scrape: str, arguments: list[str], said: str
) -> None:
    (tmp_path / "gate.toml").touch()
    (tmp_path / "logs.db").write_text("rows")
    done = call("--metrics-file", scrape, *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert (tmp_path / scrape).read_text() == HEALTHY
    assert (tmp_path / "logs.db").read_text() == "rows"


def test_an_earlier_report_can_be_compared_with_and_replaced(tmp_path: Path, scrape: str) -> None:
    line = (*FILE, scrape, "-q", "-o", "last.json")
    assert call(*line, cwd=tmp_path).returncode == 0
    assert call(*line, "--baseline", "last.json", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "last.json").read_text())["baseline"]["target"] == "last.json"


def test_a_file_name_may_hold_an_equals_sign(tmp_path: Path, scrape: str) -> None:
    assert call(*FILE, scrape, "-o", "run=7.md", cwd=tmp_path).returncode == 0
    assert (tmp_path / "run=7.md").read_text().startswith("# ")


@pytest.mark.parametrize("name", ["VERSION", "LIST_CHECKS", "SCHEMA", "EXPLAIN", "NO_METRICS", "WINDWO", "DEMO"])
def test_a_variable_that_nothing_reads_is_wrong_usage(tmp_path: Path, scrape: str, name: str) -> None:
    """One that is named like a page neither becomes that page nor is silently left out."""
    done = call(*FILE, scrape, cwd=tmp_path, environment={f"LLMGW_REPORT_{name}": "1"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"LLMGW_REPORT_{name}: no such variable" in done.stderr
    assert "did you mean 'LLMGW_REPORT_" in done.stderr
    assert call(*FILE, scrape, cwd=tmp_path, environment={f"LLMGW_REPORT_{name}": ""}).returncode == 0


def test_several_files_in_a_variable_are_lines(tmp_path: Path, scrape: str) -> None:
    names = ["my suite.xml", "another.xml"]
    for name in names:
        (tmp_path / name).write_text(f'<testsuite name="{name}" tests="1"><testcase name="a"/></testsuite>')
    done = call(*FILE, scrape, "-f", "json", cwd=tmp_path, environment={"LLMGW_REPORT_TESTS": "\n".join([*names, ""])})
    assert done.returncode == 0, done.stderr
    assert [one["suite"] for one in json.loads(done.stdout)["sections"]["tests"]["suites"]] == names


@pytest.mark.parametrize("switch", [("--no-db",), ("--observability", "false"), ("--no-db", "--observability=no")])
def test_the_database_is_switched_off_under_either_name(tmp_path: Path, scrape: str, switch: tuple[str, ...]) -> None:
    done = call("--at", AT, "--metrics-file", scrape, "-f", "json", *switch, cwd=tmp_path)
    assert [one["status"] for one in json.loads(done.stdout)["inputs"]] == ["ok", "skipped"]


def test_the_last_line_counts_every_check_once(tmp_path: Path, scrape: str) -> None:
    done = call(*FILE, "down.prom", "-f", "json", cwd=tmp_path)
    checks = {one["check"] for one in json.loads(done.stdout)["findings"]}
    counts = dict(pair.split("=") for pair in last_line(done).split()[2:])
    assert scrape
    assert int(counts["checks"]) == len(checks)
    assert sum(int(counts[status]) for status in ("fail", "warn", "unknown", "skip")) <= len(checks)
    assert (counts["exit"], counts["window"]) == ("1", "all")


def test_a_window_of_everything_is_accepted_and_recorded(tmp_path: Path, scrape: str) -> None:
    done = call(*FILE, scrape, "--window", "all", "--idle", "pass", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = call("--window", "all", "--idle", "pass", "--environment", "eu-prod", "--show-config", cwd=tmp_path).stdout
    for line in ('window = "all" ', 'idle = "pass" ', 'environment = "eu-prod" '):
        assert f"\n{line}" in shown


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
@pytest.mark.parametrize("code", [0, 1, 2])
def test_an_error_stream_that_takes_nothing_changes_no_exit_code(
    tmp_path: Path, scrape: str, where: str, code: int
) -> None:
    arguments = (["--frobnicate"], ["--metrics-file", scrape], ["--metrics-file", "down.prom"])[(code + 1) % 3]
    line = f"{sys.executable} -m llmgw_report --no-db {' '.join(arguments)} 2{where} >/dev/null"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, env=ENVIRONMENT, check=False)
    assert done.returncode == code


def test_a_full_disk_under_standard_output_is_said(tmp_path: Path, scrape: str) -> None:
    line = f"{sys.executable} -m llmgw_report --no-db --metrics-file {scrape} >/dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "Error: standard output: No space left on device" in done.stderr
    assert last_line(done) == "llmgw-report: INTERNAL exit=4"


@pytest.mark.parametrize(
    "page",
    ["--schema", "--help", "--version", "--list-checks", "--list-gateways", "--explain serving", "--show-config"],
)
def test_a_full_disk_under_a_page_is_no_bug(tmp_path: Path, page: str) -> None:
    line = f"{sys.executable} -m llmgw_report {page} >/dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert done.stderr.splitlines()[0] == "Error: standard output: No space left on device"
    assert last_line(done) == "llmgw-report: INTERNAL exit=4"


@pytest.mark.parametrize(
    ("typed", "variables", "fail_on"),
    [
        (["--config", "gate.toml"], {"LLMGW_REPORT_NO_CONFIG": "1"}, "never"),
        (["--no-config"], {"LLMGW_REPORT_CONFIG": "gate.toml"}, "fail"),
    ],
    ids=["named", "none"],
)
def test_what_is_typed_about_the_file_goes_over_a_variable(
    tmp_path: Path, typed: list[str], variables: dict[str, str], fail_on: str
) -> None:
    (tmp_path / "gate.toml").write_text('fail-on = "never"\n')
    done = call(*typed, "--show-config", cwd=tmp_path, environment=variables)
    assert done.returncode == 0, done.stderr
    assert f'fail-on = "{fail_on}"' in done.stdout


def test_a_gateways_file_that_is_passed_over_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server\n")
    done = call("-f", "json", cwd=tmp_path)
    assert "Hint: config.toml of the working directory was passed over: " in done.stderr
    assert ["was passed over" in " ".join(one["notes"]) for one in json.loads(done.stdout)["inputs"]] == [True, True]
