"""A quantity is one entry of the vocabulary, a percentile another, and neither needs an edit anywhere else."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmgw_report import gateways
from llmgw_report.errors import UsageError
from llmgw_report.model.quantities import Kind, Quantity
from tests.builders.installation import checkout

QUANTITIES = """
        Quantity(
            name="time-to-headers",
            kind="distribution",
            unit="s",
            meaning="gen_ai.server.time_to_headers",
        ),
        Quantity(
            name="detours",
            kind="counter",
            unit="{detour}",
            meaning="attempts beyond the first of a request",
        ),
        Quantity(
            name="oldest-wait",
            kind="gauge",
            unit="s",
            adds_up="max",
            meaning="how long the oldest request has waited",
        ),
        Quantity(
            name="workers",
            kind="gauge",
            unit="{worker}",
            adds_up="per-target",
            meaning="processes that answer requests",
        ),
        Quantity(
            name="rate-limit",
            kind="gauge",
            unit="{request}",
            adds_up="never",
            meaning="requests that a key may make in a minute",
        ),
    )
}

#: Latency families"""
PERCENTILE = """
        Percentile(name="p95", ratio=0.95),
        Percentile(name="p99","""

DEFINITION = """
title = "Example gateway"
about = "Times the first token."
[detect]
families = ["example_requests_total"]
[[metrics.requests]]
family = "example_requests_total"
labels = { model = "model" }
[[metrics.time-to-headers]]
family = "example_first_token_milliseconds"
labels = { model = "model" }
scale = 0.001
population = "streams"
[[metrics.detours]]
family = "example_detours_total"
labels = { model = "model" }
[[metrics.oldest-wait]]
family = "example_queue_seconds"
labels = { model = "model" }
[[metrics.workers]]
family = "example_workers"
labels = { model = "model" }
[[metrics.rate-limit]]
family = "example_rate_limit"
labels = { model = "model" }
"""
SCRAPE = """\
# TYPE example_requests_total counter
example_requests_total{model="a"} 600
example_requests_total{model="b"} 400
# TYPE example_first_token_milliseconds histogram
example_first_token_milliseconds_bucket{model="a",le="200"} 300
example_first_token_milliseconds_bucket{model="a",le="400"} 600
example_first_token_milliseconds_bucket{model="a",le="+Inf"} 600
example_first_token_milliseconds_sum{model="a"} 120000
example_first_token_milliseconds_count{model="a"} 600
# TYPE example_detours_total counter
example_detours_total{model="a"} 7
example_detours_total{model="b"} 5
# TYPE example_queue_seconds gauge
example_queue_seconds{model="a"} 2.5
example_queue_seconds{model="b"} 0.5
# TYPE example_workers gauge
example_workers{model="a",host="x"} 2
example_workers{model="a",host="y"} 3
example_workers{model="b",host="x"} 4
# TYPE example_rate_limit gauge
example_rate_limit{model="a",host="x"} 60
example_rate_limit{model="a",host="y"} 60
example_rate_limit{model="b",host="x"} 60
example_rate_limit{model="b",host="y"} 90
"""
EXPECTATIONS = """
[[expect]]
figure = 'traffic.rows[group="a"].time_to_headers.p95_seconds'
at-most = 0.3
[[expect]]
figure = "traffic.total.detours"
equals = 12
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with these entries, a gateway that maps them, and a scrape of it."""
    place = checkout(tmp_path_factory.mktemp("quantities"), "templates")
    vocabulary = place / "llmgw_report" / "model" / "quantities.py"
    text = vocabulary.read_text("utf-8")
    for old, new in (
        ("\n    )\n}\n\n#: Latency families", QUANTITIES),
        ('\n        Percentile(name="p99",', PERCENTILE),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    vocabulary.write_text(text, "utf-8")
    (place / "own-gateway").mkdir()
    (place / "own-gateway" / "gateway.toml").write_text(DEFINITION, "utf-8")
    (place / "scrape.prom").write_text(SCRAPE, "utf-8")
    (place / "llmgw-report.toml").write_text(EXPECTATIONS, "utf-8")
    return place


def run(copy: Path, *arguments: str) -> str:
    """What the copy prints about the scrape."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "llmgw_report", "--gateway", "./own-gateway", "--metrics-file", "scrape.prom"),
            *("--no-db", "--group-by", "model", *arguments),
        ],
        cwd=copy,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(copy), "HOME": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1, 3}, done.stderr
    return done.stdout


def test_it_is_in_the_document(copy: Path) -> None:
    traffic = json.loads(run(copy, "--format", "json"))["sections"]["traffic"]
    first = {row["group"]: row for row in traffic["rows"]}["a"]
    assert first["time_to_headers"]["p50_seconds"] == pytest.approx(0.2)
    assert first["time_to_headers"]["p95_seconds"] == pytest.approx(0.38)
    assert first["time_to_headers"]["population"] == "streams"
    assert (first["detours"], first["oldest_wait_seconds"]) == (7, 2.5)
    assert (traffic["total"]["detours"], traffic["total"]["oldest_wait_seconds"]) == (12, 2.5)
    schema = json.dumps(json.loads(run(copy, "--schema")))
    assert all(name in schema for name in ("time_to_headers", "p95_bucket", "oldest_wait_seconds"))


def test_several_series_add_up_as_the_quantity_says(copy: Path) -> None:
    document = json.loads(run(copy, "--format", "json"))
    traffic = document["sections"]["traffic"]
    first, second = sorted(traffic["rows"], key=lambda row: row["group"])
    assert [row["detours"] for row in (first, second, traffic["total"])] == [7, 5, 12]
    assert [row["oldest_wait_seconds"] for row in (first, second, traffic["total"])] == [2.5, 0.5, 2.5]
    assert [row["workers"] for row in (first, second, traffic["total"])] == [5, 4, 9]
    assert [row["rate_limit"] for row in (first, second, traffic["total"])] == [60, None, None]
    absent = {one["quantity"]: one["reason"] for one in document["absent"]}
    assert absent["rate limit"] == "its 4 series differ, and they do not add up"
    assert not {"workers", "detours", "oldest wait"} & set(absent)


def test_it_is_expected_and_covered(copy: Path) -> None:
    document = json.loads(run(copy, "--format", "json"))
    expected = {one["figure"]: one["observed"] for one in document["expectations"]}
    assert expected['traffic.rows[group="a"].time_to_headers.p95_seconds'] == pytest.approx(0.38)
    assert expected["traffic.total.detours"] == 12
    (found,) = (one for one in document["sections"]["coverage"] if one["quantity"] == "time to headers")
    assert (found["observed"], found["of"], found["note"]) == (600, 1000, "streams")


def test_it_has_rows_in_every_table(copy: Path) -> None:
    shown = run(copy, "--format", "md")
    assert all(text in shown for text in ("p95", "Time to headers over the lifetime", "Detours", "Oldest wait"))
    assert "2.50 s" in shown
    rows = list(csv.DictReader(run(copy, "--format", "csv").splitlines()))
    (first,) = (row for row in rows if (row["section"], row["name"]) == ("traffic", "a"))
    assert (first["time_to_headers_count"], first["detours"]) == ("600", "7")
    assert float(first["time_to_headers_p95_seconds"]) == pytest.approx(0.38)


def test_it_is_counted_since_an_earlier_report(copy: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(run(copy, "--format", "json", "--at", "2026-03-02T12:00:00Z"), "utf-8")
    later = tmp_path / "later.prom"
    later.write_text(SCRAPE.replace("600", "1100").replace('_total{model="a"} 7', '_total{model="a"} 9'), "utf-8")
    now = ("--at", "2026-03-02T13:00:00Z", "--metrics-file", str(later), "--baseline", str(earlier))
    since = json.loads(run(copy, "--format", "json", *now))["sections"]["since_last_report"]["total"]
    assert (since["requests"], since["time_to_headers"]["count"], since["detours"]) == (500, 500, 2)
    assert since["time_to_headers"]["p95_seconds"] == pytest.approx(0.39, rel=0.1)


def test_a_gateway_without_it_says_nothing_of_it(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "scrape.prom").write_text("example_requests_total 5\n", "utf-8")
    traffic = json.loads(run(copy, "--format", "json", "--metrics-file", str(tmp_path / "scrape.prom")))["sections"]
    assert traffic["traffic"]["total"]["time_to_headers"] is None
    assert traffic["traffic"]["total"]["detours"] is None


@pytest.mark.parametrize(
    ("kind", "unit"), [("distribution", "By"), ("distribution", "{token}"), ("state", ""), ("info", "")]
)
def test_a_quantity_that_no_row_can_show_is_rejected(kind: Kind, unit: str) -> None:
    with pytest.raises(ValueError, match=r"quantity request-body: .* or read it in a section and set by_name"):
        Quantity(name="request-body", kind=kind, unit=unit, meaning="m")
    assert Quantity(name="request-body", kind=kind, unit=unit, meaning="m", by_name=True).name == "request-body"


@pytest.mark.parametrize(
    ("name", "unit", "field"),
    [
        ("cache-ratio", "1", "cache_ratio"),
        ("cache", "1", "cache_ratio"),
        ("wait-seconds", "s", "wait_seconds"),
        ("requests-queued", "{request}", "requests_queued"),
    ],
)
def test_a_field_names_its_unit_once(name: str, unit: str, field: str) -> None:
    assert Quantity(name=name, kind="gauge", unit=unit, meaning="m").field == field


def folder(place: Path, metrics: str) -> str:
    """A definition with these mappings."""
    (place / "gateway.toml").write_text(f'title = "t"\nabout = "a"\n[detect]\n{metrics}', "utf-8")
    return str(place)


@pytest.mark.parametrize(
    ("metrics", "message", "hint"),
    [
        ('[[metrics.latancy]]\nfamily = "f"', "unknown quantity 'latancy'", "did you mean 'latency'?"),
        (
            '[[metrics.build-info]]\nfamily = "f"\nlabels = { provider = "p" }',
            "build-info has no role 'provider', which f maps",
            "",
        ),
        ('[[metrics.latency]]\nfamily = "f"\nconst = { modle = "m" }', "latency has no role 'modle'", "'model'"),
    ],
)
def test_what_the_vocabulary_does_not_have_is_named(tmp_path: Path, metrics: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        gateways.load(folder(tmp_path, metrics))
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
