"""The document: the snapshot, the findings, the exit code, and what it all cost."""

from msgspec import structs

from llmgw_report.config.settings import Settings
from llmgw_report.model import instant
from llmgw_report.model.report import SCHEMA, Report, Timings, Tool
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.clock import Machine
from llmgw_report.pipeline.collect import Collected, collect
from llmgw_report.pipeline.conclusion import conclusion
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.verdict import exit_of, verdict


def run(settings: Settings, version: str, machine: Machine) -> Report:
    """One report of one gateway."""
    began = machine.elapsed()
    collected = collect(settings, machine)
    snapshot = collected.snapshot
    findings = fold(judge(snapshot, settings.thresholds), snapshot)
    status = verdict(findings)
    return Report(
        schema=SCHEMA,
        generated_at=instant.text(machine.now_ms()),
        at=snapshot.at,
        tool=Tool(name="llmgw-report", version=version),
        gateway=snapshot.gateway,
        window=snapshot.window,
        inputs=snapshot.inputs,
        status=status,
        exit=exit_of(findings, settings.fail_on),
        sections=snapshot.sections,
        findings=findings,
        conclusion=conclusion(status, findings),
        timings=_timings(collected, machine, began),
        absent=snapshot.absent,
        config_file=settings.config_file,
    )


def rendered_in(report: Report, seconds: float, machine: Machine) -> Report:
    """The report once it is known what rendering took; a document cannot hold the time of its own writing."""
    timings = structs.replace(
        report.timings,
        render_seconds=seconds,
        total_seconds=report.timings.total_seconds + seconds,
        peak_rss_bytes=machine.peak_rss_bytes(),
    )
    return structs.replace(report, timings=timings)


def _timings(collected: Collected, machine: Machine, began: float) -> Timings:
    return Timings(
        scrape_seconds=collected.scrape_seconds,
        queries=collected.query_seconds,
        render_seconds=0.0,
        total_seconds=machine.elapsed() - began,
        peak_rss_bytes=machine.peak_rss_bytes(),
        database_read_seconds=collected.database_seconds,
    )
