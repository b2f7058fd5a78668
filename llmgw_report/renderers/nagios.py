"""One line for Nagios, Icinga and Checkmk: the verdict, its reason, and performance data.

The performance data are the traffic totals and the figure of every check that has one, the worst first. A finding
states the one threshold that it was compared with, so a failure has a critical threshold, a warning has a warning
threshold, and a pass, whose threshold could be either, has none.
"""

import math
from collections.abc import Iterator

from llmgw_report.model.finding import Finding, VerdictStatus, nagios
from llmgw_report.model.quantities import ROW_FIGURES, TOKEN_TYPES
from llmgw_report.model.report import Report
from llmgw_report.renderers import _finding_texts
from llmgw_report.units import plural

#: Chosen by `--format` or `-o nagios=FILE` alone: no file is called after it.
EXTENSIONS: tuple[str, ...] = ()

#: What the monitoring system calls a verdict; where it reads the exit code, the code decides on the word.
STATES: dict[VerdictStatus, str] = {"pass": "OK", "warn": "WARNING", "fail": "CRITICAL", "unknown": "UNKNOWN"}

_UNITS = {"s": "s", "seconds": "s", "by": "B", "bytes": "B"}
_RATIOS = {"ratio", "1"}


def render(report: Report) -> str:
    """The line, ending in a newline."""
    figures = {**dict(_totals(report)), **_checks(report)}
    performance = " ".join(f"{label}={value}" for label, value in figures.items())
    word = nagios(report.exit.code) if report.exit.profile == "nagios" else STATES[report.verdict.status]
    line = f"LLMGW {word} - {_text(_reason(report))}"
    return f"{line} | {performance}\n" if performance else f"{line}\n"


def _reason(report: Report) -> str:
    worst = [
        _finding_texts.name(one)
        if _finding_texts.is_said(one, report.exit.reason)
        else f"{_finding_texts.name(one)}: {one.seen}"
        for one in _finding_texts.bad(report.findings)[:1]
    ]
    waived = sum(finding.waived is not None for finding in report.findings)
    known = [f"{plural(waived, 'finding')} waived"] if waived else []
    return "; ".join([report.exit.reason, *worst, *known])


def _text(text: str) -> str:
    """A bar begins the performance data, so a broken one stands for it."""
    return text.replace("|", "\N{BROKEN BAR}")


def _totals(report: Report) -> Iterator[tuple[str, str]]:
    traffic = report.sections.most_traffic
    if traffic is None:
        return
    # A lifetime total only grows, which is what a counter's unit promises; a window's does not.
    unit = "c" if traffic.basis == "lifetime" else ""
    total, ended = traffic.total, traffic.total.outcomes
    figures: dict[str, float | None] = {
        "requests": total.requests,
        **{one.column: total.tokens.recorded.get(name) for name, one in TOKEN_TYPES.items()},
        "server_errors": ended.service if ended else None,
        **{one.field: total.figures.get(one.field) for one in ROW_FIGURES if one.kind == "counter"},
        "cooldowns": report.sections.resilience.cooldown_count,
    }
    for name, value in figures.items():
        if value is not None:
            yield f"'{name}'", f"{_plain(value)}{unit};;;0"


def _checks(report: Report) -> dict[str, str]:
    """Per label the figure of the worst finding that has it."""
    figures: dict[str, str] = {}
    for finding in _finding_texts.worst_first(report.findings):
        if finding.observed is not None and math.isfinite(finding.observed):
            figures.setdefault(_label(finding), _figure(finding, finding.observed))
    return figures


def _label(finding: Finding) -> str:
    """The check and the values of its subject; an equals sign and a quote would end a label."""
    parts = [finding.check.replace("-", "_"), *(value for _, value in sorted(finding.subject.items()))]
    text = " ".join(parts).translate(str.maketrans("='|", "_" * 3))
    return f"'{text}'"


def _figure(finding: Finding, observed: float) -> str:
    """`value;warning;critical;least;most`, a threshold as the range that raises no alarm."""
    unit = (finding.unit or "").lower()
    warning = _range(finding) if finding.status == "warn" else ""
    critical = _range(finding) if finding.status == "fail" else ""
    least = "0" if observed >= 0 else ""
    most = "1" if unit in _RATIOS and 0 <= observed <= 1 else ""
    return f"{_plain(observed)}{_UNITS.get(unit, '')};{warning};{critical};{least};{most}".rstrip(";")


def _range(finding: Finding) -> str:
    """From the limit up, or from minus infinity up to it: a limit alone would begin at 0."""
    if finding.threshold is None or not math.isfinite(finding.threshold):
        return ""
    return {"above": f"~:{_plain(finding.threshold)}", "below": f"{_plain(finding.threshold)}:"}.get(
        finding.operator or "", ""
    )


def _plain(value: float) -> str:
    """Digits and a point: the format knows no exponents."""
    text = repr(value).removesuffix(".0")
    if "e" not in text:
        return text
    from decimal import Decimal  # very large and very small figures alone pay for it

    return f"{Decimal(text):f}"
