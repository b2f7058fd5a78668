"""Settings of every test run."""

import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from llmgw_report.sources import sqlite
from tests.builders.postgres import Postgres, running
from tools.golden import EXAMPLES

# The suite gives the same result each time: no random example, none remembered from an earlier run, and neither a
# deadline nor a look at how long drawing takes, which would measure how busy the machine is. `make fuzz` looks for new
# examples.
SLOW = [HealthCheck.too_slow]
settings.register_profile("suite", derandomize=True, database=None, deadline=None, suppress_health_check=SLOW)
settings.register_profile("fuzz", derandomize=False, max_examples=2000, deadline=None, print_blob=True)
settings.load_profile("suite")


def pytest_configure() -> None:
    """Let the programs under test begin with the signals' default actions.

    A background job of a script and a command under nohup ignore SIGINT or SIGHUP, and every child inherits that.
    A handler is not inherited: the children get the default back, and pytest itself stays deaf.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this machine; a test that asks for it skips where there is none."""
    with running() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _the_database_of_an_example_is_built_once() -> Iterator[None]:
    """Each run in this process gets a copy: to build that of the demo takes as long as to report on it."""
    build = sqlite.build
    scripts = {file.read_text("utf-8") for file in EXAMPLES.glob("*/database.sql")}

    @cache
    def built(script: str) -> bytes:
        with TemporaryDirectory(prefix="llmgw-report-database-") as folder:
            build(script, path := Path(folder, "built.db"))
            return path.read_bytes()

    def copied(script: str, path: Path) -> None:
        if script in scripts:
            path.write_bytes(built(script))
        else:
            build(script, path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sqlite, "build", copied)
        yield
