"""The checks: one file each. The file name is the slug, the docstring the documentation, the constants the facts.

A check file declares facts about itself as constants (`CheckFacts` lists them) and `check(snapshot, threshold)`, which
yields a `Finding` for each subject that it evaluated or could not evaluate. It reads the snapshot alone: no clock, no
file, no other check. Thresholds can differ by subject: `threshold.of(subject)`.

A check file imports what it needs from here; `_ratios` tests ratios of requests, `_baseline` compares with an earlier
report, `_statistics` has the intervals and tests, `_p99` counts requests beyond a duration, `_variation` estimates
what time adds to chance.
"""

from llmgw_report import units
from llmgw_report.checks._declaration import (
    SECTIONS,
    Check,
    CheckFacts,
    Contributions,
    Page,
    declared,
    every,
    load,
    page,
)
from llmgw_report.checks._finding import (
    Comparison,
    Findings,
    Subject,
    above,
    below,
    blind_spot,
    counted,
    finding,
    has_source,
    in_flight,
    judged,
    missing_source,
    more_requests,
    no_waiver_is,
    request_rate,
    skip,
    source_unavailable,
    unknown,
    unwritten,
    waiver_subject,
    waiver_warning,
    waiver_warnings,
)
from llmgw_report.checks._outcomes import not_evaluated
from llmgw_report.checks._statistics import proves_above
from llmgw_report.messages import Message, Sentence, join, msg, msg_plural
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Category, Finding, KeyFigure, Operator, Reads, Status, Threshold, Unit
from llmgw_report.model.report import Snapshot

__all__ = [
    "SECTIONS",
    "Category",
    "Check",
    "CheckFacts",
    "Comparison",
    "Contributions",
    "Finding",
    "Findings",
    "KeyFigure",
    "Message",
    "Operator",
    "Page",
    "Reads",
    "Sentence",
    "Snapshot",
    "Status",
    "Subject",
    "Threshold",
    "Unit",
    "above",
    "below",
    "blind_spot",
    "counted",
    "declared",
    "every",
    "finding",
    "has_source",
    "in_flight",
    "join",
    "judged",
    "load",
    "missing_source",
    "more_requests",
    "msg",
    "msg_plural",
    "no_waiver_is",
    "not_evaluated",
    "page",
    "proves_above",
    "request_rate",
    "skip",
    "source_unavailable",
    "timestamp",
    "units",
    "unknown",
    "unwritten",
    "waiver_subject",
    "waiver_warning",
    "waiver_warnings",
]
