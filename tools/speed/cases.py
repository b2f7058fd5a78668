"""The runs that are counted: those that every job and every minute's cron starts, and those whose data is large."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from llmgw_report.sources.sqlite import build
from tools.bench import history, small
from tools.bench.evidence import proven
from tools.bench.generated import generate
from tools.bench.measure import Command
from tools.bench.place import CHECKOUT, Place, served
from tools.bench.server import asking
from tools.bench.small import Small, rest
from tools.bench.vocabulary import END
from tools.fleet import engines

PRODUCT = CHECKOUT / "tests" / "gateways" / "products" / "llm-gateway-requests"
PAGES = {"help": "--help", "version": "--version", "usage error": "--no-such-option"}
FORMATS = ("json", "md", "html")
#: They need no more than a scrape, so that what a renderer costs is a large part of the run.
OTHER_FORMATS = ("csv", "github", "junit", "nagios", "prometheus", "text")
#: Counting takes fifty times as long, and what a time limit ends would be missing from the count.
PATIENT = ("--db-timeout", "1h", "--timeout", "1h")
#: So large that reading everything, in place of the hour that is asked for, costs more than the rest of the run.
ROWS, SPANS, SNAPSHOTS, DAYS = 100_000, 20_000, 2_880, 33.3
SERIES, RUNS_KEPT, TARGETS, LOGS = 8_000, 1_000, 3, 20
SERVER = "a server of 3 targets as json"
#: The arguments of a run in a folder of its own, and what has to go on as long as it does.
Case = Callable[[Place, ExitStack], Command]


def _page(option: str, place: Place, _running: ExitStack) -> Command:
    return [place.command, option]


def _saved(data: Callable[[Place], Small], format_: str, place: Place, _running: ExitStack) -> Command:
    found = data(place)
    return [place.command, "--metrics-file", found.scrape, *rest(found), *PATIENT, "--format", format_]


def _translated(place: Place, running: ExitStack) -> Command:
    return [*_saved(small.real, "md", place, running), "--lang", "zh-CN"]


def _over_http(data: Callable[[Place], Small], place: Place, running: ExitStack) -> Command:
    found = data(place)
    url = running.enter_context(served(found.scrape))
    return [place.command, "--url", url, *rest(found), *PATIENT, "--format", "md"]


def _metrics(format_: str, place: Place, _running: ExitStack) -> Command:
    found = small.real(place)
    return _report(place, found.at, "--no-db", "--metrics-file", found.scrape, "--format", format_)


def _remembered(place: Place, running: ExitStack) -> Command:
    """The run of every minute's cron: the file has those before it."""
    file = place.folder / "history.db"
    command = proven([*_metrics("json", place, running), "--history", file], place.folder)
    history.fill(file, small.real(place).at_ms, RUNS_KEPT)
    return command


def _logged(place: Place, _running: ExitStack) -> Command:
    """A table of successes beside a log of what else there was, in which each request has an id of its own."""
    state = PRODUCT / "clean-log"
    text = (state / "requests.jsonl").read_text("utf-8")
    log, database = place.folder / "requests.jsonl", place.folder / "requests.db"
    others = (text.replace('"request_id":"', f'"request_id":"{number}-') for number in range(1, LOGS))
    log.write_text("".join([text, *others]), "utf-8")
    tables = (PRODUCT / "schema.sql").read_text("utf-8")
    build(tables + (state / "database.sql").read_text("utf-8"), database)
    sources = ("--no-metrics", "--db-path", database, "--log", log)
    return _report(place, "2026-11-20T10:00:00Z", *sources)


def _series(place: Place, _running: ExitStack) -> Command:
    scrape = generate("scrape", place.folder / "series.prom", SERIES)
    return _report(place, END, "--no-db", "--metrics-file", scrape)


def _hour_of(generator: str, *size: float) -> Case:
    """The last hour of a large table."""

    def case(place: Place, _running: ExitStack) -> Command:
        database = generate(generator, place.folder / "large.db", *size)
        return _report(place, END, "--no-metrics", "--db-path", database, "--window", "1h")

    return case


def _server(place: Place, running: ExitStack) -> Command:
    samples = generate("fleet", place.folder / "samples.om", 48 * TARGETS, TARGETS)
    (folder := place.folder / "server").mkdir()
    return [*asking(place, running.enter_context(engines.prometheus(folder, samples))), *PATIENT]


def _report(place: Place, at: str, *more: str | Path) -> Command:
    return [place.command, "--no-config", "--at", at, "--format", "json", *PATIENT, *more]


REPORTS: dict[str, Case] = {
    **{f"158 log rows as {name}": partial(_saved, small.real, name) for name in FORMATS},
    **{f"demo as {name}": partial(_saved, small.demo, name) for name in FORMATS},
    "158 log rows over http as md": partial(_over_http, small.real),
    "158 log rows as md in zh-CN": _translated,
    **{f"metrics as {name}": partial(_metrics, name) for name in OTHER_FORMATS},
    f"metrics, {RUNS_KEPT:,} runs kept": _remembered,
    "requests and their log": _logged,
    f"{SERIES:,} series": _series,
    f"an hour of {ROWS:,} log rows": _hour_of("database", ROWS, SPANS, SNAPSHOTS, DAYS),
    f"an hour of {ROWS:,} requests": _hour_of("requests_table", ROWS, DAYS),
    SERVER: _server,
}
CASES: dict[str, Case] = {**{name: partial(_page, option) for name, option in PAGES.items()}, **REPORTS}
