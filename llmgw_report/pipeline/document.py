"""Builds the document: the snapshot, the findings, the verdict and the exit code, and the timings."""

from typing import Literal

from msgspec import structs

from llmgw_report.checks import every
from llmgw_report.config.settings import Settings
from llmgw_report.model import timestamp
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import SCHEMA, Baseline, BaselineInfo, Report, Setup, Snapshot, Timings, Tool
from llmgw_report.model.run import Machine
from llmgw_report.model.target import TargetCounts
from llmgw_report.pipeline.causes import fold
from llmgw_report.pipeline.collect import Collected, collect
from llmgw_report.pipeline.expectations import with_expectations
from llmgw_report.pipeline.gaps import missing_evidence
from llmgw_report.pipeline.headline import Words, words_of
from llmgw_report.pipeline.judge import judge
from llmgw_report.pipeline.kept_counters import listed
from llmgw_report.pipeline.redact import redact_comparisons, redact_settings
from llmgw_report.pipeline.reproduce import with_evidence
from llmgw_report.pipeline.verdict import decide
from llmgw_report.pipeline.waived_requests import evaluated_again, waived_subjects, without
from llmgw_report.pipeline.waivers import apply_waivers
from llmgw_report.redaction import redact

#: Rows of processes that the document holds: the worst.
MOST_TARGETS = 500


def run(settings: Settings, version: str, machine: Machine) -> Report:
    """One report of one gateway."""
    began = machine.elapsed()
    return report_of(collect(settings, machine), settings, version, machine, began)


def report_of(collected: Collected, settings: Settings, version: str, machine: Machine, began: float) -> Report:
    """The document of what was collected, by a run that `began` then, on the clock of `Machine.elapsed`."""
    settings = redact_settings(settings)
    snapshot, findings = judged(collected.snapshot, settings)
    findings, words = _remembered(findings, snapshot)
    findings = with_evidence(findings, snapshot, settings, collected.database)
    gaps = missing_evidence(snapshot)
    verdict, ended = decide(findings, settings.fail_on, settings.exit_profile, gaps, words)
    environment = settings.environment or snapshot.gateway.environment
    return Report(
        schema=SCHEMA,
        generated_at=timestamp.text(machine.now_ms()),
        at=snapshot.at,
        tool=Tool(name="llmgw-report", version=version),
        gateway=structs.replace(snapshot.gateway, environment=environment),
        window=snapshot.window,
        inputs=snapshot.inputs,
        verdict=verdict,
        exit=ended,
        targets=snapshot.targets[:MOST_TARGETS],
        sections=snapshot.sections,
        findings=findings,
        timings=_timings(collected, machine, began),
        absent=snapshot.absent,
        counters=listed(snapshot),
        setup=_setup(settings, snapshot, machine),
        expectations=snapshot.expectations,
        waivers=snapshot.waivers,
        baseline=_baseline(snapshot.baseline),
        target_counts=_target_counts(snapshot),
    )


def _setup(settings: Settings, snapshot: Snapshot, machine: Machine) -> Setup:
    return Setup(
        config_file=settings.config_file,
        loosened=settings.loosened,
        preset=settings.preset,
        title=settings.title,
        redacted="no" if settings.no_redact else "yes",
        utc_offset_seconds=machine.utc_offset_seconds(timestamp.milliseconds(snapshot.at) or 0),
    )


def _target_counts(snapshot: Snapshot) -> TargetCounts | None:
    """Those of a saved report, else of the rows; None of a gateway that is one process."""
    if not snapshot.targets and snapshot.expected_targets is None:
        return None
    found = snapshot.target_counts or TargetCounts.of(snapshot.targets)
    return structs.replace(found, expected=snapshot.expected_targets)


def _remembered(findings: tuple[Finding, ...], snapshot: Snapshot) -> tuple[tuple[Finding, ...], Words]:
    """The findings with what earlier runs say of them, and the words for the headline."""
    words = words_of(snapshot, findings)
    if snapshot.sections.history is None:
        return findings, words
    from llmgw_report.pipeline import remember  # most runs remember nothing

    findings = remember.with_onset(findings, snapshot)
    return findings, structs.replace(words, runs=remember.runs_in_a_row(findings, snapshot))


def judged(snapshot: Snapshot, settings: Settings) -> tuple[Snapshot, tuple[Finding, ...]]:
    """The findings of a snapshot under these settings, and the snapshot with the expectations and waivers.

    Each check runs once; those that evaluate the waivers run after all others, when it is known which waivers are used.
    """
    # Where only a young process is evaluated, a script tests it: everything that failed counts.
    whole: Literal["yes", "no"] = "yes" if settings.window.process_age else "no"
    snapshot = structs.replace(snapshot, idle=settings.idle, whole=whole)
    snapshot = redact_comparisons(with_expectations(snapshot, settings.expectations), settings)
    checks = every()
    about_waivers = [check for check in checks if check.evaluates_waivers]
    about_gateway = [check for check in checks if not check.evaluates_waivers]
    soon = next((settings.thresholds[check.slug].warn for check in about_waivers if check.warn_is_expiring), None)
    unmarked = judge(snapshot, settings.thresholds, about_gateway)
    findings, lines = apply_waivers(unmarked, settings.waivers, snapshot.at, soon)
    snapshot = redact_comparisons(structs.replace(snapshot, waivers=lines), settings)
    reduced = {slug: without(snapshot, subjects) for slug, subjects in waived_subjects(findings).items()}
    findings = evaluated_again(findings, snapshot, reduced, settings.thresholds)
    waived_last = sorted(findings, key=lambda one: one.waived is not None)
    return snapshot, fold((*waived_last, *judge(snapshot, settings.thresholds, about_waivers)), snapshot, reduced)


def rendered_in(report: Report, seconds: float, machine: Machine) -> Report:
    """The report once what renders it has been loaded, which took so many seconds."""
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
