"""A signal ends a run when it comes, and breaks nothing that an exception would break."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llmgw_report.cli import output
from tests.process import call

HEAD = """
import os, signal, sys, time, weakref
import msgspec
from llmgw_report.signals import Stopped, catch

def end() -> type:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0)
    return int

sys.modules["ending"] = sys.modules["__main__"]
catch()
try:
"""
TAIL = """
    time.sleep(60)
except Stopped as stopped:
    print(done, stopped.word, stopped.number)
"""
WRAPPER = """
import os, signal
from llmgw_report.signals import Stopped, catch

def run():
    catch(run.__code__)
    os.kill(os.getpid(), signal.SIGTERM)
    return "not stopped"

try:
    print(run())
except Stopped as stopped:
    print(stopped.word)
"""
#: What happens when the signal comes, and is to be done when the run ends.
MOMENTS = {
    "an import": "    from half import done",
    "an import by an import": "    import outer\n    done = outer.done",
    "msgspec asks about a type": """
    class Asked(msgspec.Struct):
        one: "end()"
    done = msgspec.json.decode(b'{"one": 1}', type=Asked).one""",
    "the callback of a weak reference": """
    class Referred: ...
    referred = Referred()
    reference = weakref.ref(referred, lambda _: end())
    del referred
    done = 1""",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_an_exception_would_break_is_done_before_the_run_ends(tmp_path: Path, moment: str) -> None:
    (tmp_path / "half.py").write_text("from ending import end\nend()\ndone = 1\n")
    (tmp_path / "outer.py").write_text("import half\ndone = half.done\n")
    done = subprocess.run(
        [sys.executable, "-c", HEAD + MOMENTS[moment] + TAIL],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 TERMINATED 15\n", "")


def test_an_import_that_the_run_is_a_part_of_does_not_keep_a_signal(tmp_path: Path) -> None:
    """As of a wrapper that runs the command while it is imported, in a folder of any name."""
    (tmp_path / "msgspec").mkdir()
    (tmp_path / "msgspec" / "wrapper.py").write_text(WRAPPER)
    command = [sys.executable, "-c", "import sys; sys.path.append('msgspec'); import wrapper"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "TERMINATED\n", "")


def test_one_that_comes_while_an_error_is_reported_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "wrong_call", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    done = call("--no-such-option", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (143, "llmgw-report: TERMINATED exit=143\n")


def test_anywhere_else_it_ends_the_run_at_once(tmp_path: Path) -> None:
    script = HEAD + "    done = 0\n    end()\n    done = 1" + TAIL
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 TERMINATED 15\n", "")
