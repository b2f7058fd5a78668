"""Small log databases, and what can have become of one: its bytes, its length, its pages, and what SQL does to it."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

from tools.torture._schemas import definition, schema, tables, values

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Rows of each table that are kept: most of what is changed is then read.
_ROWS = 12


class Files(NamedTuple):
    """A database and, of one in WAL mode, its log."""

    database: bytes
    log: bytes = b""

    def write(self, path: Path) -> None:
        """Both beside each other, and nothing else of SQLite's."""
        path.write_bytes(self.database)
        for suffix, content in (("-wal", self.log), ("-shm", b""), ("-journal", b"")):
            beside = path.with_name(path.name + suffix)
            beside.unlink(missing_ok=True)
            if content:
                beside.write_bytes(content)


def corpus(folder: Path) -> tuple[Files, ...]:
    """Of both gateways that have one, in small and large pages, with the newest rows in the log and without."""
    found = []
    for name in ("verification", "requests-table"):
        script = (EXAMPLES / name / "database.sql").read_text("utf-8")
        found += [_made(folder / f"{name}{size}.db", script, size) for size in (512, 4096)]
    found.append(_with_log(folder / "log.db", found[1]))
    return tuple(found)


def _made(path: Path, script: str, page: int) -> Files:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA page_size = {page}; PRAGMA synchronous = OFF; {script}")
        for (table,) in tables(connection):
            kept = f'SELECT rowid FROM "{table}" ORDER BY rowid DESC LIMIT {_ROWS}'
            connection.execute(f'DELETE FROM "{table}" WHERE rowid NOT IN ({kept})')
        connection.execute("VACUUM")
    return Files(path.read_bytes())


def _with_log(path: Path, good: Files) -> Files:
    path.write_bytes(good.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE logs SET level = 'ERROR' WHERE id % 3 = 0"
        )
        return Files(path.read_bytes(), path.with_name(path.name + "-wal").read_bytes())


def mutated(random: Random, good: Files, path: Path) -> None:
    """Write to `path` what one to four changes make of `good`."""
    good.write(path)
    for _ in range(1 + int(random.expovariate(1)) % 4):
        random.choice(_CHANGES)(random, path)


def _bytes(random: Random, path: Path) -> None:
    """A few bytes of the file or of its log, most of them where the structure is and not the text."""
    target = _target(random, path)
    changed = bytearray(target.read_bytes())
    for _ in range(random.randint(1, 6)):
        at = random.choice(
            (random.randrange(100), 512 * random.randrange(40) + random.randrange(24), random.randrange(1 << 20))
        )
        if at < len(changed):
            changed[at] = random.choice(
                (0, 1, 0x7F, 0x80, 0xFF, changed[at] ^ 1 << random.randrange(8), random.randrange(256))
            )
    target.write_bytes(changed)


def _length(random: Random, path: Path) -> None:
    """Cut off, or longer by nothing or by noise."""
    target = _target(random, path)
    content = target.read_bytes()
    kept = random.choice((0, 16, 100, 512, len(content) // 2, random.randint(0, len(content))))
    more = random.choice((b"", b"", bytes(512), random.randbytes(512)))
    target.write_bytes(content[:kept] + more if random.random() < 0.7 else content + more)


def _pages(random: Random, path: Path) -> None:
    """A page in the place of another, of zeros, or of noise."""
    size = random.choice((512, 512, 4096))
    changed = bytearray(path.read_bytes())
    count = max(1, len(changed) // size)
    one, other = (size * random.randrange(count) for _ in range(2))
    changed[one : one + size] = random.choice((changed[other : other + size], bytes(size), random.randbytes(size)))
    path.write_bytes(changed)


def _target(random: Random, path: Path) -> Path:
    log = path.with_name(path.name + "-wal")
    return log if random.random() < 0.7 and log.exists() else path


_CHANGES: Sequence[Callable[[Random, Path], None]] = (
    *(_bytes, _bytes, _bytes, _length, _pages, schema, schema, definition, values, values, values),
)
