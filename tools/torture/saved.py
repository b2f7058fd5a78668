"""Saved reports for `--rejudge` and `--baseline`: the examples' documents, made worse as values and as bytes."""

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import EXAMPLES
from tools.torture._mutate import mutated

CASES = 25_000
SECONDS = 150.0
IN_TESTS = 80

#: Values that a document of ours could hold somewhere, and some that none does.
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    0.5,
    -0.0,
    1e308,
    -1e308,
    5e-324,
    2**53 + 1,
    2**63,
    10**400,
    "",
    "x",
    "ok",
    "fail",
    "\0",
    "a" * 5000,
    "2026-01-09T01:26:40Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "yesterday",
    "\u202e\x1b[31m|`<b>",
    [],
    {},
    [[]],
    [None],
    {"": ""},
)


def start(folder: Path) -> Case:
    """One document each."""
    shutil.copy(EXAMPLES / "verification" / "metrics.prom", folder / "m.prom")
    texts = [file.read_bytes() for file in sorted(EXAMPLES.glob("*/report.json"))]
    file = folder / "r.json"
    scrape = ("--metrics-file", "m.prom", "--at", "2026-01-09T01:26:40Z")

    def case(random: Random) -> Outcome:
        text = random.choice(texts)
        if random.random() < 0.8:
            document = json.loads(text)
            for _ in range(random.randint(1, 4)):
                _change(random, document)
            file.write_text(json.dumps(document))
        else:
            file.write_bytes(mutated(random, text, texts))
        base = ("--rejudge", "r.json") if random.random() < 0.5 else ("--baseline", "r.json", *scrape)
        return Outcome(command((*base, "--no-db", "--no-config"), random.choice(FORMATS)).code, 1)

    return case


def _change(random: Random, document: Any) -> None:  # noqa: ANN401 - plain JSON of any shape
    """One value somewhere in the document becomes another, goes, or comes twice."""
    at, key = document, random.choice(list(document))
    while isinstance(at[key], (dict, list)) and at[key] and random.random() < 0.85:
        at = at[key]
        key = random.choice(list(at)) if isinstance(at, dict) else random.randrange(len(at))
    match random.randrange(4):
        case 0:
            del at[key]
        case 1 if isinstance(at, list):
            at.insert(random.randrange(len(at)), at[key])
        case _:
            alike = [odd for odd in ODD if isinstance(odd, type(at[key]))]
            at[key] = random.choice(alike if alike and random.random() < 0.8 else ODD)
