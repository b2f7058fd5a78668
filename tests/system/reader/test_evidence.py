"""What a finding gives to look at its figure again: put to the source as it is, it shows that figure."""

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from llmgw_report.cli.demo import example
from llmgw_report.model.finding import Finding
from llmgw_report.model.outcomes import SIDES
from llmgw_report.model.report import Report
from llmgw_report.renderers._view.findings import MAX_EVIDENCE_CHARACTERS
from llmgw_report.renderers.md import render as markdown
from tests.builders.endpoint import running
from tests.builders.gateway import Machine, report
from tests.builders.replicas import AT, replica, request_logs, requests_table
from tests.process import DOWN, HEALTHY, call, needs
from tools.golden import EXAMPLES


def put_to(database: Path, finding: Finding) -> list[sqlite3.Row]:
    """The rows that the evidence of a finding finds."""
    assert finding.evidence
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(finding.evidence).fetchall()


def problems(found: Report, check: str) -> list[Finding]:
    return [one for one in found.findings if one.check == check and one.status in {"fail", "warn"}]


def lines_of(finding: Finding, folder: Path) -> list[str]:
    """What the shell line of a finding prints where the report was made."""
    assert finding.evidence
    shell = shutil.which("sh")
    assert shell
    done = subprocess.run([shell, "-c", finding.evidence], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def pasted(finding: Finding, database: str) -> list[str]:
    """What the shell prints for it: a query is put to the database."""
    sql = finding.evidence or ""
    is_sql = sql.startswith(("SELECT", "WITH"))
    line = f"sqlite3 {shlex.quote(database)} {shlex.quote(sql)}" if is_sql else sql
    return lines_of(structs.replace(finding, evidence=line), Path())


def scraped(file: Path) -> Report:
    """The report of a saved scrape over the life of its process."""
    sources = ("--metrics-file", str(file), "--no-db", "--no-config", "--window", "all")
    return report(*sources, "--at", AT, machine=Machine(AT))


def test_the_sql_of_a_ratio_gives_its_counts(tmp_path: Path) -> None:
    database = request_logs(tmp_path / "gw.db", replica(1, 300, failing=0.15))
    sources = ("--no-config", "--no-metrics", "--db-path", str(database), "--window", "1h", "--trend-window", "1h")
    found = problems(report(*sources, "--at", AT, machine=Machine(AT)), "error-ratio")
    assert {tuple(sorted(one.subject)) for one in found} == {(), ("provider",), ("instance", "provider"), ("model",)}
    for one in found:
        counts = Counter({row["outcome"]: row["requests"] for row in put_to(database, one)})
        failed = sum(n for outcome, n in counts.items() if SIDES[outcome] == "service")
        assert one.n == counts.total()
        assert one.observed == pytest.approx(failed / counts.total())


def test_the_sql_runs_on_a_version_without_the_columns_that_are_optional(tmp_path: Path) -> None:
    database = request_logs(tmp_path / "gw.db", replica(1, 300, failing=0.15))
    with closing(sqlite3.connect(database)) as connection:
        for column in ("error_message", "is_stream", "upstream_addr"):
            connection.execute(f"ALTER TABLE request_logs DROP COLUMN {column}")
    sources = ("--no-config", "--no-metrics", "--db-path", str(database), "--window", "1h", "--gateway", "gpt-load")
    total, *_ = problems(report(*sources, "--at", AT, machine=Machine(AT)), "error-ratio")
    assert total.n == sum(row["requests"] for row in put_to(database, total)) == 300


@pytest.mark.parametrize("name", ["requests-table", "unhealthy"])
def test_the_sql_of_a_percentile_gives_it_and_its_n(name: str) -> None:
    """Of a log that is a table of requests, and of one that has a query of its own beside counters of a lifetime."""
    with example(EXAMPLES / name) as arguments:
        found = report(*arguments, "--group-by", "model", "--set", "latency-p99.fail=1.2", machine=Machine(AT))
        assert found.sections.traffic
        rows = {row.group: row.latency for row in found.sections.traffic.rows}
        slow = problems(found, "latency-p99")
        assert {tuple(one.subject) for one in slow} == {(), ("model",)}
        for one in slow:
            (row,) = put_to(Path("observability.db"), one)
            latency = rows[one.subject["model"]] if one.subject else found.sections.traffic.total.latency
            assert row["requests"] == one.n == latency.count
            assert row["p99_seconds"] == pytest.approx(latency.p99.seconds or row["p99_seconds"])


def test_the_sql_of_a_name_says_where_its_failures_are_whose_rows_have_none() -> None:
    """A failure of this gateway's log names no model, so that a query by model shows its requests without an end."""
    with example(EXAMPLES / "unhealthy") as arguments:
        found = problems(report(*arguments, machine=Machine(AT)), "error-ratio")
        for one in found:
            rows = {(row["kind"], row["outcome"]): row["requests"] for row in put_to(Path("observability.db"), one)}
            failed = round((one.observed or 0) * (one.n or 0))
            assert (rows.get(("ending", "server-error")) == failed) == (not one.subject)
            assert ("an ending that has no name" in (one.evidence or "")) == bool(one.subject)
            assert rows["request", None] >= failed
        assert len(found) > 2


def test_what_counters_alone_name_is_shown_by_them() -> None:
    """Rows of this gateway name no provider and no instance, so that their query would find nothing."""
    with example(EXAMPLES / "verification") as arguments:
        found = report(*arguments, machine=Machine(AT)).findings
        of_counters = [one for one in found if "provider" in one.subject and one.n and one.evidence]
        assert {one.subject["provider"] for one in of_counters if one.observed == 0} == {"anthropic", "openai"}
        for one in of_counters:
            values = [line.rpartition(" ") for line in lines_of(one, Path())]
            attempts = (float(n) for series, _, n in values if series.startswith("llm_gateway_instance_requests"))
            assert sum(attempts) == one.n


def test_the_sql_of_every_finding_of_every_example_runs() -> None:
    seen = 0
    for folder in sorted(file.parent for file in EXAMPLES.glob("*/database.sql")):
        with example(folder) as arguments:
            for one in report(*arguments, "--window", "all", machine=Machine(AT)).findings:
                sql = one.evidence and one.evidence.startswith(("SELECT", "WITH"))
                if sql and one.status in {"fail", "warn"}:
                    assert put_to(Path("observability.db"), one), one.check
                    seen += 1
    assert seen >= 2


def test_the_line_of_a_scrape_finds_the_series_with_the_counts(tmp_path: Path) -> None:
    (tmp_path / "two words.prom").write_text(DOWN)
    found = scraped(tmp_path / "two words.prom")
    (down,) = problems(found, "instance-health")
    assert lines_of(down, tmp_path) == [
        'llm_gateway_instance_requests_total{provider="a",instance="a-2",status="failure"} 500',
        'llm_gateway_instance_health_status{provider="a",instance="a-2"} 0',
    ]


def test_the_lines_of_a_ratio_show_what_was_counted_and_what_failed(tmp_path: Path) -> None:
    (tmp_path / "metrics.prom").write_text(DOWN)
    total = next(one for one in problems(scraped(tmp_path / "metrics.prom"), "error-ratio") if not one.subject)
    values = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines_of(total, tmp_path)}
    assert total.n == sum(n for series, n in values.items() if series.startswith("llm_requests_total")) == 1500
    assert total.observed == pytest.approx(sum(n for series, n in values.items() if "failure" in series) / 1500)


def test_every_line_of_every_example_finds_series_of_its_subject() -> None:
    seen = 0
    for folder in sorted(file.parent for file in EXAMPLES.glob("*/metrics.prom")):
        with example(folder) as arguments:
            for one in report(*arguments, machine=Machine(AT)).findings:
                if one.evidence and one.evidence.startswith("grep "):
                    lines = lines_of(one, Path())
                    assert lines, one.evidence
                    assert all(f'"{name}"' in line for line in lines for name in one.subject.values())
                    seen += 1
    assert seen >= 5


def test_a_line_of_totals_says_since_when_the_report_counts(tmp_path: Path) -> None:
    """Of which an earlier run was subtracted; pasted into a shell the words beside it change nothing."""
    sources = ("--metrics-file", "metrics.prom", "--no-db", "--no-config", "--window", "1h", "--history", "runs.db")
    for at, text in (("2026-11-20T09:00:00Z", HEALTHY), (AT, DOWN)):
        (tmp_path / "metrics.prom").write_text(text)
        done = call(*sources, "--at", at, "-f", "json", cwd=tmp_path)
    found = [
        one for one in msgspec.json.decode(done.stdout, type=Report).findings if one.check == "error-ratio" and one.n
    ]
    assert found
    for one in found:
        assert "2026-11-20T09:00:00" in (one.evidence or "")
        assert lines_of(one, tmp_path)


@pytest.mark.parametrize("name", ["it's [a].* $HOME", "a\x1b[31m|(b)\u202e", r"a\\b", "a  b :c"])
def test_a_label_is_found_as_it_is_written(tmp_path: Path, name: str) -> None:
    r"""With all that a shell and `grep` would read otherwise, and by a line that can be printed."""
    (tmp_path / "metrics.prom").write_text(DOWN.replace("a-2", name))
    found = scraped(tmp_path / "metrics.prom")
    (down,) = problems(found, "instance-health")
    assert (down.evidence or "").isprintable()
    lines = lines_of(down, tmp_path)
    assert lines
    assert all(f'instance="{name}"' in line for line in lines)


def test_a_name_is_found_under_any_of_its_labels() -> None:
    """LiteLLM writes the alias of a key, and the hash of one that has none."""
    scrape = (EXAMPLES / "litellm" / "metrics.prom").read_text()
    with example(EXAMPLES / "litellm") as arguments:
        of_hash = r'alias="None"\1hashed_api_key="litellm_proxy_master_key"'
        Path("metrics.prom").write_text(re.sub('alias="web-chat"(.*)hashed_api_key="[^"]*"', of_hash, scrape))
        found = report(*arguments, machine=Machine(AT))
        keys = [one for one in problems(found, "error-ratio") if "api-key" in one.subject]
        assert [one.subject for one in keys] == [{"api-key": "litellm_proxy_master_key"}]
        for one in keys:
            assert any(f'"{one.subject["api-key"]}"' in line for line in lines_of(one, Path()))


def test_what_is_hidden_has_no_line_that_would_find_nothing(tmp_path: Path) -> None:
    key = "sk-proj-" + "a1B2" * 10
    (tmp_path / "metrics.prom").write_text(DOWN.replace("a-2", key))
    (down,) = problems(scraped(tmp_path / "metrics.prom"), "instance-health")
    assert "redacted" in down.subject["instance"]
    assert down.evidence is None


@pytest.mark.parametrize("name", ["unhealthy", "verification", "litellm"])
def test_whatever_is_to_be_pasted_prints_something(name: str) -> None:
    """Of every problem whose subject has its name, as the reader does it; one series alone is the figure."""
    needs("sqlite3")
    with example(EXAMPLES / name) as arguments:
        bad = [one for one in report(*arguments, machine=Machine(AT)).findings if one.status in {"fail", "warn"}]
        named = [one for one in bad if "[redacted]" not in one.subject.values()]
        assert named
        for one in named:
            lines = pasted(one, "observability.db")
            assert lines, one.evidence
            if len(lines) == 1 and "grep" in (one.evidence or ""):
                assert float(lines[0].rpartition(" ")[2]) in {one.n, one.observed}


def test_the_sql_of_a_log_beside_the_database_reads_both(tmp_path: Path) -> None:
    """Requests that only the log knows, and those that the database has."""
    needs("sqlite3")
    database = requests_table(tmp_path / "it's.db", replica(1, 20))
    (tmp_path / "it's.log").write_text("".join(map(_begun, range(20))))
    words = ("--no-metrics", "--no-config", "--db-path", str(database), "--log", str(tmp_path / "it's.log"))
    (total,) = problems(report(*words, "--window", "1h", "--at", AT, machine=Machine(AT)), "unattributed-error-ratio")
    counts = dict(line.rsplit("|", 1) for line in pasted(total, str(database)))
    assert counts == {"request|success": "20", "request|": "20"}
    assert total.n == 40


def _begun(n: int) -> str:
    span = {"request_id": f"r{n}", "model": "gpt-4o", "api_key_name": "web"}
    fields = {"message": "Handling chat completion request", "stream": "false"}
    return json.dumps({"timestamp": "2026-11-20T09:30:00.5Z", "level": "INFO", "fields": fields, "span": span}) + "\n"


def test_a_page_says_where_what_is_too_long_for_it_stands() -> None:
    with example(EXAMPLES / "unhealthy") as arguments:
        found = report(*arguments, machine=Machine(AT))
    _, *blocks = markdown(found).partition("\n## ")[0].split("\n### ")
    assert blocks
    assert all("See for yourself" in block for block in blocks)
    long = [one.evidence for one in found.findings if len(one.evidence or "") > MAX_EVIDENCE_CHARACTERS]
    assert long
    assert any("The query is in the JSON report" in block for block in blocks)
    assert all("in the JSON report" in block for block in blocks if "Follows from it" in block)


SECRET = "correct-horse-battery-staple"


@contextmanager
def guarded() -> Iterator[str]:
    """The address of an endpoint that answers whoever brings the key, a name and a password."""

    class Guarded(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = {"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET}
            let_in = all(self.headers[name] == value for name, value in wanted.items())
            self.send_response(200 if let_in else 401)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(DOWN.encode() if let_in else b"")

        def log_message(self, *_: object) -> None:
            """Nothing: the test shows what it wants."""

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Guarded)) as url:
        yield f"{url}/metrics"


def test_the_line_of_an_endpoint_that_wants_a_key_asks_for_a_file_with_it(tmp_path: Path) -> None:
    needs("curl")
    (tmp_path / "token").write_text(SECRET)
    keys = ("--header", f"X-Api-Key: {SECRET}", "--bearer-token-file", str(tmp_path / "token"))
    with guarded() as url:
        found = report("--url", url, *keys, "--no-db", "--no-config", "--window", "all", machine=Machine(AT))
        (down,) = problems(found, "instance-health")
        assert down.evidence
        assert SECRET not in down.evidence
        assert down.evidence.endswith("  # headers.txt: a line each for X-Api-Key, Authorization: Bearer")
        (tmp_path / "headers.txt").write_text(f"X-Api-Key: {SECRET}\nAuthorization: Bearer {SECRET}\n")
        assert lines_of(down, tmp_path) == [
            'llm_gateway_instance_requests_total{provider="a",instance="a-2",status="failure"} 500',
            'llm_gateway_instance_health_status{provider="a",instance="a-2"} 0',
        ]
