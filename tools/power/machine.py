"""The program run in this process on saved sources, by a clock that stands still."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import structs

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.command import command
from llmgw_report.model.report import Report
from llmgw_report.model.run import Clock, Progress
from llmgw_report.pipeline.document import run


class Machine:
    """Only sleeping moves its clock; `asleep` is what happens to the gateway meanwhile."""

    def __init__(self, now_ms: int, asleep: Callable[[], object] = lambda: None) -> None:
        self.progress = Progress()
        self.ms = now_ms
        self.asleep = asleep

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return self.ms

    def clock(self) -> Clock:
        """Of a machine that does not say when it started."""
        return Clock(now_ms=self.now_ms())

    def elapsed(self) -> float:
        """Seconds."""
        return self.ms / 1000

    def peak_rss_bytes(self) -> int:
        """Nobody asks here."""
        return 1

    def utc_offset_seconds(self, _at_ms: int) -> int | None:
        """Nobody looks at the clock on the wall."""
        return None

    def sleep(self, seconds: float) -> None:
        """Let the gateway go on."""
        self.asleep()
        self.ms += round(seconds * 1000)


def report(arguments: Sequence[str], machine: Machine, interval: float | None = None) -> Report:
    """What one command line gives; a file that is read twice stands for an endpoint."""
    typed: dict[str, Any] = command.make_context("llmgw-report", list(arguments), auto_envvar_prefix=None).params
    return run(structs.replace(settings(typed, {}), interval=interval), "0", machine)
