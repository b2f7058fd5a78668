"""Every check asked about the snapshot, and what it says made whole."""

from collections.abc import Iterator, Mapping

from msgspec import structs

from llmgw_report import plugins
from llmgw_report.checks._page import Page, page
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.model.status import Status, rank
from llmgw_report.model.threshold import Threshold


def thresholds() -> dict[str, Threshold]:
    """Default bounds of every check, by slug."""
    return {slug: plugins.load("checks", slug).DEFAULT for slug in plugins.modules("checks")}


def judge(snapshot: Snapshot, bounds: Mapping[str, Threshold]) -> tuple[Finding, ...]:
    """Findings of all checks, the worst first."""
    found = [one for slug in plugins.modules("checks") for one in _ask(slug, snapshot, bounds[slug])]
    return tuple(sorted(found, key=lambda one: rank(one.status)))


def _ask(slug: str, snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    module = plugins.load("checks", slug)
    text = page(module.__doc__)
    for raw in module.check(snapshot, threshold):
        whole = _whole(raw, slug, text, threshold)
        yield structs.replace(whole, category=module.CATEGORY, margin=margin(whole))


def _whole(raw: Finding, slug: str, text: Page, threshold: Threshold) -> Finding:
    """With slug, texts, the severity cap and the fingerprint."""
    status = _capped(raw, threshold)
    return structs.replace(
        raw,
        check=slug,
        status=status,
        title=text.title,
        why=text.why,
        do=text.do,
        required=raw.required or threshold.required,
        fingerprint=fingerprint(slug, raw.subject),
    )


def _capped(raw: Finding, threshold: Threshold) -> Status:
    return "warn" if raw.status == "fail" and threshold.severity == "warn" else raw.status


def margin(finding: Finding) -> float | None:
    """How far the figure is from its limit, as a share of the limit; of a limit of 0 there is no share."""
    if finding.observed is None or not finding.limit:
        return None
    ahead = finding.limit - finding.observed
    if finding.operator == "below":
        ahead = -ahead
    return ahead / abs(finding.limit)


def fingerprint(slug: str, subject: Mapping[str, str]) -> str:
    """The same problem has the same one tomorrow; readable, because a hash cannot be argued with."""
    return slug + "".join(f";{role}={value}" for role, value in sorted(subject.items()))
