"""What a database and a scrape hold, as the report shows it: tables and rows of a log, families and their faults."""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.scrape import BadLine

Decides = Literal["outcome", "state", "token type"]


class TableRows(Struct, frozen=True, kw_only=True):
    name: str
    rows: int
    first: str | None
    last: str | None
    future: int = 0
    untimed: int = 0


class LogRow(Struct, frozen=True, kw_only=True):
    time: str
    level: str
    message: str
    fields: dict[str, str]


class SamplingGap(Struct, frozen=True, kw_only=True):
    since: str
    until: str
    seconds: float


class SavedMetrics(Struct, frozen=True, kw_only=True):
    """Metrics that the gateway saves itself: how regularly, and whether their counters can be trusted.

    `labelled` "no": a family was saved without its labels. `falls` counts decreases of such a counter
    that no restart of the process explains: the saved series changed, not the traffic. `example` shows one.
    """

    count: int
    spacing_seconds: float | None
    gaps: tuple[SamplingGap, ...]
    labelled: Literal["yes", "no"]
    falls: int
    example: str | None = None


class DatabaseSection(Struct, frozen=True, kw_only=True):
    tables: tuple[TableRows, ...]
    levels: dict[str, int]
    recent_logs: tuple[LogRow, ...]
    snapshots: SavedMetrics | None = None


class FamilyRow(Struct, frozen=True, kw_only=True):
    """One family of the scrape; `known` "yes" where the gateway's definition names it."""

    name: str
    type: str
    series: int
    known: Literal["yes", "no"]


class MissingFamily(Struct, frozen=True, kw_only=True):
    name: str
    reason: str


class UnknownValue(Struct, frozen=True, kw_only=True):
    """A label value, or the value of a state, that no rule of the gateway's definition knows.

    `count` is what was counted under it: requests or tokens, of a state the series that read it.
    """

    family: str
    value: str
    decides: Decides
    count: int


class MetricsSection(Struct, frozen=True, kw_only=True):
    families: tuple[FamilyRow, ...]
    missing: tuple[MissingFamily, ...]
    samples: int
    bytes: int
    bad_line_count: int = 0
    bad_lines: tuple[BadLine, ...] = ()
    duplicates: int = 0
    unknown_values: tuple[UnknownValue, ...] = ()
