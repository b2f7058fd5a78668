"""What a definition of metrics can say: values, outcomes from labels and their absence, filters, what is split."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.errors import UsageError
from llmgw_report.gateways import splitting
from llmgw_report.gateways.definition import Part, Split
from llmgw_report.model.contents import UnknownValue
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Report
from llmgw_report.model.sections import TrafficRow
from tests.builders.gateway import Machine, report
from tests.process import AT

HEAD = 'title = "Example"\nabout = "An example."\nkeeps = ["metrics"]\n'
DETECT = '[detect]\nfamilies = ["x_total"]\n'
BY_STATUS = """
[[metrics.requests]]
family = "x_total"
labels = { provider = "p", status = "s" }
outcomes = [{ when = { s = "2*" }, outcome = "success" }, { when = { s = "5*" }, outcome = "server-error" }]
"""


def read(folder: Path, definition: str, scrape: str) -> Report:
    """A report on a scrape by a definition of its own."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "gateway.toml").write_text(definition)
    file = folder / "metrics.prom"
    file.write_text(scrape)
    named = ("--gateway", str(folder / "own"), "--metrics-file", str(file))
    return report(*named, "--no-db", "--window", "all", "--at", AT, machine=Machine(AT))


def total(found: Report) -> TrafficRow:
    assert found.sections.traffic
    return found.sections.traffic.total


def unknown(found: Report) -> tuple[UnknownValue, ...]:
    assert found.sections.metrics
    return found.sections.metrics.unknown_values


TOKENS = """
[[metrics.tokens]]
family = "tokens_total"
labels = { token-type = "kind" }
values = { token-type = { "prompt|prompt_*" = "input", completion = "output" } }
"""


def test_a_label_value_stands_for_a_word_of_the_vocabulary_and_an_unknown_one_is_reported(tmp_path: Path) -> None:
    scrape = (
        'x_total{s="200"} 60\ntokens_total{kind="prompt"} 500\ntokens_total{kind="prompt_text"} 100\n'
        'tokens_total{kind="completion"} 90\ntokens_total{kind="audio"} 7\n'
    )
    found = read(tmp_path, HEAD + DETECT + BY_STATUS + TOKENS, scrape)
    assert (total(found).tokens.input, total(found).tokens.output) == (600, 90)
    assert unknown(found) == (UnknownValue(family="tokens_total", value="audio", decides="token type", count=7),)


def test_a_status_and_a_state_that_no_rule_knows_are_reported(tmp_path: Path) -> None:
    health = '[[metrics.health]]\nfamily = "up"\nlabels = { instance = "i" }\nstates = { 1 = "ok", 0 = "down" }\n'
    scrape = 'x_total{p="a",s="200"} 60\nx_total{p="a",s="odd"} 40\nup{i="one"} 3\n'
    found = read(tmp_path, HEAD + DETECT + BY_STATUS + health, scrape)
    assert total(found).outcomes == OutcomeCounts(success=60, unknown=40)
    assert unknown(found) == (
        UnknownValue(family="x_total", value="s=odd", decides="outcome", count=40),
        UnknownValue(family="up", value="3", decides="state", count=1),
    )
    assert found.verdict.status != "pass"


def test_a_value_that_means_none_names_no_subject(tmp_path: Path) -> None:
    rules = BY_STATUS.replace("outcomes", 'values = { provider = { "router*" = "" } }\noutcomes', 1)
    found = read(tmp_path, HEAD + DETECT + rules, 'x_total{p="a",s="200"} 60\nx_total{p="router-1",s="200"} 2\n')
    assert found.sections.traffic
    assert [(row.group, row.requests) for row in found.sections.traffic.rows] == [("a", 60), ("(not recorded)", 2)]


ABSENT = """
[[metrics.requests]]
family = "x_total"
outcomes = [{ when = { error_type = "" }, outcome = "success" }, { outcome = "error" }]
"""


@pytest.mark.parametrize(("failed", "verdict"), [(0, "pass"), (260, "fail")])
def test_a_success_may_be_a_label_that_is_absent(tmp_path: Path, failed: int, verdict: str) -> None:
    scrape = "x_total 100\n" + (f'x_total{{error_type="_OTHER"}} {failed}\n' if failed else "")
    found = read(tmp_path, HEAD + DETECT + ABSENT, scrape)
    assert total(found).outcomes == OutcomeCounts(success=100, error=failed)
    assert total(found).unobserved == 0
    assert found.verdict.status == verdict


def test_an_outcome_is_in_the_first_of_several_labels_that_has_a_value(tmp_path: Path) -> None:
    rules = BY_STATUS.replace("{ s = ", '{ "code|s" = ')
    scrape = 'x_total{s="200"} 30\nx_total{code="500",s="200"} 20\nx_total{code="",s="503"} 4\n'
    found = read(tmp_path, HEAD + DETECT + rules, scrape)
    assert total(found).outcomes == OutcomeCounts(success=30, server_error=24)


def test_filters_of_a_definition_hold_for_all_its_metrics(tmp_path: Path) -> None:
    definition = HEAD + 'only = { source = "gateway|" }\nexcept = { path = "/health*" }\n' + DETECT + BY_STATUS + TOKENS
    scrape = (
        'x_total{s="200",source="gateway"} 30\nx_total{s="500",source="pushed"} 70\nx_total{s="200"} 5\n'
        'x_total{s="200",path="/healthz"} 900\ntokens_total{kind="prompt",source="pushed"} 9\n'
        'tokens_total{kind="prompt",source="gateway"} 8\n'
    )
    found = read(tmp_path, definition, scrape)
    assert (total(found).requests, total(found).tokens.input) == (35, 8)


TIMED = """
[[metrics.requests]]
family = "t_seconds_count"
labels = { provider = "p" }
outcomes = [{ when = { error = "" }, outcome = "success" }, { outcome = "server-error" }]
[[metrics.latency]]
family = "t_seconds"
labels = { provider = "p" }
"""


def histogram(labels: str, fast: int, slow: int) -> str:
    comma = labels and f"{labels},"
    return (
        f't_seconds_bucket{{{comma}le="0.1"}} {fast}\nt_seconds_bucket{{{comma}le="1"}} {fast + slow}\n'
        f't_seconds_bucket{{{comma}le="+Inf"}} {fast + slow}\n'
        f"t_seconds_sum{{{labels}}} {fast * 0.01 + slow}\nt_seconds_count{{{labels}}} {fast + slow}\n"
    )


def test_a_provider_that_fails_at_once_is_not_the_fastest(tmp_path: Path) -> None:
    scrape = "# TYPE t_seconds histogram\n" + histogram('p="a"', 0, 100) + histogram('p="a",error="502"', 900, 0)
    found = read(tmp_path, HEAD + '[detect]\nfamilies = ["t_seconds"]\n' + TIMED, scrape)
    latency = total(found).latency
    assert (latency.count, latency.mean_seconds, latency.population) == (100, 1.0, "successes")
    assert total(found).outcomes == OutcomeCounts(success=100, server_error=900)


def test_a_family_of_successes_alone_proves_no_error_ratio(tmp_path: Path) -> None:
    mapping = '[[metrics.requests]]\nfamily = "x_total"\noutcomes = [{ outcome = "success" }]\n'
    found = read(tmp_path, HEAD + DETECT + mapping, "x_total 500\n")
    assert found.verdict.status == "unknown"
    assert total(found).error_ratio is None
    declared = HEAD + 'records = "successes"\n' + DETECT + BY_STATUS
    assert read(tmp_path, declared, 'x_total{s="200"} 500\n').verdict.status == "unknown"


def test_attempts_without_requests_are_judged(tmp_path: Path) -> None:
    mapping = BY_STATUS.replace("metrics.requests", "metrics.attempts").replace("provider", "instance")
    found = read(tmp_path, HEAD + DETECT + mapping, 'x_total{p="a",s="200"} 10\nx_total{p="a",s="500"} 990\n')
    assert found.verdict.status == "fail"


def test_whoever_only_tokens_or_durations_name_has_a_row(tmp_path: Path) -> None:
    definition = HEAD + DETECT + BY_STATUS + TOKENS.replace("token-type =", 'provider = "p", token-type =', 1)
    scrape = 'x_total{s="200"} 60\ntokens_total{kind="prompt",p="a"} 500\ntokens_total{kind="prompt",p="b"} 0\n'
    found = read(tmp_path, definition, scrape).sections.traffic
    assert found
    assert [(row.group, row.requests, row.tokens.recorded) for row in found.rows] == [
        ("(not recorded)", 60, {}),
        ("a", None, {"input": 500}),
    ]


@pytest.mark.parametrize(("population", "observed"), [("successes", 60), ("answers with usage", None)])
def test_a_duration_stands_for_tokens_of_the_same_requests_alone(
    tmp_path: Path, population: str, observed: int | None
) -> None:
    timed = '[[metrics.latency]]\nfamily = "seconds"\npopulation = "successes"\n'
    definition = f'{HEAD}{DETECT}{BY_STATUS}{TOKENS}population = "{population}"\n{timed}'
    scrape = 'x_total{s="200"} 60\ntokens_total{kind="prompt"} 500\nseconds_count 60\nseconds_sum 6\n'
    found = read(tmp_path, definition, scrape)
    (line,) = (one for one in found.sections.coverage if one.quantity == "tokens")
    assert line.observed == observed


def test_more_durations_than_requests_are_a_contradiction(tmp_path: Path) -> None:
    timed = '[[metrics.latency]]\nfamily = "t_seconds"\npopulation = "successes"\n'
    scrape = 'x_total{s="200"} 500\n# TYPE t_seconds histogram\n' + histogram("", 511, 0)
    found = read(tmp_path, HEAD + DETECT + BY_STATUS + timed, scrape)
    (finding,) = (one for one in found.findings if one.check == "latency-coverage")
    assert finding.status == "warn"
    assert "511 of 500" in finding.seen
    assert "one of the two counts is wrong" in finding.seen


def test_states_of_several_families_are_combined_by_the_worst(tmp_path: Path) -> None:
    one = '[[metrics.health]]\nfamily = "{}"\nlabels = {{ instance = "i" }}\nstates = {{ 1 = "{}", 0 = "{}" }}\n'
    health = one.format("healthy", "ok", "down") + one.format("breaker_open", "down", "ok")
    gauges = 'healthy{i="a"} 1\nhealthy{i="b"} 1\nbreaker_open{i="a"} 1\nbreaker_open{i="b"} 0\n'
    found = read(tmp_path, HEAD + DETECT + BY_STATUS + health, 'x_total{p="a",s="200"} 60\n' + gauges)
    assert {row.instance: row.health for row in found.sections.instances} == {"a": "down", "b": "ok"}


SPLIT = """
[[metrics.requests]]
family = "x_total"
labels = { provider = "p" }
outcomes = [{ when = { s = "200" }, outcome = "success" }, { when = { s = "400" }, outcome = "error" }]
[metrics.requests.split]
when = { s = "400" }
family = "calls_total"
parts = [
  { outcome = "timeout", plus = { e = "timeout" } },
  { outcome = "client-error", plus = { e = "400" }, divide = 2 },
]
"""


def test_what_one_status_holds_is_told_apart_by_another_family(tmp_path: Path) -> None:
    scrape = 'x_total{p="a",s="200"} 50\nx_total{p="a",s="400"} 8\nx_total{p="b",s="400"} 2\n'
    calls = 'calls_total{e="timeout"} 6\ncalls_total{e="400"} 6\ncalls_total{e="200"} 99\n'
    found = read(tmp_path, HEAD + DETECT + SPLIT, scrape + calls)
    assert total(found).outcomes == OutcomeCounts(success=50, timeout=6, client_error=3, error=1)
    assert found.sections.traffic
    own = {row.group: row.outcomes for row in found.sections.traffic.rows}
    # Of the 8 of one provider 4 are time-outs for certain, as the other has 2 that may be any, and 1 is a mistake.
    assert own == {"a": OutcomeCounts(success=50, timeout=4, client_error=1, error=3), "b": OutcomeCounts(error=2)}
    without = read(tmp_path, HEAD + DETECT + SPLIT, scrape)
    assert total(without).outcomes == OutcomeCounts(success=50, error=10)


NONE = 'labels = { provider = "p" }\nvalues = { provider = { "none|cache" = "" } }'
BY_PROVIDER = 'family = "calls_total"\nlabels = { provider = "q" }'


def test_what_may_be_anyones_is_not_that_of_requests_without_a_provider(tmp_path: Path) -> None:
    """A row never has more outcomes than requests."""
    own = 'x_total{p="cache",s="200"} 1\nx_total{p="none",s="400"} 1\n'
    scrape = own + 'x_total{p="a",s="200"} 27\nx_total{p="a",s="400"} 5\nx_total{p="b",s="400"} 3\n'
    calls = 'calls_total{e="timeout"} 3\ncalls_total{e="400"} 4\n'
    definition = HEAD + DETECT + SPLIT.replace('labels = { provider = "p" }', NONE)
    found = read(tmp_path, definition, scrape + calls).sections.traffic
    assert found
    assert found.total.outcomes == OutcomeCounts(success=28, timeout=3, client_error=2, error=4)
    own_outcomes = {row.group: (row.requests, row.outcomes) for row in found.rows}
    assert own_outcomes["(not recorded)"] == (2, OutcomeCounts(success=1, error=1))


def test_a_split_is_exact_by_a_label_that_both_families_have(tmp_path: Path) -> None:
    own = 'x_total{p="a",s="200"} 27\nx_total{p="a",s="400"} 5\nx_total{p="b",s="400"} 3\nx_total{p="none",s="400"} 4\n'
    calls = 'calls_total{q="a",e="timeout"} 2\ncalls_total{q="a",e="400"} 2\ncalls_total{q="none",e="400"} 6\n'
    joined = SPLIT.replace('labels = { provider = "p" }', NONE).replace('family = "calls_total"', BY_PROVIDER)
    found = read(tmp_path, HEAD + DETECT + joined, own + calls).sections.traffic
    assert found
    assert {row.group: row.outcomes for row in found.rows} == {
        "a": OutcomeCounts(success=27, timeout=2, client_error=1, error=2),
        "b": OutcomeCounts(error=3),
        "(not recorded)": OutcomeCounts(client_error=3, error=1),
    }
    assert found.total.outcomes == OutcomeCounts(success=27, timeout=2, client_error=4, error=6)


def test_a_split_that_is_joined_knows_what_the_models_of_a_provider_have_together(tmp_path: Path) -> None:
    own = 'x_total{p="a",m="x",s="400"} 5\nx_total{p="a",m="y",s="400"} 3\nx_total{p="b",m="x",s="400"} 2\n'
    model = SPLIT.replace('labels = { provider = "p" }', 'labels = { provider = "p", model = "m" }')
    joined = model.replace('family = "calls_total"', BY_PROVIDER)
    found = read(tmp_path, HEAD + DETECT + joined, own + 'calls_total{q="a",e="timeout"} 4\n').sections
    assert found.traffic
    assert {row.group: row.outcomes for row in found.traffic.rows} == {
        "a": OutcomeCounts(timeout=4, error=4),
        "b": OutcomeCounts(error=2),
    }
    assert found.outcomes
    models = {one.subject["model"]: one.outcomes for one in found.outcomes.subjects if "model" in one.subject}
    assert models == {"x": OutcomeCounts(timeout=1, error=6), "y": OutcomeCounts(error=3)}


def test_a_split_is_not_joined_on_what_the_mapping_has_no_label_for(tmp_path: Path) -> None:
    joined = SPLIT.replace('family = "calls_total"', 'family = "calls_total"\nlabels = { model = "m" }')
    with pytest.raises(UsageError, match="joined on 'model'"):
        read(tmp_path, HEAD + DETECT + joined, 'x_total{s="200"} 1\n')


def test_a_call_that_is_counted_twice_is_a_whole_request() -> None:
    parts = (
        Part(outcome="client-error", plus={"s": "400"}, divide=2),
        Part(outcome="server-error"),
    )
    split = Split(when={}, family="calls", parts=parts)
    assert splitting.ended(split, [({"s": "400"}, 7.0)], 10.0) == {"client-error": 3.0, "server-error": 7.0}


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from(["timeout", "client-error", "error"]), st.integers(0, 60), max_size=3),
)
def test_a_split_counts_every_request_once(counts: list[int], wanted: dict[str, int]) -> None:
    whole = sum(counts)
    parts: dict[str, float] = {}
    for outcome, n in wanted.items():
        parts[outcome] = min(n, whole - sum(parts.values()))
    found = [
        Indicator(quantity="requests", family="x", value=n, roles={"provider": str(i), "outcome": "error"})
        for i, n in enumerate(counts)
    ]
    told = list(splitting.told_apart(found, parts))
    assert sum(one.value for one in told) == whole
    for i, n in enumerate(counts):
        assert sum(one.value for one in told if one.roles.get("provider") == str(i)) == n
    for outcome, part in parts.items():
        assert outcome == "error" or sum(one.value for one in told if one.roles["outcome"] == outcome) == part
    assert all(one.value > 0 for one in told if "provider" in one.roles)
