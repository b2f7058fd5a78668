"""The tallies as Markdown tables, each ratio with its own interval."""

from collections.abc import Iterator, Mapping

from llmgw_report.checks._statistics import wilson
from tools.power.faults import FAULTS
from tools.power.kinds import KINDS
from tools.power.tally import Tally

#: Highest accepted ratio of false alarms to clean reports.
FALSE_ALARM_RATIO = 0.01
Tallies = Mapping[tuple[str, int], Tally]


def tables(found: Tallies) -> str:
    """False alarms, then recall."""
    return "\n".join([*_alarms(found), "", *_recall(found), ""])


def met(found: Tallies) -> bool:
    """Whether every goal is."""
    kinds = {kind.name for kind in KINDS}
    clean = all(one.hits <= FALSE_ALARM_RATIO * one.runs for (name, _), one in found.items() if name in kinds)
    faulty = ((fault, found[fault.name, n]) for fault in FAULTS for n in _sizes(found) if fault.decidable(n))
    return clean and all(one.hits >= fault.goal * one.runs for fault, one in faulty)


def _sizes(found: Tallies) -> list[int]:
    return sorted({n for _, n in found})


def _alarms(found: Tallies) -> Iterator[str]:
    heads = "traffic", "requests an hour", "clean reports", "false alarms", "per 1,000 (95% interval)", "by"
    yield f"| {' | '.join(heads)} | warnings | PASS |"
    yield "|---|--:|--:|--:|--:|---|--:|--:|"
    for kind in KINDS:
        for n in _sizes(found):
            one = found[kind.name, n]
            low, high = (1000 * end for end in wilson(one.hits, one.runs))
            by = ", ".join(f"`{check}` {count}" for check, count in one.checks.most_common()) or "–"
            rate = f"{1000 * one.hits / one.runs:.1f} ({low:.1f} to {high:.1f})"
            yield f"| {kind.name} | {n:,} | {one.runs:,} | {one.hits} | {rate} | {by} | {one.warned} | {one.passed} |"


def _recall(found: Tallies) -> Iterator[str]:
    yield "| fault | found by | requests an hour | decidable | found | recall (95% interval) |"
    yield "|---|---|--:|---|--:|--:|"
    for fault in FAULTS:
        for n in _sizes(found):
            one = found[fault.name, n]
            low, high = wilson(one.hits, one.runs)
            decidable = "yes" if fault.decidable(n) else "no"
            ratio = f"{one.hits / one.runs:.2f} ({low:.2f} to {high:.2f})"
            yield f"| {fault.name} | `{fault.check}` | {n:,} | {decidable} | {one.hits} of {one.runs} | {ratio} |"
