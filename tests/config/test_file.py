"""The configuration file: what is wrong with it is named, with the nearest right word."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from llmgw_report.config.file import read
from llmgw_report.config.thresholds import effective, tables
from llmgw_report.errors import UsageError
from llmgw_report.model.threshold import Threshold


def problem(folder: Path, text: str) -> str:
    """Message and hint of a file with this content."""
    file = folder / "llmgw-report.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read(file)
    return f"{caught.value.message.replace(str(folder), '.')} | {caught.value.hint}"


def test_a_misspelt_check(tmp_path: Path) -> None:
    assert problem(tmp_path, "[checks.eror-ratio]\nwarn = 1") == snapshot(
        "./llmgw-report.toml: [checks.eror-ratio]: unknown check 'eror-ratio' | did you mean 'error-ratio'?"
    )


def test_a_misspelt_key_of_a_check(tmp_path: Path) -> None:
    assert problem(tmp_path, "[checks.error-ratio]\nwarm = 1") == snapshot(
        "./llmgw-report.toml: Object contains unknown field `warm` - at `$.checks[...]` | did you mean 'warn'?"
    )


def test_a_misspelt_table(tmp_path: Path) -> None:
    assert problem(tmp_path, "[source]\nurl = 'http://a'") == snapshot(
        "./llmgw-report.toml: Object contains unknown field `source` | did you mean 'sources'?"
    )


def test_a_word_that_is_not_one_of_the_choices(tmp_path: Path) -> None:
    assert problem(tmp_path, 'fail-on = "wran"') == snapshot(
        "./llmgw-report.toml: Invalid enum value 'wran' - at `$.fail-on` | "
        "every key and its unit: examples/llmgw-report.toml"
    )


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    assert problem(tmp_path, "<html>").startswith("./llmgw-report.toml: not a TOML file: ")


def test_later_changes_go_over_earlier_ones(tmp_path: Path) -> None:
    file = tmp_path / "llmgw-report.toml"
    file.write_text("[checks.error-ratio]\nwarn = 0.2\nfail = 0.3\nrequired = true\n", "utf-8")
    changes = tables(read(file).checks, ["error-ratio.fail=0.02", "error-ratio.warn=false"])
    bounds = effective(Threshold(warn=0.01, fail=0.05, min_n=20), changes["error-ratio"], "error-ratio")
    assert bounds == Threshold(warn=None, fail=0.02, min_n=20, required=True)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("error-ratio.fail", "not CHECK.KEY=VALUE"),
        ("fail=0.1", "not CHECK.KEY=VALUE"),
        ("error-ration.fail=0.1", "did you mean 'error-ratio'?"),
        ("error-ratio.fial=0.1", "did you mean 'fail'?"),
        ("error-ratio.fail=much", "not a number"),
        ("error-ratio.severity=bad", "Invalid enum value 'bad'"),
        ("error-ratio.min-n=1.5", "Expected `int`"),
        ("error-ratio.min-n=-1", "below 0"),
        ("error-ratio.fail=nan", "not a finite number"),
    ],
)
def test_a_setting_that_means_nothing(setting: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        effective(Threshold(), tables({}, [setting])["error-ratio"], "error-ratio")
    assert said in f"{caught.value.message} {caught.value.hint}"
