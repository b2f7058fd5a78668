"""Runs the checks and completes their findings: slug, texts, severity cap, category, fingerprint."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import structs

from llmgw_report.checks import Check, every, finding, has_source, not_evaluated
from llmgw_report.gateways.relation import put_to
from llmgw_report.messages import msg
from llmgw_report.model.database import LACKING
from llmgw_report.model.finding import BAD, Finding, Status, Threshold, rank
from llmgw_report.model.report import Snapshot

#: The label of a subject that is one process of several, and of one that is a query which failed.
TARGET, QUERY = "target", "query"
#: What this query dates is the counters of a scrape.
_OF_COUNTERS = "started"


def thresholds() -> dict[str, Threshold]:
    """Default threshold of every check, by slug."""
    return {check.slug: check.default for check in every()}


def judge(
    snapshot: Snapshot, limits: Mapping[str, Threshold], checks: Sequence[Check] | None = None
) -> tuple[Finding, ...]:
    """Findings of these checks, else of all, the worst first; `limits` has a threshold for each slug."""
    never = {spot.reason for spot in snapshot.gateway.blind_spots}
    never |= {one.reason or "" for one in not_evaluated(snapshot) if one.n is None}
    lost = _lost(snapshot)
    found = [one for check in checks or every() for one in _evaluated(check, snapshot, limits[check.slug], never, lost)]
    return tuple(sorted(found, key=lambda one: rank(one.status)))


def _lost(snapshot: Snapshot) -> dict[str, str]:
    """Queries without an answer, by their file, and why: those that failed, and those that are put to their rows.

    One for what this version of the gateway does not have asked nothing that it could answer.
    """
    lost: dict[str, str] = {}
    for one in snapshot.sections.failed_queries:
        if LACKING not in one.reason and (one.name != _OF_COUNTERS or has_source(snapshot, "metrics")):
            why = msg("the query {name} failed: {reason}", name=one.name, reason=msg(one.reason))
            lost |= dict.fromkeys((f"{name}.sql" for name in (one.name, *put_to(one.name))), why)
    return lost


def _proven(check: Check, snapshot: Snapshot, threshold: Threshold, lost: Mapping[str, str]) -> Iterator[Finding]:
    """The findings of a check; where an answer that it goes by is lost, what is bad, and that the rest is not known.

    Beside rows that are missing nothing passes, no figure is too small to be evaluated, and nothing does not apply.
    """
    found = check.evaluate(snapshot, threshold)
    missing = {name: lost[name] for name in check.reads if name in lost and name not in check.does_without}
    if not missing:
        yield from found
        return
    kept = list(found)
    if check.asked_for and all(one.status == "skip" for one in kept):
        yield from kept
        return
    yield from (one for one in kept if one.status in BAD or (one.status == "unknown" and one.required == "yes"))
    for name, why in missing.items():
        subject = {QUERY: name.removesuffix(".sql")}
        yield finding("unknown", why, subject, reason=why, required=_may_fail(check, threshold.of(subject)))


def _may_fail(check: Check, threshold: Threshold) -> bool:
    """Whether a finding of it can fail the gate; a check without a threshold of its own decides that itself."""
    own = check.default.warn is None and check.default.fail is None
    each = (threshold, *(one.threshold for one in threshold.overrides))
    return any(one.severity == "fail" and (own or one.fail is not None) for one in each)


def _evaluated(
    check: Check,
    snapshot: Snapshot,
    threshold: Threshold,
    never: Collection[str | None],
    lost: Mapping[str, str],
) -> Iterator[Finding]:
    """All subjects of one check, in one call, because they are tested together; `never`: reasons that stay unknown."""
    completed = []
    for raw in _proven(check, snapshot, threshold, lost):
        own = threshold.of(raw.subject)
        # What a product never records, or counted outside the window, stays unknown: it is not the same as no data.
        found = raw if raw.reason in never else _if_empty(raw, own)
        completed.append(_completed(_if_without_threshold(found, own, check.default), check, own))
    yield from _with_places(completed)


def _if_empty(raw: Finding, threshold: Threshold) -> Finding:
    """Apply `on-empty` to a finding without data; a source that could not be read is never a 0."""
    if raw.status != "unknown" or raw.n or threshold.on_empty == "unknown":
        return raw
    if threshold.on_empty == "zero" and (raw.required == "yes" or QUERY in raw.subject):
        return raw
    status: Status = "fail" if threshold.on_empty == "fail" else "pass"
    seen = msg("{seen} (no data: on-empty = {word})", seen=raw.seen, word=threshold.on_empty)
    return structs.replace(raw, status=status, seen=seen)


def _if_without_threshold(found: Finding, threshold: Threshold, default: Threshold) -> Finding:
    """A figure whose thresholds were switched off has passed nothing: skip instead of pass."""
    off = threshold.warn is None and threshold.fail is None
    had = default.warn is not None or default.fail is not None
    if off and had and found.status == "pass":
        return structs.replace(found, status="skip", reason=msg("no threshold is set"))
    return found


def _completed(found: Finding, check: Check, threshold: Threshold) -> Finding:
    capped = found.status == "fail" and threshold.severity == "warn"
    # A sample that is too small makes a check unknown, and not the verdict: the quantity is there.
    small = found.status == "unknown" and bool(found.n) and not check.each_subject_required
    return structs.replace(
        found,
        check=check.slug,
        status="warn" if capped else found.status,
        title=msg(check.page.title),
        why=msg(found.why or check.page.why),
        do=msg(found.do or check.page.do),
        required="yes" if found.required == "yes" or (threshold.required and not small) else "no",
        fingerprint=fingerprint(check.slug, found.subject),
        category=check.category,
        key_figure=check.key_figure,
    )


def _with_places(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings of one check, those about a target with its place among them, the worst first, as its name.

    A process has another name after every deployment: by that a problem that stays would be a new one each time.
    """
    places: dict[int, int] = {}
    seen: Counter[str] = Counter()
    for one in sorted(findings, key=lambda one: (rank(one.status), _margin(one) or 0.0)):
        seen[any_target(one)] += 1
        places[id(one)] = seen[any_target(one)]
    for one in findings:
        if TARGET not in one.subject:
            yield one
            continue
        name = fingerprint(one.check, one.subject | {TARGET: f"#{places[id(one)]}"})
        yield structs.replace(one, fingerprint=name)


def any_target(finding: Finding) -> str:
    """The fingerprint of a problem, whichever of the targets has it."""
    subject = finding.subject | ({TARGET: "*"} if TARGET in finding.subject else {})
    return fingerprint(finding.check, subject)


def _margin(finding: Finding) -> float | None:
    """Distance from the figure to its threshold, relative to the threshold; None for a threshold of 0."""
    if finding.observed is None or not finding.threshold:
        return None
    ahead = finding.threshold - finding.observed
    if finding.operator == "below":
        ahead = -ahead
    return ahead / abs(finding.threshold)


def fingerprint(slug: str, subject: Mapping[str, str]) -> str:
    """Identity of a problem, the same tomorrow; readable, because a hash could not be looked up."""
    return slug + "".join(f";{label}={value}" for label, value in sorted(subject.items()))
