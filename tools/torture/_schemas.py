"""What SQL does to a log database: another release's schema, somebody else's, and values of every kind."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

_NAMES = (
    "prompt",
    "note",
    "a b",
    "SELECT",
    "",
    "requests",
    "logs",
    "spans",
    "timestamp",
    "\N{LATIN SMALL LETTER U WITH DIAERESIS}",
)
_WORDS = (
    *(
        "INTEGER",
        "TEXT",
        "PRIMARY KEY",
        "NOT NULL",
        "timestamp",
        "level",
        "logs",
        "(",
        ")",
        ",",
        "CREATE",
        "TABLE",
        "INDEX",
    ),
    *(
        "DESC",
        "AUTOINCREMENT",
        "CREATE VIRTUAL TABLE",
        "AS SELECT 1",
        "COLLATE none",
        "GENERATED ALWAYS AS (1)",
        "WITHOUT ROWID",
        "",
    ),
)
_TYPES = (
    "TEXT",
    "INTEGER",
    "REAL",
    "BLOB",
    "",
    "ANY",
    "BOOLEAN",
    "VARCHAR(3) COLLATE NOCASE",
    "INTEGER NOT NULL DEFAULT 0",
)
_VALUES = (
    *("NULL", "''", "0", "-1", "1", "0.5", "1e308", "9e999", "-9e999", "9223372036854775807", "-9223372036854775808"),
    *(
        "x''",
        "x'00'",
        "x'ff'",
        "zeroblob(70000)",
        "CAST(x'ff00c328' AS TEXT)",
        "CAST(x'ed a080' AS TEXT)".replace(" ", ""),
    ),
    *(
        "'yesterday'",
        "'2026-01-09T00:00:00Z'",
        "'0x10'",
        "'1e3'",
        "' 5'",
        "'INFO'",
        "'ERROR'",
        "'WARN'",
        "char(27, 91, 51)",
    ),
    *("'{'", "'{}'", "'[]'", "'null'", "'[[[['", "'{\"model\":null}'", "'{\"counters\":{}}'", "'{\"counters\":[1]}'"),
    *('\'{"model":{"a":[]},"input_tokens":"x","duration_ms":-5}\'', '\'{"counters":{"a":"b","c":1e999}}\''),
    *(
        "replace(hex(zeroblob(30000)), '0', 'a|`<b>')",
        "replace(hex(zeroblob(2000)), '00', '[')",
        "char(8238, 0, 10, 13)",
    ),
    *(
        "CAST(COLUMN AS TEXT)",
        "CAST(COLUMN AS REAL)",
        "COLUMN / 1000",
        "COLUMN * 1000",
        "COLUMN + 36525 * 86400000",
    ),
    *("-COLUMN", "COLUMN || COLUMN", "upper(COLUMN)", "hex(COLUMN)", "random()", "randomblob(40)"),
)


def schema(random: Random, path: Path) -> None:
    """Another release of the gateway, or another program's database."""
    _run(path, lambda connection: connection.execute(_statement(random, connection)))


def definition(random: Random, path: Path) -> None:
    """The text of the schema itself, which nobody but SQLite should write."""
    word, other = random.choice(_WORDS), random.choice(_WORDS)

    def change(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE random() % 2", (word, other))

    _run(path, change)


def values(random: Random, path: Path) -> None:
    """A column of some rows."""

    def change(connection: sqlite3.Connection) -> None:
        table, column = _column(random, connection)
        value = random.choice(_VALUES).replace("COLUMN", f'"{column}"')
        rows = random.choice(("", f" WHERE rowid % {random.randint(1, 4)} = 0"))
        connection.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = {value}{rows}')

    _run(path, change)


def _statement(random: Random, connection: sqlite3.Connection) -> str:
    table, column = _column(random, connection)
    other, kind, value = _column(random, connection)[1], random.choice(_TYPES), random.choice(_VALUES)
    return random.choice(
        (
            f'ALTER TABLE "{table}" DROP COLUMN "{column}"',
            f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{random.choice(_NAMES)}"',
            f'ALTER TABLE "{table}" RENAME TO "{random.choice(_NAMES)}"',
            f'ALTER TABLE "{table}" ADD COLUMN "{random.choice(_NAMES)}" {kind}',
            f'ALTER TABLE "{table}" ADD COLUMN made GENERATED ALWAYS AS ("{column}" || 1)',
            f'DROP TABLE "{table}"',
            f'CREATE TABLE requests AS SELECT * FROM "{table}"',
            f'CREATE VIEW "seen" AS SELECT "{column}" AS said FROM "{table}"',
            f'DELETE FROM "{table}"',
            f'CREATE INDEX "other" ON "{table}" ("{column}", "{other}")',
            f'CREATE UNIQUE INDEX "odd" ON "{table}" (lower("{column}")) WHERE "{other}" IS NOT {value}',
            "DROP INDEX idx_logs_timestamp",
            "DROP INDEX idx_logs_level",
            "CREATE VIRTUAL TABLE search USING fts5 (a)",
            f'CREATE TRIGGER t AFTER INSERT ON "{table}" BEGIN DELETE FROM "{table}"; END',
        )
    )


def _run(path: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Of a file that is broken by now, whatever SQLite still makes of it."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    with closing(connection), suppress(sqlite3.Error, MemoryError, UnicodeError):
        connection.execute("PRAGMA synchronous = OFF")
        change(connection)


def tables(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    ).fetchall()


def _column(random: Random, connection: sqlite3.Connection) -> tuple[str, str]:
    (table,) = random.choice(tables(connection) or [("logs",)])
    columns = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return table, random.choice(columns or [("id",)])[0]
