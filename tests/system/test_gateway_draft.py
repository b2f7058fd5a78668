"""`--draft-gateway`: a first definition loads, passes the check and gives a report, whatever its names and units."""

# ruff: noqa: S608 - the tests' own SQL

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders.databases import build
from tests.process import HEALTHY, call, last_line

AT = "2026-03-02T12:00:00Z"
AT_S = 1_772_452_800
SECRET = "sk-proj-Aq3kXw82LmZrT5vB9nYcE7dGh1JfQs4u"


def drafted(place: Path, *sources: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The run that writes a definition into `new`, and all the text that it wrote."""
    done = call("--draft-gateway", "new", *sources, cwd=place)
    assert done.returncode == 0, done.stderr
    assert "The definition is valid." in done.stdout
    return done, "".join(path.read_text() for path in sorted((place / "new").iterdir()))


def report(place: Path, *sources: str) -> dict[str, Any]:
    none = [
        f"--no-{kind}" for kind, option in (("metrics", "--metrics-file"), ("db", "--db-path")) if option not in sources
    ]
    done = call("--gateway", "new", *sources, *none, "--at", AT, "-f", "json", cwd=place)
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["gateway"]["name"] == "new"
    return document


def total(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["sections"]["traffic"]["total"]
    return found


def outcomes(document: dict[str, Any]) -> dict[str, int]:
    return {name: n for name, n in total(document)["outcomes"].items() if n}


def log(place: Path, schema: str, *rows: str, table: str = "request_logs") -> str:
    inserted = "".join(f"INSERT INTO {table} VALUES ({row});" for row in rows)
    build(f"CREATE TABLE {table} ({schema});{inserted}", place / "gateway.db")
    return "gateway.db"


TIMES: dict[str, Callable[[int], str]] = {
    "s": str,
    "ms": lambda second: str(second * 1000),
    "us": lambda second: str(second * 1_000_000),
    "ns": lambda second: str(second * 1_000_000_000),
    "text": lambda second: f"'2026-03-02T11:{(second - AT_S) // 60 + 60:02}:{second % 60:02}.500Z'",
}


@pytest.mark.parametrize("unit", TIMES)
def test_the_unit_of_the_time_is_found(tmp_path: Path, unit: str) -> None:
    rows = (f"{TIMES[unit](AT_S - 60 - n)}, 'm', {503 if n < 10 else 200}, 20, 5" for n in range(70))
    file = log(tmp_path, "created_at, model TEXT, status_code INTEGER, prompt_tokens, completion_tokens", *rows)
    text = drafted(tmp_path, "--db-path", file)[1]
    assert f'unit = "{unit}"' in text
    document = report(tmp_path, "--db-path", file)
    assert outcomes(document) == {"success": 60, "server_error": 10}
    assert total(document)["tokens"]["input"] == 1400
    assert document["sections"]["trend"] is not None
    assert [one["name"] for one in document["sections"]["database"]["tables"]] == ["request_logs"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("duration_ms", 1500),
        ("latency", 1500),
        ("response_time_us", 1_500_000),
        ("duration_ns", 1_500_000_000),
        ("use_time", 1.5),
        ("durationMs", 1500),
    ],
)
def test_the_unit_of_a_duration_is_found(tmp_path: Path, column: str, value: float) -> None:
    rows = (f"{(AT_S - 60 - n) * 1000}, 'm', 200, {value}" for n in range(60))
    file = log(tmp_path, f"timestamp INTEGER, model TEXT, status_code INTEGER, {column}", *rows)
    drafted(tmp_path, "--db-path", file)
    assert total(report(tmp_path, "--db-path", file))["latency"]["p50_seconds"] == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("status", ("'success'", "'error'", "'timeout'"), {"success": 30, "error": 10, "timeout": 10}),
        ("status", ("200", "504", "418"), {"success": 30, "timeout": 10, "error": 10}),
        ("is_success", ("1", "0", "0"), {"success": 30, "error": 20}),
        ("success", ("'true'", "'false'", "'false'"), {"success": 30, "error": 20}),
        ("is_error", ("0", "1", "1"), {"success": 30, "error": 20}),
        ("status_code", ("'200'", "'502'", "'499'"), {"success": 30, "server_error": 10, "canceled": 10}),
        ("error_message", ("NULL", "'no answer'", "'gone'"), {"success": 30, "error": 20}),
        ("status", ("'ok'", "'failed'", "'frobbed'"), {"success": 30, "error": 10, "unknown": 10}),
    ],
)
def test_how_requests_ended_is_found(
    tmp_path: Path, column: str, values: tuple[str, str, str], found: dict[str, int]
) -> None:
    rows = (f"{(AT_S - 60 - n) * 1000}, 'm', 20, 5, {values[0 if n < 30 else n % 2 + 1]}" for n in range(50))
    file = log(tmp_path, f"timestamp INTEGER, model TEXT, input_tokens, output_tokens, {column}", *rows)
    drafted(tmp_path, "--db-path", file)
    assert outcomes(report(tmp_path, "--db-path", file)) == found


def test_a_table_of_successes_says_so(tmp_path: Path) -> None:
    rows = (f"{(AT_S - 60 - n) * 1000}, 'm', 20, 5" for n in range(50))
    file = log(tmp_path, "timestamp INTEGER, model TEXT, input_tokens, output_tokens", *rows)
    assert 'records = "successes"' in drafted(tmp_path, "--db-path", file)[1]
    assert report(tmp_path, "--db-path", file)["verdict"]["status"] == "unknown"


def test_names_are_looked_up_where_a_column_has_an_id(tmp_path: Path) -> None:
    script = "CREATE TABLE api_keys (id INTEGER, name TEXT, secret TEXT);INSERT INTO api_keys VALUES (7, 'alice', 'x');"
    rows = "".join(f"INSERT INTO logs VALUES ({AT_S - 60 - n}, 'm', 200, 7);" for n in range(50))
    made = "CREATE TABLE logs (created_at INTEGER, model TEXT, status_code INTEGER, api_key_id INTEGER);"
    build(script + made + rows, tmp_path / "gateway.db")
    drafted(tmp_path, "--db-path", "gateway.db")
    groups = report(tmp_path, "--db-path", "gateway.db", "--group-by", "api-key")["sections"]["traffic"]["rows"]
    assert [one["group"] for one in groups] == ["alice"]


def test_retries_are_attempts_and_no_requests(tmp_path: Path) -> None:
    rows = (f"{AT_S - 60 - n}, 'm', {502 if n % 5 == 0 else 200}, 'u', {'1' if n % 5 else '2'}" for n in range(50))
    kinds = (row.removesuffix("1").removesuffix("2") + ("'retry'" if row.endswith("2") else "'final'") for row in rows)
    file = log(tmp_path, "created_at INTEGER, model TEXT, status_code INTEGER, provider, request_type", *kinds)
    drafted(tmp_path, "--db-path", file)
    document = report(tmp_path, "--db-path", file)
    assert outcomes(document) == {"success": 40}
    assert sum(one["attempts"] for one in document["sections"]["instances"]) in {0, 50}


STAGED = "created_at INTEGER, model TEXT, trace_id, error_message, duration_ms, stage"


@pytest.mark.parametrize(("first", "last"), [("before_request", "after_request"), ("request", "response")])
def test_of_the_stages_of_a_request_the_last_is_its_row(tmp_path: Path, first: str, last: str) -> None:
    rows = (
        f"{AT_S - 60 - n}, 'm', {n // 2}, '{'bad' if n % 10 == 1 else ''}', {'90' if n % 2 else 'NULL'}, "
        f"'{(last if n % 10 > 1 else 'on_error') if n % 2 else first}'"
        for n in range(80)
    )
    file = log(tmp_path, STAGED, *rows)
    done, text = drafted(tmp_path, "--db-path", file)
    assert done.returncode == 0
    assert "80 rows of request_logs have 40 different trace_id" in " ".join(text.replace("#", "").split())
    assert outcomes(report(tmp_path, "--db-path", file)) == {"success": 32, "error": 8}


def test_rows_that_share_an_id_are_said_to_be_stages_or_attempts(tmp_path: Path) -> None:
    columns = f"{STAGED}, region"
    rows = (f"{AT_S - 60 - n}, 'm', {n // 2}, '', 90, {n % 2}, '{'eu' if n % 4 else 'us'}'" for n in range(80))
    _, text = drafted(tmp_path, "--db-path", log(tmp_path, columns, *rows))
    assert "they may be stages or attempts of a request" in " ".join(text.replace("#", "").split())
    assert "region (eu, us)" in text


def test_content_is_not_looked_into(tmp_path: Path) -> None:
    rows = (f"{AT_S - 60 - n}, 'm', 200, '{SECRET}', 'the prompt', 'the answer', '{SECRET}'" for n in range(5))
    columns = "created_at INTEGER, model TEXT, status_code INTEGER, api_key, messages, response_body, comment"
    file = log(tmp_path, columns, *rows)
    done, text = drafted(tmp_path, "--db-path", file)
    assert 'content-columns = ["request_logs.api_key", "request_logs.messages", "request_logs.response_body"]' in text
    assert "comment (texts)" in text
    for hidden in (SECRET, "the prompt", "the answer"):
        assert hidden not in text + done.stdout + done.stderr


HOSTILE = ('"group"', '"two words"', '"it\'s"', '"a""b"', '"line\nfeed"', '"ümlaut"')


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_what_is_written(tmp_path: Path, name: str) -> None:
    rows = (f"{AT_S - 60 - n}, 'm', 200, 'x'" for n in range(30))
    log(tmp_path, f"created_at INTEGER, model TEXT, status_code INTEGER, {name}", *rows, table="calls")
    drafted(tmp_path, "--db-path", "gateway.db")
    assert outcomes(report(tmp_path, "--db-path", "gateway.db")) == {"success": 30}


@pytest.mark.parametrize("name", [one for one in HOSTILE if "\n" not in one])
def test_no_table_breaks_what_is_written(tmp_path: Path, name: str) -> None:
    rows = (f"{AT_S - 60 - n}, 'm', 200" for n in range(30))
    log(tmp_path, "created_at INTEGER, model TEXT, status_code INTEGER", *rows, table=name)
    drafted(tmp_path, "--db-path", "gateway.db")
    assert outcomes(report(tmp_path, "--db-path", "gateway.db")) == {"success": 30}


def histogram(name: str, labels: str, bounds: tuple[str, ...], n: int, mean: float) -> str:
    buckets = "".join(f'{name}_bucket{{{labels},le="{bound}"}} {n}\n' for bound in (*bounds, "+Inf"))
    return f"# TYPE {name} histogram\n{buckets}{name}_sum{{{labels}}} {n * mean}\n{name}_count{{{labels}}} {n}\n"


def test_a_scrape_by_common_names(tmp_path: Path) -> None:
    text = (
        "# TYPE acme_requests_total counter\n"
        'acme_requests_total{provider="p",model="m",status_code="200",path="/v1/chat/completions"} 90\n'
        'acme_requests_total{provider="p",model="m",status_code="502",path="/v1/chat/completions"} 10\n'
        'acme_requests_total{provider="",model="",status_code="200",path="/health"} 500\n'
        "# TYPE acme_tokens_total counter\n"
        'acme_tokens_total{model="m",type="prompt"} 1000\nacme_tokens_total{model="m",type="completion"} 300\n'
        'acme_tokens_total{model="m",type="total"} 1300\n'
        "# TYPE acme_requests_in_flight gauge\nacme_requests_in_flight 3\n"
        '# TYPE acme_auth_failures_total counter\nacme_auth_failures_total{reason="invalid"} 4\n'
        "# TYPE acme_budget_exceeded_total counter\nacme_budget_exceeded_total 6\n"
        "# TYPE go_threads gauge\ngo_threads 5\n"
        '# TYPE acme_wonders gauge\nacme_wonders{colour="red"} 5\n'
    ) + histogram("acme_request_duration_ms", 'model="m"', ("250", "5000"), 100, 200)
    (tmp_path / "m.prom").write_text(text)
    written = drafted(tmp_path, "--metrics-file", "m.prom")[1]
    assert "acme_wonders (gauge, 1 sample) by colour" in written
    document = report(tmp_path, "--metrics-file", "m.prom", "--window", "all")
    assert outcomes(document) == {"success": 90, "server_error": 10}
    assert total(document)["tokens"]["input"] == 1000
    assert total(document)["tokens"]["output"] == 300
    assert total(document)["latency"]["mean_seconds"] == pytest.approx(0.2)
    assert (total(document)["auth_failures"], total(document)["policy_rejections"]) == (4, 6)


def test_a_scrape_by_conventions_without_any_failure(tmp_path: Path) -> None:
    labels = 'gen_ai_provider_name="p",gen_ai_request_model="m",otel_scope_name="acme"'
    text = histogram("gen_ai_server_request_duration_seconds", labels, ("0.5", "5"), 40, 0.2)
    (tmp_path / "m.prom").write_text(text)
    written = drafted(tmp_path, "--metrics-file", "m.prom")[1]
    assert 'otel_scope_name = "acme"' in written
    assert outcomes(report(tmp_path, "--metrics-file", "m.prom", "--window", "all")) == {"success": 40}


@pytest.mark.parametrize("unit", ["latency", "request_duration_seconds"])
def test_the_unit_of_a_histogram_is_found(tmp_path: Path, unit: str) -> None:
    bounds, mean = (("50", "5000"), 1500.0) if unit == "latency" else (("0.05", "5"), 1.5)
    text = histogram(f"acme_{unit}" if unit != "latency" else unit, 'model="m"', bounds, 40, mean)
    (tmp_path / "m.prom").write_text(text)
    drafted(tmp_path, "--metrics-file", "m.prom")
    document = report(tmp_path, "--metrics-file", "m.prom", "--window", "all")
    assert total(document)["latency"]["mean_seconds"] == pytest.approx(1.5)


def test_requests_that_are_counted_apart(tmp_path: Path) -> None:
    text = (
        '# TYPE acme_requests_success_total counter\nacme_requests_success_total{model="m"} 30\n'
        '# TYPE acme_requests_failed_total counter\nacme_requests_failed_total{model="m"} 10\n'
    )
    (tmp_path / "m.prom").write_text(text)
    drafted(tmp_path, "--metrics-file", "m.prom")
    assert outcomes(report(tmp_path, "--metrics-file", "m.prom", "--window", "all")) == {"success": 30, "error": 10}


def test_no_label_value_breaks_what_is_written(tmp_path: Path) -> None:
    values = (r"a\nb", r"[\"x\"]", "*", "]]>'", "ok", SECRET)
    series = "".join(f'acme_requests_total{{model="m",status="{value}"}} 5\n' for value in values)
    (tmp_path / "m.prom").write_text(f"# TYPE acme_requests_total counter\n{series}")
    written = drafted(tmp_path, "--metrics-file", "m.prom")[1]
    assert SECRET not in written
    found = outcomes(report(tmp_path, "--metrics-file", "m.prom", "--window", "all"))
    assert found == {"success": 5, "unknown": 25}


def test_a_definition_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "gateway.toml").write_text("# mine\n")
    (tmp_path / "m.prom").write_text(HEALTHY)
    done = call("--draft-gateway", "new", "--metrics-file", "m.prom", cwd=tmp_path)
    assert done.returncode == 2
    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == ["# mine\n"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--draft-gateway", "new"), 2),
        (("--draft-gateway", "new", "--metrics-file", "-"), 2),
        (("--draft-gateway", "new", "--metrics-file", "none.prom"), 3),
        (("--draft-gateway", "new", "--db-path", "none.db"), 3),
        (("--draft-gateway", "new", "--metrics-file", "go.prom"), 2),
        (("--draft-gateway", "no/such/folder", "--metrics-file", "m.prom"), 2),
        (("--draft-gateway", "a b", "--metrics-file", "m.prom"), 2),
        (("--draft-gateway", "new", "--check-gateway", "new", "--metrics-file", "m.prom"), 2),
    ],
)
def test_nothing_is_written_where_nothing_can_be(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    (tmp_path / "m.prom").write_text(HEALTHY)
    (tmp_path / "go.prom").write_text("# TYPE go_threads gauge\ngo_threads 1\n")
    done = call(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert last_line(done).endswith(f"exit={code}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.prom", "m.prom"]


def test_what_is_said_of_an_unknown_gateway_names_it(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text("# TYPE acme_requests_total counter\nacme_requests_total 1\n")
    done = call("--metrics-file", "m.prom", "--no-db", cwd=tmp_path)
    assert "--draft-gateway DIR" in done.stdout
