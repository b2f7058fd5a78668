"""A table that comes back as it went in, and that no spreadsheet runs."""

import csv as stdlib_csv
from functools import partial
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from llmgw_report import renderers
from llmgw_report.model.report import Report
from llmgw_report.model.sections import Bucket, Latency, PercentileValue, Traffic
from llmgw_report.printable import visible
from llmgw_report.renderers.csv import COLUMNS, OTHERS
from tests.builders import reports as make
from tests.builders import small

render = partial(renderers.render, name="csv")


def rows(report: Report) -> list[dict[str, str]]:
    """Every row by its columns; strict about quotes."""
    return list(stdlib_csv.DictReader(StringIO(render(report), newline=""), strict=True))


def test_every_row_has_every_column_and_a_known_section() -> None:
    found = rows(make.full())
    assert all(None not in row and None not in row.values() for row in found)
    assert [row["section"] for row in found] == ["verdict", "traffic", "traffic-total", *["finding"] * 5]


def test_lines_end_as_the_format_wants() -> None:
    text = render(small.report())
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(rows(small.report())) + 1


def test_figures_are_numbers_and_what_is_absent_is_empty() -> None:
    (traffic,) = (row for row in rows(small.report()) if row["section"] == "traffic")
    assert (traffic["requests"], traffic["input_tokens"], traffic["output_tokens"]) == ("14", "", "60")
    assert float(traffic["error_ratio_high"]) == 5 / 14


def test_a_percentile_from_a_histogram_has_its_bucket_beside_it() -> None:
    bucket, open_ended = Bucket(above_seconds=2.5, up_to_seconds=5), Bucket(above_seconds=60, up_to_seconds=None)
    values = {"p50": PercentileValue(seconds=3.1, bucket=bucket), "p99": PercentileValue(bucket=open_ended)}
    latency = Latency(count=9, source="histogram").with_percentiles(values)
    row = make.traffic_row(latency=latency)
    traffic = Traffic(group_by="all", rows=(), total=row, source="x", basis="lifetime")
    (found,) = rows(make.with_sections(traffic=traffic))[1:]
    assert [found[f"p50_{name}seconds"] for name in ("", "above_", "up_to_")] == ["3.1", "2.5", "5"]
    assert [found[f"p99_{name}seconds"] for name in ("", "above_", "up_to_")] == ["", "60", ""]


def test_a_waiver_is_beside_the_status_it_leaves_alone() -> None:
    (row,) = (row for row in rows(small.report()) if row["waived_until"])
    assert (row["name"], row["status"]) == ("latency-p99", "fail")
    assert (row["waived_until"], row["waived_reason"], row["waived_owner"]) == ("2026-01-19", "batch model", "platform")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\uff1d1", "=cmd|' /C calc'!A0", '=HYPERLINK("x")']


@pytest.mark.parametrize("hostile", FORMULAS)
def test_no_text_is_a_formula(hostile: str) -> None:
    found = [cell for row in rows(make.full(hostile)) for cell in row.values() if visible(hostile) in cell]
    assert len(found) > 20
    assert [cell for cell in found if cell.lstrip()[:1] in set("=+-@\uff1d")] == []


@pytest.mark.parametrize("hostile", ["\t=1", "\r=1", "\n=1"])
def test_a_control_before_a_formula_is_shown(hostile: str) -> None:
    (row,) = rows(small.report(small.finding("a", "fail", hostile)))[-1:]
    assert row["seen"] == visible(hostile)
    assert row["seen"].startswith("\\")


def test_a_negative_number_is_no_formula() -> None:
    (row,) = rows(small.report(small.finding("a", "fail", "x", observed=-0.5)))[-1:]
    assert row["observed"] == "-0.5"


@given(st.text())
def test_text_comes_back(text: str) -> None:
    (row,) = rows(small.report(small.finding("a", "fail", text)))[-1:]
    assert row["seen"] in {visible(text), f"'{visible(text)}"}
    assert row["name"] == "a"


def without_others(table: str) -> str:
    """The table without the columns of quantities that only some gateways record: another one changes no format."""
    kept = [place for place, name in enumerate(COLUMNS) if name not in OTHERS]
    text = StringIO()
    writer = stdlib_csv.writer(text, lineterminator="\r\n")
    writer.writerows([row[place] for place in kept] for row in stdlib_csv.reader(StringIO(table)))
    return text.getvalue()


def test_a_small_report() -> None:
    assert without_others(render(small.report())) == snapshot("""\
section,name,subject,status,basis,requests,input_tokens,output_tokens,unobserved,success,client_error,limited,canceled,rate_limited,upstream_refused,timeout,server_error,error,unknown,error_ratio_low,error_ratio_high,p50_seconds,p50_above_seconds,p50_up_to_seconds,p90_seconds,p90_above_seconds,p90_up_to_seconds,p99_seconds,p99_above_seconds,p99_up_to_seconds,mean_seconds,latency_count,source,population,worst_of,category,title,seen,observed,operator,threshold,unit,n,reason,why,do,required,waived_until,waived_reason,waived_owner,derived_from,fingerprint\r
verdict,llm-gateway,,fail,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"2 checks failed: instance-health, error-ratio",,,,,,,,\r
traffic,openai,,,lifetime,14,,60,0,9,0,0,0,0,0,0,0,5,0,0.0,0.35714285714285715,2.97,,,4.2,2.5,5,,60,,3.73,3,llm_request_duration_seconds,non-streaming successes,,,,,,,,,,,,,,,,,,\r
traffic-total,openai,,,lifetime,14,,60,0,9,0,0,0,0,0,0,0,5,0,0.0,0.35714285714285715,2.97,,,4.2,2.5,5,,60,,3.73,3,llm_request_duration_seconds,non-streaming successes,,,,,,,,,,,,,,,,,,\r
finding,instance-health,instance=eu,fail,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,availability,Title of instance-health,eu is down,,,,,,,Clients wait.,Look.,no,,,,,instance-health;instance=eu\r
finding,error-ratio,,fail,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,availability,Title of error-ratio,8 % fail,0.08,above,0.05,ratio,3831,,Clients wait.,Look.,no,,,,instance-health;instance=eu,error-ratio\r
finding,slow-requests,,warn,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,latency,Title of slow-requests,one took 7 s,1,above,0,,14,,Clients wait.,Look.,no,,,,,slow-requests\r
finding,latency-p99,,fail,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,latency,Title of latency-p99,31 s,31,above,30,s,,,Clients wait.,Look.,no,2026-01-19,batch model,platform,,latency-p99\r
finding,client-error-ratio,,unknown,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,availability,Title of client-error-ratio,14 requests,,,,,14,20 are needed,Clients wait.,Look.,no,,,,,client-error-ratio\r
finding,scrape-readable,,unknown,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,sources,Title of scrape-readable,refused,,,,,,refused,Clients wait.,Look.,yes,,,,,scrape-readable\r
finding,spans-present,,skip,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,logs,Title of spans-present,no table,,,,,,no table,Clients wait.,Look.,no,,,,,spans-present\r
finding,errors-logged,,pass,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,consistency,Title of errors-logged,all,5,below,1,{row},,,Clients wait.,Look.,no,,,,,errors-logged\r
""")  # noqa: E501 - lines of the format
