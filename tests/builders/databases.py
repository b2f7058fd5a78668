"""New databases of a script."""

from pathlib import Path

from llmgw_report.sources import sqlite


def build(script: str, path: Path) -> None:
    """Make one, and wait for no disk: each row of a script is a transaction, and each would be."""
    sqlite.build(f"PRAGMA synchronous = OFF;\n{script}", path)
