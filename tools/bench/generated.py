"""Files of made-up data, each written by a process of its own, which gives its memory back."""

import subprocess
import sys
from pathlib import Path

from tools.bench.place import CHECKOUT


def generate(generator: str, file: Path, *arguments: float) -> Path:
    """What the module of that name in this folder writes for these arguments."""
    command: list[str | Path] = [sys.executable, "-m", f"tools.bench.{generator}", file, *map(str, arguments)]
    subprocess.run(command, check=True, cwd=CHECKOUT)
    return file
