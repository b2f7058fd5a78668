"""What is counted: whole runs, those that every job and every minute's cron starts, and parts of a run by themselves.

A part is a difference of runs. In a whole run a part that costs twice as much may be less than the limit, beside the
start of Python, the imports and the other parts; so what both runs of a difference have in common is taken away.
"""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from llmgw_report.sources.sqlite import build
from tools.bench import history, small
from tools.bench.evidence import REPORTED, proven
from tools.bench.generated import generate
from tools.bench.measure import Command, output
from tools.bench.place import CHECKOUT, Place, served
from tools.bench.small import Small, rest
from tools.bench.vocabulary import END

PRODUCT = CHECKOUT / "tests" / "gateways" / "products" / "llm-gateway-requests"
PAGES = {"help": "--help", "version": "--version", "usage error": "--no-such-option"}
FORMATS = ("json", "md", "html", "csv", "github", "junit", "nagios", "prometheus", "text")
#: Counting takes twenty times as long, and what a time limit ends would be missing from the count.
PATIENT = ("--db-timeout", "1h", "--timeout", "1h")
#: Runs in one process: what the others take beyond the first is without its start.
TIMES = 5
#: Calls of a function in one run, where one is a twentieth of the run, and where one is a hundredth of it.
MORE_TIMES, MOST_TIMES = 20, 60
#: Of a history, all within the hours of its trend.
RUNS_KEPT, RUNS_APART_MS = 1_000, 40_000
#: Copies of a log, of the smaller one, and those of a third one that are from before the window.
LOGS, FEW_LOGS, OLD_LOGS = 20, 2, 10
#: The data that is larger, and what is smaller than that; all in the window.
SERIES, FEW_SERIES = 12_000, 2_000
ROWS, FEW_ROWS, WITHIN_HOUR = 6_000, 1_000, 1 / 25
#: Requests of one key and model, which each query sums up in a few rows: what is left is the SQL.
ALIKE, FEW_ALIKE = 18_000, 2_000
#: Rows of tables of which next to nothing lies in the window.
OLD_ROWS, YEAR = 90_000, 360.0
SNAPSHOTS = 288
#: Rows of a file that is too large to be copied by the process itself.
ROWS_COPIED = 12_000
#: Files of one gateway, each with so many requests of the window.
FILES, FEW_FILES, ROWS_OF_ONE = 6, 2, 50
#: What is done again: a run with all that is in it, or one of these functions, by the name that it is called by.
WHOLE = "llmgw_report.__main__.run"
JUDGING, EVALUATING = "llmgw_report.pipeline.document.judged", "llmgw_report.pipeline.document.judge"
PARSING, READING_LOGS = "llmgw_report.sources.prometheus.scrape", "llmgw_report.sources.log_lines.read"
REMEMBERING, MERGING = "llmgw_report.pipeline.remember.load", "llmgw_report.pipeline.merge.merged"
RENDERING = "llmgw_report.renderers.render"
#: The arguments of a run in a folder of its own, and what has to go on as long as it does.
Case = Callable[[Place, ExitStack], Command]


class Run(NamedTuple):
    """A case as it is started by a user; or so many times in one process, or once with so many calls of a function."""

    case: Case
    times: int | None = None
    of: str = WHOLE


class Figure(NamedTuple):
    """What some runs take together, without what others take."""

    runs: tuple[Run, ...]
    without: tuple[Run, ...] = ()


def whole(case: Case) -> Figure:
    """A run with its start."""
    return Figure((Run(case),))


def more(larger: Case, smaller: Case) -> Figure:
    """What more of the data costs."""
    return Figure((Run(larger),), (Run(smaller),))


def again(case: Case) -> Figure:
    """A run without its start."""
    return Figure((Run(case, TIMES),), (Run(case),))


def repeated(function: str, case: Case, times: int = TIMES) -> Figure:
    """What so many calls of a function, less one, take of a run, without what only the first in a process does."""
    # Less one call and not less the run alone: here the module of the function is imported before all others.
    return Figure((Run(case, times, function), Run(case)), (Run(case, 1, function), Run(case)))


def shown(case: Case, times: int = TIMES) -> Figure:
    """What so many calls of what renders, less one, take of a run."""
    # Every run imports its module at once, so that the run alone is that of one call.
    return Figure((Run(case, times, RENDERING),), (Run(case),))


def part(case: Case, without: Case) -> Figure:
    """What a run has that the other one has not, without what only the first of them in a process takes."""
    return Figure((Run(case, TIMES), Run(without)), (Run(case), Run(without, TIMES)))


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


def _metrics(place: Place, _running: ExitStack) -> Command:
    found = small.real(place)
    return _report(place, found.at, "--no-db", "--metrics-file", found.scrape)


def _rendered(format_: str, place: Place, _running: ExitStack) -> Command:
    """The demo's report, which has every section, from its document: little is done beside rendering."""
    file = place.folder / "demo.json"
    file.write_text(_document(place.python, place.command))
    return [place.command, "--no-config", "--rejudge", file, "--format", format_]


@cache
def _document(python: Path, command: Path) -> str:
    """Made once for all formats."""
    with TemporaryDirectory() as folder, ExitStack() as running:
        place = Place(Path(folder), python, command, 0, 1)
        return output([python, *_saved(small.demo, "json", place, running)], place.folder, REPORTED)


def _remembered(runs: int, apart_ms: int, place: Place, running: ExitStack) -> Command:
    """The run of every minute's cron: the file has those before it."""
    file = place.folder / "history.db"
    command = [*_metrics(place, running), "--history", file]
    proven([place.python, *command], place.folder)
    history.fill(file, small.real(place).at_ms, runs, apart_ms)
    return command


def _logged(logs: int, old: int, place: Place, _running: ExitStack) -> Command:
    """A table of successes beside a log of what else there was, each request by an id of its own, and of old lines."""
    state = PRODUCT / "clean-log"
    text = (state / "requests.jsonl").read_text("utf-8")
    log, database = place.folder / "requests.jsonl", place.folder / "requests.db"
    others = (text.replace('"request_id":"', f'"request_id":"{number}-') for number in range(1, logs))
    log.write_text("".join([text.replace('"2026-11-', '"2026-10-') * old, text, *others]), "utf-8")
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


def _several(files: int, place: Place, _running: ExitStack) -> Command:
    """Files with requests of their own, as several processes of one gateway write them."""
    made = [
        generate("requests_table", place.folder / f"{seed}.db", ROWS_OF_ONE, WITHIN_HOUR, seed)
        for seed in range(1, files + 1)
    ]
    first, *others = made
    return [*_hour_of(place, first), *(word for one in others for word in ("--db-path", one))]


def _alike(rows: int, place: Place, _running: ExitStack) -> Command:
    return _hour_of(place, generate("requests_table", place.folder / "alike.db", rows, WITHIN_HOUR, 1, 1, 1))


def _copied(place: Place, _running: ExitStack) -> Command:
    """A database whose writer would wait for its readers."""
    database = generate("requests_table", place.folder / "requests.db", ROWS_COPIED, YEAR)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA journal_mode = DELETE")
    return _hour_of(place, database)


def _hour_of(place: Place, database: Path) -> Command:
    return _report(place, END, "--no-metrics", "--db-path", database, "--window", "1h")


def _report(place: Place, at: str, *arguments: str | Path) -> Command:
    return [place.command, "--no-config", "--at", at, "--format", "json", *PATIENT, *arguments]


_RENDERED = {name: partial(_rendered, name) for name in FORMATS}
_REAL = {name: partial(_saved, small.real, name) for name in ("json", "md", "html")}
_LOG, _FEW_LOGS, _OLD_LOGS = partial(_logged, LOGS, 0), partial(_logged, FEW_LOGS, 0), partial(_logged, 1, OLD_LOGS)
_SERIES, _FEW_SERIES = partial(_series, SERIES), partial(_series, FEW_SERIES)
_FILES, _FEW_FILES = partial(_several, FILES), partial(_several, FEW_FILES)
_HISTORY = partial(_remembered, RUNS_KEPT, RUNS_APART_MS)

REPORTS: dict[str, Case] = {
    **{f"158 log rows as {name}": case for name, case in _REAL.items()},
    "158 log rows over http as md": partial(_over_http, small.real),
    "158 log rows as md in zh-CN": _translated,
    "demo as json": partial(_saved, small.demo, "json"),
    **{f"demo's document as {name}": case for name, case in _RENDERED.items()},
    "metrics alone": _metrics,
    f"metrics, {RUNS_KEPT:,} runs kept": partial(_remembered, RUNS_KEPT, history.SPACING_MS),
    "requests and their log": _LOG,
    f"{FILES} databases": _FILES,
}
PARTS: dict[str, Figure] = {
    "158 log rows, without start": again(_REAL["json"]),
    "demo's document, without start": again(_RENDERED["json"]),
    **{f"rendering as {name}": shown(case) for name, case in _RENDERED.items() if name != "json"},
    "rendering as json": shown(_RENDERED["json"], MOST_TIMES),
    "judging": repeated(JUDGING, _RENDERED["json"]),
    "evaluating checks": repeated(EVALUATING, _RENDERED["json"]),
    "parsing a scrape": repeated(PARSING, _FEW_SERIES, MORE_TIMES),
    "reading logs": repeated(READING_LOGS, _FEW_LOGS, MOST_TIMES),
    "reading old logs": repeated(READING_LOGS, _OLD_LOGS, MORE_TIMES),
    "reading a history": repeated(REMEMBERING, _HISTORY),
    "merging databases": repeated(MERGING, _FEW_FILES, MOST_TIMES),
    "history": part(_HISTORY, _metrics),
    "copy of a database": part(_copied, partial(_requests, ROWS_COPIED, YEAR)),
    f"{LOGS - FEW_LOGS} more logs": more(_LOG, _FEW_LOGS),
    f"{SERIES - FEW_SERIES:,} more series": more(_SERIES, _FEW_SERIES),
    f"{FILES - FEW_FILES} more databases": more(_FILES, _FEW_FILES),
    f"{ROWS - FEW_ROWS:,} more log rows": more(
        partial(_logs, ROWS, WITHIN_HOUR), partial(_logs, FEW_ROWS, WITHIN_HOUR)
    ),
    f"{ROWS - FEW_ROWS:,} more requests": more(
        partial(_requests, ROWS, WITHIN_HOUR), partial(_requests, FEW_ROWS, WITHIN_HOUR)
    ),
    f"{ALIKE - FEW_ALIKE:,} more requests alike": more(partial(_alike, ALIKE), partial(_alike, FEW_ALIKE)),
    f"{OLD_ROWS:,} old log rows": again(partial(_logs, OLD_ROWS, YEAR)),
    f"{OLD_ROWS:,} old requests": again(partial(_requests, OLD_ROWS, YEAR)),
}
FIGURES: dict[str, Figure] = {
    **{name: whole(partial(_page, option)) for name, option in PAGES.items()},
    **{name: whole(case) for name, case in REPORTS.items()},
    **PARTS,
}
