"""The real command as a process, and the report that it prints."""

import subprocess
import sys
from pathlib import Path

import msgspec

from llmgw_report.model.report import Report

COMMAND = Path(sys.executable).with_name("llmgw-report")


def report(folder: Path, at: float, *arguments: str | Path) -> Report:
    """The document of one run, as of an instant."""
    call = [COMMAND, "--no-config", "--format", "json", "--at", f"{at:.3f}", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TZ": "Asia/Kolkata"}
    done = subprocess.run([*map(str, call)], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1, 3}, done.stderr
    found = msgspec.json.decode(done.stdout, type=Report)
    assert found.exit.code == done.returncode
    return found
