"""Log databases: the examples' own, with other bytes, cut off, with another schema, and with other values.

Each case is read with the queries of the gateway that its tables are of and one of a user's; one of eight is
judged and written as JSON and in one other format; one of 64 is a whole command. Nothing may be written, and no
file may lie beside it that did not before.
"""

from pathlib import Path
from random import Random

from msgspec import structs

from llmgw_report import gateways, renderers
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.config.settings import DatabaseTarget, Settings
from llmgw_report.errors import SourceError
from llmgw_report.gateways.definition import parse
from llmgw_report.pipeline.collect import windows_of
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.judge import thresholds
from llmgw_report.pipeline.reading import QueryPlanner, parameters
from llmgw_report.sources.sqlite import read
from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._databases import corpus, mutated
from tools.torture._documents import complete, hold

CASES = 100_000
SECONDS = 600.0
IN_TESTS = 100

AT, MOMENT = 1_767_921_600_000, "2026-01-09T01:20:00Z"
GROUPS = ("api-key", "provider", "model", "all")
OWN = """-- requires: logs, requests
SELECT * FROM logs ORDER BY 2 LIMIT 9
"""
JUDGED, COMMANDS = 1 / 8, 1 / 64


def start(folder: Path) -> Case:
    """One database each, in the file `o.db`."""
    place = folder / "o.db"
    good = corpus(folder)
    target = DatabaseTarget(path=str(place), named=True)
    settings = Settings(metrics=None, database=target, at_ms=AT, thresholds=thresholds())
    (folder / "own.sql").write_text(OWN)

    def case(random: Random) -> Outcome:
        mutated(random, random.choice(good), place)
        before = _beside(place)
        depth = random.random()
        chosen = structs.replace(settings, group_by=random.choice(GROUPS))
        outcome = _reported(chosen, depth, random.choice(FORMATS)) if depth < JUDGED else _read(chosen, target)
        hold(_beside(place) == before, "the database was changed, or a file left beside it")
        return outcome

    return case


def _beside(place: Path) -> dict[str, bytes]:
    """Content of the database and of its log; of the shared memory, which readers write, its existence."""
    return {
        file.name: b"" if file.name.endswith("-shm") else file.read_bytes()
        for file in place.parent.glob(f"{place.name}*")
    }


def _reported(settings: Settings, depth: float, name: str) -> Outcome:
    if depth < COMMANDS:
        where = (
            "--no-config",
            "--metrics-file",
            "none.prom",
            "--db-path",
            "o.db",
            "--query",
            "own.sql",
            "--at",
            MOMENT,
        )
        return Outcome(command((*where, "--group-by", settings.group_by), name).code, 1)
    report = run(settings, "torture", ThisMachine())
    for each in ("json", name):
        complete(each, renderers.render(report, each))
    return Outcome(report.exit.code)


def _read(settings: Settings, target: DatabaseTarget) -> Outcome:
    own = structs.replace(parse("own", OWN), builtin=False)
    planner = QueryPlanner(gateways.load_all(), (own,), named=False)
    try:
        found = read(target, planner, parameters(windows_of(settings, ThisMachine())))
    except SourceError as error:
        hold(bool(error.message and error.hint), "no message or no hint")
    else:
        hold(all(one.reason for one in found.failed), "a query failed without a reason")
        hold(not found.left, "a file was left")
    return Outcome()
