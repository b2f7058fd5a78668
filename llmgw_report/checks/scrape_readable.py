"""Reading the metrics.

Measured: whether the endpoint answered with exposition text, how many of its lines are not, and whether
a known gateway's families are among it, of a process that ran at the instant judged. Unit: {line}.

Why it matters: without the scrape, health, outcomes and lifetime totals are unknown, and "no errors
seen" only means that nobody looked.

What to do: open the address from the machine this ran on; give a key with --bearer-token-file if it asks
for one, or a saved scrape with --metrics-file.

How it can be wrong: a proxy in front of the gateway may answer with another process's metrics.
"""

from collections.abc import Iterator

from llmgw_report import units
from llmgw_report.checks._finding import above, finding, judged, read, unavailable
from llmgw_report.messages import Message, join, say
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Category, FedBy, Finding, Threshold, Unit
from llmgw_report.model.report import Snapshot

CATEGORY: Category = "sources"
FED_BY: FedBy = ("requests", "process-start", "started.sql")
DEFAULT = Threshold(warn=0)
UNIT: Unit = "count"


def check(snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """One finding for the scrape; a few bad lines are a warning, not a loss."""
    section = snapshot.sections.metrics
    if section is None or not read(snapshot, "metrics"):
        yield from unavailable(snapshot, "metrics")
        return
    bad = section.bad_line_count + section.duplicates
    samples, families = units.count(section.samples), len(section.families)
    seen = say("{samples} samples of {families} families", samples=samples, families=families)
    if bad:
        wrong = say(
            "{lines} lines are not exposition text, {series} series came twice",
            lines=section.bad_line_count,
            series=section.duplicates,
        )
        seen = join("; ", [seen, wrong])
    verdict, later = above(bad, threshold), _later(snapshot)
    if later and verdict.status == "pass":
        yield finding("warn", join("; ", [seen, later]))
    else:
        yield judged(verdict, seen, observed=bad, unit="{line}")


def _later(snapshot: Snapshot) -> Message | None:
    """That the scrape is of after the instant judged, where the start of its process proves it."""
    began = timestamp.milliseconds((snapshot.sections.traffic and snapshot.sections.traffic.since) or "")
    if began is None or began <= (timestamp.milliseconds(snapshot.at) or began):
        return None
    return say(
        "its process began {time}, after the instant judged: its totals are of a later time",
        time=units.moment(timestamp.text(began)),
    )
