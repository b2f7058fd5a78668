"""Measures the sections of the report, one module each. Pure: the view of a section is the module of its name.

`budget` and `tests` need more than what was measured, and are added by `pipeline.collect`.
"""

from llmgw_report.model.sections import Sections
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections import (
    endings,
    evidence,
    instances,
    limits,
    log_errors,
    queries,
    traffic,
    trend,
    unlogged,
)


def sections(measured: Measured) -> Sections:
    """Every section; one that could not be measured is empty or None."""
    lifetime_outcomes = endings.lifetime_outcomes(measured)
    outcomes = endings.windowed_outcomes(measured, lifetime_outcomes)
    totals, window = traffic.lifetime(measured), traffic.windowed(measured)
    if totals:
        totals = traffic.with_outcomes(totals, lifetime_outcomes)
    if window and outcomes and outcomes.source == "database":
        window = traffic.with_outcomes(window, outcomes)
    if window and endings.rows_are_finer(measured):
        totals, window = None, traffic.completed(window, measured)
    patterns, models = log_errors.error_patterns(measured), instances.token_efficiency(measured)
    top = measured.windows.top
    return Sections(
        traffic=traffic.together(window, totals),
        instances=instances.instances(measured, outcomes),
        sessions=instances.sessions(measured),
        token_efficiency=models[:top],
        errors=patterns[:top],
        slow_requests=log_errors.slow_requests(measured),
        window_counts=log_errors.window_counts(measured, patterns, models),
        trend=trend.trend(measured),
        database=evidence.database(measured),
        metrics=evidence.metrics(measured),
        coverage=evidence.coverage(measured, totals or window),
        counts=evidence.counts(measured),
        queries=queries.queries(measured),
        failed_queries=queries.failed_queries(measured),
        outcomes=unlogged.with_unlogged(measured, outcomes, lifetime_outcomes),
        lifetime_outcomes=lifetime_outcomes,
        rows_left_out=measured.left_out,
        resilience=limits.resilience(measured, window, totals),
    )
