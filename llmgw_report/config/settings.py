"""The program's settings once every source of them is joined: what is meant, not what was typed."""

from typing import Literal

from msgspec import Struct, field

from llmgw_report.config.look import Look
from llmgw_report.config.policy import Asked, Waiver
from llmgw_report.config.slo import Slo
from llmgw_report.config.targets import DatabaseTarget, MetricsTarget
from llmgw_report.model.status import ExitProfile
from llmgw_report.model.threshold import Threshold
from llmgw_report.model.traffic import GroupBy

FailOn = Literal["fail", "warn", "never"]


class WindowSettings(Struct, frozen=True, kw_only=True):
    """Seconds, and how many rows a top list has."""

    window: float = 3600.0
    trend_window: float = 43200.0
    bucket: float = 300.0
    slow: float = 5.0
    top: int = 5


class Settings(Struct, frozen=True, kw_only=True):
    """Everything a run needs to know before it reads anything; a source that is None was switched off."""

    metrics: MetricsTarget | None
    database: DatabaseTarget | None
    gateway: str | None = None
    queries: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    at_ms: int | None = None
    window: WindowSettings = WindowSettings()
    group_by: GroupBy = "provider"
    fail_on: FailOn = "fail"
    exit_profile: ExitProfile = "standard"
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    config_file: str | None = None
    slo: Slo | None = None
    interval: float | None = None
    baseline: str | None = None
    preset: str | None = None
    expectations: tuple[Asked, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    lang: str = "en"
    title: str | None = None
    look: Look = Look()
    no_redact: bool = False

    def files(self) -> tuple[str | None, ...]:
        """What is read and never written. Not an earlier report: this one may take its place."""
        scrape = self.metrics.file if self.metrics else None
        database = self.database.path if self.database else None
        return scrape, database, self.config_file, *self.queries, *self.tests, *self.look.files()
