"""One report of generated traffic, with the earlier report and the second scrape that the case calls for."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from llmgw_report.model import timestamp
from llmgw_report.model.report import Report
from llmgw_report.renderers.json import render
from tools.bench.vocabulary import END_MS, HOUR_MS
from tools.power import litellm, llm_gateway, requests_table
from tools.power.machine import Machine, report
from tools.power.traffic import HEALTHY, Call, Plan, calls, climate

BEFORE_MS = END_MS - HOUR_MS
RESTARTED_MS = END_MS - HOUR_MS // 2
INTERVAL = 10
LATER_MS = END_MS + INTERVAL * 1000
GATEWAYS = (llm_gateway.NAME, litellm.NAME, requests_table.NAME)


class Case(NamedTuple):
    """What happens at the gateway.

    With a `baseline` there were `hours` of healthy traffic before the one that is judged, `earlier` times as busy, and
    a report of the last of them. `plan` is the traffic of the hour that is judged, `lost` the ratio of calls without
    any log row; after a `restart` in it the counters begin again, `known_start` if the gateway says when; another
    `worker` may answer the second scrape.
    """

    plan: Plan = Plan()
    baseline: bool = True
    hours: int = 1
    earlier: float = 1.0
    lost: float = 0.0
    restart: bool = False
    known_start: bool = True
    worker: bool = False
    group_by: str = "provider"


class State(NamedTuple):
    """A gateway at an instant: the calls its process counted, those its log holds, and when its processes began.

    The log was read before as of `since_ms`.
    """

    now_ms: int
    counted: Sequence[Call]
    logged: Sequence[Call]
    starts: Sequence[int]
    since_ms: int = 0


class Place(NamedTuple):
    """Where one gateway's files are."""

    folder: Path
    gateway: str
    case: Case

    def report(self, state: State, *more: str, again: str = "") -> Report:
        """Its report as of now; `again` is what the second scrape finds."""
        metrics, database = self.folder / "metrics.prom", self.folder / "observability.db"
        command = ["--gateway", self.gateway, *self.config(), "--group-by", self.case.group_by, *more]
        command += ["--at", timestamp.text(state.now_ms)]
        scraped = self.scrape(state.counted, state.now_ms, state.starts[-1])
        if scraped:
            metrics.write_text(scraped, "utf-8")
        command += ["--metrics-file", str(metrics)] if scraped else ["--no-metrics"]
        if not state.since_ms:
            database.unlink(missing_ok=True)
        self.log(database, state)
        command += ["--db-path", str(database)] if database.exists() else ["--no-db"]
        machine = Machine(state.now_ms, lambda: metrics.write_text(again, "utf-8"))
        return report(command, machine, INTERVAL if again else None)

    def config(self) -> list[str]:
        """No configuration but for a table of successes: its operator accepts that failures cannot be known there."""
        if self.gateway != requests_table.NAME:
            return ["--no-config"]
        file = self.folder / "llmgw-report.toml"
        file.write_text("[checks.error-ratio]\nrequired = false\n", "utf-8")
        return ["--config", str(file)]

    def scrape(self, counted: Sequence[Call], now_ms: int, since_ms: int) -> str:
        """Empty for a gateway without metrics."""
        if self.gateway == llm_gateway.NAME:
            return llm_gateway.scrape(counted, now_ms)
        if self.gateway == litellm.NAME:
            return litellm.scrape(counted, now_ms, since_ms if self.case.known_start else None)
        return ""

    def log(self, file: Path, state: State) -> None:
        """Nothing for a gateway without a database, or one that must not tell when it began."""
        if self.gateway == llm_gateway.NAME and self.case.known_start:
            llm_gateway.database(file, state.logged, state.starts, state.since_ms, state.now_ms)
        elif self.gateway == requests_table.NAME:
            requests_table.database(file, state.logged, state.since_ms, state.now_ms)


class Trial(NamedTuple):
    """A report, and the calls of the hour that it is about, with their latent truth."""

    report: Report
    window: Sequence[Call]


def trial(folder: Path, gateway: str, case: Case, n: int, seed: str) -> Trial:
    """The report of one case with `n` requests an hour; the same arguments give the same report."""
    rng, place, more = random.Random(f"{seed} {gateway} {n}"), Place(folder, gateway, case), []
    began = BEFORE_MS - case.hours * HOUR_MS if case.baseline else BEFORE_MS
    states = climate(rng, began, LATER_MS, case.plan.dependence)
    earlier: list[Call] = []
    if case.baseline:
        before = HEALTHY._replace(dependence=case.plan.dependence, fleet=case.plan.fleet)
        earlier = calls(rng, round(n * case.hours * case.earlier), began, BEFORE_MS, plan=before, states=states)
        saved = folder / "earlier.json"
        saved.write_text(render(place.report(State(BEFORE_MS, earlier, earlier, (began,)))), "utf-8")
        more = ["--baseline", str(saved)]
    window = calls(rng, n, BEFORE_MS, END_MS, plan=case.plan, states=states)
    happened = [*earlier, *window]
    starts = (began, RESTARTED_MS) if case.restart else (began,)
    logged = [call for call in happened if rng.random() >= case.lost]
    counted = [call for call in happened if call.ms >= starts[-1]]
    others = calls(rng, n, BEFORE_MS, END_MS, plan=case.plan) if case.worker else counted
    since = BEFORE_MS + 1000 if case.worker else starts[-1]
    later = calls(rng, rng.choices((0, 1), (3600, INTERVAL * n))[0], END_MS, LATER_MS, plan=case.plan, states=states)
    again = place.scrape([*others, *later], LATER_MS, since)
    state = State(END_MS, counted, logged, starts, BEFORE_MS if case.baseline else 0)
    return Trial(place.report(state, *more, again=again), window)
