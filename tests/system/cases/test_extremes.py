"""Values that no gateway has: they end in an exit code of the contract, are left out, and the rest of the report stands."""

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

FORMATS = ("md", "html", "text", "csv")
#: A figure that nobody can read, a number that is none, and a duration below zero.
NONSENSE = re.compile(r"(?<![\w.-])\d{24,}(?![\w-])|(?<![\w+-])[+-]?(?:inf|nan)\b|(?<![\w.-])-\d[\d.,]* (?:ms|s|min|h|d)\b", re.IGNORECASE)
VALUES = ("-1", "NaN", "+Inf", "-Inf", "5e-324", "9223372036854775808", "1e155", "1.7976931348623157e308")
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
    """Where a value stands in a healthy scrape, and which values are in order there."""

    name: str
    scrape: Callable[[str], str]
    plausible: frozenset[str] = TINY


def counter(name: str, labels: str) -> Callable[[str], str]:
    """A series of its own beside the good one."""
    return lambda value: GOOD + (f"{name}{{{labels}}} {value}\n")


PLACES = (
    Place("requests", counter("llm_requests_total", 'provider="openai",model="other"')),
    Place("failed attempts", counter("llm_gateway_instance_requests_total", 'provider="openai",instance="oai",status="failure"')),
    Place("tokens", lambda value: GOOD + family("llm_tokens_total", "counter", f'provider="openai",model="gpt-4o",type="input"}} {value}')),
    Place("sessions", lambda value: GOOD + family("llm_gateway_session_count", "gauge", f'provider="openai"}} {value}'), IDLE),
    Place("health", lambda value: llm_gateway(Instance({"success": 1000}, health=value)), ALL),
    Place("a quantile", lambda value: GOOD + summary("0.5").replace('0.99"} 0.5', f'0.99"}} {value}'), IDLE),
    Place("every quantile", lambda value: GOOD + summary(value), IDLE),
    Place("a sum of durations", lambda value: GOOD + summary("0.5", total=value), IDLE),
    Place("a count of durations", lambda value: GOOD + summary("0.5", count=value)),
    Place("a state", lambda value: litellm(Counted(1000), states=state(value)), ALL),
    Place("the start", lambda value: litellm(Counted(1000)) + family("process_start_time_seconds", "gauge", value), frozenset({"NaN"})),
    Place("a bound of a bucket", lambda value: litellm(Counted(1000)) + "# TYPE litellm_request_total_latency_metric histogram\n"
        + "".join(f'litellm_request_total_latency_metric_bucket{{requested_model="gpt-4o",le="{bound}"}} 1000\n' for bound in dict.fromkeys((value, "+Inf"))), ALL),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_value_of_a_scrape(place: Place, value: str, reported: Reported, tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text(place.scrape(value))
    code, document, text = reported(f"{WHOLE} --at {AT}")
    section, traffic = document["sections"]["metrics"], document["sections"]["traffic"]
    assert (code, traffic["total"]["requests"]) == (0, 1000), document["verdict"]["headline"]
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
STORED = ("-1", "9e999", "-9e999", "1.7e308", "9223372036854775807", "-9223372036854775808", "0.5", "'12 apples'", "x'00ff'", "NULL")
COUNTED_ALONE = f"{LOG} --at {AT} --set error-ratio.required=false"


@pytest.mark.parametrize("value", STORED)
@pytest.mark.parametrize("column", ["duration_ms", "input_tokens", "timestamp"])
def test_a_value_of_one_row(column: str, value: str, reported: Reported, tmp_path: Path) -> None:
    successes(*[0.8] * 30, change=f"UPDATE requests SET {column} = {value} WHERE request_id = 'r7'")(tmp_path / "o.db")
    code, document, text = reported(COUNTED_ALONE)
    total = document["sections"]["traffic"]["total"]
    print(column, value, code, document["verdict"], total["requests"], total["latency"]["count"], total["latency"]["mean_seconds"], total["input_tokens"], [f["seen"] for f in document["findings"] if f["status"]=="warn"], document["sections"]["failed_queries"])
    assert readable(text)


@pytest.mark.parametrize("value", STORED)
@pytest.mark.parametrize("column", ["duration_ms", "input_tokens", "timestamp"])
def test_a_value_of_every_row(column: str, value: str, reported: Reported, tmp_path: Path) -> None:
    successes(*[0.8] * 30, change=f"UPDATE requests SET {column} = {value}")(tmp_path / "o.db")
    code, document, text = reported(COUNTED_ALONE)
    total = (document["sections"]["traffic"] or {}).get("total")
    print("ALL", column, value, code, document["verdict"], total and (total["requests"], total["latency"]["count"], total["latency"]["mean_seconds"], total["input_tokens"]), [f["seen"] for f in document["findings"] if f["status"]=="warn"], document["sections"]["failed_queries"])
    assert readable(text)


@pytest.mark.parametrize("value", STORED)
@pytest.mark.parametrize("place", ["json", "span", "logtime"])
def test_a_value_of_a_log(place: str, value: str, reported: Reported, tmp_path: Path) -> None:
    change = {
        "json": f"UPDATE logs SET fields = json_set(fields, '$.duration_ms', CAST({value} AS TEXT)) WHERE message LIKE 'Completed%' AND id % 7 = 0",
        "span": f"UPDATE spans SET duration_ms = {value} WHERE rowid = 7",
        "logtime": f"UPDATE logs SET timestamp = coalesce({value}, 0) WHERE id = 7",
    }[place]
    log(*spread(30), change=change)(tmp_path / "o.db")
    code, document, text = reported(f"{LOG} --at {AT}")
    total = (document["sections"]["traffic"] or {}).get("total")
    print("LOG", place, value, code, document["verdict"], total and (total["requests"], total["latency"]["count"], total["latency"]["mean_seconds"], total["input_tokens"]), [f["seen"] for f in document["findings"] if f["status"]=="warn"], document["sections"]["failed_queries"])
    assert readable(text)
