"""What a report shows: absent is not zero, a figure has its source, and what is cut says so."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from llmgw_report.cli.machine import ThisMachine
from llmgw_report.cli.render import documents
from llmgw_report.model.finding import Finding, Waived
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Absent, BlindSpot, GatewayInfo, Input, Report
from llmgw_report.model.sections import (
    Bucket,
    ErrorPattern,
    InstanceRow,
    Latency,
    PercentileValue,
    QueryTable,
    SlowRequest,
    Tokens,
    Traffic,
    TrafficRow,
    WindowCounts,
)
from llmgw_report.renderers import _finding_texts, _view, html, md
from llmgw_report.renderers._view.blocks import (
    Cell,
    Chart,
    Code,
    Columns,
    Curves,
    Document,
    FindingBlock,
    Heading,
    Items,
    Paragraph,
    Section,
    State,
    TableBlock,
    Trace,
)
from llmgw_report.renderers._view.cells import fold
from tests.builders import reports as make
from tests.builders.settings import settled

WAIVED = Waived(reason="batch model", expires="2026-01-19", owner="platform")
NAMES = st.sampled_from(["a", "b", "c", ""])
STATUSES = st.sampled_from(["fail", "warn", "pass"])
VOLUME = "Requests, tokens and errors over the lifetime"
SLOW = "Requests slower than 5 s in the last 1 h (UTC, 2026-01-09)"
PATTERNS = "Error patterns in the last 1 h (UTC, 2026-01-09)"


def parts(report: Report) -> tuple[Section, ...]:
    document = _view.document(report)
    return document.findings, *document.sections


def section(report: Report, anchor: str) -> Section:
    return next(part for part in parts(report) if part.anchor == anchor)


def tables(report: Report, anchor: str) -> dict[str, TableBlock]:
    blocks = [block.table if isinstance(block, Chart) else block for block in section(report, anchor).blocks]
    return {block.caption: block for block in blocks if isinstance(block, TableBlock)}


def chart(report: Report, anchor: str) -> Chart:
    return next(block for block in section(report, anchor).blocks if isinstance(block, Chart))


def sentences(report: Report, anchor: str) -> list[str]:
    return [block.text for block in section(report, anchor).blocks if isinstance(block, Paragraph)]


def items(part: Section) -> list[str]:
    return [row for block in part.blocks if isinstance(block, Items) for row in block.rows]


def traffic(*rows: TrafficRow, **fields: object) -> Report:
    total = make.traffic_row(group="all")
    measured = Traffic(group_by="model", rows=rows, total=total, source="llm_requests_total", basis="lifetime")
    return make.with_sections(traffic=replace(measured, **fields))


def latency_of(latency: Latency) -> TableBlock:
    return tables(traffic(make.traffic_row(latency=latency)), "traffic")["Latency over the lifetime"]


def test_the_sections_come_in_reading_order() -> None:
    """What is wrong, where, with which error and since when; then how much, and last what the rest rests on."""
    assert [part.anchor for part in parts(make.full())] == [
        "findings",
        "instances",
        "tokens",
        "errors",
        "slow",
        "trend",
        "traffic",
        "queries",
        "checks",
        "head",
        "coverage",
        "database",
        "metrics",
    ]


def test_a_brief_report_has_the_problems_and_the_sections_that_they_need() -> None:
    brief, full = _view.document(make.full(), brief=True), _view.document(make.full())
    assert [part.anchor for part in brief.sections] == ["instances", "errors"]
    assert (brief.headline, brief.lines, brief.findings) == (full.headline, full.lines, full.findings)


def test_no_table_is_wider_than_eight_columns() -> None:
    found = [table for part in parts(make.full()) for table in tables(make.full(), part.anchor).values()]
    assert max(len(table.columns) for table in found) == 8
    assert all(len(row) == len(table.columns) for table in found for row in table.rows)


def test_absent_figures_are_dashes_and_zero_is_zero() -> None:
    unknown = make.traffic_row().with_outcomes(None, None)
    none = make.traffic_row().with_outcomes(OutcomeCounts(success=14), 0)
    rows = tables(traffic(unknown, none), "traffic")[VOLUME].rows
    assert rows[0][4:] == ("–", "–", "–")
    assert rows[1][4:] == ("14", "0", "0% of 14")


def test_every_dash_of_a_group_has_its_reason_below() -> None:
    unknown = make.traffic_row(group="ollama", tokens=Tokens())
    notes = tables(traffic(make.traffic_row(), unknown), "traffic")[VOLUME].notes
    assert "ollama: absent (–), not reported by llm_requests_total: input tokens, output tokens." in notes


@pytest.mark.parametrize(
    ("title", "version", "said"),
    [
        ("", "0.3.0", "gw 0.3.0"),
        ("GW", None, "GW, version not reported"),
        ("GW 0.3.0 (fork)", "0.3.0", "GW 0.3.0 (fork)"),
    ],
)
def test_the_gateway_is_named_with_its_version_once(title: str, version: str | None, said: str) -> None:
    gateway = GatewayInfo(name="gw", title=title, version=version, detected_by=())
    assert _view.document(make.report(gateway=gateway)).subject == f"{said} · metrics.prom, logs.db"


@pytest.mark.parametrize(
    ("inputs", "environment", "said"),
    [
        (
            (make.metrics(target="http://a:8080/metrics"),),
            "eu-prod",
            "llm-gateway 0.3.0 · eu-prod · http://a:8080/metrics",
        ),
        ((make.metrics(), make.database(status="unavailable")), None, "llm-gateway 0.3.0 · metrics.prom"),
        ((make.metrics(status="unavailable"),), None, "llm-gateway 0.3.0 · metrics.prom"),
        ((), "eu-prod", "llm-gateway 0.3.0 · eu-prod"),
    ],
    ids=["read", "one of two read", "none read", "no input"],
)
def test_two_gateways_are_told_apart_by_where_they_are(
    inputs: tuple[Input, ...], environment: str | None, said: str
) -> None:
    plain = make.report(inputs=inputs)
    report = replace(plain, gateway=replace(plain.gateway, environment=environment))
    assert _view.document(report).subject == said


def test_what_is_absent_has_its_reason_once() -> None:
    report = replace(traffic(make.traffic_row()), absent=(Absent(quantity="errors by model", reason="never written"),))
    said = [row for part in parts(report) for block in part.blocks if isinstance(block, Items) for row in block.rows]
    assert said.count("errors by model: never written") == 1
    assert not [note for note in tables(report, "traffic")[VOLUME].notes if "never written" in note]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"basis": "window"},
            ("Requests, tokens and errors in the last 1 h", "Source: llm_requests_total."),
        ),
        ({}, (VOLUME, "Totals since an unknown time, not of the window; source: llm_requests_total.")),
        (
            {"since": make.SINCE},
            (VOLUME, "Totals since 00:26:40, not of the window; source: llm_requests_total."),
        ),
    ],
)
def test_traffic_says_over_what_time_it_counts(fields: dict[str, object], said: tuple[str, str]) -> None:
    first = next(iter(tables(traffic(**fields), "traffic").values()))
    assert (first.caption, first.notes[0]) == said


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        (None, "4.20 s"),
        (Bucket(above_seconds=2.5, up_to_seconds=5), "4.20 s (2.50 s to 5 s)"),
        (Bucket(above_seconds=60, up_to_seconds=None), "over 1 min"),
    ],
)
def test_a_percentile_shows_the_bucket_it_was_read_from(bucket: Bucket | None, said: str) -> None:
    row = latency_of(Latency(count=100).with_percentiles({"p99": PercentileValue(seconds=4.2, bucket=bucket)})).rows[0]
    assert row == ("openai", "–", "–", said, "–", "100")


def test_latency_says_source_population_and_how_it_was_merged() -> None:
    latency = Latency(count=9, source="spans", population="successes", worst_of=3)
    latency = latency.with_percentiles({"p99": PercentileValue(seconds=1)})
    assert "openai: source: spans; population: successes; percentiles are the largest of 3 series." in (
        latency_of(latency).notes
    )


def test_an_absent_percentile_has_its_reason_below() -> None:
    assert "openai: absent (–): p99 needs 100 requests." in latency_of(Latency(reason="p99 needs 100 requests")).notes


def test_what_all_groups_share_is_said_once() -> None:
    notes = tables(traffic(make.traffic_row(group="a"), make.traffic_row(group="b")), "traffic")[
        "Latency over the lifetime"
    ].notes
    assert len(notes) == 1
    assert notes[0].startswith("Source: llm_request_duration_seconds; population: non-streaming successes")


@pytest.mark.parametrize(
    ("anchor", "nothing"),
    [
        ("errors", ["No error pattern in the last 1 h."]),
        ("slow", ["No request slower than 5 s in the last 1 h."]),
        ("traffic", ["No traffic was recorded."]),
    ],
)
def test_none_is_said_where_somebody_looked(anchor: str, nothing: list[str]) -> None:
    assert sentences(make.report(), anchor) == nothing


def test_none_is_never_said_of_a_source_that_was_not_read() -> None:
    unread = {"status": "unavailable", "reason": "connection refused"}
    report = make.report(inputs=(make.metrics(**unread), make.database(**unread)))
    assert [part.anchor for part in parts(report)] == ["findings", "head", "coverage", "absent"]
    assert items(section(report, "absent")) == [
        (
            "Instances, Tokens per model, Error patterns, Slow requests, Request trend, Traffic, "
            "Database verification, Metrics verification: connection refused"
        )
    ]


def test_none_is_never_said_if_there_is_no_source_at_all() -> None:
    said = items(section(make.report(inputs=()), "absent"))
    assert said == [
        "Instances, Tokens per model, Traffic, Metrics verification: no metrics input was given",
        "Error patterns, Slow requests, Request trend, Database verification: no database input was given",
    ]


def test_what_a_gateway_never_records_is_not_none() -> None:
    blind = BlindSpot(quantity="errors", reason="only successes are written")
    gateway = GatewayInfo(name="x", version=None, detected_by=(), blind_spots=(blind,))
    assert items(section(make.report(gateway=gateway), "absent")) == ["Error patterns: only successes are written"]


def slow_request(**fields: object) -> SlowRequest:
    plain = SlowRequest(
        request_id="r-1",
        time=make.AT,
        duration_seconds=7.2,
        slowest_span=None,
        slowest_span_ratio=None,
        provider=None,
        model=None,
    )
    return replace(plain, **fields)


def test_a_slow_request_has_a_span_where_one_is_recorded() -> None:
    spanned = slow_request(slowest_span="upstream", slowest_span_ratio=0.9, slowest_span_seconds=6.5)
    table = tables(make.with_sections(slow_requests=(slow_request(), spanned)), "slow")[SLOW]
    assert [column.title for column in table.columns][3:] == ["Slowest child span", "Of total time"]
    assert [row[3:] for row in table.rows] == [("–", "–"), ("upstream (6.50 s)", "90.0%")]


def test_a_table_has_no_column_that_says_nothing() -> None:
    table = tables(make.with_sections(slow_requests=(slow_request(provider="openai"),)), "slow")[SLOW]
    assert [column.title for column in table.columns] == ["Time", "Request", "Total time", "Provider"]


def test_long_text_from_a_log_says_how_much_is_missing() -> None:
    pattern = ErrorPattern(
        level="ERROR", pattern="x" * 1240, count=1, providers=(), first_seen=make.AT, last_seen=make.AT
    )
    cell = tables(make.with_sections(errors=(pattern,)), "errors")[PATTERNS].rows[0][2]
    assert isinstance(cell, Code)
    assert cell.text == "x" * 240 + " … (1,000 more characters)"


@given(st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=500))
def test_folding_a_trend_loses_no_request_and_fits_a_line(values: list[int]) -> None:
    folded, width = fold(values)
    assert sum(folded) == sum(values)
    assert len(folded) <= 72
    assert folded[-1] == sum(values[-width:])


def test_a_trend_says_what_one_character_is_and_what_it_counts() -> None:
    drawn = chart(make.with_sections(trend=make.trend(*range(144))), "trend")
    (spark,) = drawn.sparks
    assert drawn.summary == (
        "Per 5 min from 2026-01-08 00:00 to 2026-01-08 11:55: minimum 0, maximum 143; 10,296 requests in 144 "
        "buckets. Source: rows that start a request."
    )
    assert spark.note == "One character is 10 min, “·” is none."
    assert len(spark.values) == 72


def of_buckets(*each: Mapping[str, object]) -> Report:
    """A report whose trend has these buckets of 5 minutes."""
    points = tuple(
        replace(point, **more) for point, more in zip(make.trend(*[100] * len(each)).points, each, strict=True)
    )
    return make.with_sections(trend=replace(make.trend(), points=points, latency_source="a sketch"))


def panels(report: Report) -> dict[str, list[tuple[str, tuple[object, ...]]]]:
    """By its label what is drawn in each panel of the trend."""
    drawing = chart(report, "trend").drawing
    assert isinstance(drawing, Columns)
    return {panel.label: [(one.name, one.values) for one in panel.series] for panel in drawing.panels}


def test_what_failed_stands_on_the_others_and_unknown_is_not_none() -> None:
    report = of_buckets({"errors": 0}, {"errors": 7}, {})
    assert panels(report) == {
        "Requests per 5 min": [
            ("Requests, failures over time not recorded", (None, None, 100)),
            ("Other requests", (100, 93, None)),
            ("Failed requests", (0, 7, None)),
        ]
    }
    assert chart(report, "trend").point == (
        "7 of 200 failed, the first of them in the bucket from 2026-01-08 00:05; most of one bucket, 7 of 100, in that "
        "from 2026-01-08 00:05. Of 100 requests it is not recorded how many failed."
    )
    assert chart(of_buckets({"errors": 0}), "trend").point == "None of 100 failed."


def test_rows_of_a_log_are_no_part_of_the_requests() -> None:
    """One request may write several of them."""
    report = of_buckets({"error_rows": 0}, {"error_rows": 300})
    assert list(panels(report)) == ["Requests per 5 min", "Log rows of level ERROR per 5 min"]
    assert chart(report, "trend").point == (
        "Of 200 requests it is not recorded how many failed. Log rows of level ERROR: 300, from 2026-01-08 00:05 on; "
        "300 in the bucket from 2026-01-08 00:05."
    )


def test_percentiles_over_time_are_curves_where_buckets_have_them() -> None:
    report = of_buckets(
        {"errors": 0, "p50_seconds": 0.4, "p99_seconds": 2.0}, {"errors": 0}, {"errors": 0, "p50_seconds": 0.5}
    )
    assert panels(report)["Latency per 5 min"] == [("p99", (2.0, None, None)), ("p50", (0.4, None, 0.5))]
    drawn = chart(report, "trend")
    assert drawn.point.endswith(
        "p99 of the latency between 2.00 s and 2.00 s, highest in the bucket from 2026-01-08 00:00."
    )
    assert [column.title for column in drawn.table.columns][-2:] == ["p99", "p50"]
    assert isinstance(drawn.drawing, Columns)
    assert isinstance(curves := drawn.drawing.panels[-1], Curves)
    assert curves.note.startswith("Percentiles are interpolated in a sketch")
    assert list(panels(of_buckets({"errors": 0, "timed": 9, "mean_seconds": 1.0}))) == ["Requests per 5 min"]


def test_the_page_says_the_point_of_a_picture_to_those_who_do_not_see_it() -> None:
    """A format of characters has none of it, and says only what its line shows."""
    report = of_buckets({"errors": 0}, {"errors": 7, "p50_seconds": 2.0})
    point = chart(report, "trend").point
    assert f"{point}</p>" in html.render(report)
    assert point.partition(",")[0] not in md.render(report)


def test_beside_a_picture_no_table_has_small_pictures_of_the_same() -> None:
    cells = (("a", Trace((1, 2)), "3"), ("b", Trace((0, 0)), "4"))
    columns = tuple(Heading(title) for title in ("Target", "Over time", "Worst"))
    found = TableBlock("Targets", columns, cells, total=("all", "-", "7")).without_traces()
    assert [column.title for column in found.columns] == ["Target", "Worst"]
    assert found.rows == (("a", "3"), ("b", "4"))
    assert found.total == ("all", "7")


def test_of_several_buckets_the_largest_percentile_is_drawn() -> None:
    """The mean of percentiles is none."""
    drawn = chart(of_buckets(*[{"p50_seconds": 1.0}, {"p50_seconds": 3.0}] * 200), "trend").drawing
    assert isinstance(drawn, Columns)
    assert isinstance(curves := drawn.panels[-1], Curves)
    assert set(curves.series[0].values) == {3.0}
    assert curves.note.endswith("of several buckets the largest is shown")


def test_a_first_character_that_holds_less_is_announced() -> None:
    report = make.with_sections(trend=make.trend(*[1] * 145))
    (spark,) = chart(report, "trend").sparks
    assert spark.note == "One character is 15 min, “·” is none; the first is 5 min."
    assert spark.values[0] == 1


def test_a_trend_that_is_not_trusted_says_why() -> None:
    trend = replace(make.trend(1), trusted="no", reason="counters lost their labels")
    doubt = "This trend is unreliable: counters lost their labels"
    assert doubt in sentences(make.with_sections(trend=trend), "trend")


def test_failures_come_before_warnings_with_what_they_were_judged_on() -> None:
    warn = make.finding(status="warn", check="slow-requests")
    fail = make.finding(observed=0.357, operator="above", threshold=0.05, unit="ratio", n=14)
    blocks = section(make.report(findings=(warn, fail)), "findings").blocks
    assert all(isinstance(block, FindingBlock) for block in blocks)
    assert [block.state.word for block in blocks if isinstance(block, FindingBlock)] == ["FAIL", "WARN"]
    assert isinstance(blocks[0], FindingBlock)
    assert blocks[0].measured == "35.7% (threshold 5.0%), n = 14"


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ((), "No check could be evaluated: this says nothing about the gateway."),
        (("unknown",), "No check could be evaluated: this says nothing about the gateway."),
        (("pass", "skip"), "No check failed or warned."),
    ],
)
def test_no_finding_is_not_always_good_news(statuses: tuple[str, ...], said: str) -> None:
    findings = tuple(make.finding(status=status) for status in statuses)
    assert sentences(make.report(findings=findings), "findings") == [said]


def query(columns: tuple[str, ...], *rows: tuple[str | float | None, ...]) -> TableBlock | Paragraph:
    measured = QueryTable(name="q", title="My query", columns=columns, rows=rows, elapsed_seconds=0.004)
    block = section(make.with_sections(queries=(measured,)), "queries").blocks[0]
    assert isinstance(block, TableBlock | Paragraph)
    return block


def test_a_query_reads_its_units_from_its_columns() -> None:
    table = query(("team", "spend_usd", "year"), ("search", 12.3, 2026), ("ads", None, 2025))
    assert isinstance(table, TableBlock)
    assert [column.align for column in table.columns] == ["left", "right", "right"]
    assert [figures(row) for row in table.rows] == [("$12.30", "2026"), ("–", "2025")]


def figures(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return row[1:]


def test_a_wide_query_is_cut_and_says_so() -> None:
    table = query(tuple(f"c{index}" for index in range(12)), tuple(range(12)))
    assert isinstance(table, TableBlock)
    assert len(table.rows[0]) == 8
    assert "8 of 12 columns shown; the JSON document has all." in table.notes


def test_a_query_without_rows_says_so() -> None:
    empty = query(("a",))
    assert isinstance(empty, Paragraph)
    assert empty.text == "My query: no rows (4 ms)."


def listed(report: Report, label: str) -> list[str]:
    """The lines of a list among the other checks; none where there is no such list."""
    blocks = [block for part in parts(report) if part.anchor == "checks" for block in part.blocks]
    return [row for block in blocks if isinstance(block, Items) and block.label == label for row in block.rows]


def test_what_could_not_be_evaluated_stands_under_its_reason_once() -> None:
    alike = [make.finding(status="unknown", subject={"model": name}, reason="too few") for name in ("a", "b")]
    seen = make.finding(check="x", status="unknown", subject={}, seen="3 of 14 requests", reason="3 of 14 requests")
    assert listed(make.report(findings=(*alike, seen)), "Undecided") == [
        "too few: error-ratio [model=a], error-ratio [model=b]",
        "3 of 14 requests: x",
    ]


def test_what_passed_is_a_line_each_and_what_was_skipped_a_name_once() -> None:
    passed = [make.finding(check="a", status="pass", subject={}, seen=f"{n} of 9") for n in (1, 2)]
    skipped = [make.finding(check="b", status="skip", subject={"model": name}) for name in ("x", "y")]
    report = make.report(findings=(*passed, *skipped))
    assert listed(report, "Passed") == ["a: 1 of 9", "a: 2 of 9"]
    assert sentences(report, "checks") == ["Skipped, as nothing was given or recorded for them: b."]


def test_what_is_required_and_could_not_be_judged_stands_with_the_failures() -> None:
    required = make.finding(check="scrape-readable", status="unknown", seen="refused", required="yes")
    warns = make.finding(check="data-fresh", status="warn", seen="old")
    report = make.report(findings=(warns, required))
    blocks = section(report, "findings").blocks
    assert [block.check for block in blocks if isinstance(block, FindingBlock)] == ["scrape-readable", "data-fresh"]
    assert listed(report, "Undecided") == []


def root(**fields: object) -> Finding:
    """An instance that is down, which others may follow from."""
    return make.finding(**{"check": "instance-health", "fingerprint": "down", **fields})


def full_blocks(report: Report) -> list[FindingBlock]:
    return [block for block in section(report, "findings").blocks if isinstance(block, FindingBlock)]


def in_full(*findings: Finding) -> list[tuple[str, list[str]]]:
    """Each finding that stands in full, with those that stand under it."""
    full = full_blocks(make.report(findings=findings))
    return [(block.check, [each.check for each in block.derived]) for block in full]


def test_what_follows_from_a_finding_stands_under_it() -> None:
    other = make.finding(check="slow-requests", status="warn")
    follows = make.finding(check="error-ratio", derived_from="down")
    assert in_full(root(), other, follows) == [("instance-health", ["error-ratio"]), ("slow-requests", [])]


@pytest.mark.parametrize(
    "findings",
    [
        (root(status="warn"), make.finding(derived_from="down")),
        (root(waived=WAIVED), make.finding(derived_from="down")),
        (root(status="pass"), make.finding(derived_from="down")),
        (make.finding(derived_from="nowhere"),),
        (make.finding(fingerprint="self", derived_from="self"),),
        (root(derived_from="b"), make.finding(fingerprint="b", derived_from="down")),
    ],
)
def test_no_finding_is_hidden_under_one_that_is_less_bad_or_not_there(findings: tuple[Finding, ...]) -> None:
    assert ("error-ratio", []) in in_full(*findings)


@given(st.lists(st.builds(make.finding, fingerprint=NAMES, derived_from=st.none() | NAMES, status=STATUSES)))
def test_every_finding_that_counts_stands_once(findings: list[Finding]) -> None:
    report = make.report(findings=findings)
    full = full_blocks(report)
    more = [row for part in parts(report) if part.anchor == "more" for row in items(part)]
    left = [int(block.left.removeprefix("+").removesuffix(" more") or 0) for block in full]
    counted = [one for one in findings if one.status in {"fail", "warn"}]
    assert len(full) + sum(len(one.derived) for one in full) + sum(left) + len(more) == len(counted)


def test_what_is_waived_is_no_failure_and_says_why_until_when_and_for_whom() -> None:
    report = make.report(findings=(make.finding(waived=WAIVED),))
    table = tables(report, "findings")["Waived"]
    assert [column.title for column in table.columns][-3:] == ["Waived until", "Reason", "Owner"]
    ((status, *_, until, why, owner),) = table.rows
    assert isinstance(status, State)
    assert (status.word, until, why, owner) == ("FAIL", "2026-01-19 (days left: 10)", "batch model", "platform")
    assert sentences(report, "findings") == ["No check failed or warned, except for what is waived."]
    assert in_full(*report.findings) == []


def test_what_is_waived_is_in_no_other_table() -> None:
    report = make.report(findings=(make.finding(status="unknown", required="yes", waived=WAIVED),))
    assert "checks" not in {part.anchor for part in parts(report)}
    assert "Waived" in tables(report, "findings")


@pytest.mark.parametrize(
    ("expires", "at", "left"),
    [
        ("2026-01-19", "2026-01-09T23:59:59Z", 10),
        ("2026-01-09", "2026-01-09T00:00:00Z", 0),
        ("2026-01-08", "2026-01-09T00:00:00Z", -1),
        ("2024-03-01", "2024-02-28T12:00:00Z", 2),
        ("soon", "2026-01-09T00:00:00Z", None),
        ("2026-01-09", "99 ms after 1970", None),
    ],
)
def test_the_day_that_a_waiver_names_is_its_last(expires: str, at: str, left: int | None) -> None:
    assert _finding_texts.days_left(expires, at) == left


def test_rows_that_may_not_be_written_yet_are_named_once_where_there_are_rows() -> None:
    def notes(found: Report) -> list[str]:
        return [note for part in parts(found) for block in part.blocks for note in getattr(block, "notes", ())]

    wanted = "Rows of the last 1 min may not be written yet."
    report = make.full()
    late = replace(report, gateway=replace(report.gateway, write_delay_seconds=60.0))
    assert (wanted in notes(report), notes(late).count(wanted)) == (False, 1)
    assert wanted not in notes(replace(late, sections=replace(late.sections, database=None)))


def test_a_reason_is_left_out_only_where_the_figures_say_it_in_words_of_their_own() -> None:
    assert _finding_texts.reason(make.finding(seen="1 row; no data", reason="no data")) is None
    assert _finding_texts.reason(make.finding(seen="no database", reason="no data")) == "no data"


def values(report: Report) -> dict[str, tuple[str, str]]:
    """The key figures of the head with their notes, the last of each name."""
    return {one.label: (one.value, one.note) for row in _view.document(report).figures for one in row.figures}


def test_an_instance_that_answered_nothing_is_not_counted_as_ok() -> None:
    ended = OutcomeCounts(server_error=40)
    dead = InstanceRow(provider="b", instance="b-1", health="ok", attempts=40, by_status={}, outcomes=ended)
    fine = replace(dead, instance="a-1", outcomes=OutcomeCounts(success=80))
    row = make.traffic_row().with_outcomes(ended, 0)
    traffic = Traffic(group_by="provider", rows=(row,), total=row, source="x", basis="window")
    shown = values(make.with_sections(instances=(fine, dead), traffic=traffic))
    assert shown["Instances now"] == ("1 of 2 ok", "b-1 answered 0 of 40")


@pytest.mark.parametrize(("timed", "is_shown"), [(0, False), (3, True), (None, True)])
def test_none_is_slow_only_where_something_was_timed(timed: int | None, is_shown: bool) -> None:  # noqa: FBT001
    row = make.traffic_row()
    traffic = Traffic(group_by="provider", rows=(row,), total=row, source="x", basis="window")
    counts = WindowCounts(slow_requests=0, timed_requests=timed)
    assert ("Slow requests" in values(make.with_sections(traffic=traffic, window_counts=counts))) == is_shown


@pytest.mark.parametrize(("counted", "said"), [(0, True), (60, False)])
def test_counters_that_miss_failures_of_the_log_say_so_wherever_they_stand(counted: int, said: bool) -> None:  # noqa: FBT001
    logged, ended = OutcomeCounts(success=60, server_error=60), OutcomeCounts(success=120 - counted, timeout=counted)
    rows = tuple(make.traffic_row(requests=120).with_outcomes(each, 0) for each in (logged, ended))
    lifetime = Traffic(group_by="provider", rows=rows[1:], total=rows[1], source="x", basis="lifetime")
    window = Traffic(group_by="provider", rows=rows[:1], total=rows[0], source="x", basis="window", lifetime=lifetime)
    instance = InstanceRow(provider="a", instance="a-1", health="ok", attempts=120, by_status={}, outcomes=ended)
    report = make.with_sections(traffic=window, instances=(instance,))
    words = "these counters miss 60 failures that the log has"
    assert (words in values(report)["Server error ratio"][1]) == said
    for anchor in ("instances", "traffic"):
        notes = [note.lower() for one in tables(report, anchor).values() for note in one.notes]
        assert any(words in note for note in notes) == said


def test_the_fold_counts_all_that_follows_and_not_what_it_shows() -> None:
    root = make.finding(fingerprint="root")
    many = [make.finding(fingerprint=f"{i}", derived_from="root", seen=f"number {i}") for i in range(20)]
    (block,) = _view.document(make.report(findings=(root, *many))).findings.blocks
    assert isinstance(block, FindingBlock)
    assert (block.followers, block.left) == ("20", "+10 more")


def test_the_name_of_a_waived_check_does_not_break_in_two() -> None:
    waived = make.report(findings=(make.finding(waived=WAIVED),))
    (table,) = (block for block in section(waived, "findings").blocks if isinstance(block, TableBlock))
    assert {column.title: column.whole for column in table.columns}["Check"]


@pytest.mark.parametrize(("form", "renderer"), [("md", md), ("html", html)])
def test_a_page_is_made_once(form: str, renderer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once to be timed and once to be shown: what it says of the run is measured before."""
    made: list[Report] = []

    def counted(found: Report, *, brief: bool = False) -> Document:
        made.append(found)
        return _view.document(found, brief=brief)

    monkeypatch.setattr(renderer, "document", counted)
    text = documents(make.report(), [form], settled(tmp_path), ThisMachine())[form]
    assert "Up to its rendering, this report took: " in text
    assert len(made) == 1
