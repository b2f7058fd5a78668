"""A signal ends a run when it comes, and breaks nothing that an exception would break."""

import subprocess
import sys
from pathlib import Path

import pytest

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


def test_anywhere_else_it_ends_the_run_at_once(tmp_path: Path) -> None:
    script = HEAD + "    done = 0\n    end()\n    done = 1" + TAIL
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 TERMINATED 15\n", "")
