"""The databases of products' states."""

from pathlib import Path


def script(state: Path) -> str:
    """The SQL that makes the database of a state: its own, after the product's schema unless it brings another one."""
    own = (state / "database.sql").read_text("utf-8")
    schema = state.parent / "schema.sql"
    return own if "CREATE TABLE" in own or not schema.exists() else schema.read_text("utf-8") + own
