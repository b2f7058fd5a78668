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
    source_unavailable,
    timestamp,
    units,
)

CATEGORY: Category = "sources"
UNIT: Unit = "count"
READS: Reads = ("requests", "process-start", "started.sql")
DEFAULT = Threshold(warn=0)


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding for the scrape; a few invalid lines are a warning, not a loss."""
    section = snapshot.sections.metrics
    if section is None or not has_source(snapshot, "metrics"):
        yield from source_unavailable(snapshot, "metrics")
        return
    bad = section.bad_line_count + section.duplicates
    samples, families = units.count(section.samples), len(section.families)
    seen = msg("{samples} samples of {families} families", samples=samples, families=families)
    if bad:
        wrong = msg(
            "{lines} lines were left out, {series} series came twice",
            lines=section.bad_line_count,
            series=section.duplicates,
        )
        first = section.bad_lines[:1]
        example = [msg("line {line}: {reason}", line=one.line, reason=msg(one.reason)) for one in first]
        seen = join("; ", [seen, wrong, *example])
    compared, other_time = above(bad, threshold), _other_time(snapshot)
    if other_time and compared.status != "fail":
        # Rows have the time of each request: where they decide, the scrape only stands beside them.
        outcomes = snapshot.sections.outcomes
        decides = outcomes is None or outcomes.source != "database"
        seen = join("; ", [seen, other_time])
        yield finding("unknown" if decides else "warn", seen, reason=other_time, required=decides)
    else:
        yield judged(compared, seen, observed=bad, unit="{line}")


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
    scraped = next((one.as_of for one in snapshot.inputs if one.kind == "metrics"), None)
    return timestamp.milliseconds(scraped or "")
