"""Evaluates a saved report again, offline: it holds the whole snapshot, and a check reads nothing else."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from llmgw_report.config.settings import MetricsTarget, Settings
from llmgw_report.config.slo import Slo
from llmgw_report.messages import msg
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Absent, Baseline, Report, Snapshot
from llmgw_report.model.run import Machine
from llmgw_report.pipeline import baseline
from llmgw_report.pipeline.collect import Collected
from llmgw_report.pipeline.document import report_of
from llmgw_report.pipeline.inputs import ERROR_BUDGET
from llmgw_report.pipeline.redact import redact_document
from llmgw_report.pipeline.sections.budget import judged_again
from llmgw_report.redaction import redact

NOT_SAVED = msg("this report does not hold it; give --baseline again")


def rejudge(path: str, settings: Settings, version: str, machine: Machine) -> Report:
    """The report in the file with today's thresholds, expectations and waivers; UsageError if it is none of ours.

    What was measured, when, and what reading it cost stay as they are. Nothing is read but the file and
    a baseline that is given.
    """
    began = machine.elapsed()
    saved = baseline.document(baseline.content(path, "--rejudge"), path, "--rejudge")
    snapshot = redact_document(_with_budget(_snapshot(saved), settings.slo), settings)
    if settings.baseline:
        snapshot = baseline.compared(snapshot, redact_document(baseline.load(settings.baseline), settings))
    collected = Collected(
        snapshot=snapshot,
        scrape_seconds=saved.timings.scrape_seconds,
        query_seconds=saved.timings.queries,
        database_seconds=saved.timings.database_read_seconds,
    )
    found = report_of(collected, structs.replace(settings, metrics=_scraped(saved)), version, machine, began)
    return structs.replace(found, findings=tuple(_with_evidence(found.findings, saved, settings)))


def _scraped(saved: Report) -> MetricsTarget | None:
    """The scrape that the document is of, by the name that it has there, and not the one that a run would read now."""
    names = [one.target for one in saved.inputs if one.kind == "metrics" and one.status == "ok"]
    if len(names) != 1:
        return None
    return MetricsTarget(url=names[0]) if names[0].startswith(("http://", "https://")) else MetricsTarget(file=names[0])


def _with_evidence(findings: Sequence[Finding], saved: Report, settings: Settings) -> Iterator[Finding]:
    """The findings with the evidence of the run that read the sources, unless it names what this report must not."""
    before = {one.fingerprint: one.evidence for one in saved.findings}
    for one in findings:
        known = before.get(one.fingerprint) if one.evidence else None
        harmless = known is not None and (settings.no_redact or redact(known) == known)
        yield structs.replace(one, evidence=known) if harmless else one


def _with_budget(snapshot: Snapshot, slo: Slo | None) -> Snapshot:
    """The snapshot with the error budget of today's objective; without an objective its own budget stays."""
    if slo is None:
        return snapshot
    budget = judged_again(snapshot.sections, slo, timestamp.milliseconds(snapshot.at) or 0)
    absent = [one for one in snapshot.absent if one.quantity != ERROR_BUDGET]
    if budget.reason:
        absent.append(Absent(quantity=ERROR_BUDGET, reason=budget.reason))
    sections = structs.replace(snapshot.sections, error_budget=budget)
    return structs.replace(snapshot, sections=sections, absent=tuple(absent))


def _snapshot(saved: Report) -> Snapshot:
    return Snapshot(
        at=saved.at,
        gateway=saved.gateway,
        window=saved.window,
        inputs=saved.inputs,
        sections=saved.sections,
        absent=saved.absent,
        targets=saved.targets,
        expected_targets=saved.target_counts.expected if saved.target_counts else None,
        target_counts=saved.target_counts,
        baseline=_baseline(saved),
    )


def _baseline(saved: Report) -> Baseline | None:
    """What it was compared with is not in it, and leaving that out would look like a comparison that passed."""
    earlier = saved.baseline
    if earlier is None:
        return None
    return Baseline(
        target=earlier.target,
        at=earlier.at,
        gateway=saved.gateway.name,
        window_seconds=saved.window.seconds,
        sections=None,
        problem=earlier.problem or NOT_SAVED,
    )
