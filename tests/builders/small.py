"""One small report that has a finding of every state, for what each format makes of it."""

from msgspec.structs import replace

from llmgw_report.model.finding import Finding, Waived
from llmgw_report.model.report import Exit, Report, Verdict
from llmgw_report.model.sections import Tokens, Traffic
from tests.builders import reports as make

DOWN = "instance-health;instance=eu"


def finding(check: str, status: str, seen: str, **fields: object) -> Finding:
    said = {"title": f"Title of {check}", "why": "Clients wait.", "do": "Look.", "fingerprint": check, "subject": {}}
    return make.finding(check=check, status=status, seen=seen, **{**said, **fields})


FINDINGS = (
    finding(
        "instance-health", "fail", "eu is down", subject={"instance": "eu"}, fingerprint=DOWN, category="availability"
    ),
    finding(
        "error-ratio",
        "fail",
        "8 % fail",
        observed=0.08,
        operator="above",
        threshold=0.05,
        unit="ratio",
        n=3831,
        category="availability",
        derived_from=DOWN,
    ),
    finding(
        "slow-requests", "warn", "one took 7 s", observed=1, operator="above", threshold=0, n=14, category="latency"
    ),
    finding(
        "latency-p99",
        "fail",
        "31 s",
        observed=31,
        operator="above",
        threshold=30,
        unit="s",
        category="latency",
        waived=Waived(reason="batch model", expires="2026-01-19", owner="platform"),
    ),
    finding("client-error-ratio", "unknown", "14 requests", n=14, reason="20 are needed", category="availability"),
    finding("scrape-readable", "unknown", "refused", reason="refused", required="yes", category="sources"),
    finding("spans-present", "skip", "no table", reason="no table", category="logs"),
    finding(
        "errors-logged", "pass", "all", observed=5, operator="below", threshold=1, unit="{row}", category="consistency"
    ),
)


def report(*findings: Finding) -> Report:
    row = make.traffic_row(tokens=Tokens(output=60))
    traffic = Traffic(group_by="provider", rows=(row,), total=row, source="counters", basis="lifetime")
    sections = replace(make.report().sections, traffic=traffic)
    headline = "2 checks failed: instance-health, error-ratio"
    verdict, end = Verdict(status="fail", headline=headline), Exit(code=1, reason=headline)
    return make.report(verdict=verdict, exit=end, findings=findings or FINDINGS, sections=sections)
