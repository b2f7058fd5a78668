"""A `gateway.toml` of one's own: those that come with the program, made worse, read with a scrape of theirs."""

import shutil
from pathlib import Path
from random import Random

from llmgw_report import gateways
from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import EXAMPLES
from tools.torture._mutate import gently, mutated
from tools.torture.config import tables_of

CASES = 15_000
SECONDS = 60.0
IN_TESTS = 60

WORDS = (
    *(
        b'"requests"',
        b'"latency"',
        b'"*"',
        b'"["',
        b'"(a+)+$"',
        b'"(?P<a"',
        b'""',
        b'"success"',
        b'"x"',
        b"nan",
        b"inf",
    ),
    *(b"1e308", b"0", b"-1", b"true", b"[]", b"{}", b'[""]', b'["*"]', b'{ "" = "" }', b'{ model = "model" }'),
    *(b'{ api-key = "[" }', b'{ "2*" = "success" }', b'{ "[" = "client-error" }', b'{ "1" = "ok" }', b"[[]]"),
)


def start(folder: Path) -> Case:
    """One definition each."""
    scrapes = [
        shutil.copy(EXAMPLES / name / "metrics.prom", folder / f"{name}.prom") for name in ("healthy", "litellm")
    ]
    (folder / "mine").mkdir()
    file = folder / "mine" / gateways.MARKER
    every = [tables_of((Path(one.folder) / gateways.MARKER).read_bytes()) for one in gateways.load_all()]
    tables = [table for each in every for table in each]

    def case(random: Random) -> Outcome:
        head, detect, *rest = random.choice(every)
        some = [head, detect, *random.sample(rest, min(len(rest), random.randint(1, 8)))]
        if random.random() < 0.6:
            file.write_bytes(gently(random, b"".join(some), WORDS))
        else:
            file.write_bytes(mutated(random, b"".join(some), tables, WORDS))
        base = ("--gateway", "mine", "--metrics-file", str(random.choice(scrapes)), "--no-db", "--no-config")
        return Outcome(command(base, random.choice(FORMATS)).code, 1)

    return case
