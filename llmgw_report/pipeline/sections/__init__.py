"""One module per section of the report: what was measured, in the document's words. Pure."""

from llmgw_report.model.sections import Sections
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.errors import error_levels, error_patterns, slow_count, slow_requests, window_rows
from llmgw_report.pipeline.sections.evidence import coverage, database, metrics, witnesses
from llmgw_report.pipeline.sections.instances import instances, sessions, token_efficiency
from llmgw_report.pipeline.sections.queries import failed_queries, queries
from llmgw_report.pipeline.sections.traffic import lifetime, windowed
from llmgw_report.pipeline.sections.trend import trend


def sections(measured: Measured) -> Sections:
    """Every section; one that could not be measured is empty or None."""
    totals, window = lifetime(measured), windowed(measured)
    return Sections(
        traffic=totals or window,
        traffic_window=window if totals else None,
        instances=instances(measured),
        sessions=sessions(measured),
        errors=error_patterns(measured),
        error_levels=error_levels(measured),
        slow_requests=slow_requests(measured),
        slow_count=slow_count(measured),
        window_rows=window_rows(measured),
        trend=trend(measured),
        token_efficiency=token_efficiency(measured),
        database=database(measured),
        metrics=metrics(measured),
        witnesses=witnesses(measured),
        coverage=coverage(measured, totals or window),
        queries=queries(measured),
        failed_queries=failed_queries(measured),
    )
