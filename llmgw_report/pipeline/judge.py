"""Every check asked about the snapshot, and what it says made whole."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import structs

from llmgw_report import plugins
from llmgw_report.checks._finding import Page, page
from llmgw_report.messages import say
from llmgw_report.model.finding import Finding, Status, Threshold, rank
from llmgw_report.model.report import Snapshot


def thresholds() -> dict[str, Threshold]:
    """Default bounds of every check, by slug."""
    return {slug: plugins.load("checks", slug).DEFAULT for slug in plugins.modules("checks")}


def judge(
    snapshot: Snapshot, bounds: Mapping[str, Threshold], asked: Callable[[str], bool] = lambda _: True
) -> tuple[Finding, ...]:
    """Findings of the checks whose slug is `asked` for, else of all, the worst first."""
    slugs = [slug for slug in plugins.modules("checks") if asked(slug)]
    found = [one for slug in slugs for one in _ask(slug, snapshot, bounds[slug])]
    return tuple(sorted(found, key=lambda one: rank(one.status)))


def _ask(slug: str, snapshot: Snapshot, threshold: Threshold) -> Iterator[Finding]:
    """What one check says of every subject. It is asked once, because subjects are judged together."""
    module = plugins.load("checks", slug)
    text = page(module.__doc__)
    never = {spot.reason for spot in snapshot.gateway.blind_spots}
    for raw in module.check(snapshot, threshold):
        bounds = threshold.of(raw.subject)
        told = raw if raw.reason in never else _if_empty(raw, bounds)
        whole = _if_unbounded(_whole(told, slug, text, bounds), bounds, module.DEFAULT)
        yield structs.replace(whole, category=module.CATEGORY, margin=margin(whole))


def _if_empty(raw: Finding, threshold: Threshold) -> Finding:
    """What no data means for this check, this time: what a product never tells stays unknown.

    A source that could not be read is never a 0.
    """
    if raw.status != "unknown" or raw.n or threshold.on_empty == "unknown":
        return raw
    if threshold.on_empty == "zero" and raw.required:
        return raw
    status: Status = "fail" if threshold.on_empty == "fail" else "pass"
    seen = say("{seen} (no data: on-empty = {word})", seen=raw.seen, word=threshold.on_empty)
    return structs.replace(raw, status=status, seen=seen)


def _if_unbounded(whole: Finding, threshold: Threshold, default: Threshold) -> Finding:
    """A figure that is compared with nothing has passed nothing: its bounds were switched off."""
    off = threshold.warn is None and threshold.fail is None and not (default.warn is None and default.fail is None)
    return (
        structs.replace(whole, status="skip", reason=say("no bound is set"))
        if off and whole.status == "pass"
        else whole
    )


def _whole(raw: Finding, slug: str, text: Page, threshold: Threshold) -> Finding:
    """With slug, texts, the severity cap and the fingerprint."""
    return structs.replace(
        raw,
        check=slug,
        status=_capped(raw.status, threshold),
        title=say(text.title),
        why=say(text.why),
        do=say(text.do),
        required=raw.required or threshold.required,
        fingerprint=fingerprint(slug, raw.subject),
    )


def _capped(status: Status, threshold: Threshold) -> Status:
    return "warn" if status == "fail" and threshold.severity == "warn" else status


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
