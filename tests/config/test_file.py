"""The configuration file: what is wrong with it is named, with the nearest right word."""

from pathlib import Path

import pytest

from llmgw_report.config.layers import Layer
from llmgw_report.config.load import read
from llmgw_report.config.thresholds import changes, effective
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Threshold


def problem(folder: Path, text: str) -> str:
    """Message and hint of a file with this content."""
    file = folder / "llmgw-report.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read(file)
    return f"{caught.value.message.replace(str(folder), '.')} | {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[checks.eror-ratio]\nwarn = 1",
            "./llmgw-report.toml: [checks.eror-ratio]: unknown check 'eror-ratio' | did you mean 'error-ratio'?",
        ),
        (
            "[checks.error-ratio]\nwarm = 1",
            "./llmgw-report.toml: [checks.error-ratio]: unknown key `warm` | did you mean 'warn'?",
        ),
        (
            "[[checks.error-ratio.for]]\nsubject = { instanse = 'a' }\nfail = 1",
            "./llmgw-report.toml: [[checks.error-ratio.for]] 1: unknown role 'instanse' in subject | did you",
        ),
        ("[source]\nurl = 'http://a'", "./llmgw-report.toml: unknown key `source` | did you mean 'sources'?"),
        ("[sources]\nuri = 'http://a'", "./llmgw-report.toml: [sources]: unknown key `uri` | did you mean 'url'?"),
    ],
)
def test_a_misspelt_word_is_named_with_its_place_and_the_nearest_one(tmp_path: Path, text: str, said: str) -> None:
    assert problem(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'fail-on = "wran"',
            "./llmgw-report.toml: fail-on: 'wran' is none of fail, warn, never | did you mean 'warn'?",
        ),
        (
            '[checks.error-ratio]\nseverity = "bad"',
            "./llmgw-report.toml: [checks.error-ratio], severity: unknown value 'bad' | ",
        ),
        (
            "[window]\ntop = 0",
            "./llmgw-report.toml: [window], top: 0 is not a whole number from 1 to 1000 | for example 5",
        ),
        ("idle = true", 'idle: true is not a text | write it in quotes, for example "unknown"'),
        ("fail-on = true", 'fail-on: true is not a text | write it in quotes, for example "fail"'),
        (
            '[[waive]]\ncheck = "error-ratio"\nreason = "r"\nexpires = "tomorrow"',
            "including this day, for example 2026-12-31",
        ),
        (
            "[checks.error-ratio]\nmin-n = 1.5",
            "got a number | min-n: the fewest samples that are evaluated, for example",
        ),
        ("checks = 3", "./llmgw-report.toml: [checks]: 3 is not a table | "),
        ("[checks]\nerror-ratio = 3", "./llmgw-report.toml: [checks.error-ratio]: 3 is not a table | "),
        ("expect = [3]", "./llmgw-report.toml: [[expect]] 1: expected a table, got a whole number | "),
        ("[[checks.error-ratio.for]]\nfail = 1", "[[checks.error-ratio.for]] 1: missing required key `subject` | "),
        (
            "[[checks.error-ratio.for]]\nsubject = {}\nfail = 1",
            "[[checks.error-ratio.for]] 1: subject is empty | ",
        ),
        ("[window]\nslow = true", "[window], slow: true is not a duration | write a number with a unit: 500ms, 30s"),
        ("[window]\nslow = [5]", "[window], slow: [5] is not a duration"),
        ("[sources]\nurl = 5", '[sources], url: 5 is not a text | write it in quotes, for example "http'),
        (
            "[sources]\ntests = 'a.xml'",
            "[sources], tests: 'a.xml' is not a list of texts | for example [\"junit.xml\"]",
        ),
        ("[sources]\nmax-scrape-bytes = 1.5", "[sources], max-scrape-bytes: 1.5 is not a size | write a whole number"),
        (
            "[checks.error-ratio]\nmin-n = 'a'",
            "[checks.error-ratio], min-n: expected a whole number, got a text | min-n: ",
        ),
        ("[checks.error-ratio]\nwarn = []", "warn: expected true or false or a number or a text, got a list | "),
        ("sources = 3", "./llmgw-report.toml: [sources]: 3 is not a table | "),
        ("<html>", "./llmgw-report.toml: not a TOML file: "),
        ("[window]\nat = 2026-01-01", "[window], at: 2026-01-01 is not an instant"),
        ("[report]\ntitle = 10:00:00", "[report], title: 10:00:00 is not a text"),
        pytest.param(f"[window]\ntop = {'9' * 5000}", "./llmgw-report.toml: not a TOML file: ", id="5,000 digits"),
        pytest.param(f"a = {'[' * 5000}{']' * 5000}", "./llmgw-report.toml: not a TOML file: ", id="5,000 brackets"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in problem(tmp_path, text)


def test_later_changes_go_over_earlier_ones(tmp_path: Path) -> None:
    file = tmp_path / "llmgw-report.toml"
    file.write_text("[checks.error-ratio]\nwarn = 0.2\nfail = 0.3\nrequired = true\n", "utf-8")
    typed = changes(["error-ratio.fail=0.5", "error-ratio.fail=2%", "error-ratio.warn=false"], "--set")
    layers = (Layer(origin="command line", checks=typed), read(file))
    threshold, origins = effective("error-ratio", Threshold(warn=0.01, fail=0.05, min_n=20), "ratio", layers)
    assert threshold == Threshold(warn=None, fail=0.02, min_n=20, required=True)
    assert (origins["fail"], origins["required"], origins["severity"]) == ("command line", str(file), "default")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("error-ratio.fail", "not CHECK.KEY=VALUE"),
        ("fail=0.1", "not CHECK.KEY=VALUE"),
        ("error-ration.fail=0.1", "did you mean 'error-ratio'?"),
        ("error-ratio.fial=0.1", "did you mean 'fail'?"),
        ("error-ratio.fail=much", "'much' is not a ratio write 2% or 0.02"),
        ("error-ratio.severity=bad", "unknown value 'bad'"),
        ("error-ratio.min-n=1.5", "expected a whole number"),
        ("error-ratio.min-n=-1", "below 0"),
        pytest.param(f"error-ratio.min-n={'9' * 5000}", "expected a whole number", id="5,000 digits"),
        ("error-ratio.fail=nan", "is not a ratio"),
    ],
)
def test_a_setting_that_means_nothing(setting: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        effective(
            "error-ratio",
            Threshold(warn=0.01),
            "ratio",
            (Layer(origin="command line", checks=changes([setting], "--set")),),
        )
    assert said in f"{caught.value.message} {caught.value.hint}"
