"""What stands beside the problems in a short report: the instances that are not ok, and the most frequent errors."""

from collections.abc import Sequence

from llmgw_report.messages import Message, join, msg
from llmgw_report.model.finding import HEALTH_WORST_FIRST
from llmgw_report.model.report import Report
from llmgw_report.model.sections import ErrorPattern, InstanceRow
from llmgw_report.units import ABSENT, clock, count, plural, ratio, seconds

#: Of each, where nothing else is asked for.
SHORT = 3


def not_ok(rows: Sequence[InstanceRow]) -> list[InstanceRow]:
    """The instances that are not ok, the worst first; none where nothing reports the state of any."""
    if all(row.health == "unknown" for row in rows):
        return []
    return worst_first([row for row in rows if row.health != "ok"])


def worst_first(rows: Sequence[InstanceRow], most: int = 0) -> list[InstanceRow]:
    """The instances by state and failures, the worst first; up to `most` of them in the order that they have."""
    if len(rows) <= most:
        return list(rows)
    return sorted(rows, key=lambda row: (HEALTH_WORST_FIRST.index(row.health), -_failed(row)))


def _failed(row: InstanceRow) -> int:
    return row.outcomes.base - row.outcomes.success if row.outcomes else 0


def ended(row: InstanceRow) -> str:
    """How many of its requests failed."""
    if row.outcomes is None or not row.outcomes.base:
        return ABSENT
    failed = _failed(row)
    return msg("{n} failed ({ratio})", n=count(failed), ratio=ratio(failed / row.outcomes.base))


def of_instances(report: Report) -> Message:
    """Of which time the states and the counts of the instances are."""
    if all(row.source == "log rows" for row in report.sections.instances):
        return msg("Instances now, with their counts of the last {window}", window=seconds(report.window.seconds))
    traffic = report.sections.lifetime_traffic
    if traffic is None or traffic.since is None:
        return msg("Instances now; counts since their process started")
    return msg("Instances now; counts since {time}", time=clock(traffic.since, report.at))


def uncounted(report: Report) -> Message | None:
    """How many failures the log has that the counters of all the same requests do not; None where they agree."""
    window, lifetime = report.sections.window_traffic, report.sections.lifetime_traffic
    if window is None or lifetime is None or not window.total.outcomes or not lifetime.total.outcomes:
        return None
    more = window.total.outcomes.failed - lifetime.total.outcomes.failed
    # Counters of a process that started within the window may be of fewer requests than the log.
    if more <= 0 or (lifetime.total.requests or 0) < (window.total.requests or 0):
        return None
    return msg("these counters miss {failures} that the log has", failures=plural(more, "failures"))


def most_frequent(report: Report) -> Sequence[ErrorPattern]:
    """The patterns that most rows of the log have, the most frequent first."""
    return sorted(report.sections.errors, key=lambda row: -row.count)


def places(row: ErrorPattern) -> str:
    """The instances of an error, or its providers, each with its rows where these are counted; the most first."""
    names, counts = (row.instances, row.instance_counts) if row.instances else (row.providers, row.provider_counts)
    if not counts:
        return ", ".join(names)
    return join(", ", (f"{name} {count(n)}" for name, n in counts.items()))


def shortened(text: str, most: int) -> str:
    """Its first characters, with a mark where there are more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
