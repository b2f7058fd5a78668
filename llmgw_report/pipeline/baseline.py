"""An earlier report to compare with, and what lies between it and this one."""

from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from llmgw_report.errors import UsageError
from llmgw_report.model import instant
from llmgw_report.model.message import say
from llmgw_report.model.report import SCHEMA, Baseline, Report, Snapshot
from llmgw_report.pipeline.continuity import continuity, reading
from llmgw_report.pipeline.plausible import mistakes
from llmgw_report.pipeline.since import since

Kind = TypeVar("Kind")
#: A report with a thousand rows in every table has a few.
MOST_BYTES = 64 << 20
HOW = "give a report that this program wrote with --format json"


class _Head(Struct):
    """What every schema version of our document has."""

    schema: str
    at: str


def load(path: str) -> Baseline:
    """The report in a file. UsageError if it is not one of ours; one of another schema version has a `problem`."""
    raw = content(path, "--baseline")
    head = _decode(raw, _Head, path, "--baseline")
    if head.schema != SCHEMA:
        problem = say("it is of schema {theirs}, this program writes {ours}", theirs=head.schema, ours=SCHEMA)
        return Baseline(target=path, at=head.at, gateway="", window_seconds=0.0, sections=None, problem=problem)
    report = document(raw, path, "--baseline")
    return Baseline(
        target=path,
        at=report.at,
        gateway=report.gateway.name,
        window_seconds=report.window.seconds,
        sections=report.sections,
    )


def compared(snapshot: Snapshot, baseline: Baseline) -> Snapshot:
    """The snapshot beside its baseline, with the traffic since then where the counters can tell it."""
    baseline = structs.replace(baseline, problem=baseline.problem or problem(snapshot, baseline))
    snapshot = structs.replace(snapshot, baseline=baseline)
    if baseline.problem or baseline.sections is None:
        return snapshot
    before, now = reading(baseline.sections, baseline.at), reading(snapshot.sections, snapshot.at)
    if before is None or now is None:
        return snapshot
    found = continuity(before, now, "earlier report")
    others = (one for one in snapshot.sections.continuity if one.against != "earlier report")
    sections = structs.replace(
        snapshot.sections,
        continuity=(*others, found),
        since_last_report=since(baseline.sections.traffic, snapshot.sections.traffic, found, baseline.at),
    )
    return structs.replace(snapshot, sections=sections)


def problem(snapshot: Snapshot, baseline: Baseline) -> str | None:
    """Why a comparison would be a guess; None if it would not."""
    if baseline.gateway != snapshot.gateway.name:
        return say(
            "it is of gateway {theirs}, this report is of {ours}", theirs=baseline.gateway, ours=snapshot.gateway.name
        )
    if baseline.window_seconds != snapshot.window.seconds:
        return say(
            "its window is {theirs} s long, this one {ours} s",
            theirs=f"{baseline.window_seconds:g}",
            ours=f"{snapshot.window.seconds:g}",
        )
    then, now = instant.milliseconds(baseline.at), instant.milliseconds(snapshot.at)
    if then is None or now is None or then > now:
        return say("it is of {time}, which is after this report", time=baseline.at)
    return None


def content(path: str, place: str) -> bytes:
    """The bytes of a saved report; UsageError names the option that asked for it."""
    try:
        with Path(path).open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        message = f"{place} {path}: {error.strerror or error}"
        raise UsageError(message, HOW) from error
    if len(raw) > MOST_BYTES:
        message = f"{place} {path}: larger than {MOST_BYTES >> 20} MiB, which no report is"
        raise UsageError(message, HOW)
    return raw


def document(raw: bytes, path: str, place: str) -> Report:
    """The whole document; UsageError for what is no report of this schema version."""
    head = _decode(raw, _Head, path, place)
    if head.schema != SCHEMA:
        message = f"{place} {path}: schema {head.schema}, this program reads {SCHEMA}"
        raise UsageError(message, "use the version of the program that wrote it")
    report = _decode(raw, Report, path, place)
    for mistake in mistakes(report):
        message = f"{place} {path}: edited or damaged: {mistake}"
        raise UsageError(message, HOW)
    return report


def _decode(raw: bytes, kind: type[Kind], path: str, place: str) -> Kind:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{place} {path}: not a report of llmgw-report: {error}"
        raise UsageError(message, HOW) from error
