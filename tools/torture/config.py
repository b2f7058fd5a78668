"""`llmgw-report.toml`: tables of the examples, of the presets and of the file that shows every key, made worse.

Each case is a whole command; a third of them only show what the file means.
"""

import re
import shutil
from pathlib import Path
from random import Random

from llmgw_report.config import presets
from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import EXAMPLES
from tools.torture._mutate import gently, mutated

CASES = 40_000
SECONDS = 90.0
IN_TESTS = 120

SCRAPE = EXAMPLES / "verification" / "metrics.prom"
FILES = (
    *sorted(EXAMPLES.glob("*.toml")),
    *sorted(EXAMPLES.glob("*/*.toml")),
    *sorted(Path(presets.FOLDER).glob("*.toml")),
)
#: Values that are right somewhere, and wrong elsewhere.
WORDS = (
    b'"1h"',
    b'"0s"',
    b'"-1h"',
    b"0.05",
    b"-1",
    b"false",
    b"true",
    b"[]",
    b"{}",
    b'"*"',
    b'"[a"',
    b"2026-12-31",
    b"1979-05-27T07:32:00Z",
    b'"fail"',
    b'"warn"',
    b'"zero"',
    b'"99.5%"',
    b'"0x"',
    b'"""',
    b"inf",
    b"nan",
    b"[[waive]]",
    b"[checks.error-ratio]",
    b"traffic.rows[0]",
    b'rows[group="a"]',
    b"subject",
    b"up-to",
    b'"512MiB"',
    b"[",
    b"]]",
)


def start(folder: Path) -> Case:
    """One file each."""
    shutil.copy(SCRAPE, folder / "m.prom")
    file = folder / "c.toml"
    tables = [table for each in FILES for table in tables_of(each.read_bytes())]
    base = ("--config", str(file), "--metrics-file", "m.prom", "--no-db", "--at", "2026-01-09T01:26:40Z")

    def case(random: Random) -> Outcome:
        some = b"".join(_switched_on(random, table) for table in random.sample(tables, random.randint(1, 5)))
        if random.random() < 0.6:
            file.write_bytes(gently(random, some, WORDS))
        else:
            file.write_bytes(mutated(random, some, tables, WORDS))
        more = ("--show-config",) if random.random() < 1 / 3 else ()
        return Outcome(command((*base, *more), random.choice(FORMATS)).code, 1)

    return case


def tables_of(toml: bytes) -> list[bytes]:
    """The tables of a file, each with its head."""
    return [table for table in re.split(rb"(?m)^(?=#?\[)", toml) if table.strip()]


def _switched_on(random: Random, table: bytes) -> bytes:
    """Keys that are shown and switched off, switched on."""
    return re.sub(rb"(?m)^#(?=\S)", b"", table) if random.random() < 0.5 else table
