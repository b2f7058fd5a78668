"""What the machine can do to a run: a clear line, the exit code of the contract, and never half a file.

Each case is a process. What no shell can bring about in time, a `sitecustomize` beside it does: a clock that
jumps, and a wait at a moment at which a signal then comes.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.process import CHECKOUT, DOWN, HEALTHY, hung_server, needs

AT = "2026-03-02T12:00:00Z"
RUN = f"{sys.executable} -m llmgw_report --no-db --no-config --at {AT} --metrics-file healthy.prom"
#: Root may write everywhere, unless it gives that up.
AS_USER = "setpriv --bounding-set=-dac_override --inh-caps=-dac_override " if os.getuid() == 0 else ""
WAITS = {
    "scrape": "",
    "render": "import jinja2\njinja2.Environment.get_template = wait\n",
    "write": "import os\nos.fsync = wait\n",
    "rename": "import pathlib\npathlib.Path.replace = wait\n",
}
#: In short sleeps: a signal that comes just before one begins does not wake it.
WAIT = """\
import sys, time
def wait(*_, **__):
    print("waiting", file=sys.stderr, flush=True)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        time.sleep(0.01)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "healthy.prom").write_text(HEALTHY)
    (tmp_path / "down.prom").write_text(DOWN)
    (tmp_path / "old.json").write_text("old")
    return tmp_path


def environment(place: Path, custom: str = "") -> dict[str, str]:
    """Nothing of the caller's; `custom` is run as the interpreter starts."""
    (place / "custom").mkdir(exist_ok=True)
    (place / "custom" / "sitecustomize.py").write_text(custom)
    custom_path = f"{place / 'custom'}:{CHECKOUT}"
    basis = {"LLMGW_REPORT_WINDOW": "all", "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PYTHONPATH": custom_path, "PATH": "/usr/bin:/bin", **basis}


def shell(place: Path, command: str, custom: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=place,
        env=environment(place, custom),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def left(place: Path) -> list[str]:
    """What lies there besides what was there before, hidden files as well."""
    before = {"healthy.prom", "down.prom", "old.json", "custom"}
    return sorted(path.name for path in place.iterdir() if path.name not in before)


#: Case -> command, what is said, exit code. `old.json` is as it was afterwards, and nothing else is there.
FAULTS: dict[str, tuple[str, str, int]] = {
    "no such folder": (f"{RUN} -o none/x.json", "none is not a directory", 2),
    "a directory": (f"mkdir x.json; {RUN} -o x.json; code=$?; rmdir x.json; exit $code", "is a directory", 2),
    "a folder that cannot be written": (
        f"mkdir d; chmod 555 d; {AS_USER}{RUN} -o d/x.json; code=$?; rmdir d; exit $code",
        "cannot be written",
        2,
    ),
    "a file that is read-only": (f"chmod 444 old.json; {AS_USER}{RUN} -o old.json", "is read-only", 2),
    "a name that is too long": (f"{RUN} -o {'x' * 260}.json", "File name too long", 2),
    "the disk is full": (f"ulimit -f 4; {RUN} -o old.json", "old.json: File too large", 4),
    "full, of two files": (f"ulimit -f 4; {RUN} -o old.json -o a.html", "old.json: File too large", 4),
    "standard output is full": (f"{RUN} > /dev/full", "standard output: No space left on device", 4),
    "standard error is full": (f"{RUN} 2> /dev/full", "", 0),
    "both are full": (f"{RUN} > /dev/full 2> /dev/full", "", 4),
    "a bad call, and nobody hears it": (f"{RUN} --top x 2> /dev/full", "", 2),
    "standard output is closed": (f"{RUN} >&-", "PASS exit=0", 0),
    "standard error is closed": (f"{RUN} 2>&-", "", 0),
    "all three are closed": (f"{RUN} <&- >&- 2>&-", "", 0),
    "input is closed": (f"{RUN} --metrics-file - <&-", "UNKNOWN exit=3", 3),
    "the reader leaves": (f"{RUN} | head -1; exit ${{PIPESTATUS[0]}}", "PASS exit=0", 0),
    "the reader never comes": (f"{RUN} | true; exit ${{PIPESTATUS[0]}}", "PASS exit=0", 0),
    "512 MiB": (f"ulimit -v 524288; {RUN}", "PASS exit=0", 0),
    "a line larger than the memory": (
        f"truncate -s 300M d; ulimit -v 200000; {RUN.replace('healthy.prom', 'd')}; code=$?; rm d; exit $code",
        "UNKNOWN exit=3",
        3,
    ),
    "no home": (f"env -u HOME {RUN}", "PASS exit=0", 0),
    "a home that is none": (f"HOME=/none XDG_CONFIG_HOME= {RUN.replace('--no-config ', '')}", "PASS exit=0", 0),
    "no locale": (f"LC_ALL=POSIX LANG=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 {RUN}", "PASS exit=0", 0),
    "a locale that is none": (f"LC_ALL=xx_YY.nothing {RUN}", "PASS exit=0", 0),
    "no time zones": (f"TZ=Nowhere/City TZDIR=/none PYTHONTZPATH= {RUN}", "PASS exit=0", 0),
    "one column": (f"COLUMNS=1 LINES=1 TERM=dumb {RUN}", "PASS exit=0", 0),
    "without assertions": (RUN.replace(" -m", " -OO -m", 1), "PASS exit=0", 0),
    "no folder to work in, and a page": (
        f"mkdir d; cd d; rmdir ../d; {RUN} --demo",
        "the working directory is gone",
        2,
    ),
    "the demo has no space for its files": (
        f"ulimit -f 1; {RUN} --demo",
        "Hint: free some space there, or set TMPDIR",
        4,
    ),
    "the demo has no space for its database": (
        f"ulimit -f 24; {RUN} --demo",
        "Hint: free some space there, or set TMPDIR",
        4,
    ),
    "no folder to work in": (f"mkdir d; cd d; rmdir ../d; {RUN}", "UNKNOWN exit=3", 3),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault(place: Path, case: str) -> None:
    command, said, code = FAULTS[case]
    if command.startswith("setpriv"):  # root may write everywhere
        needs("setpriv")
    done = shell(place, command)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr
    assert left(place) == []
    assert (place / "old.json").read_text() == "old"


#: Fails where a module is looked for, as an interpreter does that has no room for it.
FULL = """
import sys
class Full:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise {error}
sys.meta_path.insert(0, Full())
"""
NOT_MAPPED = "ImportError('libsqlite3.so.0: failed to map segment from shared object')"
#: Case -> what fails, and what is said; the exit code is 4.
LIMITS = {
    "no thread": (
        (
            'import threading\ndef start(_):\n    raise RuntimeError("can\'t start new thread")\n'
            "threading.Thread.start = start\n"
        ),
        "Error: can't start new thread\nHint: raise the memory limit",
    ),
    "no memory while it renders": (
        "import jinja2\ndef get(*_, **__):\n    raise MemoryError\njinja2.Environment.get_template = get\n",
        "Error: out of memory\nHint: raise the memory limit",
    ),
    "no memory for a library": (
        FULL.format(name="sqlite3", error=NOT_MAPPED),
        "Error: out of memory: libsqlite3.so.0: failed to map segment from shared object\nHint: raise the memory limit",
    ),
    "no memory of the system's": (
        FULL.format(name="jinja2", error="OSError(12, 'Cannot allocate memory')"),
        "Error: out of memory: [Errno 12] Cannot allocate memory\nHint: raise the memory limit",
    ),
    "no memory to start": (
        FULL.format(name="llmgw_report.cli", error="MemoryError"),
        "Error: out of memory\nHint: raise the memory limit",
    ),
    "no memory for a library to start": (
        FULL.format(name="msgspec", error=NOT_MAPPED),
        "Error: out of memory: libsqlite3.so.0: failed to map segment from shared object\nHint: raise the memory limit",
    ),
    "no memory for the first module": (
        FULL.format(name="llmgw_report.signals", error="MemoryError"),
        "Error: out of memory\nHint: raise the memory limit",
    ),
    "no errors to tell apart": (
        FULL.format(name="llmgw_report.errors", error="ImportError('no module of that name')"),
        "Error: not started: ImportError: no module of that name",
    ),
    "no signals to catch": (
        FULL.format(name="llmgw_report.signals", error="SyntaxError('half a file')"),
        "Error: not started: this installation is damaged: half a file\nHint: install llmgw-report again",
    ),
    "no memory to say so": (
        "import llmgw_report.cli as cli\ndef main(_):\n    raise SystemError('error return')\ncli.main = main\n",
        "Error: not started: SystemError: error return",
    ),
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit(place: Path, case: str) -> None:
    custom, said = LIMITS[case]
    done = shell(place, f"{RUN.replace('--no-db ', '')} -o new.html", custom)
    assert done.returncode == 4, done.stderr
    assert said in done.stderr
    assert done.stderr.endswith("\nllmgw-report: INTERNAL exit=4\n")
    assert "Traceback" not in done.stderr
    assert left(place) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "x = 1") for name in ("click", "enum", "numbers", "signal", "string", "typing")),
        *((name, f"import sys; sys.exit({code})") for name in ("click", "re", "signal") for code in (0, 1)),
    ],
)
def test_a_module_of_the_working_directory_is_no_verdict(place: Path, name: str, text: str) -> None:
    """`python -m` looks there first; with -P, and as the installed program, it does not."""
    (place / f"{name}.py").write_text(f"{text}\n")
    done = shell(place, RUN)
    assert (done.returncode, done.stdout) == (4, "")
    *said, last = done.stderr.splitlines()
    assert (said[0][: len("Error: ")], last) == ("Error: ", "llmgw-report: INTERNAL exit=4")
    assert "Traceback" not in done.stderr
    assert shell(place, RUN.replace(" -m", " -P -m", 1)).returncode == 0


def test_an_archive_has_to_be_installed(place: Path) -> None:
    with ZipFile(place / "llmgw.zip", "w") as archive:
        for file in (CHECKOUT / "llmgw_report").rglob("*.py"):
            archive.write(file, file.relative_to(CHECKOUT))
        archive.writestr("__main__.py", "from llmgw_report.__main__ import run\nrun()\n")
    done = shell(place, f"{sys.executable} llmgw.zip --version")
    assert (done.returncode, done.stdout) == (4, "")
    said, hint, last = done.stderr.splitlines()
    assert said.endswith("llmgw.zip/llmgw_report is in an archive, and files beside the modules are read")
    assert (hint.startswith("Hint: install llmgw-report"), last) == (True, "llmgw-report: INTERNAL exit=4")


def test_a_report_says_the_same_without_a_locale_and_without_assertions(place: Path) -> None:
    commands = (RUN, f"LC_ALL=POSIX PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 {RUN}", RUN.replace(" -m", " -O -m", 1))
    documents = [json.loads(shell(place, f"{command} -f json").stdout) for command in commands]
    for document in documents:
        del document["timings"], document["generated_at"]
        document["inputs"] = [one["status"] for one in document["inputs"]]
    assert documents[0] == documents[1] == documents[2]


@pytest.mark.parametrize(
    "clock",
    ["lambda: 0.0", "lambda: 4102444800.0", "lambda: -1.0", "iter(range(10**9, 0, -10**6)).__next__"],
    ids=["1970", "2100", "before 1970", "backwards"],
)
@pytest.mark.parametrize("at", ["", f"--at {AT}"])
def test_a_clock_that_is_wrong(place: Path, clock: str, at: str) -> None:
    """A file of another year than the clock's shows nothing of the window, unless --at says that it does."""
    command = RUN.replace(f"--at {AT}", at)
    done = shell(place, f"{command} -f json", f"import time\ntime.time = {clock}\n")
    assert done.returncode == (0 if at else 3), done.stderr
    report = json.loads(done.stdout)
    assert 0 <= report["timings"]["total_seconds"] < 60
    assert all(0 <= one["elapsed_seconds"] < 60 for one in report["inputs"])


@pytest.mark.parametrize("moment", WAITS)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_leaves_nothing_behind(place: Path, moment: str, name: str) -> None:
    number = signal.Signals[name]
    command = [sys.executable, *RUN.split()[1:], "-o", "old.json", "-o", "new.html"]
    with hung_server() as (url, asked):
        if moment == "scrape":
            command[command.index("--metrics-file") :][:2] = []
            command = [*command[: command.index("--metrics-file")], "--url", url, "-o", "old.json"]
        process = subprocess.Popen(
            command, cwd=place, env=environment(place, WAIT + WAITS[moment]), stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert asked.wait(60) if moment == "scrape" else process.stderr.readline() == "waiting\n"
        process.send_signal(number)
        process.send_signal(number)  # an impatient second one
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said.splitlines()[-1].endswith(f" exit={128 + number}")
    assert "Traceback" not in said
    assert left(place) == []
    assert (place / "old.json").read_text() == "old"


def test_what_the_caller_ignores_stays_ignored(place: Path) -> None:
    """As under nohup: the run ends by itself."""
    wait = WAIT.replace("60", "0.5") + WAITS["write"]
    process = subprocess.Popen(
        ["/bin/bash", "-c", f"trap '' HUP; exec {RUN} -o new.json"],
        cwd=place,
        env=environment(place, wait),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "waiting\n"
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert left(place) == ["new.json"]


def test_of_two_runs_into_one_file_one_whole_report_is_left(place: Path) -> None:
    runs = [RUN, RUN.replace("healthy", "down")]
    wait = "import os, time\nreal = os.fsync\nos.fsync = lambda number: (time.sleep(0.3), real(number))\n"
    command = "; ".join(f"{run} -f json -o both.json > {index}.json &" for index, run in enumerate(runs)).replace(
        "&;", "&"
    )
    shell(place, f"{command} wait", wait)
    whole = [(place / f"{index}.json").read_text() for index in range(2)]
    assert (place / "both.json").read_text() in whole
    assert whole[0] != whole[1]
    assert left(place) == ["0.json", "1.json", "both.json"]


def test_a_file_keeps_its_mode_and_nobody_reads_it_before(place: Path) -> None:
    (place / "old.json").chmod(0o600)
    seen = "import os\nreal = os.fsync\nos.fsync = lambda n: (print(oct(os.fstat(n).st_mode), flush=True), real(n))\n"
    done = shell(place, f"umask 022; {RUN} -o old.json -o new.json > /dev/null; stat -c %a old.json new.json", seen)
    assert done.stdout.split() == ["600", "644"]
    modes = shell(place, f"{RUN} -o old.json | grep -a 0o10", seen).stdout.split()
    assert modes[0] == "0o100600"
