"""The document: the snapshot, the findings, the exit code, and what it all cost."""

from msgspec import structs

from llmgw_report.config.settings import Settings, about_waivers
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import SCHEMA, Baseline, BaselineInfo, Report, Snapshot, Timings, Tool
from llmgw_report.model.run import Machine
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.collect import Collected, collect
from llmgw_report.pipeline.expectations import with_expectations
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.redact import redact_comparisons, redact_settings
from llmgw_report.pipeline.verdict import conclusion, exit_of, verdict
from llmgw_report.pipeline.waivers import concluded, counting, waived
from llmgw_report.redaction import redact


def run(settings: Settings, version: str, machine: Machine) -> Report:
    """One report of one gateway."""
    began = machine.elapsed()
    return report_of(collect(settings, machine), settings, version, machine, began)


def report_of(collected: Collected, settings: Settings, version: str, machine: Machine, began: float) -> Report:
    """The document about what was collected, by a run that `began` then."""
    settings = redact_settings(settings)
    snapshot, findings = judged(collected.snapshot, settings)
    status = verdict(findings)
    return Report(
        schema=SCHEMA,
        generated_at=timestamp.text(machine.now_ms()),
        at=snapshot.at,
        tool=Tool(name="llmgw-report", version=version),
        gateway=snapshot.gateway,
        window=snapshot.window,
        inputs=snapshot.inputs,
        status=status,
        exit=exit_of(findings, settings.fail_on, settings.exit_profile),
        sections=snapshot.sections,
        findings=findings,
        conclusion=concluded(conclusion(status, counting(findings)), findings),
        timings=_timings(collected, machine, began),
        absent=snapshot.absent,
        config_file=settings.config_file,
        preset=settings.preset,
        expectations=snapshot.expectations,
        waivers=snapshot.waivers,
        baseline=_baseline(snapshot.baseline),
        title=settings.title,
        utc_offset_seconds=machine.utc_offset_seconds(timestamp.milliseconds(snapshot.at) or 0),
        redacted="no" if settings.no_redact else "yes",
    )


def judged(snapshot: Snapshot, settings: Settings) -> tuple[Snapshot, tuple[Finding, ...]]:
    """What the checks say of a snapshot under these settings, and the snapshot with what it was compared with.

    The checks that judge the waivers come last: which of them are used is known once all others have spoken.
    """
    snapshot = redact_comparisons(with_expectations(snapshot, settings.expectations), settings)
    said = judge(snapshot, settings.thresholds, lambda slug: not about_waivers(slug))
    soon = settings.thresholds["waiver-expiring"].warn
    findings, lines = waived(said, settings.waivers, snapshot.at, soon)
    snapshot = redact_comparisons(structs.replace(snapshot, waivers=lines), settings)
    accepted_last = sorted(findings, key=lambda one: one.waived is not None)
    return snapshot, fold((*accepted_last, *judge(snapshot, settings.thresholds, about_waivers)), snapshot)


def rendered_in(report: Report, seconds: float, machine: Machine) -> Report:
    """The report once it is known what rendering took; a document cannot hold the time of its own writing."""
    timings = structs.replace(
        report.timings,
        render_seconds=seconds,
        total_seconds=report.timings.total_seconds + seconds,
        peak_rss_bytes=machine.peak_rss_bytes(),
    )
    return structs.replace(report, timings=timings)


def _baseline(compared: Baseline | None) -> BaselineInfo | None:
    if compared is None:
        return None
    return BaselineInfo(target=compared.target, at=compared.at, problem=compared.problem)


def _timings(collected: Collected, machine: Machine, began: float) -> Timings:
    return Timings(
        scrape_seconds=collected.scrape_seconds,
        queries={redact(name): seconds for name, seconds in collected.query_seconds.items()},
        render_seconds=0.0,
        total_seconds=machine.elapsed() - began,
        peak_rss_bytes=machine.peak_rss_bytes(),
        database_read_seconds=collected.database_seconds,
    )
