"""Command line over environment over file over preset over default, each pair of them, and where each value is from."""

import tomllib
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import click
import pytest

from llmgw_report.cli.build_settings import Origins, settings
from llmgw_report.cli.command import command
from llmgw_report.cli.config_pages import effective
from llmgw_report.config import presets
from llmgw_report.config.settings import Settings

PLACES = ("command line", "environment", "file", "preset", "default")
PRESET = 'fail-on = "never"\n[window]\nslow = "4s"\n[checks.data-fresh]\nfail = 4\n'


@pytest.fixture(autouse=True)
def _a_preset_of_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No preset that is shipped says something of every kind of value."""
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "everything.toml").write_text(PRESET, "utf-8")
    monkeypatch.setattr(presets, "FOLDER", tmp_path / "presets")


class Run:
    """The settings of a run where some places say something."""

    def __init__(
        self, folder: Path, places: tuple[str, ...], option: str, key: str, words: tuple[str, str, str]
    ) -> None:
        typed, environment, file = words
        variables = {f"LLMGW_REPORT_{option.upper().replace('-', '_')}": environment} if "environment" in places else {}
        text = 'preset = "everything"\n' if "preset" in places else ""
        (folder / "my.toml").write_text(text + (f"{key}{file}\n" if "file" in places else ""), "utf-8")
        arguments = ["--config", str(folder / "my.toml")]
        arguments += [f"--{option}", typed] if "command line" in places else []
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            self.context = command.make_context("llmgw-report", arguments, auto_envvar_prefix="LLMGW_REPORT")
        self.environment = variables

    @property
    def origins(self) -> Origins:
        source = click.core.ParameterSource.ENVIRONMENT
        return {
            name: "environment" for name in self.context.params if self.context.get_parameter_source(name) is source
        }

    @property
    def settings(self) -> Settings:
        return settings(self.context.params, self.environment, self.origins)

    @property
    def page(self) -> str:
        return effective(self.context.params, self.environment, self.origins)


#: What each place says of one value, and how to read it: a word, a duration, a bound.
KINDS: dict[str, tuple[str, str, tuple[str, str, str], Callable[[Settings], object], dict[str, object]]] = {
    "fail-on": (
        "fail-on",
        "fail-on = ",
        ("warn", "never", '"warn"'),
        lambda chosen: chosen.fail_on,
        {"command line": "warn", "environment": "never", "file": "warn", "preset": "never", "default": "fail"},
    ),
    "slow": (
        "slow",
        "[window]\nslow = ",
        ("1s", "2s", '"3s"'),
        lambda chosen: chosen.window.slow,
        {"command line": 1, "environment": 2, "file": 3, "preset": 4, "default": 5},
    ),
    "fail": (
        "set",
        "[checks.data-fresh]\nfail = ",
        ("data-fresh.fail=1", "data-fresh.fail=2", "3"),
        lambda chosen: chosen.thresholds["data-fresh"].fail,
        {"command line": 1, "environment": 2, "file": 3, "preset": 4, "default": 86400},
    ),
}


@pytest.mark.parametrize(("over", "under"), list(combinations(PLACES, 2)))
@pytest.mark.parametrize("kind", KINDS)
def test_of_two_places_the_first_counts(tmp_path: Path, kind: str, over: str, under: str) -> None:
    option, key, words, value, wanted = KINDS[kind]
    run = Run(tmp_path, (over, under), option, key, words)
    assert value(run.settings) == wanted[over]
    name = {"file": str(tmp_path / "my.toml"), "preset": "preset everything"}.get(over, over)
    line = next(line for line in _part(run.page, kind) if line.startswith(f"{kind} = "))
    assert line.endswith(f"# {name}")


def _part(page: str, kind: str) -> list[str]:
    """From the check's table on, for a bound."""
    return (page.partition("[checks.data-fresh]")[2] if kind == "fail" else page).splitlines()


def test_bounds_of_the_environment_stay_beside_those_of_the_command_line(tmp_path: Path) -> None:
    words = ("error-ratio.warn=0.04", "data-fresh.fail=2\nerror-ratio.warn=0.03", "")
    chosen = Run(tmp_path, ("command line", "environment"), "set", "", words).settings.thresholds
    assert (chosen["error-ratio"].warn, chosen["data-fresh"].fail) == (0.04, 2)


@pytest.mark.parametrize("option", ["url", "metrics-file"])
def test_a_source_of_a_higher_place_goes_over_both_kinds_of_a_lower_one(tmp_path: Path, option: str) -> None:
    words = {"url": "http://a/metrics", "metrics-file": "a.prom"}
    (tmp_path / "my.toml").write_text('[sources]\nurl = "http://b/metrics"\n', "utf-8")
    typed = command.make_context(
        "llmgw-report", ["--config", str(tmp_path / "my.toml"), f"--{option}", words[option]], auto_envvar_prefix=None
    ).params
    metrics = settings(typed, {}).metrics
    assert metrics is not None
    assert (metrics.url or metrics.file, metrics.origin, metrics.named) == (words[option], "command line", True)


def test_the_page_gives_the_same_settings_again(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(
        """
preset = "everything"
[sources]
url = "http://127.0.0.1:9/metrics"
queries = ["a b.sql"]
[checks.error-ratio]
warn = false
[[checks.error-ratio.for]]
subject = { model = 'o3-"*', instance = "a" }
fail = 0.5
[[expect]]
figure = 'instances[instance="a"].attempts'
at-most = 0
[[waive]]
check = "error-ratio"
reason = "a \\"quoted\\" reason\\u007f"
expires = 2026-12-31
subject = { instance = "a-*" }
up-to = 0.08
""",
        "utf-8",
    )
    shown = _shown(tmp_path, "my.toml")
    (tmp_path / "again.toml").write_text(shown, "utf-8")
    first, again = _settled(tmp_path, "my.toml"), _settled(tmp_path, "again.toml")
    same = ("fail_on", "window", "thresholds", "queries", "expectations", "waivers")
    assert [getattr(again, name) for name in same] == [getattr(first, name) for name in same]
    assert first.metrics is not None
    assert again.metrics is not None
    assert (again.metrics.url, again.metrics.named) == (first.metrics.url, True)
    assert tomllib.loads(shown)["sources"]["queries"] == ["a b.sql"]


def _typed(folder: Path, name: str, *arguments: str) -> dict[str, object]:
    return command.make_context(
        "llmgw-report", ["--config", str(folder / name), *arguments], auto_envvar_prefix=None
    ).params


def _settled(folder: Path, name: str) -> Settings:
    return settings(_typed(folder, name), {})


def _shown(folder: Path, name: str, *arguments: str, **environment: str) -> str:
    return effective(_typed(folder, name, *arguments), environment, {})


def test_the_page_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('[sources]\nurl = "http://user:hunter22@gw/metrics?key=abcdef123"\n', "utf-8")
    (tmp_path / "token").write_text("sesame-token-file")
    shown = _shown(tmp_path, "my.toml", "--header", "X-Api-Key: sesame-header", LLMGW_REPORT_BEARER_TOKEN="sesame-env")
    assert "X-Api-Key: [redacted]" in shown
    assert "LLMGW_REPORT_BEARER_TOKEN [redacted]" in shown
    shown += _shown(tmp_path, "my.toml", "--bearer-token-file", str(tmp_path / "token"))
    for secret in ("hunter22", "abcdef123", "sesame-header", "sesame-env", "sesame-token-file"):
        assert secret not in shown


def test_a_source_that_nobody_named_is_not_required_by_reading_the_page_again(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("", "utf-8")
    (tmp_path / "again.toml").write_text(_shown(tmp_path, "my.toml"), "utf-8")
    again = _settled(tmp_path, "again.toml")
    assert again.metrics is not None
    assert again.database is not None
    assert (again.metrics.named, again.database.named) == (False, False)


@pytest.mark.parametrize(
    ("typed", "variable", "read"),
    [("--no-db", "true", False), ("--db", "false", True), ("--no-db", "false", False), ("--db", "true", True)],
)
def test_the_database_switch_of_a_higher_place_goes_over_its_other_name(
    tmp_path: Path, typed: str, variable: str, *, read: bool
) -> None:
    arguments = ["--no-config", "--no-metrics", typed, "--db-path", str(tmp_path / "a.db")]
    context = command.make_context("llmgw-report", [*arguments, "--observability", variable], auto_envvar_prefix=None)
    found = settings(context.params, {}, {"observability": "environment"})
    assert (found.database is not None) == read
