"""What a newcomer pastes from the README and the pages: each command is run, in the order of its page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmgw_report.sources.sqlite import build
from tests.process import CHECKOUT, PATH, needs, needs_repository
from tests.system.adoption.machine import Gateway, listening, shell
from tools.adoption import SCRAPE, shown

#: Pages whose commands are of one machine: the gateway's own address, and its database.
PAGES = ("README.md", "docs/getting-started.md", "docs/history.md", "docs/many-files.md", "docs/custom-looks.md")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/metrics/?")
#: What a run prints that evaluates nothing.
PRINTS = re.compile(r"--(explain|list-checks|show-config|draft-gateway|check-gateway)\b")
#: Of another machine, or of a gateway that is not the demo's: tests of their own run them.
ELSEWHERE = re.compile(r"--prometheus|my-gateway|--rejudge")
#: A table of a gateway that nobody described.
REQUESTS = """\
CREATE TABLE request_logs (
  id INTEGER PRIMARY KEY, created_at INTEGER, model TEXT, status_code INTEGER, prompt_tokens, completion_tokens
);"""


def commands(page: str) -> Iterator[str]:
    """Lines of the shell blocks, continued ones joined."""
    for block in re.findall(r"```sh\n(.*?)```", (CHECKOUT / page).read_text("utf-8"), re.DOTALL):
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.startswith("llmgw-report"))


def furnish(folder: Path, gateway: Gateway) -> None:
    """The files that the commands name."""
    for name in ("data/observability.db", "copy.db", "logs/gw-1.db"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(gateway.database.read_bytes())
    (folder / "metrics.prom").write_bytes(gateway.scrape.read_bytes())
    looks = (CHECKOUT / "docs/custom-looks.md").read_text("utf-8")
    (css,) = re.findall(r"```css\n(.*?)```", looks, re.DOTALL)
    (folder / "own.css").write_text(css, "utf-8")
    (page,) = re.findall(r"`own\.html\.j2`:\n\n```jinja\n(.*?)```", looks, re.DOTALL)
    (folder / "own.html.j2").write_text(page, "utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_finds_that_the_gateway_is_unhealthy(page: str, tmp_path: Path, unhealthy: Gateway) -> None:
    furnish(tmp_path, unhealthy)
    lines = [line for line in commands(page) if not ELSEWHERE.search(line)]
    assert lines
    for line in lines:
        here = ADDRESS.sub(unhealthy.url, line).replace("--interval 1m", "--interval 0.1")
        here = here.replace(" --db-path logs/gw-2.db", "")
        given = {"LLMGW_REPORT_AT": unhealthy.at}
        if not re.search(r"--(url|metrics-file|no-metrics|demo)\b", line):
            given["LLMGW_REPORT_URL"] = unhealthy.url
        done = shell(here, tmp_path, given)
        wanted = 0 if PRINTS.search(line) else 1
        if "--no-db" in line:  # between two scrapes of this gateway nothing happens
            wanted = 3
        assert done.returncode == wanted, (line, done.stdout[:600], done.stderr)
        assert all((tmp_path / name).is_file() for name in re.findall(r"-o (\S+)", line)), line


def test_the_first_waiver_turns_the_demo_green(tmp_path: Path) -> None:
    page = (CHECKOUT / "docs/getting-started.md").read_text("utf-8").partition("## 3. First waiver")[2]
    save, again = re.findall(r"```sh\n(llmgw-report .*)\n```", page)[:2]
    assert shell(save, tmp_path, {}).returncode == 1
    assert shell(again, tmp_path, {}).returncode == 1
    (tmp_path / "llmgw-report.toml").write_text(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0], "utf-8")
    done = shell(again, tmp_path, {})
    assert done.returncode == 0, done.stderr
    assert "waived=2" in done.stderr


def test_a_gateway_that_is_not_supported(tmp_path: Path, healthy: Gateway) -> None:
    """The draft of a gateway that nobody described is one that can be checked and used."""
    needs("curl")
    page = (CHECKOUT / "docs/getting-started.md").read_text("utf-8").partition("## 4. My gateway")[2]
    block = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0]
    rows = ",".join(f"({n}, unixepoch('{healthy.at}') - {n}, 'm', 200, 20, 5)" for n in range(1, 91))
    build(f"{REQUESTS} INSERT INTO request_logs VALUES {rows};", tmp_path / "gateway.db")  # noqa: S608 - our own rows
    with listening(lambda *_: SCRAPE.encode()) as url:
        done = shell(
            ADDRESS.sub(f"{url}/metrics", block),
            tmp_path,
            {"LLMGW_REPORT_AT": healthy.at, "LLMGW_REPORT_FORMAT": "json"},
        )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "The definition is valid." in done.stdout
    assert "exit=0" in done.stderr.splitlines()[-1]
    assert json.loads(done.stdout[done.stdout.index("\n{") :])["gateway"]["name"] == "my-gateway"


@pytest.mark.parametrize("page", ["docs/getting-started.md", "examples/ci/README.md"])
def test_the_copy_that_jobs_install_from(page: str, tmp_path: Path) -> None:
    """With the clone beside one's own repository; the folder has what pip and the action need."""
    needs_repository()
    (command,) = re.findall(r"^git -C \.\./llmgw-report .*$", (CHECKOUT / page).read_text("utf-8"), re.MULTILINE)
    (tmp_path / "llmgw-report").symlink_to(CHECKOUT)
    (tmp_path / "mine").mkdir()
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    done = shell(command, tmp_path / "mine", trusted)
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "mine" / "llmgw-report"
    for name in ("pyproject.toml", "action.yml", "requirements/runtime.txt", "llmgw_report/__main__.py", "templates"):
        assert (copy / name).exists(), name
    (wheel,) = re.findall(r"^pip wheel .*$", (CHECKOUT / "docs/getting-started.md").read_text("utf-8"), re.MULTILINE)
    built = shell(wheel, copy, {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"})  # pip reads: no isolation
    assert built.returncode == 0, built.stderr
    assert len(list(copy.glob("dist/llmgw_report-*.whl"))) == 1
    version = shell(f"PYTHONPATH=. {PATH.split(':')[0]}/python -m llmgw_report --version", copy, {})
    assert version.returncode == 0, version.stderr


def test_every_page_of_an_addition_shows_its_files() -> None:
    for page in ("docs/writing-a-check.md", "docs/writing-a-format.md", "docs/writing-a-query.md"):
        assert shown(page), page
