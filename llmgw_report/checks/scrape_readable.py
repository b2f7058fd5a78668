"""Metrics can be read.

What it measures: whether the endpoint returned exposition text, how many of its lines are invalid or hold a value that
cannot be right (a negative or infinite count, a duration of more than a year), whether it has the metric families of a
known gateway, and whether it is of the evaluation time: not older than the window, and not from later.

Why it matters: without the scrape, health, outcomes and lifetime totals are unknown, and "no errors" only means that
nothing was measured.

What to do: open the address from the machine this ran on; pass a key with --bearer-token-file if it requires one, or a
saved scrape with --metrics-file.

Limitations: a proxy in front of the gateway may return the metrics of another process. The samples of a file are taken
to be of its last change, unless they carry times of their own or --at names the evaluation time.
"""

from msgspec import structs

from llmgw_report.checks import (
    Category,
    Findings,
    Message,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    finding,
    has_source,
    join,
    judged,
    msg,
    msg_plural,
    source_unavailable,
    timestamp,
    units,
)
from llmgw_report.model.contents import MetricsSection

CATEGORY: Category = "sources"
UNIT: Unit = "count"
READS: Reads = ("requests", "process-start", "started.sql")
DOES_WITHOUT: Reads = ("started.sql",)
DEFAULT = Threshold(warn=0)

_LOOK_AT_LINES = msg(
    "Look at these lines where the gateway writes them, and report them to its project: none of them can be right. "
    "Where they are known and harmless, raise warn of [checks.scrape-readable]."
)
_NOT_COUNTED = msg("What these lines hold counts in no figure: totals and ratios of their families may be wrong.")
_TAKE_ANOTHER = msg(
    "Scrape again and evaluate at once, state with --at when this one was made, or leave it out with --no-metrics."
)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for the scrape; a few invalid lines are a warning, not a loss."""
    section = snapshot.sections.metrics
    if section is None or not has_source(snapshot, "metrics"):
        yield from source_unavailable(snapshot, "metrics")
        return
    bad = section.bad_line_count + section.duplicates
    families = len(section.families)
    held = msg("{samples} samples of {families} families", samples=units.count(section.samples), families=families)
    compared, other_time = above(bad, threshold), _other_time(snapshot)
    if other_time and compared.status != "fail":
        # Rows have the time of each request: where they decide, the scrape only stands beside them.
        outcomes = snapshot.sections.outcomes
        decides = outcomes is None or outcomes.source != "database"
        seen = join("; ", [other_time, *_left_out(section), held])
        found = finding("unknown" if decides else "warn", seen, reason=other_time, required=decides)
        yield structs.replace(found, do=_TAKE_ANOTHER)
        return
    found = judged(compared, join("; ", [*_left_out(section), held]), observed=bad, unit="{line}")
    yield structs.replace(found, do=_LOOK_AT_LINES, why=_NOT_COUNTED) if bad else found


def _left_out(section: MetricsSection) -> list[Message]:
    """What of the scrape counts nowhere: lines, with the first of them, and series that came twice."""
    lines, series = section.bad_line_count, section.duplicates
    left = msg_plural(
        lines,
        "{n} line of the scrape was left out",
        "{n} lines of the scrape were left out",
        n=units.count(lines),
    )
    first = [msg("line {line}: {reason}", line=one.line, reason=msg(one.reason)) for one in section.bad_lines[:1]]
    twice = msg("{n} series of the scrape came twice", n=units.count(series))
    return [*([join(": ", [left, *first])] if lines else []), *([twice] if series else [])]


def _other_time(snapshot: Snapshot) -> Message | None:
    """Why the scrape shows nothing as of the evaluation time, and what to do."""
    if later := _later(snapshot):
        return join(": ", [later, msg("leave it out with --no-metrics, or state with --at when it was made")])
    stale = _stale(snapshot)
    return stale and join(": ", [stale, msg("take a new one, or state with --at when it was made")])


def _later(snapshot: Snapshot) -> Message | None:
    """That the scrape is from after the evaluation time, which a later start of its process proves as well."""
    traffic = snapshot.sections.lifetime_traffic
    began = timestamp.milliseconds((traffic and traffic.since) or "")
    made, at = _made(snapshot), timestamp.milliseconds(snapshot.at)
    if began is not None and at is not None and began > at + timestamp.CLOCKS_DIFFER_MS:
        return msg(
            "its process started {time}, after the evaluation time: its totals are from later",
            time=units.moment(timestamp.text(began)),
        )
    if made is None or at is None or made <= at + timestamp.CLOCKS_DIFFER_MS:
        return None
    return msg(
        "its samples are of {time}, after the evaluation time: its totals are from later",
        time=units.moment(timestamp.text(made)),
    )


def _stale(snapshot: Snapshot) -> Message | None:
    """That the samples are older than the window."""
    made, at = _made(snapshot), timestamp.milliseconds(snapshot.at)
    if made is None or at is None or at - made <= snapshot.window.seconds * 1000:
        return None
    return msg(
        "its samples are of {time}, {age} before the evaluation time: nothing in them is of the window",
        time=units.moment(timestamp.text(made)),
        age=units.seconds((at - made) / 1000),
    )


def _made(snapshot: Snapshot) -> float | None:
    """When the scrape was made."""
    scraped = next((one.as_of for one in snapshot.inputs if one.source == "metrics"), None)
    return timestamp.milliseconds(scraped or "")
