"""A database from a readable script, for the demo and the worked examples."""

from pathlib import Path


def build(script: str, path: Path) -> None:
    """Run the script on a new database at `path`."""
    from sqlite_utils import Database  # a normal run never imports it

    database = Database(path, execute_plugins=False)
    database.executescript(script)
    database.close()
