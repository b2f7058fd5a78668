"""What an addition costs: one file or one entry of each kind in a copy of the checkout, and nothing else.

The files are those that the documentation shows. What is generated is written again, each addition is looked for where
it has to be, and then everything that a contributor meets runs once: `make check test`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from tools.temporary import temporary

CHECKOUT = Path(__file__).parents[1]
#: `path`: and the block that is to lie there.
SHOWN = re.compile(r"`([\w./-]+\.\w+)`:\n\n *```\w+\n(.*?)\n *```\n", re.DOTALL)
#: What the example gateway exposes; its definition is the one of the documentation.
SCRAPE = """\
# TYPE example_build_info gauge
example_build_info 1
# TYPE example_requests_total counter
example_requests_total{upstream="a",model="m",code="200"} 990
example_requests_total{upstream="a",model="m",code="429"} 10
# TYPE example_request_duration_milliseconds histogram
example_request_duration_milliseconds_bucket{upstream="a",model="m",le="1000"} 990
example_request_duration_milliseconds_bucket{upstream="a",model="m",le="+Inf"} 990
example_request_duration_milliseconds_sum{upstream="a",model="m"} 400000
example_request_duration_milliseconds_count{upstream="a",model="m"} 990
# TYPE example_queue_seconds histogram
example_queue_seconds_bucket{upstream="a",model="m",le="0.5"} 990
example_queue_seconds_bucket{upstream="a",model="m",le="+Inf"} 990
example_queue_seconds_sum{upstream="a",model="m"} 99
example_queue_seconds_count{upstream="a",model="m"} 990
"""
GATEWAY = "llmgw_report/gateways/example/gateway.toml"
MAPPED = """
[[metrics.admission-delay]]
family = "example_queue_seconds"
labels = { provider = "upstream", model = "model" }
"""
QUANTITY = """\
        Quantity(
            name="admission-delay",
            kind="distribution",
            unit="s",
            meaning="how long a request waits before the gateway admits it",
            title=msg("Admission delay"),
            text=msg("admission delay"),
        ),
"""
OPTION = """\
    Option(
        name="ticket",
        group="Report",
        kind="text",
        help="The change that this report belongs to.",
        table="report",
        sample="OPS-1",
    ),
"""


class Copy:
    """A checkout of its own: what git keeps or would keep, in a repository and an environment of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.variables = {**os.environ, "PYTHONPATH": "", "PYTEST_ADDOPTS": "-m 'not size'"}
        kept = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=CHECKOUT).split("\0")
        for name in filter(None, kept):
            if (CHECKOUT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / name, place / name)
        environment(place)
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        command = ["git", "-c", "user.name=adoption", "-c", "user.email=adoption@localhost", *arguments]
        return subprocess.run(command, cwd=cwd or self.place, capture_output=True, text=True, check=True).stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "all")

    def changed(self) -> dict[str, str]:
        """Every changed file, with the lines that were added and removed."""
        self.git("add", "--all")
        rows = (line.split("\t") for line in self.git("diff", "--cached", "--numstat").splitlines())
        return {name: f"+{added} -{removed}" for added, removed, name in rows}

    def make(self, *targets: str) -> None:
        """As a contributor types it; what it prints is what is printed here."""
        print(f"\n--- make {' '.join(targets)}", flush=True)
        subprocess.run(["make", "--no-print-directory", *targets], cwd=self.place, env=self.variables, check=True)

    def run(self, *arguments: str) -> str:
        """What the command prints; the demo's gateway is unhealthy."""
        command = [str(self.place / ".venv" / "bin" / "llmgw-report"), *arguments]
        done = subprocess.run(command, cwd=self.place, env=self.variables, capture_output=True, text=True, check=False)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout

    def document(self, *arguments: str) -> Any:  # noqa: ANN401 - a document of any shape
        return json.loads(self.run(*arguments, "--format", "json"))

    def text(self, name: str) -> str:
        return (self.place / name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        file = self.place / name
        assert not file.exists(), f"{name} is there already"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def insert(self, name: str, text: str, before: str) -> None:
        """One entry of a table: `text` before the only place where `before` is."""
        old = self.text(name)
        assert old.count(before) == 1, f"{name}: the table ends elsewhere: {before!r}"
        (self.place / name).write_text(old.replace(before, text + before), "utf-8")


def environment(place: Path) -> None:
    """`.venv` with the packages of the present one and the copy in place of the checkout; nothing is installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / ".venv"], check=True)
    (packages,) = place.glob(".venv/lib/python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name != "_llmgw_report.pth":
            (packages / package.name).symlink_to(package)
    (packages / "_llmgw_report.pth").write_text(str(place))
    programs = place / ".venv" / "bin"
    for program in Path(sys.prefix, "bin").iterdir():
        if (programs / program.name).exists() or not program.is_file():
            continue
        head, _, rest = program.read_bytes().partition(b"\n")
        if head == f"#!{sys.prefix}/bin/python".encode() or head.startswith(f"#!{sys.prefix}/bin/python3".encode()):
            (programs / program.name).write_bytes(f"#!{programs}/python\n".encode() + rest)
            (programs / program.name).chmod(0o755)
        else:
            (programs / program.name).symlink_to(program)
    for stamp in (".runtime", ".stamp"):  # `make` asks whether they are newer than the lists of packages
        (place / ".venv" / stamp).touch()


def shown(page: str) -> dict[str, str]:
    """Every file that a page shows, by its place."""
    return {name: dedent(f"{block}\n") for name, block in SHOWN.findall((CHECKOUT / page).read_text("utf-8"))}


def from_page(page: str) -> Callable[[Copy], None]:
    """Add the files that the page shows in their places."""

    def add(copy: Copy) -> None:
        for name, text in shown(page).items():
            copy.write(name, text)

    return add


def add_gateway(copy: Copy) -> None:
    """The definition that the guide builds: its first file, with the mappings that it adds further down."""
    page = "docs/writing-a-gateway.md"
    found = shown(page)
    blocks = re.findall(r"```toml\n(.*?)```", (CHECKOUT / page).read_text("utf-8"), re.DOTALL)
    mapped = next(block for block in blocks if "example_build_info" in block)
    copy.write(GATEWAY, f"{found['example/gateway.toml']}\n{mapped}")
    copy.write(GATEWAY.replace("gateway.toml", "requests.sql"), found["example/requests.sql"])


def add_query(copy: Copy) -> None:
    """In the folder of its gateway; the page also shows it as a file of the user's own."""
    name = "rows_per_target.sql"
    copy.write(f"llmgw_report/gateways/llm-gateway/{name}", shown("docs/writing-a-query.md")[name])


def add_example(copy: Copy) -> None:
    """A worked example; CONTRIBUTING shows a campaign of `make torture` as well."""
    from_page("CONTRIBUTING.md")(copy)
    copy.write("examples/example/metrics.prom", SCRAPE)


def add_quantity(copy: Copy) -> None:
    """An entry of the vocabulary, and a gateway that has it."""
    copy.insert("llmgw_report/model/quantities.py", QUANTITY, before="    )\n}\n\n#: Latency families")
    (copy.place / GATEWAY).write_text(copy.text(GATEWAY) + MAPPED, "utf-8")


def add_option(copy: Copy) -> None:
    copy.insert("llmgw_report/config/options.py", OPTION, before=")\nGATE = (")


def check_is_there(copy: Copy) -> None:
    assert "busiest-instance" in copy.run("--list-checks")
    assert "Load on the busiest instance." in copy.run("--explain", "busiest-instance")
    found = finding(copy.document("--demo"), "busiest-instance")
    assert (found["status"], found["subject"]) == ("pass", {"instance": "openai-us"})
    changed = copy.document("--demo", "--set", "busiest-instance.warn=0.1")
    assert finding(changed, "busiest-instance")["status"] == "warn"
    for name in ("docs/checks.md", "examples/llmgw-report.toml", "examples/unhealthy/report.html"):
        assert "busiest-instance" in copy.text(name), name


def finding(document: Any, check: str) -> Any:  # noqa: ANN401 - of any shape
    (one,) = (one for one in document["findings"] if one["check"] == check)
    return one


def format_is_there(copy: Copy) -> None:
    text = copy.run("--demo", "--format", "tap")
    assert text.startswith("TAP version 13\n1..")
    assert "\nnot ok" in text
    assert "# SKIP" in text
    copy.run("--demo", "--output", str(copy.place / "demo-report.tap"))
    assert copy.text("demo-report.tap").startswith("TAP version 13")
    assert copy.text("examples/unhealthy/report.tap") == text
    assert "|tap|" in copy.text("docs/options.md")
    assert "|tap|" in copy.text("docs/llmgw-report.1").replace("\\:", "")


def gateway_is_there(copy: Copy) -> None:
    assert "Example gateway" in copy.run("--list-gateways")
    document = copy.document("--metrics-file", "examples/example/metrics.prom", "--no-db", "--window", "all")
    assert document["gateway"]["name"] == "example"
    assert document["sections"]["traffic"]["total"]["requests"] == 1000
    assert "## example\n" in copy.text("docs/gateways.md")
    assert "[example](docs/gateways.md#example)" in copy.text("README.md")


def query_is_there(copy: Copy) -> None:
    tables = {one["name"]: one for one in copy.document("--demo")["sections"]["queries"]}
    assert tables["rows_per_target"]["columns"] == ["target", "rows", "errors"]
    assert tables["rows_per_target"]["rows"]
    assert "rows_per_target" in copy.text("docs/gateways.md")
    assert "Log rows per module in the window" in copy.text("examples/unhealthy/report.md")


def example_is_there(copy: Copy) -> None:
    assert "[Example](example)" in copy.text("examples/README.md")
    assert json.loads(copy.text("examples/example/report.json"))["gateway"]["name"] == "example"
    copy.make("torture", "TORTURE=durations --share 0.002")


def quantity_is_there(copy: Copy) -> None:
    document = json.loads(copy.text("examples/example/report.json"))
    assert document["sections"]["traffic"]["total"]["admission_delay"]["count"] == 990
    assert "Admission delay" in copy.text("examples/example/report.md")
    assert "admission-delay" in copy.text("docs/writing-a-gateway.md")


def option_is_there(copy: Copy) -> None:
    assert "--ticket" in copy.run("--help")
    assert "OPS-7" in copy.run("--ticket", "OPS-7", "--show-config")
    assert "ticket" in copy.text("examples/llmgw-report.toml")
    assert "`LLMGW_REPORT_TICKET`" in copy.text("docs/options.md")
    assert "\\-\\-ticket" in copy.text("docs/llmgw-report.1")


class Addition(NamedTuple):
    """How it is added, whether it is there afterwards, and the one table that it is an entry of, if it is no file."""

    add: Callable[[Copy], None]
    is_there: Callable[[Copy], None]
    table: str = ""


ADDITIONS = {
    "gateway": Addition(add_gateway, gateway_is_there),
    "check": Addition(from_page("docs/writing-a-check.md"), check_is_there),
    "format": Addition(from_page("docs/writing-a-format.md"), format_is_there),
    "query": Addition(add_query, query_is_there),
    "quantity": Addition(add_quantity, quantity_is_there, "llmgw_report/model/quantities.py"),
    "option": Addition(add_option, option_is_there, "llmgw_report/config/options.py"),
    "worked example": Addition(add_example, example_is_there),
}


def main() -> None:
    """Add them all to one copy, and run there what a contributor runs."""
    with temporary("adoption") as folder:
        copy = Copy(folder / "checkout")
        for addition in ADDITIONS.values():
            addition.add(copy)
        tables = {one.table for one in ADDITIONS.values() if one.table}
        for name, lines in copy.changed().items():
            print(f"{lines:>8}  {name}")
            assert lines.endswith(" -0"), f"{name}: a line was removed"
        edited = set(copy.git("diff", "--cached", "--name-only", "--diff-filter=M").splitlines())
        assert edited == tables, f"edited beside the tables: {edited - tables}"
        copy.commit()
        copy.make("messages", "examples", "docs")
        for name, addition in ADDITIONS.items():
            addition.is_there(copy)
            print(f"{name}: there", flush=True)
        copy.make("check", "test")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"adoption: failed: {error}\n{error.stderr or ''}")
