"""Lists the sources that were read, or why they were not, and the figures that are absent."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Literal

from msgspec import structs

from llmgw_report.config.found_file import withheld_note
from llmgw_report.config.settings import MAX_BUCKETS, ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, join, msg
from llmgw_report.model import timestamp
from llmgw_report.model.database import Database, LogReading, Reading
from llmgw_report.model.quantities import QUANTITIES, ROW_FIGURES, TOKEN_TYPES
from llmgw_report.model.report import Absent, GatewayInfo, Input
from llmgw_report.model.scrape import BadLine
from llmgw_report.model.sections import UNRECORDED, Sections
from llmgw_report.pipeline.identify import Identity, Problem, newest_row_ms
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.reading import DatabaseReading, MetricsReading
from llmgw_report.units import count, moment, plural, seconds

ERROR_BUDGET = msg("error budget")
TREND = msg("request trend")
#: Families that are named one by one.
_MOST_NAMED = 5
_HOW_READ: dict[Reading, Message] = {
    "copy": msg("The database is in rollback journal mode, not WAL: a private copy of it was read."),
    "short transactions": msg(
        "The database is in rollback journal mode, not WAL, and could not be copied in time: it was read in short"
        " transactions, so that its tables are not all of one state."
    ),
}


def absent(measured: Measured, found: Sections, gateway: GatewayInfo, inputs: Sequence[Input]) -> tuple[Absent, ...]:
    """One line per quantity that the report lacks."""
    lines = [
        *(Absent(quantity=msg(spot.quantity), reason=msg(spot.reason)) for spot in gateway.blind_spots),
        *_percentiles(found),
        *_not_added_up(measured),
        *_other_token_types(measured),
        *(Absent(quantity=QUANTITIES[name].text, reason=_rejection(line)) for name, line in measured.rejected.items()),
        *_sections(measured, found, inputs),
        *_joined_buckets(measured, found),
        *_families(found),
        *(Absent(quantity=msg("query {name}", name=one.name), reason=msg(one.reason)) for one in measured.failed),
    ]
    return tuple(lines)


def _joined_buckets(measured: Measured, found: Sections) -> Iterator[Absent]:
    """That the steps of the trend are longer than was asked for: all rows are of more time than so many short ones."""
    asked = measured.windows.asked_bucket_ms
    if asked is not None and found.trend is not None:
        reason = msg(
            "more than {n} steps since {time}, so each is {step}",
            n=count(MAX_BUCKETS),
            time=moment(timestamp.text(measured.windows.trend_since_ms)),
            step=seconds(measured.windows.bucket_ms / 1000),
        )
        yield Absent(quantity=msg("request trend per {step}", step=seconds(asked / 1000)), reason=reason)


def _families(found: Sections) -> Iterator[Absent]:
    """Families that the scrape lacks. Many that are absent for one reason are one line: the metrics section has all."""
    reasons: dict[str, list[str]] = {}
    for one in found.metrics.missing if found.metrics else ():
        reasons.setdefault(one.reason, []).append(one.name)
    for reason, names in reasons.items():
        if len(names) > _MOST_NAMED:
            yield Absent(
                quantity=msg("{families} of this gateway", families=plural(len(names), "metric family")),
                reason=msg(reason),
            )
        else:
            yield from (Absent(quantity=msg("family {name}", name=name), reason=msg(reason)) for name in names)


def _percentiles(found: Sections) -> Iterator[Absent]:
    traffic = found.most_traffic
    for name, latency in traffic.total.durations.items() if traffic else ():
        if latency.reason:
            absent = [percentile for percentile, value in latency.percentiles.items() if value.seconds is None]
            quantity = msg("{quantity} {names}", quantity=QUANTITIES[name].text, names=", ".join(absent))
            yield Absent(quantity=quantity, reason=latency.reason)


def _not_added_up(measured: Measured) -> Iterator[Absent]:
    """Quantities that are in the scrape, in series that make no figure together."""
    for one in ROW_FIGURES:
        found = measured.of(one.name)
        if found and not isfinite(one.together([each.value for each in found])):
            reason = msg("its {n} series differ, and they do not add up", n=sum(each.series for each in found))
            yield Absent(quantity=one.text, reason=reason)


def _other_token_types(measured: Measured) -> Iterator[Absent]:
    """Tokens of a type that the vocabulary has no field for: they are in no figure of the report."""
    counted: dict[str, float] = {}
    for one in measured.of("tokens"):
        kind = one.roles.get("token-type", "")
        if kind not in TOKEN_TYPES:
            counted[kind] = counted.get(kind, 0.0) + one.value
    for kind, n in sorted(counted.items()):
        known = ", ".join(TOKEN_TYPES)
        reason = msg("{tokens} of a type that is none of {known}", tokens=plural(n, "tokens"), known=known)
        yield Absent(quantity=msg("tokens of type {type}", type=kind or UNRECORDED), reason=reason)


def _no_sample(measured: Measured, quantity: str) -> dict[str, str]:
    """Why a scrape that was read has nothing of a quantity that its gateway does record."""
    if quantity in measured.rejected:
        return {"metrics": _rejection(measured.rejected[quantity])}
    mapped = measured.gateway.metrics.get(quantity) if measured.gateway and measured.scrapes else None
    return {"metrics": msg("no sample in the scrape yet")} if mapped else {}


def _rejection(line: BadLine) -> Message:
    return msg("line {line} of the scrape was left out: {reason}", line=line.line, reason=msg(line.reason))


def _sections(measured: Measured, found: Sections, inputs: Sequence[Input]) -> Iterator[Absent]:
    """Sections that only one source can fill."""
    why = {one.source: msg(one.reason or "not recorded by this gateway") for one in inputs}
    if found.traffic is None:
        why_not = why | _no_sample(measured, "requests")
        yield Absent(quantity=msg("traffic"), reason=join("; ", dict.fromkeys(why_not.values())))
    if found.sessions.total is None:
        own = next((msg(one.reason) for one in measured.failed if one.name == "sessions"), None)
        yield Absent(quantity=msg("sessions"), reason=own or (why | _no_sample(measured, "sessions"))["metrics"])
    if found.window_counts.slow_requests is None:
        yield Absent(quantity=msg("slow requests"), reason=why["database"])
    if found.trend is None:
        yield Absent(quantity=TREND, reason=why["database"])
    if found.database is None:
        yield Absent(quantity=msg("database"), reason=why["database"])
    if found.error_budget and found.error_budget.reason:
        yield Absent(quantity=ERROR_BUDGET, reason=found.error_budget.reason)
    if found.metrics is None:
        yield Absent(quantity=msg("metrics"), reason=why["metrics"])


def inputs(
    metrics: MetricsReading, database: DatabaseReading, identity: Identity, at_ms: int | None
) -> tuple[Input, ...]:
    """One line per source, whether it was read or not; `at_ms` is the evaluation time if --at gave one."""
    scraped = metrics.target.shown if metrics.target else None
    if metrics.result and not isinstance(metrics.target, ServerTarget):
        scraped = metrics.result.target
    line = _input("metrics", metrics, scraped, identity, identity.metrics_problem)
    withheld = (withheld_note(metrics.target),) if metrics.target and metrics.target.withheld else ()
    return (
        structs.replace(
            line,
            kind="server" if isinstance(metrics.target, ServerTarget) else line.kind,
            notes=(*withheld, *_passed_over(metrics), *metrics.notes),
            as_of=_scraped_at(metrics, at_ms) if line.status == "ok" else None,
        ),
        *(_database(one, identity) for one in database.parts or (database,)),
        *_log(database),
    )


def _database(reading: DatabaseReading, identity: Identity) -> Input:
    """The line of one file."""
    opened = reading.target.path if reading.target else None
    newest = newest_row_ms(reading.result) if reading.result else None
    line = _input("database", reading, opened, identity, identity.database_problem)
    hint = reading.result.hint if reading.result and line.status == "ok" else line.hint
    return structs.replace(
        line,
        hint=hint,
        notes=(*_passed_over(reading), *_notes(reading.result)),
        as_of=None if newest is None else timestamp.text(newest),
    )


def _log(database: DatabaseReading) -> tuple[Input, ...]:
    """The line of the log files, if any were named."""
    target, read = database.target, database.result.log if database.result else None
    files = read.files if read else target.logs if target else ()
    if not files or target is None:
        return ()
    problem = msg("the database beside it could not be read") if read is None else read.problem
    hint = read.hint if read else None
    if read and not problem and (problem := _uncovered(read, database)):
        hint = msg("give every log file of the window with --log")
    bad = msg("{lines} are no JSON objects with a time.", lines=plural(read.bad, "line")) if read and read.bad else ""
    newest = read.newest_ms if read else None
    return (
        Input(
            kind="log",
            target=join(", ", files),
            status="unavailable" if problem else "ok",
            reason=problem,
            hint=hint,
            elapsed_seconds=0.0,
            named="yes" if target.logs else "no",
            as_of=None if newest is None else timestamp.text(newest),
            notes=(bad,) if bad else (),
        ),
    )


#: The line of a request and its row are written at its two ends.
_REQUEST_MS = 120_000


def _uncovered(read: LogReading, database: DatabaseReading) -> Message | None:
    """Why the log does not say which requests of the window failed: a row of a success has no line near it."""
    table = database.result.tables.get("outcomes") if database.result else None
    if table is None or not {"time_ms", "outcome"} <= set(table.columns):
        return None
    time, outcome = table.columns.index("time_ms"), table.columns.index("outcome")
    answered = [at for row in table.rows if row[outcome] == "success" and isinstance(at := row[time], (int, float))]
    if not answered:
        return None
    first, last = min(answered), max(answered)
    if read.oldest_ms is None or read.newest_ms is None or not read.rows:
        return msg("has no line of the requests that the database has rows of")
    if read.oldest_ms > first + _REQUEST_MS or read.newest_ms < last - _REQUEST_MS:
        return msg(
            "has lines from {since} to {until}, and the database has requests from {first} to {last}",
            since=timestamp.text(read.oldest_ms),
            until=timestamp.text(read.newest_ms),
            first=timestamp.text(first),
            last=timestamp.text(last),
        )
    return None


def _passed_over(reading: MetricsReading | DatabaseReading) -> tuple[Message, ...]:
    return (reading.target.passed_over,) if reading.target and reading.target.passed_over else ()


def _scraped_at(reading: MetricsReading, at_ms: int | None) -> str | None:
    """When the scrape was made: what its samples say, then what --at says of a file, then the file's last change."""
    found = reading.result
    if found is None:
        return None
    stated = found.modified_ms if at_ms is None or found.modified_ms is None else at_ms
    known = (one for one in (found.newest_ms, stated, reading.read_ms) if one is not None)
    return timestamp.text(next(known))


def _input(
    kind: Literal["metrics", "database"],
    reading: MetricsReading | DatabaseReading,
    target: str | None,
    identity: Identity,
    problem: Problem | None,
) -> Input:
    if reading.target is None or not target:
        return Input(kind=kind, target="", status="skipped", reason=msg("switched off"), elapsed_seconds=0.0)
    error = reading.error or reading.left_out if isinstance(reading, DatabaseReading) else reading.error
    target = target or ""
    reason = _reason(error, target) if error else problem.reason if problem else None
    gateway = identity.gateway
    # An unknown gateway may have any source.
    expected = reading.target.named or gateway is None or kind in gateway.keeps
    return Input(
        kind=kind,
        target=target,
        status="ok" if reason is None else "unavailable" if expected else "skipped",
        reason=reason if expected or reason is None else msg("{gateway} has none", gateway=gateway and gateway.name),
        elapsed_seconds=reading.seconds,
        named="yes" if reading.target.named else "no",
        hint=(error.hint if error else problem.hint if problem else None) or None,
        origin=reading.target.origin,
    )


def _reason(error: SourceError, target: str) -> str:
    """The message of an error without the name of the source."""
    message = error.message
    reason = message.arguments.get("reason") if isinstance(message, Message) else None
    if isinstance(reason, str):
        return reason
    named = f"{target}: "
    # Without its prefix a message would be plain text, which is not translated.
    return message.removeprefix(named) if message.startswith(named) else message


def _notes(database: Database | None) -> tuple[str, ...]:
    if database is None:
        return ()
    notes = [_HOW_READ[database.reading]] if database.reading in _HOW_READ else []
    if database.left:
        left = msg(
            "Reading it created {files}, which could not be removed: no permission, or another process uses the"
            " database.",
            files=join(" and ", database.left),
        )
        notes.append(left)
    return (*notes, *database.notes)
