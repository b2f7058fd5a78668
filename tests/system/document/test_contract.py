"""The JSON document is what programs rely on: `--schema` and every document, field by field, against the lists here."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from llmgw_report.cli.pages import schema
from llmgw_report.model.quantities import ROW_FIGURES
from llmgw_report.renderers.json import render
from tests.builders import engines, fleet
from tests.builders.gateway import gateway, scrape
from tests.process import CHECKOUT, DOWN, FILE, FLAWED, HEALTHY, call
from tests.system.leaks import filled
from tools.document_fields import ROW, Core, Field, additions, core, differences, schema_fields
from tools.golden import EXAMPLES, folders

Document = dict[str, Any]
SCHEMA: Document = json.loads(schema())
#: RFC 3339, in UTC.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
#: What a figure's key ends with. The others have their unit beside them, in the key of the object or as a field.
UNITS = re.compile(r"(^|_)(seconds|usd|ratio|per_second)$")
UNITLESS = {
    "sections.traffic.rows[].error_ratio.low": "a ratio",
    "sections.traffic.rows[].error_ratio.high": "a ratio",
    "sections.resilience.limits[].used": "in what `kind` limits",
    "sections.resilience.limits[].remaining": "in what `kind` limits",
    "sections.resilience.limits[].maximum": "in what `kind` limits",
    "findings[].observed": "in `unit`",
    "findings[].threshold": "in `unit`",
    "counters[].value": "in the unit of `quantity`",
    "expectations[].observed": "in the unit of `figure`",
    "expectations[].threshold": "in the unit of `figure`",
    "waivers[].up_to": "in the unit of the check",
    "sections.error_budget.burn_rate": "times the rate that uses up the budget",
    "sections.error_budget.windows[].burn_rate": "times the rate that uses up the budget",
    "sections.error_budget.rules[].burn_rate": "times the rate that uses up the budget",
    **{f"{ROW}.{one.field}": "a count" for one in ROW_FIGURES if not UNITS.search(one.field)},
    "timings.queries.*": "seconds",
    "sections.queries[].rows[][]": "whatever the query says",
}


def test_every_field_of_the_schema_is_in_one_list_and_every_field_of_the_lists_in_the_schema() -> None:
    assert differences(SCHEMA, core(), additions()) == []


def test_it_is_what_the_command_prints(tmp_path: Path) -> None:
    assert json.loads(call("--schema", cwd=tmp_path).stdout) == SCHEMA


def _node(found: Document, name: str) -> Document:
    node: Document = found["$defs"][name]["properties"]
    return node


def _renamed(found: Document) -> None:
    fields = _node(found, "Finding")
    fields["thing"] = fields.pop("subject")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param(lambda found: _node(found, "Report").pop("counters"), "counters[]", id="a section goes"),
        pytest.param(lambda found: _node(found, "Finding").pop("evidence"), "findings[].evidence", id="a field goes"),
        pytest.param(_renamed, "findings[].subject.*", id="renamed: the old name"),
        pytest.param(_renamed, "findings[].thing.*", id="renamed: the new name"),
        pytest.param(
            lambda found: _node(found, "Verdict").update(since={"type": "string"}), "verdict.since", id="never null"
        ),
        pytest.param(
            lambda found: _node(found, "Verdict").update(headline={"anyOf": [{"type": "string"}, {"type": "null"}]}),
            "verdict.headline",
            id="null",
        ),
        pytest.param(
            lambda found: _node(found, "Report").update(absent={"anyOf": [{"type": "array"}, {"type": "null"}]}),
            "absent is a list that may be null",
            id="a list that may be null",
        ),
        pytest.param(lambda found: _node(found, "Input")["kind"]["enum"].pop(), "inputs[].kind", id="a word goes"),
        pytest.param(
            lambda found: _node(found, "InstanceRow")["health"]["enum"].append("dead"),
            "sections.instances[].health",
            id="a word comes",
        ),
        pytest.param(
            lambda found: _node(found, "SlowRequest").update(duration_seconds={"type": "string"}),
            "sections.slow_requests[].duration_seconds",
            id="another type",
        ),
        pytest.param(
            lambda found: _node(found, "Finding").update(required={"type": "boolean"}),
            "findings[].required is a bare boolean",
            id="a boolean",
        ),
        pytest.param(
            lambda found: found["$defs"]["Report"]["required"].remove("findings"),
            "Report.findings may be left out",
            id="left out",
        ),
        pytest.param(
            lambda found: _node(found, "Totals").pop("since"), "sections.traffic.lifetime.since", id="the totals alone"
        ),
        pytest.param(
            lambda found: _node(found, "Window").update(color={"type": "string"}), "window.color", id="a field comes"
        ),
        pytest.param(lambda found: _node(found, "Report").pop("setup"), "setup is listed", id="an addition goes"),
    ],
)
def test_a_change_of_the_schema_is_noticed(change: Callable[[Document], object], path: str) -> None:
    found = deepcopy(SCHEMA)
    change(found)
    assert any(one.startswith(path) for one in differences(found, core(), additions()))


def test_a_list_that_says_too_much_or_too_little_is_noticed() -> None:
    listed = core()
    more = Core({**listed.fields, "verdict.colour": Field(("text",))}, listed.same)
    assert differences(SCHEMA, more, additions()) == ["verdict.colour is not in the schema"]
    less = Core({path: one for path, one in listed.fields.items() if path != "exit.code"}, listed.same)
    assert differences(SCHEMA, less, additions()) == ["exit.code is in neither list"]
    twice = {**additions(), "exit.code": "again"}
    assert differences(SCHEMA, listed, twice) == ["exit.code is in both lists"]
    beyond = {**additions(), "exit.colour": "none"}
    assert differences(SCHEMA, listed, beyond) == ["exit.colour is listed, and not in the schema"]
    other = Core(listed.fields, {**listed.same, "verdict": "exit"})
    assert differences(SCHEMA, other, additions())[0].startswith("verdict has other fields than exit")


def test_a_figure_has_its_unit_in_the_key() -> None:
    fields = schema_fields(SCHEMA).items()
    bare = {path for path, field in fields if "number" in field.kind and not UNITS.search(path.rpartition(".")[2])}
    same = {path: path.replace("sections.since_last_report.", "sections.traffic.") for path in bare}
    assert {core().own(path) for path in same.values()} == {*UNITLESS}


def errors(document: Document) -> list[str]:
    """What the schema says against it. The import compiles grammars for 1.6 s, which every worker would pay for."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    return [f"{one.json_path}: {one.message}" for one in Draft202012Validator(SCHEMA).iter_errors(document)]


def check(document: Document) -> None:
    """The document is of the schema, and its times are times."""
    assert errors(document) == []
    listed = core()
    times = {path for path, field in listed.fields.items() if field.kind == ("time",)}
    for path, value in _values(document):
        assert listed.own(path) not in times or value is None or TIME.fullmatch(value), (path, value)


def _values(node: object, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return [pair for name, one in node.items() for pair in _values(one, f"{path}.{name}" if path else name)]
    if isinstance(node, list):
        return [pair for one in node for pair in _values(one, f"{path}[]")]
    return [(path, node)]


def strict(text: str) -> Document:
    def constant(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    found: Document = json.loads(text, parse_constant=constant)
    return found


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_the_document_of_every_example_is_of_the_schema(folder: Path) -> None:
    document = strict((folder / "report.json").read_text("utf-8"))
    check(document)
    scraped = any(one["kind"] == "metrics" and one["status"] == "ok" for one in document["inputs"])
    assert bool(document["counters"]) == scraped


def test_a_document_with_everything_in_it_is_of_the_schema() -> None:
    document = json.loads(render(filled.report("a", "b")))
    assert errors(document) == []


ODD = {
    "no source": ("--no-metrics", "--no-db"),
    "no file": (*FILE, "missing.prom"),
    "nothing in it": (*FILE, "empty.prom"),
    "no number": (*FILE, "no-number.prom"),
    "another program's": (*FILE, "other.prom"),
    "nothing redacted": (*FILE, "flawed.prom", "--no-redact", "--title", "Ours", "--preset", "smoke"),
    "a history": (*FILE, "flawed.prom", "--history", "history.db"),
    "an objective": (*FILE, "down.prom", "--slo", "99%"),
    "tests": (*FILE, "flawed.prom", "--tests", "junit.xml", "--tests", "missing.xml"),
    **{
        f"a litellm that is {state}": (
            *FILE,
            str(CHECKOUT / "tests/gateways/products/litellm" / state / "metrics.prom"),
        )
        for state in ("clean", "dead", "no-key", "old-version")
    },
    "a litellm by model": (*FILE, str(EXAMPLES / "litellm" / "metrics.prom"), "--group-by", "model"),
    "a waiver and an expectation": (*FILE, "flawed.prom", "--config", "own.toml"),
}
CONFIGURATION = """\
[[waive]]
check = "error-ratio"
reason = "known"
expires = 2027-01-01
[[expect]]
figure = "traffic.total.requests"
at-least = 10000
"""
TESTS = """\
<testsuite name="s"><testcase name="a" time="1"/><testcase name="b"><failure message="no"/></testcase></testsuite>
"""


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    scrapes = {"flawed": FLAWED, "down": DOWN, "empty": "", "no-number": HEALTHY.replace("} 1000", "} NaN")}
    for name, text in {**scrapes, "other": "up 1\n"}.items():
        (tmp_path / f"{name}.prom").write_text(text)
    (tmp_path / "own.toml").write_text(CONFIGURATION)
    (tmp_path / "junit.xml").write_text(TESTS)
    return tmp_path


@pytest.mark.parametrize("name", ODD)
def test_the_document_of_an_odd_run_is_of_the_schema(name: str, inputs: Path) -> None:
    done = call(*ODD[name], "-f", "json", cwd=inputs)
    first = strict(done.stdout)
    check(first)
    (inputs / "saved.json").write_text(done.stdout)
    again = strict(call("--rejudge", "saved.json", "-f", "json", cwd=inputs).stdout)
    check(again)
    assert again["counters"] == first["counters"]
    compared = call(*ODD["nothing redacted"], "--baseline", "saved.json", "-f", "json", cwd=inputs)
    check(strict(compared.stdout))


def test_a_server_is_an_input_of_its_kind_and_counts_nothing_that_is_subtracted(tmp_path: Path) -> None:
    with engines.prometheus(tmp_path, fleet.exposition()) as url:
        asked = ("--prometheus", url, "--match", 'job="litellm"', "--at", str(fleet.END), "--window", "30m", "--no-db")
        document = strict(call(*asked, "-f", "json", cwd=tmp_path).stdout)
    check(document)
    assert [(one["kind"], one["status"]) for one in document["inputs"]] == [("server", "ok"), ("database", "skipped")]
    assert document["sections"]["traffic"]["total"]["requests"]
    assert document["counters"] == []


def test_a_server_that_does_not_answer_is_one_too(tmp_path: Path) -> None:
    asked = ("--prometheus", "http://127.0.0.1:9", "--match", 'job="litellm"', "--window", "1h", "--no-db")
    document = strict(call(*asked, "-f", "json", cwd=tmp_path).stdout)
    check(document)
    assert (document["inputs"][0]["kind"], document["inputs"][0]["status"]) == ("server", "unavailable")
    assert {one["quantity"]: one["reason"] for one in document["absent"]}["metrics"] == "connection refused"
    assert document["verdict"]["status"] == "unknown"


def test_counters_are_those_of_the_scrape_by_every_subject(inputs: Path) -> None:
    document = strict(call(*FILE, "down.prom", "-f", "json", cwd=inputs).stdout)
    found = {(one["quantity"], *sorted(one["labels"].items())): one["value"] for one in document["counters"]}
    assert len(found) == len(document["counters"])
    assert found["requests",] == 1500
    instance = ("instance", "a-2"), ("provider", "a")
    assert found["attempts", *instance, ("status", "failure")] == 500


SECRET = "sk-proj-Q7xvT2mKp9Lw4ZbN8rYcD3fH6jGs1AeU"


def test_no_key_is_in_a_label_of_a_counter(inputs: Path) -> None:
    (inputs / "keys.prom").write_text(DOWN.replace('"k"', f'"{SECRET}"').replace('"a-2"', f'"{SECRET}"'))
    documents = [call(*FILE, "keys.prom", "-f", "json", *more, cwd=inputs).stdout for more in ((), ("--no-redact",))]
    assert SECRET not in documents[0]
    hidden, shown = ({one["labels"].get("instance") for one in strict(text)["counters"]} for text in documents)
    assert SECRET in shown
    assert len(hidden) == len(shown) == 3  # each instance, and what names none


def test_what_two_documents_count_is_the_window_that_a_history_has_between_them(tmp_path: Path) -> None:
    kept = ("--gateway", gateway(tmp_path), "--metrics-file", "m.prom", "--history", "h.db", "--no-db", "-f", "json")
    totals = []
    for scraped, minute in ((scrape(1000, 100, slow=5), "00"), (scrape(1700, 130, slow=9), "40")):
        (tmp_path / "m.prom").write_text(scraped)
        done = call(*kept, "--at", f"2026-03-02T12:{minute}:00Z", "--window", "40m", cwd=tmp_path)
        document = strict(done.stdout)
        totals.append({(one["quantity"], *sorted(one["labels"].items())): one["value"] for one in document["counters"]})
    counted = {name: value - totals[0].get(name, 0) for name, value in totals[1].items()}
    window = document["sections"]["traffic"]["total"]
    assert document["sections"]["traffic"]["basis"] == document["window"]["basis"] == "window"
    assert counted["requests",] == window["requests"] == 730
    assert counted["tokens", ("token-type", "input")] == window["tokens"]["input"]
    ended = {word: counted["requests", ("outcome", word)] for word in ("success", "server-error")}
    assert ended == {"success": 700, "server-error": 30}
    assert ended["server-error"] == window["outcomes"]["server_error"]
    buckets = {one["up_to_seconds"]: one["count"] for one in window["latency"]["buckets"]}
    assert counted["latency-bucket", ("le", "2")] == buckets[2.0]
    assert counted["latency-bucket", ("le", "+Inf")] == counted["latency-count",] == buckets[None] == 730
    assert counted["latency-sum",] == pytest.approx(window["latency"]["mean_seconds"] * window["latency"]["count"])
    assert counted["requests", ("outcome", "success"), ("provider", "a")] == 700
