"""Values that no gateway has: each ends in an exit code, is left out where it stands, and the rest is reported."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmgw_report.cli import main
from tests.process import AT
from tests.system.cases.inputs import (
    Counted,
    Instance,
    family,
    litellm,
    llm_gateway,
    log,
    spread,
    state,
    successes,
    summary,
)
from tests.system.cases.kinds import LOG, WHOLE

FORMATS = ("md", "html")
#: A figure that nobody can read, a number that is none, and a duration below zero.
NONSENSE = re.compile(
    r"""
    (?<![\w.-])\d{24,}(?![\w-])          # longer than anybody reads
    | \d(?:,\d{3}){8}
    | (?<![\w+-])[+-]?(?:inf|nan)\b | inf%
    | (?<![\w.-])-\d[\d.,]*[ ](?:ms|s|min|h|d)\b  # below zero
    """,
    re.IGNORECASE | re.VERBOSE,
)
VALUES = ("-1", "NaN", "+Inf", "5e-324", "9223372036854775808", "1e155", "1.7976931348623157e308")
#: It is 0 but for rounding; and what is not a number is no mistake of a gauge.
TINY, IDLE = frozenset({"5e-324"}), frozenset({"5e-324", "NaN"})
ALL = frozenset(VALUES)
GOOD = llm_gateway(Instance({"success": 1000}))
YOUNG = "2026-03-02T11:30:00Z"

Reported = Callable[[str], tuple[int, dict[str, Any], str]]


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Reported:
    """A command in this process, in every format that people read: its code, its document, and all it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LLMGW_REPORT_WINDOW")

    def command(line: str) -> tuple[int, dict[str, Any], str]:
        outputs = [word for name in FORMATS for word in ("-o", f"{name}=r.{name}")]
        code = main([*shlex.split(line), *outputs, "-o", "json=r.json"])
        printed = capsys.readouterr().err
        assert "Traceback" not in printed
        if code == 2:
            assert printed.splitlines()[-1].startswith("llmgw-report: USAGE exit=2")
            return code, {}, printed
        document = json.loads(Path("r.json").read_text(), parse_constant=pytest.fail)
        status = document["verdict"]["status"].upper()
        assert printed.splitlines()[-1].startswith(f"llmgw-report: {status} exit={code} ")
        return code, document, "\n".join([printed, *(Path(f"r.{name}").read_text() for name in FORMATS)])

    return command


class Place(NamedTuple):
    """Where a value stands in a healthy scrape, which values are in order there, and whether it counts failures.

    How many failed is not known where their count cannot be right, and then nothing proves a PASS.
    """

    name: str
    scrape: Callable[[str], str]
    plausible: frozenset[str] = TINY
    decides: bool = False


def counter(name: str, labels: str) -> Callable[[str], str]:
    """A series of its own beside the good one."""
    return lambda value: GOOD + (f"{name}{{{labels}}} {value}\n")


PLACES = (
    Place("requests", counter("llm_requests_total", 'provider="openai",model="other"')),
    Place(
        "failed attempts",
        counter("llm_gateway_instance_requests_total", 'provider="openai",instance="oai",status="failure"'),
        decides=True,
    ),
    Place(
        "tokens",
        lambda value: (
            GOOD + family("llm_tokens_total", "counter", f'provider="openai",model="gpt-4o",type="input"}} {value}')
        ),
    ),
    Place(
        "sessions",
        lambda value: GOOD + family("llm_gateway_session_count", "gauge", f'provider="openai"}} {value}'),
        IDLE,
    ),
    Place("health", lambda value: llm_gateway(Instance({"success": 1000}, health=value)), ALL),
    Place("a quantile", lambda value: GOOD + summary("0.5").replace('0.99"} 0.5', f'0.99"}} {value}'), IDLE),
    Place("every quantile", lambda value: GOOD + summary(value), IDLE),
    Place("a sum of durations", lambda value: GOOD + summary("0.5", total=value), IDLE),
    Place("a count of durations", lambda value: GOOD + summary("0.5", count=value)),
    Place("a state", lambda value: litellm(Counted(1000), states=state(value)), ALL),
    Place(
        "the start",
        lambda value: litellm(Counted(1000)) + family("process_start_time_seconds", "gauge", value),
        frozenset({"NaN"}),
    ),
    Place(
        "a bound of a bucket",
        lambda value: (
            litellm(Counted(1000))
            + "# TYPE litellm_request_total_latency_metric histogram\n"
            + "".join(
                f'litellm_request_total_latency_metric_bucket{{requested_model="gpt-4o",le="{bound}"}} 1000\n'
                for bound in dict.fromkeys((value, "+Inf"))
            )
        ),
        ALL,
    ),
)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_value_of_a_scrape(place: Place, value: str, reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(place.scrape(value))
    code, document, text = reported(f"{WHOLE} --at {AT}")
    section, traffic = document["sections"]["metrics"], document["sections"]["traffic"]
    expected = 3 if place.decides and value not in place.plausible else 0
    assert (code, traffic["total"]["requests"]) == (expected, 1000), document["verdict"]["headline"]
    assert (section["bad_line_count"] > 0) == (value not in place.plausible)
    assert readable(text, *(one["text"] for one in section["bad_lines"]))


def readable(text: str, *quoted: str) -> str:
    """The text, if nothing in it but these quotations is nonsense."""
    for line in quoted:
        name, _, value = line.rpartition(" ")
        text = text.replace(f"{name[-1]} {value}", "")
    if found := NONSENSE.search(text):
        pytest.fail(text[max(0, found.start() - 100) : found.end() + 100])
    return text


#: Of SQLite every type, and the ends of each.
STORED = ("-1", "9e999", "1.7e308", "9223372036854775807", "-9223372036854775808", "0.5", "'12 apples'", "x'00ff'")
ALONE = f"{LOG} --at {AT} --set error-ratio.required=false"
#: What later versions of the table have.
LATER = """
ALTER TABLE requests ADD total_cost REAL DEFAULT 0.01;
ALTER TABLE requests ADD cache_read_input_tokens INTEGER DEFAULT 100;
ALTER TABLE requests ADD cache_creation_input_tokens INTEGER DEFAULT 0;
"""


def changed(table: str, column: str, value: str) -> str:
    """SQL that sets a column."""
    return f"UPDATE {table} SET {column} = {value}"  # noqa: S608 - the arguments are those of this file


def figures(document: dict[str, Any]) -> dict[str, Any]:
    """Figures of 30 rows, by the column that they are of."""
    total = document["sections"]["traffic"]["total"]
    return {
        "duration_ms": total["latency"]["count"],
        "input_tokens": total["tokens"]["input"] / 100,
        "total_cost": round(total["cost_usd"] * 100),
        "cache_read_input_tokens": total["tokens"]["cached_read"] / 100,
        "timestamp": total["requests"],
    }


#: Figures that one row is in.
TOGETHER = {
    "timestamp": {"duration_ms", "input_tokens", "timestamp", "total_cost", "cache_read_input_tokens"},
}


@pytest.mark.parametrize("value", [one for one in STORED if one != "0.5"])
@pytest.mark.parametrize(
    "column", ["duration_ms", "input_tokens", "timestamp", "total_cost", "cache_read_input_tokens"]
)
def test_a_value_of_one_row(column: str, value: str, reported: Reported, tmp_path: Path) -> None:
    change = f"{LATER} {changed('requests', column, value)} WHERE request_id = 'r7'"
    successes(*[0.8] * 30, change=change)(tmp_path / "o.db")
    code, document, text = reported(ALONE)
    assert (code, document["verdict"]["status"]) == (0, "warn")
    assert document["sections"]["failed_queries"] == []
    assert {name for name, rows in figures(document).items() if rows == 29} == TOGETHER.get(column, {column})
    assert sum(point["requests"] for point in document["sections"]["trend"]["points"]) == 30 - (column == "timestamp")
    assert readable(text)


@pytest.mark.parametrize("value", ["-1", "9e999", "9223372036854775807", "x'00ff'"])
@pytest.mark.parametrize("column", ["duration_ms", "input_tokens", "total_cost"])
def test_a_value_of_every_row(column: str, value: str, reported: Reported, tmp_path: Path) -> None:
    successes(*[0.8] * 30, change=f"{LATER} {changed('requests', column, value)}")(tmp_path / "o.db")
    code, document, text = reported(ALONE)
    assert (code, document["verdict"]["status"], document["sections"]["traffic"]["total"]["requests"]) == (
        0,
        "warn",
        30,
    )
    assert document["sections"]["failed_queries"] == []
    assert sum(point["requests"] for point in document["sections"]["trend"]["points"]) == 30
    assert readable(text)


@pytest.mark.parametrize("value", STORED)
def test_a_time_of_every_row(value: str, reported: Reported, tmp_path: Path) -> None:
    successes(*[0.8] * 30, change=changed("requests", "timestamp", value))(tmp_path / "o.db")
    code, document, text = reported(ALONE)
    assert code == 3, document["verdict"]
    assert readable(text)


@pytest.mark.parametrize("value", STORED)
def test_a_duration_of_a_log_row(value: str, reported: Reported, tmp_path: Path) -> None:
    written = changed("logs", "fields", f"json_set(fields, '$.duration_ms', CAST({value} AS TEXT))")
    span = changed("spans", "duration_ms", value)
    change = f"{written} WHERE message LIKE 'Completed%' AND id < 20; {span} WHERE rowid = 7"
    log(*spread(30), change=change)(tmp_path / "o.db")
    code, document, text = reported(f"{LOG} --at {AT}")
    total, fine = document["sections"]["traffic"]["total"], value == "0.5"
    assert (code, total["requests"], document["sections"]["failed_queries"]) == (0, 30, [])
    assert total["latency"]["count"] == (30 if fine else 21)
    assert document["verdict"]["status"] == ("pass" if fine else "warn")
    assert readable(text)


@pytest.mark.parametrize("value", ["1e300", "-1", "0,5", "0x10", "inf", "18446744073709551616"])
@pytest.mark.parametrize("attribute", ["failures", "tests", "time"])
def test_a_value_of_a_test_result(attribute: str, value: str, reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(GOOD)
    totals = {"tests": "5", "failures": "0"} | {attribute: value}
    said = " ".join(f'{name}="{count}"' for name, count in totals.items())
    (tmp_path / "t.xml").write_text(f'<testsuite name="smoke" {said}><testcase name="a" time="{value}"/></testsuite>')
    code, _, text = reported(f"{WHOLE} --at {AT} --tests t.xml")
    assert code == (1 if (attribute, value) == ("failures", "18446744073709551616") else 0)
    assert readable(text)


@pytest.mark.parametrize("value", ["1e300", "-1", "many", "9223372036854775808"])
def test_a_count_of_failures_without_a_test(value: str, reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(GOOD)
    (tmp_path / "t.xml").write_text(f'<testsuite name="smoke" tests="5" failures="{value}"/>')
    code, document, text = reported(f"{WHOLE} --at {AT} --tests t.xml")
    assert code == (1 if value == "9223372036854775808" else 3), document["verdict"]["headline"]
    assert readable(text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--at 1772452800000000", 2),
        ("--at -1", 0),
        ("--at 9999-12-31T23:59:59Z", 0),
        ("--window 0.0001s", 3),
        ("--window 1e300s", 2),
        ("--window 3000000d", 2),
        ("--slow 1e-300s", 0),
        ("--slow 99999999999d", 2),
        ("--timeout 1e300s", 2),
        ("--top 99999999999999999999", 2),
        ("--bucket 1e-9s", 2),
    ],
)
def test_a_value_of_an_option(arguments: str, code: int, reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(GOOD)
    at = "" if "--at" in arguments else f"--at {AT}"
    ended, _, text = reported(f"{WHOLE} {at} {arguments}")
    assert ended == code
    assert readable(text)


@pytest.mark.parametrize("value", ["9e999", "1.7e308", "9223372036854775807", "x'00ff'", "zeroblob(10)", "NULL"])
def test_a_value_of_a_query(value: str, reported: Reported, tmp_path: Path) -> None:
    columns = ", ".join(f"{value} AS x_{unit}" for unit in ("seconds", "ratio", "tokens", "usd", "bytes"))
    (tmp_path / "q.sql").write_text(f"-- title: Extremes\nSELECT {columns}")
    successes(*[0.8] * 30)(tmp_path / "o.db")
    code, document, text = reported(f"{ALONE} --query q.sql")
    (table,) = (one for one in document["sections"]["queries"] if one["name"] == "q")
    assert (code, len(table["rows"])) == (0, 1)
    assert readable(text)
