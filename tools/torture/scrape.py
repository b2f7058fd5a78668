"""Scrape text: families of the examples' scrapes and every odd corner of both formats, made worse.

Each case is read and normalised; one of 25 is judged and written as JSON and in one other format; one of
200 is a whole command.
"""

from functools import cache
from pathlib import Path
from random import Random

from msgspec import structs

from llmgw_report import gateways, renderers
from llmgw_report.cli.machine import ThisMachine
from llmgw_report.config.settings import MetricsTarget, Settings
from llmgw_report.errors import SourceError
from llmgw_report.gateways.normalise import interest
from llmgw_report.model.scrape import Interest
from llmgw_report.model.sections import GroupBy
from llmgw_report.pipeline.collect import windows_of
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.identify import identify
from llmgw_report.pipeline.judge import thresholds
from llmgw_report.pipeline.measure import measure
from llmgw_report.sources.prometheus import scrape
from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import Scrapes
from tools.torture._documents import complete, hold
from tools.torture._mutate import mutated

CASES = 1_000_000
SECONDS = 360.0
IN_TESTS = 1_000

AT = 1_767_920_000_000
GROUPS: tuple[GroupBy, ...] = ("api-key", "provider", "model", "all")
JUDGED, COMMANDS = 1 / 25, 1 / 200


def start(folder: Path) -> Case:
    """One scrape each, in the file `m.prom`."""
    file = folder / "m.prom"
    corpus = Scrapes()
    target = MetricsTarget(file=str(file), named=True)
    settings = Settings(metrics=target, database=None, at_ms=AT, thresholds=thresholds())

    def case(random: Random) -> Outcome:
        file.write_bytes(mutated(random, corpus.one(random), corpus.others, corpus.words))
        depth, group = random.random(), random.choice(GROUPS)
        if depth < COMMANDS:
            where = ("--no-config", "--no-db", "--metrics-file", str(file), "--at", "2026-01-09T00:00:00Z")
            return Outcome(command((*where, "--group-by", group), random.choice(FORMATS)).code, 1)
        chosen = structs.replace(settings, group_by=group)
        if depth < JUDGED:
            return Outcome(_judged(chosen, random.choice(FORMATS)))
        _normalised(chosen, target)
        return Outcome()

    return case


@cache
def _wanted(group_by: GroupBy) -> Interest:
    return interest(gateways.load_all(), group_by)


def _judged(settings: Settings, name: str) -> int:
    report = run(settings, "torture", ThisMachine())
    for each in ("json", name):
        complete(each, renderers.render(report, each))
    return report.exit.code


def _normalised(settings: Settings, target: MetricsTarget) -> None:
    candidates = gateways.load_all()
    wanted = _wanted(settings.group_by)
    try:
        found = scrape(target, wanted)
    except SourceError as error:
        hold(bool(error.message and error.hint), "no message or no hint")
    else:
        identity = identify(candidates, named=False, scrapes=(found,), database=None, interest=wanted)
        measure(windows_of(settings, ThisMachine()), identity, (found,), None, wanted)
