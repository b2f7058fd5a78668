"""Snapshots of requests in the order of time, or of counts without a time."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from llmgw_report.model import timestamp
from llmgw_report.model.outcomes import Counted, Dimension, Outcome, Outcomes
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.tally import Tally, outcomes
from tests.builders.snapshots import AT, ask, snapshot

NOON_MS = timestamp.milliseconds(AT) or 0
#: An instance, a model and a key, all of one provider.
ONE: Mapping[Dimension, str] = {"provider": "a", "instance": "a-1", "model": "m", "api-key": "web"}
OTHER: Mapping[Dimension, str] = {"provider": "b", "instance": "b-1", "model": "other", "api-key": "batch"}


class Some(NamedTuple):
    """So many requests of one outcome; `timed` false: of a source that does not resolve time."""

    n: int
    outcome: Outcome = "success"
    of: Mapping[Dimension, str] = {}
    timed: bool = True


def good(n: int, of: Mapping[Dimension, str] = {}) -> Some:
    """Requests that were answered."""
    return Some(n, "success", of)


def bad(n: int, of: Mapping[Dimension, str] = {}) -> Some:
    """Requests at which the service failed."""
    return Some(n, "server-error", of)


def unsure(n: int, of: Mapping[Dimension, str] = {}) -> Some:
    """Requests that failed without a record of whose fault it was."""
    return Some(n, "error", of)


def untimed(some: Some) -> Some:
    """The same where nobody knows when."""
    return some._replace(timed=False)


def happened(*steps: Some, counted: Counted = "requests") -> Outcomes:
    """These requests one second after the other, the last one at noon."""
    tally, left = Tally(), sum(step.n for step in steps if step.timed)
    for step in steps:
        for _ in range(step.n if step.timed else 0):
            left -= 1
            tally.add(step.of, step.outcome, 1, NOON_MS - 1000 * left)
        if not step.timed:
            tally.add(step.of, step.outcome, step.n)
    return outcomes(tally, source="database", basis="window", counted=counted)


def window(
    *steps: Some,
    counted: Counted = "requests",
    whole: bool = False,
    **sections: Any,  # noqa: ANN401 - of many types
) -> Snapshot:
    """A window of one hour with these requests and nothing else."""
    seen = snapshot(outcomes=happened(*steps, counted=counted), **sections)
    return replace(seen, whole="yes" if whole else "no")


def statuses(slug: str, seen: Snapshot, **bounds: object) -> dict[str, str]:
    """Status of each subject that a check reports, by the names that it consists of."""
    return {" ".join(sorted(one.subject.values())): one.status for one in ask(slug, seen, **bounds)}
