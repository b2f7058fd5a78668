"""`llmgw-report.toml` as types: what may stand in it, and what each key means, which its example prints."""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from llmgw_report.config.settings import FailOn
from llmgw_report.model.finding import OnEmpty

NAME = "llmgw-report.toml"

Bound = float | Literal[False] | UnsetType


class BoundsTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Only what differs from the check's default."""

    warn: Annotated[Bound, Meta(description="in the check's unit; false: never")] = UNSET
    fail: Annotated[Bound, Meta(description="in the check's unit; false: never")] = UNSET
    min_n: Annotated[int | UnsetType, Meta(description="the fewest samples that are judged")] = UNSET
    severity: Annotated[
        Literal["warn", "fail"] | UnsetType, Meta(description="the worst that this check may say: warn or fail")
    ] = UNSET
    required: Annotated[bool | UnsetType, Meta(description="not judged = exit 3")] = UNSET
    on_empty: Annotated[OnEmpty | UnsetType, Meta(description="no data at all: zero, unknown or fail")] = UNSET


class ForTable(BoundsTable, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[checks.<slug>.for]]`: other bounds for some subjects. Where several fit, the last one counts."""

    subject: Annotated[dict[str, str], Meta(description="role = glob; all of them have to fit")]


class CheckTable(BoundsTable, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[checks.<slug>]`."""

    for_: tuple[ForTable, ...] = field(default=(), name="for")


class SourcesTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[sources]`: where to read; paths are relative to the working directory."""

    url: Annotated[str | None, Meta(description="metrics endpoint")] = None
    metrics_file: Annotated[str | None, Meta(description="a saved scrape instead of url")] = None
    db_path: Annotated[str | None, Meta(description="SQLite log database")] = None
    gateway: Annotated[str | None, Meta(description="a known gateway, or a folder that describes one")] = None
    timeout: Annotated[str | float | None, Meta(description='seconds, or "10s"; of the scrape')] = None
    max_scrape_bytes: Annotated[str | int | None, Meta(description='or "512MiB"; larger ones are refused')] = None
    queries: Annotated[tuple[str, ...], Meta(description="tables of your own, one SELECT per file")] = ()
    tests: Annotated[tuple[str, ...], Meta(description="test results, one JUnit document per file")] = ()


class WindowTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[window]`: durations in seconds or as words such as "1h"."""

    window: Annotated[
        str | float | None, Meta(description='seconds, or "1h"; of errors, slow requests and traffic from rows')
    ] = None
    trend_window: Annotated[str | float | None, Meta(description="of the request trend")] = None
    bucket: Annotated[str | float | None, Meta(description="one point of the trend")] = None
    slow: Annotated[str | float | None, Meta(description="a request that takes longer is slow")] = None
    top: Annotated[Annotated[int, Meta(ge=1, le=1000)] | None, Meta(description="rows of a top list")] = None


class ReportTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[report]`: how it looks; paths are relative to the working directory."""

    title: Annotated[str | None, Meta(description="of Markdown and HTML")] = None
    css: Annotated[str | None, Meta(description="style sheet that is added to HTML")] = None
    templates: Annotated[tuple[str, ...], Meta(description="of your own, one per format: NAME.html.j2")] = ()
    template_dir: Annotated[str | None, Meta(description="templates that go before the built-in ones")] = None


class SloTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[slo]`: the service level objective, whose error budget is then watched."""

    target: Annotated[str | float | None, Meta(description='share of good requests: "99.5%" or 0.995')] = None
    window: Annotated[str | float | None, Meta(description="over which it has to hold, a day or more")] = None


class ExpectTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[expect]]`: what a figure of the report has to be. One of `that` and `query`, and one comparison."""

    that: Annotated[
        str | None, Meta(description='a path in sections of the JSON document; [key="value"] picks a row')
    ] = None
    query: Annotated[str | None, Meta(description="a query's first row: its first column, or query.column")] = None
    at_least: Annotated[float | None, Meta(description="not below this")] = None
    at_most: Annotated[float | None, Meta(description="not above this")] = None
    equals: Annotated[float | str | None, Meta(description="exactly this number or text")] = None


class WaiveTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[waive]]`: findings that are known and do not count for the exit code until a day."""

    check: Annotated[str, Meta(description="the check whose findings these are")]
    reason: Annotated[str, Meta(description="required: why it is accepted")]
    expires: Annotated[date, Meta(description="required: the last day on which it is accepted")]
    subject: Annotated[dict[str, str], Meta(description="role = glob; all of them have to fit")] = field(
        default_factory=dict
    )
    up_to: Annotated[float | None, Meta(description="what is worse than this counts again")] = None
    owner: Annotated[str | None, Meta(description="who answers for it")] = None


class File(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """The whole file."""

    preset: Annotated[str | None, Meta(description="bounds for a stage")] = None
    fail_on: Annotated[FailOn | None, Meta(description="exit 1 from this status on: fail, warn or never")] = None
    lang: Annotated[str | None, Meta(description="language of Markdown, HTML and text")] = None
    sources: SourcesTable = SourcesTable()
    window: WindowTable = WindowTable()
    report: ReportTable = ReportTable()
    slo: SloTable = SloTable()
    checks: dict[str, CheckTable] = field(default_factory=dict)
    expect: tuple[ExpectTable, ...] = ()
    waive: tuple[WaiveTable, ...] = ()


def meanings(kind: type[Struct]) -> dict[str, str]:
    """What each key of a table means."""
    found = {one.encode_name: getattr(one.type, "__metadata__", ()) for one in structs.fields(kind)}
    return {key: meta[0].description or "" for key, meta in found.items() if meta and isinstance(meta[0], Meta)}
