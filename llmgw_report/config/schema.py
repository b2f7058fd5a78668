"""The tables of `llmgw-report.toml` that are no options: thresholds, expectations and waivers.

The options' own tables are checked against `config.options`. What a key means is printed beside it in the example.
"""

from __future__ import annotations  # a run without a file of its own reads none of them

from datetime import date  # noqa: TC003 - msgspec looks for it here
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from llmgw_report.model.finding import OnEmpty  # noqa: TC001 - the same

#: A number or a text with a unit; false is no threshold.
ThresholdValue = float | str | bool | UnsetType


class ThresholdTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Only what differs from the check's default."""

    warn: Annotated[ThresholdValue, Meta(description="in the check's unit; false: never")] = UNSET
    fail: Annotated[ThresholdValue, Meta(description="in the check's unit; false: never")] = UNSET
    min_n: Annotated[int | UnsetType, Meta(description="the fewest samples that are evaluated, for example 20")] = UNSET
    severity: Annotated[
        Literal["warn", "fail"] | UnsetType,
        Meta(description="the worst status that this check may reach: warn or fail"),
    ] = UNSET
    required: Annotated[bool | UnsetType, Meta(description="not evaluated = exit 3")] = UNSET
    on_empty: Annotated[OnEmpty | UnsetType, Meta(description="no data at all: zero, unknown or fail")] = UNSET


class ForTable(ThresholdTable, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[checks.<slug>.for]]`: other thresholds for some subjects. Where several match, the last one counts."""

    subject: Annotated[dict[str, str], Meta(description="role = glob; all of them have to match")]


class CheckTable(ThresholdTable, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[checks.<slug>]`."""

    for_: tuple[ForTable, ...] = field(default=(), name="for")


class ExpectTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[expect]]`: what a figure of the report has to be. One of `figure` and `query`, and one comparison."""

    figure: Annotated[
        str | None, Meta(description='a path in sections of the JSON document; [key="value"] picks a row')
    ] = None
    query: Annotated[str | None, Meta(description="a query's first row: its first column, or query.column")] = None
    at_least: Annotated[float | str | None, Meta(description="not below this")] = None
    at_most: Annotated[float | str | None, Meta(description="not above this")] = None
    equals: Annotated[float | str | None, Meta(description="exactly this number or text")] = None


class WaiveTable(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """`[[waive]]`: findings that are known and do not count for the exit code until a day."""

    check: Annotated[str, Meta(description="the check whose findings these are")]
    reason: Annotated[str, Meta(description="required: why it is accepted")]
    expires: Annotated[
        date, Meta(description="required: it is accepted up to and including this day, for example 2026-12-31")
    ]
    subject: Annotated[dict[str, str], Meta(description="role = glob; all of them have to match")] = field(
        default_factory=dict
    )
    up_to: Annotated[float | str | None, Meta(description="what is worse than this counts again")] = None
    owner: Annotated[str | None, Meta(description="who answers for it")] = None


def descriptions(kind: type[Struct]) -> dict[str, str]:
    """What each key of a table means."""
    found = {one.encode_name: getattr(one.type, "__metadata__", ()) for one in structs.fields(kind)}
    return {key: meta[0].description or "" for key, meta in found.items() if meta and isinstance(meta[0], Meta)}
