"""Applies waivers: findings that are accepted until a date keep their status and do not count."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import structs

from llmgw_report.config.settings import Waiver
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding, Waived, matches
from llmgw_report.model.report import WaiverLine
from llmgw_report.units import DAY_SECONDS

State = Literal["active", "expiring", "expired", "unused", "exceeded"]


def apply_waivers(
    findings: Sequence[Finding], waivers: Sequence[Waiver], at: str, soon: float | None
) -> tuple[tuple[Finding, ...], tuple[WaiverLine, ...]]:
    """The findings, with those that a valid waiver covers marked, and the state of each waiver.

    A waiver is valid up to and including its date, in UTC, as of `at`, the evaluation time. One that is in use and has
    `soon` seconds or fewer left is expiring.
    """
    today = date.fromordinal(timestamp.EPOCH.toordinal() + (timestamp.milliseconds(at) or 0) // int(DAY_SECONDS * 1000))
    matched = _matched(findings, waivers)
    covers: dict[int, Waiver] = {}
    for waiver, found in zip(waivers, matched, strict=True):
        for one in found:
            if waiver.expires >= today and _within(waiver, one):
                covers.setdefault(id(one), waiver)
    lines = (_line(waiver, found, today, soon) for waiver, found in zip(waivers, matched, strict=True))
    return tuple(_finding(one, covers.get(id(one))) for one in findings), tuple(lines)


def _matched(findings: Sequence[Finding], waivers: Sequence[Waiver]) -> list[list[Finding]]:
    """The findings that each waiver names. There may be thousands of both: most pairs are never compared."""
    candidates: dict[tuple[str, ...], list[Finding]] = {}
    for one in findings:
        for key in ((), *((label,) for label in one.subject), *one.subject.items()):
            candidates.setdefault((one.check, *key), []).append(one)
    # All findings of one waiver follow one another: of many patterns only the latest stay compiled.
    return [[one for one in candidates.get(_key(waiver), ()) if _names(waiver, one)] for waiver in waivers]


def _key(waiver: Waiver) -> tuple[str, ...]:
    """What every finding that the waiver names has: the check, a label, and its value if that is no pattern."""
    label, glob = next(iter(waiver.subject.items()), (None, ""))
    if label is None:
        return (waiver.check,)
    return (waiver.check, label) if set(glob) & set("*?[") else (waiver.check, label, glob)


def unwaived(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that count."""
    return [one for one in findings if one.waived is None]


def _finding(finding: Finding, cover: Waiver | None) -> Finding:
    if cover is None:
        return finding
    accepted = Waived(reason=cover.reason, expires=cover.expires.isoformat(), owner=cover.owner)
    return structs.replace(finding, waived=accepted)


def _names(waiver: Waiver, finding: Finding) -> bool:
    """Whether the waiver is about this finding, which would count: a pass needs no waiver."""
    comparable = waiver.up_to is None or (finding.observed is not None and finding.operator in {"above", "below"})
    return (
        finding.would_count
        and comparable
        and waiver.check == finding.check
        and matches(waiver.subject, finding.subject)
    )


def _within(waiver: Waiver, finding: Finding) -> bool:
    """Whether the figure is no worse than `up-to`, which is a minimum where low is bad."""
    if waiver.up_to is None or finding.observed is None:
        return True
    if finding.operator == "below":
        return finding.observed >= waiver.up_to
    return finding.observed <= waiver.up_to


def _line(waiver: Waiver, matched: Sequence[Finding], today: date, soon: float | None) -> WaiverLine:
    days_left = (waiver.expires - today).days
    return WaiverLine(
        check=waiver.check,
        subject=waiver.subject,
        reason=waiver.reason,
        expires=waiver.expires.isoformat(),
        days_left=days_left,
        state=_state(waiver, matched, days_left, soon),
        owner=waiver.owner,
        up_to=waiver.up_to,
        matched=tuple(one.fingerprint for one in matched),
    )


def _state(waiver: Waiver, matched: Sequence[Finding], days_left: int, soon: float | None) -> State:
    if days_left < 0:
        return "expired"
    if not matched:
        return "unused"
    if not all(_within(waiver, one) for one in matched):
        return "exceeded"
    return "expiring" if soon is not None and days_left * DAY_SECONDS <= soon else "active"
