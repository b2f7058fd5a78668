"""Every exit code, by several ways, in every format and under every option that could change it, against one table."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from llmgw_report import plugins
from llmgw_report.checks import instance_health
from llmgw_report.pipeline import document as pipeline
from tests.builders.databases import build
from tests.process import AT, DOWN, HEALTHY, call, run

FORMATS = plugins.modules("renderers")
VARIANTS = ((), ("--quiet",), ("-o", "md=out"), ("--fail-on", "warn"), ("--fail-on", "never"))
NAGIOS = ("--exit-profile", "nagios")
REPORTED = re.compile(
    r"llmgw-report: (PASS|WARN|FAIL|UNKNOWN) exit=(\d+)"
    r" fail=\d+ warn=\d+ unknown=\d+ skip=\d+ checks=\d+"
    r" basis=(?:window|lifetime) window=(?:all|\d+[hm])(?: waived=\d+)?"
)
BROKEN = re.compile(r"llmgw-report: (USAGE|INTERNAL|INTERRUPTED|TERMINATED) exit=(\d+)")
#: The word of the last line, whatever becomes of the code; a 0 with a warning is WARN.
WORDS = {0: "PASS", 1: "FAIL", 2: "USAGE", 3: "UNKNOWN", 4: "INTERNAL", 130: "INTERRUPTED", 143: "TERMINATED"}
PROFILES = ("standard", "nagios")

#: What fails where an instance is down.
FAILING = ("instance-health", "serving", "error-ratio")
WAIVED = "".join(f'[[waive]]\ncheck = "{check}"\nreason = "known"\nexpires = 2026-12-31\n' for check in FAILING)
FILES = {
    "healthy.prom": HEALTHY,
    "down.prom": DOWN,
    "failing.prom": HEALTHY.replace('status="success"} 1000', 'status="failure"} 1000'),
    "few.prom": HEALTHY.replace("} 1000", "} 7"),
    "four.prom": HEALTHY.replace('status="success"} 1000', 'status="failure"} 4').replace("} 1000", "} 4"),
    "waived.toml": WAIVED,
    "more.toml": '[[expect]]\nfigure = "traffic.total.requests"\nat-least = 1001\n',
    "absent.toml": '[[expect]]\nfigure = "database.levels.ERROR"\nat-most = 0\n',
    "wrong.toml": "[window]\nwindwo = 1\n",
    "text.db": "not a database",
}

#: Figures, with the units of short times, which query was the slowest, and the document that is attached to a page.
FIGURES = re.compile(r"\d[\d.:e+-]*Z?(?:(?:&nbsp;|\s)(?:µs|ms|s)\b)?|slowest query \w+|(?<=base64,)[^\"]+")

Done = subprocess.CompletedProcess[str]


class Way(NamedTuple):
    """How a code comes about; `warn` is what it becomes under `--fail-on warn`, the same if None.

    A verdict of UNKNOWN keeps its code whatever warnings stand beside it.
    """

    name: str
    arguments: tuple[str, ...]
    code: int
    warn: int | None = None
    breaks: Callable[[pytest.MonkeyPatch], None] | None = None


def failing(
    module: ModuleType | type[Any], name: str, deed: Callable[[], object]
) -> Callable[[pytest.MonkeyPatch], None]:
    """A patch in which a part of the program does something else."""

    def broken(*_: object, **__: object) -> object:
        return deed()

    return lambda patch: patch.setattr(module, name, broken)


def bug() -> object:
    raise ValueError("out of nowhere")


def full() -> object:
    raise OSError(28, "No space left on device")


def interrupt() -> object:
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("the signal did not end the run")


def terminate() -> object:
    os.kill(os.getpid(), signal.SIGTERM)
    raise AssertionError("the signal did not end the run")


def scrape(name: str, *more: str) -> tuple[str, ...]:
    return ("--no-db", "--at", AT, "--metrics-file", f"{name}.prom", *more)


SOURCES = {
    "reading": (pipeline, "collect"),
    "a check": (instance_health, "check"),
    "rendering": (pipeline, "rendered_in"),
}
WAYS = (
    Way("healthy", scrape("healthy"), 0),
    Way("healthy and its warning waived", scrape("healthy", "--config", "waived.toml"), 0, warn=1),  # one is unused
    Way("down and waived", scrape("down", "--config", "waived.toml"), 0),
    Way("down and at most a warning", scrape("down", *(f"--set={one}.severity=warn" for one in FAILING)), 0, warn=1),
    Way("an instance is down", scrape("down"), 1),
    Way("every request fails", scrape("failing"), 1),
    Way("not what was expected", scrape("healthy", "--config", "more.toml"), 1),
    Way("down and a source is missing", ("--metrics-file", "down.prom", "--db-path", "none.db", "--at", AT), 1),
    Way("an unknown option", scrape("down", "--frobnicate"), 2),
    Way("an unknown check", scrape("down", "--set", "instance-helth.severity=warn"), 2),
    Way("a wrong file", scrape("down", "--config", "wrong.toml"), 2),
    Way("nowhere to write", scrape("down", "--output", "missing/out.md"), 2),
    Way("no report to judge again", ("--rejudge", "text.db"), 2),
    Way("no scrape", scrape("none"), 3),
    Way("no database", ("--no-metrics", "--db-path", "text.db", "--at", AT), 3),
    Way("no row is new", ("--no-metrics", "--db-path", "old.db", "--at", AT), 3),
    Way("no row", ("--no-metrics", "--db-path", "empty.db", "--at", AT), 3),
    Way("no row but of the future", ("--no-metrics", "--db-path", "old.db", "--at", "2000-01-01T00:00:00Z"), 3),
    Way("nothing to read", ("--no-metrics", "--no-db"), 3),
    Way("totals since a start that nobody knows", scrape("healthy", "--window", "1h"), 3),
    Way("four requests and none succeeded", scrape("four"), 3),
    Way("a small sample of what is required", scrape("few", "--set", "error-ratio.required=true"), 0),
    Way("expected of what is not there", scrape("healthy", "--config", "absent.toml"), 3),
    *(Way(f"a bug in {where}", scrape("down"), 4, breaks=failing(*place, bug)) for where, place in SOURCES.items()),
    Way("the disk is full", scrape("down", "-o", "json=more"), 4, breaks=failing(os, "fsync", full)),
    *(
        Way(f"^C in {where}", scrape("down"), 130, breaks=failing(*place, interrupt))
        for where, place in SOURCES.items()
    ),
    *(
        Way(f"killed in {where}", scrape("down"), 143, breaks=failing(*place, terminate))
        for where, place in SOURCES.items()
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The working directory of the runs."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    database(tmp_path / "empty.db")
    database(
        tmp_path / "old.db", "insert into logs values (1, 1772280000000, 'INFO', 't', 'Request started', 'r', '{}')"
    )
    return tmp_path


def database(path: Path, row: str = "") -> None:
    """Tables of llm-gateway, empty or with one row of two days ago: the trend has every five minutes since."""
    tables = """
        create table logs (id, timestamp, level, target, message, request_id, fields);
        create table spans (span_id, parent_span_id, request_id, name, start_time, duration_ms, attributes);
        create table metrics_snapshots (timestamp, metrics);
    """
    build(tables + row, path)


def expected(way: Way, variant: tuple[str, ...], profile: str) -> int:
    """What the contract says."""
    code = way.code
    if "warn" in variant:
        code = code if way.warn is None else way.warn
    if "never" in variant and code in {1, 3}:
        code = 0
    if profile == "standard":
        return code
    warned = 1 if way.warn == 1 and "never" not in variant else 0
    return {0: warned, 1: 2}.get(code, 3)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("profile", PROFILES)
def test_the_code_depends_on_the_way_and_on_no_format(
    way: Way, profile: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name for path in folder.iterdir()}
    if way.breaks:
        way.breaks(monkeypatch)
    # Every format, under a variant that is another one for each way; and one format under all variants.
    turn = WAYS.index(way)
    runs = {(name, VARIANTS[(turn + number) % len(VARIANTS)]) for number, name in enumerate(FORMATS)}
    if profile == "standard":
        runs |= {("json", variant) for variant in VARIANTS}
    for name, variant in sorted(runs):
        line = [*way.arguments, *variant, "--format", name, *(NAGIOS if profile == "nagios" else ())]
        done = call(*line, cwd=folder)
        assert done.returncode == expected(way, variant, profile), (line, done.stderr)
        said(way, variant, done)
        written(way, name, done)
        files = {path.name for path in folder.iterdir()} - before
        assert files == ({"out"} if "-o" in variant and way.code in {0, 1, 3} else set()), line
        (folder / "out").unlink(missing_ok=True)


def said(way: Way, variant: tuple[str, ...], done: Done) -> None:
    """The last line on standard error, or that there is none."""
    code, err = done.returncode, done.stderr
    if "--quiet" in variant and (way.code, way.warn) == (0, None):
        assert err == ""
        return
    last = err.splitlines()[-1]
    found = (REPORTED if way.code in {0, 1, 3} else BROKEN).fullmatch(last)
    assert found, last
    word = "WARN" if way.code == 0 and way.warn == 1 else WORDS[way.code]
    assert (found[1], int(found[2])) == (word, code)
    assert "Traceback" not in err


def written(way: Way, name: str, done: Done) -> None:
    """One document with the same code in it, or none."""
    code, out = done.returncode, done.stdout
    if way.code not in {0, 1, 3}:
        assert out == "" or (name == "nagios" and out.startswith("LLMGW UNKNOWN - ") and out.count("\n") == 1)
        return
    assert out.endswith("\n")
    if name == "json":
        assert json.loads(out)["exit"]["code"] == code
    if name == "prometheus":
        assert f"\nllmgw_report_exit_code {code}\n" in out
    if name == "nagios":
        assert out.count("\n") == 1


def test_the_table_has_every_code_three_times() -> None:
    codes = [way.code for way in WAYS]
    assert set(codes) == WORDS.keys()
    assert all(codes.count(code) >= 3 for code in codes)


@pytest.mark.parametrize("way", [way for way in WAYS if not way.breaks], ids=lambda way: way.name)
def test_a_process_ends_and_says_what_a_call_does(way: Way, folder: Path) -> None:
    number = WAYS.index(way)
    variant, name = VARIANTS[number % len(VARIANTS)], FORMATS[number % len(FORMATS)]
    line = (*way.arguments, *variant, "--format", name)
    done, called = run(*line, cwd=folder), call(*line, cwd=folder)
    assert done.returncode == called.returncode == expected(way, variant, "standard"), done.stderr
    assert untimed(done.stdout) == untimed(called.stdout)
    assert done.stderr == called.stderr


def untimed(text: str) -> str:
    """The document without its figures: some are how long the run took and when it was, and make a column wider.

    `test_the_same_as_a_process` of the examples compares the others.
    """
    return re.sub(r"[\s-]+", " ", FIGURES.sub("", text))
