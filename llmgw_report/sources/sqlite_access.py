"""What one query may touch, enforced by SQLite itself while it compiles the query."""

import re
from typing import TYPE_CHECKING

from llmgw_report.model.table import Access, Query, Schema
from llmgw_report.sources.sqlite_content import looks_like_content

if TYPE_CHECKING:
    from sqlite3 import Connection

#: Functions that run code or reach out of the database, most of which most builds lack; and the two that one
#: letter of a format keeps busy for minutes, in which nothing can interrupt them.
_FUNCTIONS = frozenset(
    ("edit", "fts3_tokenizer", "fts5", "load_extension", "optimize", "readfile", "writefile", "format", "printf")
)
_UNROLLED = frozenset(("json_each", "json_tree"))
_SCHEMA = "sqlite_master"
#: Quoted names, texts and comments as one piece each, else words.
_PIECES = r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)|\w+"""


class Guard:
    """The authorizer of one query; `refusal` says in words what it refused first.

    A column may be read that the gateway's definition lists or that the query's header requires; never
    one that holds content. SQLite names the column of the table itself, whatever alias, view, subquery
    or common table expression it is reached through.
    """

    def __init__(self, query: Query, access: Access, schema: Schema) -> None:
        self.refusal: str | None = None
        self._asks = dict.fromkeys(name.lower() for name in query.requires)
        self._listed = {f"{table}.{column}".lower() for table, columns in access.columns.items() for column in columns}
        self._content = {name.lower() for name in access.content}
        self._virtual = {name.lower() for name in schema.virtual}
        self._generated = {name.lower() for name in schema.generated}
        self._tables = {name.lower() for name in schema.tables}

    def install(self, connection: "Connection") -> None:
        """Make `connection` ask this guard from now on."""
        import sqlite3  # the run that has no database does without

        free = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}

        def authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
            if action == sqlite3.SQLITE_READ:
                refusal = self._column((first or "").lower(), (second or "").lower())
            elif action == sqlite3.SQLITE_FUNCTION:
                refusal = f"calls {second}(), which no query may" if (second or "").lower() in _FUNCTIONS else None
            else:
                refusal = None if action in free else "only SELECT is allowed, on the ordinary tables of this database"
            self.refusal = self.refusal or refusal
            return sqlite3.SQLITE_DENY if refusal else sqlite3.SQLITE_OK

        connection.set_authorizer(authorize)

    def _column(self, table: str, column: str) -> str | None:
        """Why `column` may not be read; the empty one is that of a query which counts rows or names none."""
        if table not in self._tables:
            # Without a column it is the name of a common table expression.
            known = not column or table in _UNROLLED or table == _SCHEMA
            return None if known else f"reads {table}, which is no table of this database"
        name = f"{table}.{column}"
        if table in self._virtual:
            return f"reads {table}, and a virtual table can hold content under any name"
        if name in self._content:
            return f"reads {name}, which holds content and is never read: leave the column out"
        if name in self._listed or (column in {"", "rowid"} and self._knows(table)):
            return None
        return self._unlisted(table, name, column)

    def _unlisted(self, table: str, name: str, column: str) -> str | None:
        """The same for what no definition lists."""
        if looks_like_content(column) or name in self._generated:
            why = (
                "is computed from other columns"
                if name in self._generated
                else "says content or credentials by its name"
            )
            return f"reads {name}, which {why}: leave the column out, or list it under [reads] in a gateway definition"
        if name in self._asks or table in self._asks:
            return None
        asked = name if column else table
        return f'reads {asked}, which no gateway definition lists: if it holds no content, add "-- requires: {asked}"'

    def _knows(self, table: str) -> bool:
        return any(name == table or name.startswith(f"{table}.") for name in (*self._listed, *self._asks))


def compares_unnamed(sql: str) -> bool:
    """Whether the query joins with NATURAL or USING: SQLite asks no authorizer about the columns they compare."""
    lowered = sql.lower()
    words = [word for word in ("natural", "using") if word in lowered]
    return bool(words) and not set(words).isdisjoint(re.findall(_PIECES, lowered, re.DOTALL))
