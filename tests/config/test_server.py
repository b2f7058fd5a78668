"""Settings of a Prometheus-compatible server: what belongs together, and which place goes over which."""

from pathlib import Path

import pytest

from llmgw_report.config.settings import MetricsTarget, ServerTarget
from tests.builders.settings import refused, settled

FILE = """
[sources]
prometheus = "https://mimir.example/prometheus?tenant=a"
match = 'job="litellm"'
target-label = "pod"
expect-targets = 5
"""


def test_the_file_has_all_of_it(tmp_path: Path) -> None:
    chosen = settled(tmp_path, FILE)
    found = chosen.metrics
    assert isinstance(found, ServerTarget)
    assert chosen.expect_targets == 5
    assert (found.selector, found.label, found.named) == ('job="litellm"', "pod", True)
    assert found.shown == 'https://mimir.example/prometheus {job="litellm"}'


def test_an_endpoint_on_the_command_line_goes_over_the_server_of_the_file(tmp_path: Path) -> None:
    found = settled(tmp_path, FILE, "--url", "http://127.0.0.1:1/metrics").metrics
    assert type(found) is MetricsTarget
    assert found.url == "http://127.0.0.1:1/metrics"
    assert settled(tmp_path, FILE, "--url", "http://127.0.0.1:1/metrics").expect_targets is None


def test_how_many_are_expected_counts_for_files_as_well(tmp_path: Path) -> None:
    assert settled(tmp_path, "", "--db-path", "a.db", "--db-path", "b.db", "--expect-targets", "3").expect_targets == 3


def test_a_server_on_the_command_line_goes_over_the_endpoint_of_the_file(tmp_path: Path) -> None:
    text = '[sources]\nmetrics-file = "a.prom"\n'
    found = settled(tmp_path, text, "--prometheus", "http://127.0.0.1:1", "--match", 'job="a"').metrics
    assert isinstance(found, ServerTarget)
    assert (found.url, found.file, found.label) == ("http://127.0.0.1:1", None, "instance")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--prometheus", "http://a"),
            """no --match beside --prometheus | add one, for example --match 'job="litellm"'""",
        ),
        (("--match", 'job="a"'), "no --prometheus beside --match"),
        (("--expect-targets", "5"), "no --prometheus or --db-path beside --expect-targets"),
        (("--prometheus", "http://a", "--url", "http://b/metrics", "--match", 'job="a"'), "both a server and --url"),
        (("--prometheus", "a:9090", "--match", 'job="a"'), "not an http:// or https:// address"),
        (("--prometheus", "postgres://u:p@a/b", "--match", 'job="a"'), "a PostgreSQL URL, and it takes metrics"),
        (("--url", "postgresql://u:p@a/b"), "a PostgreSQL URL, and it takes metrics"),
        (("--metrics-file", "postgresql://u:p@a/b"), "a PostgreSQL URL, and it takes metrics"),
        (("--metrics-file", "https://u:p@a/metrics"), "'https://a/metrics': an address, and it takes a file"),
        (("--prometheus", "http://a", "--match", "litellm"), "not label matchers"),
        (("--prometheus", "http://a", "--match", 'job="a"', "--target-label", "a-b"), "not the name of a label"),
        (("--prometheus", "http://a", "--match", 'job="a"', "--window", "all"), "a server has no beginning"),
        (("--prometheus", "http://a", "--match", 'job="a"', "--interval", "5s"), "needs a metrics endpoint"),
        (("--prometheus", "http://a", "--match", 'job="a"', "--expect-targets", "0"), "is not a whole number"),
    ],
)
def test_what_means_nothing_is_exit_2_before_anything_is_read(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(tmp_path, "", *arguments)
