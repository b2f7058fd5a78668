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
from tools.bench.small import Small, rest
from tools.bench.vocabulary import END

PRODUCT = CHECKOUT / "tests" / "gateways" / "products" / "llm-gateway-requests"
PAGES = {"help": "--help", "version": "--version", "usage error": "--no-such-option"}
FORMATS = ("json", "md", "html")
#: They need no more than a scrape, so that what a renderer costs is a large part of the run.
OTHER_FORMATS = ("csv", "github", "junit", "nagios", "prometheus", "text")
#: Counting takes fifty times as long, and what a time limit ends would be missing from the count.
PATIENT = ("--db-timeout", "1h", "--timeout", "1h")
RUNS_KEPT, LOGS = 1_000, 20
#: Series of a large scrape and of a smaller one.
SERIES, FEW_SERIES = 12_000, 2_000
#: Rows of each table, over so many days; and of a smaller one over one day, in whose last hours there is the same.
ROWS, DAYS, ROWS_OF_A_DAY = 90_000, 30.0, 3_000
SNAPSHOTS = 288
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
    command = [*_metrics("json", place, running), "--history", file]
    proven([place.python, *command], place.folder)
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


def _series(series: int, place: Place, _running: ExitStack) -> Command:
    scrape = generate("scrape", place.folder / "series.prom", series)
    return _report(place, END, "--no-db", "--metrics-file", scrape)


def _logs(rows: int, days: float, place: Place, _running: ExitStack) -> Command:
    return _hour_of(place, generate("database", place.folder / "logs.db", rows, rows, SNAPSHOTS, days))


def _requests(rows: int, days: float, place: Place, _running: ExitStack) -> Command:
    return _hour_of(place, generate("requests_table", place.folder / "requests.db", rows, days))


def _hour_of(place: Place, database: Path) -> Command:
    return _report(place, END, "--no-metrics", "--db-path", database, "--window", "1h")


def _report(place: Place, at: str, *more: str | Path) -> Command:
    return [place.command, "--no-config", "--at", at, "--format", "json", *PATIENT, *more]


#: The larger run and the smaller one. Its figure is their difference, what more of the data costs and nothing else: in
#: a whole run, reading all rows in place of an hour's, or each line three times, is lost beside the imports.
GROWTH: dict[str, tuple[Case, Case]] = {
    f"{SERIES - FEW_SERIES:,} more series": (partial(_series, SERIES), partial(_series, FEW_SERIES)),
    f"{ROWS - ROWS_OF_A_DAY:,} more log rows": (partial(_logs, ROWS, DAYS), partial(_logs, ROWS_OF_A_DAY, 1)),
    f"{ROWS - ROWS_OF_A_DAY:,} more requests": (partial(_requests, ROWS, DAYS), partial(_requests, ROWS_OF_A_DAY, 1)),
}
REPORTS: dict[str, Case] = {
    **{f"158 log rows as {name}": partial(_saved, small.real, name) for name in FORMATS},
    **{f"demo as {name}": partial(_saved, small.demo, name) for name in FORMATS},
    "158 log rows over http as md": partial(_over_http, small.real),
    "158 log rows as md in zh-CN": _translated,
    **{f"metrics as {name}": partial(_metrics, name) for name in OTHER_FORMATS},
    f"metrics, {RUNS_KEPT:,} runs kept": _remembered,
    "requests and their log": _logged,
    **{name: larger for name, (larger, _) in GROWTH.items()},
}
CASES: dict[str, Case] = {**{name: partial(_page, option) for name, option in PAGES.items()}, **REPORTS}
