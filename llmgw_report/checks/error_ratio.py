"""Server error rate (5xx, timeouts, refused connections).

What it measures: server-side failures over requests with a known outcome, in total, per instance and per group of the
traffic table, tested by the Wilson interval.

Why it matters: clients sent these requests correctly and got no answer; each one is a retry, a delay or an error in
someone's product.

What to do: find the instance with the highest error ratio in the table of instances and read its error patterns; take
it out of rotation if it alone explains the figure.

Limitations: counters of a scrape are totals since the process started, so a recent fault is diluted by earlier
traffic; requests that never reached an instance have no outcome.
"""

from collections.abc import Iterator

from llmgw_report.checks import (
    Category,
    Contributions,
    Finding,
    Findings,
    KeyFigure,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    msg,
    units,
)
from llmgw_report.checks._ratios import error_contributions, judge_errors

CATEGORY: Category = "availability"
UNIT: Unit = "ratio"
READS: Reads = ("requests", "attempts", "process-start", "traffic.sql", "started.sql")
DEFAULT = Threshold(warn=0.01, fail=0.05, min_n=20, highest=1)
PROVES_SERVICE = True
KEY_FIGURE: KeyFigure = "errors"


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """The total, and every instance and group with enough requests; the total says over which time."""
    failed = msg("failed on the server side")
    traffic = snapshot.sections.traffic
    total = msg("failed on the server side in the window")
    if traffic and traffic.basis == "lifetime":
        since = units.moment(traffic.since) if traffic.since else msg("the process started")
        total = msg("failed on the server side since {since}", since=since)
    yield from judge_errors(snapshot, "server_errors", failed, total, threshold)


def contributions(finding: Finding, snapshot: Snapshot) -> Iterator[Contributions]:
    """Server errors by instance and by group."""
    yield from error_contributions(finding, snapshot, "server_errors")
