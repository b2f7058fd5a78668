"""Thousands of waivers and thousands of findings: not every pair is compared."""

from datetime import date
from time import process_time

from llmgw_report.config.settings import Waiver
from llmgw_report.model.finding import Finding
from llmgw_report.pipeline.waivers import apply_waivers

MANY = 5000
AT = "2026-03-02T00:00:00Z"


def test_many_waivers_take_no_time_and_cover_what_they_name() -> None:
    findings = [
        Finding(
            check="error-ratio", status="fail", title="", seen="", why="", do="", subject={"api-key": f"key-{number}"}
        )
        for number in range(MANY)
    ]
    waivers = [
        Waiver(check="error-ratio", subject=subject, reason="lab", expires=date(2026, 12, 31), up_to=None, owner=None)
        for number in range(MANY)
        for subject in ({"api-key": f"key-{2 * number}"}, {"instance": f"key-{number}*"})
    ]
    began = process_time()
    marked, lines = apply_waivers(findings, waivers, AT, None)
    assert process_time() - began < 5.0
    covered = [one.subject["api-key"] for one in marked if one.waived]
    assert covered == [f"key-{number}" for number in range(0, MANY, 2)]
    assert {line.state for line in lines} == {"active", "unused"}
    assert sum(line.state == "active" for line in lines) == MANY // 2
