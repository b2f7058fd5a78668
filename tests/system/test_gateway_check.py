"""`--check-gateway`: what a definition finds, ignores and leaves over, and what is wrong with it."""

import re
from pathlib import Path

import pytest

from llmgw_report import gateways
from tests.builders.databases import build
from tests.process import call, last_line

DEFINITION = """\
title = "Own gateway"
about = "Counts requests, and writes a row for each."
keeps = ["metrics", "database"]
content-columns = ["calls.prompt"]
[detect]
families = ["own_requests_total"]
[detect.tables]
calls = ["at", "code"]
[reads]
calls = ["model", "millis", "tokens"]
[times]
calls = { column = "at", unit = "ms" }
[families]
ignore = ["go_*"]
other = ["own_uptime_seconds"]
[[metrics.requests]]
family = "own_requests_total"
labels = { model = "model", status = "code" }
outcomes = [{ when = { code = "2??" }, outcome = "success" }, { when = { code = "5??" }, outcome = "server-error" }]
"""
QUERY = """\
SELECT c.at AS time_ms, CASE WHEN c.code < 300 THEN 'success' WHEN c.code >= 500 THEN 'server-error' ELSE 'oops' END
  AS outcome, c.code AS status, c.model, ms_to_s(c.millis) AS seconds, c.tokens AS input_tokens
FROM calls AS c WHERE c.at > :since_ms AND c.at <= :until_ms
"""
SCRAPE = """\
# TYPE own_requests_total counter
own_requests_total{model="a",code="200",zone="x"} 40
own_requests_total{model="a",code="503",zone="x"} 3
# TYPE own_uptime_seconds gauge
own_uptime_seconds 10
# TYPE own_oddities_total counter
own_oddities_total{reason="x"} 2
# TYPE go_threads gauge
go_threads 4
"""
SCHEMA = """\
CREATE TABLE calls (at INTEGER, code INTEGER, model TEXT, millis INTEGER, tokens INTEGER, prompt TEXT, zone TEXT);
CREATE TABLE others (id INTEGER);
"""
HEALTH = '[[metrics.health]]\nfamily = "own_up"\nlabels = { provider = "p" }\n[[metrics.requests]]'
INDEX = "CREATE INDEX calls_at ON calls (at);"
SECRET = "sk-proj-Aq3kXw82LmZrT5vB9nYcE7dGh1JfQs4u"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "gateway.toml").write_text(DEFINITION)
    (tmp_path / "own" / "requests.sql").write_text(QUERY)
    (tmp_path / "m.prom").write_text(SCRAPE)
    return tmp_path


def database(place: Path, *rows: str, schema: str = SCHEMA + INDEX) -> str:
    rows = tuple(f"INSERT INTO calls VALUES ({row});\n" for row in rows)  # noqa: S608 - the tests' own
    build(schema + "".join(rows), place / "own.db")
    return "own.db"


def good(n: int, code: int = 200) -> list[str]:
    return [f"{1_772_000_000_000 + i}, {code}, 'a', 250, 20, '{SECRET}', 'x'" for i in range(n)]


def lines(text: str) -> list[str]:
    """The lines of a page with one blank between two cells."""
    return [re.sub(" {2,}", " | ", line.strip()) for line in text.splitlines()]


@pytest.mark.parametrize("name", gateways.names())
def test_every_definition_that_comes_with_the_program_is_valid_by_itself(name: str, tmp_path: Path) -> None:
    folder = str(Path(gateways.__file__).parent / name)
    done = call("--check-gateway", folder, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert lines(done.stdout)[-1] == "The definition is valid."
    assert "Problems" not in done.stdout


def test_what_is_found_mapped_ignored_and_left_over(place: Path) -> None:
    file = database(place, *good(40), *good(2, 502))
    done = call("--check-gateway", "own", "--metrics-file", "m.prom", "--db-path", file, cwd=place)
    assert done.returncode == 0, done.stderr
    page = lines(done.stdout)
    assert "own_requests_total | counter | 2 | requests" in page
    assert "own_uptime_seconds | gauge | 1 | known" in page
    assert "own_oddities_total | counter | 1 | left over" in page
    assert "1 families | 1 | ignored" in page
    assert "own_requests_total | zone" in page
    assert "requests | success | 1 | 40" in page
    assert "requests | server-error | 1 | 3" in page
    assert "requests | 42 rows" in page
    assert "calls | 42 | 5 columns | zone; content: prompt" in page
    assert "others | 1 columns" in page
    assert "requests | success | 40" in page
    assert "input_tokens | 840" in page
    assert "latency | 40 observed, 0.250 s on average" in page
    assert "by the scrape | yes: family own_requests_total" in page
    assert "by the database | yes: table calls" in page
    assert "Warnings" not in page
    assert SECRET not in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["m.prom", "own", "own.db"]


def test_what_no_rule_knows_is_counted(place: Path) -> None:
    (place / "m.prom").write_text(SCRAPE + 'own_requests_total{model="a",code="teapot",zone="x"} 7\n')
    file = database(place, *good(40), *good(3, 418))
    done = call("--check-gateway", "own", "--metrics-file", "m.prom", "--db-path", file, cwd=place)
    assert done.returncode == 0
    page = lines(done.stdout)
    assert "own_requests_total | code=teapot | outcome | 7" in page
    assert "requests | 418 | 3" in page
    assert "requests | oops | 3" in page
    assert "requests.sql: 3 rows with an outcome that no rule knows" in page


def test_a_query_that_uses_no_index_is_a_warning(place: Path) -> None:
    done = call("--check-gateway", "own", "--db-path", database(place, *good(5), schema=SCHEMA), cwd=place)
    assert done.returncode == 0
    assert "requests.sql reads every row of calls, whatever the window" in done.stdout


def test_the_window_can_be_cut(place: Path) -> None:
    file = database(place, *good(40))
    done = call(
        "--check-gateway", "own", "--db-path", file, "--window", "1h", "--at", "2026-03-02T12:00:00Z", cwd=place
    )
    assert "requests | 0 rows" in lines(done.stdout)


def test_another_definition_that_fits_is_named(place: Path) -> None:
    text = DEFINITION.replace(
        'families = ["own_requests_total"]', 'families = ["gen_ai_server_request_duration_seconds"]'
    )
    (place / "own" / "gateway.toml").write_text(text)
    scrape = 'gen_ai_server_request_duration_seconds_count{otel_scope_name="inference-gateway"} 3\n'
    (place / "m.prom").write_text(f"# TYPE gen_ai_server_request_duration_seconds histogram\n{scrape}")
    done = call("--check-gateway", "own", "--metrics-file", "m.prom", cwd=place)
    assert "by the scrape: no, it is taken for inference-gateway" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title", "titel", "titel"),
        ("[[metrics.requests]]", "[[metrics.requets]]", "did you mean 'requests'?"),
        ("[times]\ncalls =", "[times]\n#", "needs [times]"),
        ('family = "own', 'famly = "own', "metrics, requests, number 1: unknown key 'famly'"),
        ('outcome = "success"', 'outcome = "succes"', "requests, own_requests_total, outcomes, number 1, outcome"),
        ('outcome = "success"', 'outcome = "succes"', "unknown value 'succes'\nHint: did you mean 'success'?"),
        ("{ model =", "{ modle =", "own_requests_total, labels: unknown role 'modle'\nHint: did you mean 'model'?"),
        ('unit = "ms"', 'unit = "millis"', "times, calls, unit: unknown value 'millis'"),
        ('about = "', 'about = 7 # "', "about: expected text, got a whole number"),
        ('about = "Counts requests, and writes a row for each."\n', "", "the key 'about' is missing"),
        ("[[metrics.requests]]", HEALTH, "has no role 'instance'"),
    ],
)
def test_an_invalid_definition_is_rejected(place: Path, old: str, new: str, said: str) -> None:
    path = place / "own" / "gateway.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    rejected(place, said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("c.model", "c.modle", "no column c.modle"),
        ("c.model,", "c.zone AS model,", "[reads]"),
        ("AS seconds", "AS duration_seconds", "requests.sql cannot have: did you mean 'seconds'?"),
        ("AS input_tokens", "AS prompt_tokens", "did you mean 'input_tokens'?"),
        ("c.model,", "c.prompt AS model,", "holds content"),
        ("c.model,", "c.model AS modell,", "did you mean 'model'?"),
        ("ELSE 'oops' END", "ELSE 'oops'", "syntax error"),
        ("<= :until_ms", "<= :until_ms LIMIT 10", "LIMIT"),
    ],
)
def test_a_query_that_does_not_run_is_rejected_with_a_database_and_without(
    place: Path, old: str, new: str, said: str
) -> None:
    path = place / "own" / "requests.sql"
    path.write_text(path.read_text().replace(old, new, 1))
    rejected(place, said)
    rejected(place, said, "--db-path", database(place, *good(5)))


@pytest.mark.parametrize(
    ("unit", "at", "said"),
    [
        ("ms", "'2026-03-02T11:00:00Z'", 'are text, not milliseconds; {}: unit = "text"'),
        ("ms", "1772000000", 'are seconds, not milliseconds: 1772000000; {}: unit = "s"'),
        ("s", "1772000000000", "are milliseconds, not seconds: 1772000000000"),
        ("ns", "1772000000000000", "are microseconds, not nanoseconds: 1772000000000000"),
        ("text", "1772000000000", "are numbers, not text"),
    ],
)
def test_the_unit_of_a_time_is_compared_with_its_values(place: Path, unit: str, at: str, said: str) -> None:
    path = place / "own" / "gateway.toml"
    path.write_text(path.read_text().replace('unit = "ms"', f'unit = "{unit}"'))
    schema = SCHEMA.replace("at INTEGER", "at")
    said = said.format("say so in [times] of the gateway definition")
    rejected(place, said, "--db-path", database(place, f"{at}, 200, 'a', 1, 2, 'x', 'x'", schema=schema))


def warnings(place: Path, *sources: str) -> list[str]:
    done = call("--check-gateway", "own", *sources, cwd=place)
    assert done.returncode == 0, done.stderr
    page = lines(done.stdout)
    first = page.index("Warnings") + 1 if "Warnings" in page else len(page)
    return page[first : page.index("", first)] if first < len(page) else []


def test_rows_that_share_an_id_and_counts_that_differ_are_warnings(place: Path) -> None:
    path = place / "own" / "requests.sql"
    path.write_text(path.read_text().replace("c.model,", "c.model, c.tokens / 2 AS request_id,"))
    rows = [f"{1_772_000_000_000 + n}, 200, 'a', 250, {n}, 'x', 'x'" for n in range(86)]
    differ, repeated = warnings(place, "--metrics-file", "m.prom", "--db-path", database(place, *rows))
    assert "the scrape counts 43 requests, requests.sql returns 86" in differ
    assert "86 rows with a request_id, 43 different ones" in repeated


def test_a_family_that_is_mapped_and_not_there_is_a_warning(place: Path) -> None:
    path = place / "own" / "gateway.toml"
    path.write_text(path.read_text() + '[[metrics.tokens]]\nfamily = "own_tokns_total"\n')
    (said,) = warnings(place, "--metrics-file", "m.prom")
    assert said.startswith("not in this scrape: own_tokns_total")
    with (place / "m.prom").open("a") as scrape:
        scrape.write("# TYPE own_tokns_total counter\n")
    assert warnings(place, "--metrics-file", "m.prom") == []


def rejected(place: Path, said: str, *sources: str) -> None:
    done = call("--check-gateway", "own", *sources, cwd=place)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
    assert last_line(done) == "llmgw-report: USAGE exit=2"


def test_a_source_of_another_product_is_not_this_one(place: Path) -> None:
    (place / "m.prom").write_text("# TYPE go_threads gauge\ngo_threads 4\n")
    build("CREATE TABLE others (id INTEGER);", place / "others.db")
    for named in (("--metrics-file", "m.prom"), ("--db-path", "others.db")):
        done = call("--check-gateway", "own", *named, cwd=place)
        assert done.returncode == 2
        assert "Problems" in done.stdout


@pytest.mark.parametrize("named", [("--metrics-file", "none.prom"), ("--db-path", "none.db"), ("--db-path", "m.prom")])
def test_a_source_that_cannot_be_read_is_unknown(place: Path, named: tuple[str, str]) -> None:
    done = call("--check-gateway", "own", *named, cwd=place)
    assert done.returncode == 3
    assert named[1] in done.stderr
    assert last_line(done) == "llmgw-report: UNKNOWN exit=3"
    assert "Definition" in done.stdout


def test_no_secret_of_a_source_is_printed(place: Path) -> None:
    (place / "m.prom").write_text(SCRAPE + f'own_requests_total{{model="a",code="{SECRET}",zone="x"}} 7\n')
    file = database(place, *good(3), f"1772000000000, '{SECRET}', 'a', 1, 1, '', ''")
    done = call("--check-gateway", "own", "--metrics-file", "m.prom", "--db-path", file, cwd=place)
    assert SECRET not in done.stdout + done.stderr
    assert "[redacted]" in done.stdout


def test_a_folder_without_a_definition_is_none(tmp_path: Path) -> None:
    done = call("--check-gateway", "nothing", cwd=tmp_path)
    assert done.returncode == 2


def test_more_rows_than_can_be_read_in_time_are_no_mistake_of_the_definition(place: Path) -> None:
    rows = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO calls"
    build(f"{SCHEMA}{INDEX}{rows} SELECT 1772000000000 + i, 200, 'a', 1, 1, '', '' FROM n;", place / "own.db")  # noqa: S608 - the test's own
    done = call("--check-gateway", "own", "--db-path", "own.db", "--db-timeout", "0.05s", cwd=place)
    assert done.returncode == 3
    assert "a shorter --window" in done.stderr
    assert "Problems" not in done.stdout


def test_a_column_that_a_version_lacks_is_no_warning_and_one_of_detection_is(place: Path) -> None:
    database(place, "1772000000000, 200", schema="CREATE TABLE calls (at INTEGER, code INTEGER);" + INDEX)
    done = call("--check-gateway", "own", "--db-path", "own.db", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "calls | model, millis, tokens" in lines(done.stdout)
    assert "Warnings" not in done.stdout
    (place / "own" / "gateway.toml").write_text(
        DEFINITION.replace('["at", "code"]', '["at", "code", "a", "b", "c", "fork"]')
    )
    done = call("--check-gateway", "own", "--db-path", "own.db", cwd=place)
    assert "the database has no column calls.fork" in done.stdout
