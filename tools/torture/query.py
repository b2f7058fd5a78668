"""A `--query` of one's own: headers and statements of the gateways' queries, made worse, asked of a small database."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from llmgw_report import gateways
from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import EXAMPLES
from tools.torture._mutate import mutated

CASES = 10_000
SECONDS = 60.0
IN_TESTS = 60

HEADS = (
    b"-- title: Rows\n",
    b"-- deadline: 2s\n",
    b"-- deadline: 0.5\n",
    b"-- limit: 10\n",
    b"-- weight: 3\n",
    b"-- prose\n",
    b"-- requires: logs, spans\n",
)
STATEMENTS = (
    b"SELECT id, level, message AS said FROM logs WHERE timestamp <= :until_ms\n",
    b"SELECT count(*) AS n, max(duration_ms) / 1000.0 AS worst_seconds FROM spans GROUP BY name LIMIT :top\n",
    b"SELECT 1 AS a, 'x' AS \"b|c\", NULL AS d, x'00ff' AS e, 9e999 AS f;\n",
    b"WITH t(n) AS (VALUES (1), (2)) SELECT n, n / 2.0 AS half_ratio FROM t\n",
)
WORDS = (
    b"SELECT",
    b"FROM",
    b"sqlite_schema",
    b"ATTACH 'x' AS y",
    b"PRAGMA",
    b"DELETE",
    b"INSERT",
    b"load_extension('x')",
    b":since_ms",
    b":nothing",
    b"?",
    b"--",
    b"/*",
    b";",
    b"json_extract(fields, '$.x')",
    b"randomblob(9)",
    b"''",
    b'""',
)


def start(folder: Path) -> Case:
    """One file each."""
    with closing(sqlite3.connect(folder / "o.db")) as database:
        database.execute("CREATE TABLE logs (id INTEGER PRIMARY KEY, timestamp, level, message, fields)")
        database.execute("CREATE TABLE spans (name, duration_ms)")
        database.execute("INSERT INTO logs VALUES (1, 1, 'INFO', 'a', '{}'), (2, 2, 'ERROR', 'b', NULL)")
        database.execute("INSERT INTO spans VALUES ('root', 5), ('child', 3), (NULL, x'ff')")
        database.commit()
    file = folder / "q.sql"
    theirs = [path.read_bytes() for one in gateways.load_all() for path in sorted(Path(one.folder).glob("*.sql"))]
    theirs += [path.read_bytes() for path in sorted(EXAMPLES.glob("*/*.sql")) if path.stem != "database"]
    # One that calls itself may never end, as its author wishes, up to a deadline that is in the file as well.
    good = [*STATEMENTS, *(text for text in theirs if b"RECURSIVE" not in text.upper())]

    def case(random: Random) -> Outcome:
        text = b"".join([*random.sample(HEADS, random.randint(0, 3)), random.choice(good)])
        file.write_bytes(mutated(random, text, good, WORDS))
        base = ("--query", "q.sql", "--db-path", "o.db", "--no-metrics", "--no-config")
        return Outcome(command(base, random.choice(FORMATS)).code, 1)

    return case
