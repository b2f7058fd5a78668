"""The runs that are counted: those that every job and every minute's cron starts."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from tools.bench import small
from tools.bench.measure import Command
from tools.bench.place import Place, served
from tools.bench.small import Small, rest

PAGES = {"help": "--help", "version": "--version", "usage error": "--no-such-option"}
FORMATS = ("json", "md", "html")
#: Counting takes fifty times as long, and what a time limit ends would be missing from the count.
PATIENT = ("--db-timeout", "1h", "--timeout", "1h")
#: The arguments of a run in a folder of its own, and what has to go on as long as it does.
Case = Callable[[Place, ExitStack], Command]


def _page(option: str, _place: Place, _running: ExitStack) -> Command:
    return [option]


def _saved(data: Callable[[Place], Small], format_: str, place: Place, _running: ExitStack) -> Command:
    found = data(place)
    return ["--metrics-file", found.scrape, *rest(found), *PATIENT, "--format", format_]


def _over_http(data: Callable[[Place], Small], place: Place, running: ExitStack) -> Command:
    found = data(place)
    return ["--url", running.enter_context(served(found.scrape)), *rest(found), *PATIENT, "--format", "md"]


CASES: dict[str, Case] = {
    **{name: partial(_page, option) for name, option in PAGES.items()},
    **{f"158 log rows as {name}": partial(_saved, small.real, name) for name in FORMATS},
    **{f"demo as {name}": partial(_saved, small.demo, name) for name in FORMATS},
    "158 log rows over http as md": partial(_over_http, small.real),
}
