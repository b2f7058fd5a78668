"""The tallies as Markdown tables, each ratio with its own interval."""

from collections.abc import Iterator, Mapping

from llmgw_report.checks._statistics import wilson
from tools.power.faults import FAULTS, POWER
from tools.power.tally import CLEAN, Tally

#: Highest accepted ratio of false alarms to clean reports.
FALSE_ALARM_RATIO = 0.01
Tallies = Mapping[tuple[str, int], Tally]


def tables(found: Tallies) -> str:
    """False alarms, then recall."""
    return "\n".join([*_alarms(found), "", *_recall(found), ""])


def met(found: Tallies) -> bool:
    """Whether every goal is."""
    clean = all(one.hits <= FALSE_ALARM_RATIO * one.runs for (name, _), one in found.items() if name == CLEAN)
    faulty = (found[fault.name, n] for fault in FAULTS for n in _sizes(found) if fault.decidable(n))
    return clean and all(one.hits >= POWER * one.runs for one in faulty)


def _sizes(found: Tallies) -> list[int]:
    return sorted({n for _, n in found})


def _alarms(found: Tallies) -> Iterator[str]:
    yield "| requests an hour | clean reports | with an alarm | per 1,000 (95% interval) | by |"
    yield "|--:|--:|--:|--:|---|"
    for n in _sizes(found):
        one = found[CLEAN, n]
        low, high = (1000 * end for end in wilson(one.hits, one.runs))
        by = ", ".join(f"`{check}` {count}" for check, count in one.checks.most_common()) or "–"
        rate = f"{1000 * one.hits / one.runs:.1f} ({low:.1f} to {high:.1f})"
        yield f"| {n:,} | {one.runs:,} | {one.hits} | {rate} | {by} |"


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
