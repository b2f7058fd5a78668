"""The commands of the page "Beyond one machine" are run, and say what the page shows."""

import re
import shlex
from itertools import count
from pathlib import Path

import pytest

from tests.builders import engines, fleet, replicas
from tests.process import CHECKOUT, HEALTHY, call
from tests.system.adoption.machine import listening

PAGE = (CHECKOUT / "docs" / "beyond-one-machine.md").read_text("utf-8")
SHOWN = r"```sh\n(llmgw-report [^\n]*)\n```[^`]*?```text\n(.*?)```"


def shown(option: str) -> tuple[list[str], list[str]]:
    """The words of the command with this option, and the lines that the page shows of what it says."""
    (found,) = [pair for pair in re.findall(SHOWN, PAGE, re.DOTALL) if option in pair[0]]
    return shlex.split(found[0])[1:], found[1].splitlines()


def require(lines: list[str], text: str) -> None:
    """Every line is in the text, after the one before it; how the text is wrapped does not matter."""
    place, text = 0, " ".join(text.split())
    for line in (" ".join(one.split()) for one in lines):
        found = text.find(line, place)
        assert found >= 0, f"{line!r} is not in\n{text}"
        place = found + len(line)


def test_every_command_with_output_is_run_here() -> None:
    assert len(re.findall(r"```text\n", PAGE)) == len(re.findall(SHOWN, PAGE, re.DOTALL)) == 3


def test_a_history(tmp_path: Path) -> None:
    words, lines = shown("--history")
    times = count(1)
    with listening(lambda *_: HEALTHY.replace("} 1000", f"}} {1000 * next(times)}").encode()) as url:
        words[words.index("--url") + 1] = f"{url}/metrics"
        said = [call("--no-config", *words, "--window", "1h", cwd=tmp_path).stdout for _ in range(2)]
    require(lines, "\n".join(said))


@pytest.mark.parametrize("engine", ["prometheus", "victoria"])
def test_a_server(engine: str, tmp_path: Path) -> None:
    words, lines = shown("--prometheus")
    with getattr(engines, engine)(tmp_path, fleet.together(fleet.exposition())) as url:
        words[words.index("--prometheus") + 1] = url
        done = call("--no-config", *words, "--at", str(fleet.END), cwd=tmp_path)
    require(lines, done.stdout)
    assert done.returncode == 1


def test_many_files(tmp_path: Path) -> None:
    words, lines = shown("--db-path")
    (tmp_path / "logs").mkdir()
    for number in range(3):
        requests = replicas.replica(number, 300, failing=0.15 if number == 1 else 0.004)
        replicas.request_logs(tmp_path / "logs" / f"gw-{number}.db", requests)
    done = call("--no-config", *words, "--at", replicas.AT, cwd=tmp_path)
    require(lines, done.stdout)
    assert done.returncode == 1
