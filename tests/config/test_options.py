"""Every entry of the table of options is everywhere: on the command line, in variables, files, pages and the manual."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click
import pytest
from click.shell_completion import ShellComplete

from llmgw_report.cli import pages
from llmgw_report.cli.command import command
from llmgw_report.cli.config_pages import effective
from llmgw_report.config.load import read
from llmgw_report.config.option import Kind, Option
from llmgw_report.config.options import BY_KEY, BY_NAME, OPTIONS, TABLES
from llmgw_report.config.values import convert, toml, written
from llmgw_report.errors import UsageError
from tools import documentation, manual

#: A value that differs from the default, by kind; a file is not opened by any of these tests.
WORDS = {
    "text": "word",
    "file": "file",
    "folder": "folder",
    "header": "A: b",
    "instant": "2026-01-09T01:26:40Z",
    "duration": "7m",
    "window": "7m",
    "ratio": "97%",
    "size": "7KiB",
    "count": "7",
    "boolean": "true",
}
BOOLEANS: tuple[Kind, ...] = ("flag", "switch", "boolean")
SETTINGS = [option for option in OPTIONS if option.is_setting]
IN_FILE = [option for option in OPTIONS if option.table is not None]


def word(option: Option) -> str:
    return option.choices[-1] if option.choices else WORDS.get(option.kind, "1")


def parsed(*arguments: str) -> dict[str, object]:
    return command.make_context("llmgw-report", list(arguments), auto_envvar_prefix=None).params


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_help_and_the_manual_list_it_under_its_group(option: Option) -> None:
    group = re.search(rf"^{option.group}:\n(.*?)(?=^\w+:|\Z)", documentation.help_text(), re.MULTILINE | re.DOTALL)
    assert group
    assert re.search(rf"^  (?:-\w, )?--{option.name}\b", group[1], re.MULTILINE)
    section = manual.manual().partition(f".SS {option.group}\n")[2].partition(".S")[0]
    assert f"--{option.name}" in section.replace("\\-", "-")


@pytest.mark.parametrize("option", SETTINGS, ids=lambda option: option.name)
def test_a_variable_sets_it(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(option.variable, word(option))
    context = command.make_context("llmgw-report", [], auto_envvar_prefix="LLMGW_REPORT")
    assert context.get_parameter_source(option.parameter) is click.core.ParameterSource.ENVIRONMENT
    value = context.params[option.parameter]
    assert value == (
        (word(option),) if option.repeatable else True if option.kind in {"flag", "switch", "boolean"} else word(option)
    )


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if not option.is_setting], ids=lambda option: option.name
)
def test_no_variable_turns_a_run_into_a_page(option: Option, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(option.variable, "1")
    context = command.make_context("llmgw-report", [], auto_envvar_prefix="LLMGW_REPORT")
    assert not context.params.get(option.parameter)


@pytest.mark.parametrize("option", IN_FILE, ids=lambda option: option.name)
def test_the_file_sets_it_and_the_page_shows_it(option: Option, tmp_path: Path) -> None:
    text = word(option)
    value: object = int(text) if option.kind == "count" else [text] if option.repeatable else text
    value = True if option.kind in BOOLEANS else value
    head = f"[{option.table}]\n" if option.table else ""
    file = tmp_path / "my.toml"
    file.write_text(f"{head}{option.file_key} = {toml(value)}\n", "utf-8")
    found = read(file).values[option.name]
    assert found == convert(option, value, "here")
    shown = written(option, found)
    assert shown == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if kind != "page"])
@pytest.mark.parametrize("repeatable", [False, True])
def test_an_option_of_any_kind_is_shown_as_the_file_takes_it(
    kind: Kind, *, repeatable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more entry of the table, in the file: set, shown, and set to the same by what was shown."""
    if (repeatable and kind not in {"text", "header", "file", "folder"}) or (kind == "header" and not repeatable):
        return
    choices = ("one", "two") if kind == "choice" else ()
    option = Option(
        name="more",
        group="Window",
        kind=kind,
        help="More.",
        table="window",
        choices=choices,
        maximum=9,
        default=5 if kind == "count" else None,
        repeatable=repeatable,
        sample="word",
    )
    monkeypatch.setattr("llmgw_report.config.layers.OPTIONS", (*OPTIONS, option))
    monkeypatch.setattr("llmgw_report.cli.config_pages.OPTIONS", (*OPTIONS, option))
    monkeypatch.setitem(BY_KEY, ("window", "more"), option)
    monkeypatch.setitem(BY_NAME, "more", option)
    file, again = tmp_path / "my.toml", tmp_path / "again.toml"
    values: list[str | bool] = [True, False] if kind in BOOLEANS else [word(option)]
    for value in values:
        given = [value] if repeatable else int(value) if kind == "count" else value
        file.write_text(f"[window]\nmore = {toml(given)}\n", "utf-8")
        again.write_text(effective(parsed("--config", str(file)), {}, {}), "utf-8")
        assert read(file).values["more"] == convert(option, given, "here")
        hidden = ("A: [redacted]",) if kind == "header" else read(file).values["more"]
        assert read(again).values["more"] == hidden


@pytest.mark.parametrize("kind", BOOLEANS)
@pytest.mark.parametrize("value", ["yes", "true", 1, 0, 1.5, [True], {}], ids=repr)
def test_only_true_and_false_are_of_a_kind_with_two_values(kind: Kind, value: object) -> None:
    option = Option(name="more", group="Window", kind=kind, help="More.")
    with pytest.raises(UsageError, match="is not true or false") as caught:
        convert(option, value, "my.toml: [window], more")
    assert caught.value.hint == "without quotes, for example more = true"


@pytest.mark.parametrize("value", ["1767922000.0", 1767922000, datetime(2026, 1, 9, 1, 26, 40, tzinfo=UTC)])
def test_an_instant_is_written_as_a_text_or_as_toml_has_it(value: object) -> None:
    option = BY_NAME["at"]
    assert written(option, convert(option, value, "here")) == "2026-01-09T01:26:40Z"


@pytest.mark.parametrize("option", IN_FILE, ids=lambda option: option.name)
def test_the_example_has_it(option: Option) -> None:
    content = tomllib.loads(re.sub(r"^#(?=[a-z\[])", "", pages.configuration(), flags=re.MULTILINE))
    assert option.file_key in (content[option.table] if option.table else content)


#: What a file cannot hold: itself, what its own tables hold, another name of a key, where to write, what is hidden.
NOT_IN_FILE = {"config", "no-config", "set", "observability", "output", "no-redact", "rejudge"}


def test_every_other_setting_has_a_key_in_the_file() -> None:
    assert {option.name for option in SETTINGS if option.table is None} == NOT_IN_FILE


def test_the_page_shows_the_default_of_what_counts_with_another_option(tmp_path: Path) -> None:
    page = effective(parsed("--no-config"), {}, {})
    assert re.search(r'^#window = "30d" +# default, counts with --slo$', page, re.MULTILINE)
    (tmp_path / "again.toml").write_text(page, "utf-8")
    assert "slo-window" not in read(tmp_path / "again.toml").values


def test_the_page_shows_every_setting_and_nothing_twice() -> None:
    lines = effective(parsed("--no-config"), {}, {}).splitlines()
    for option in SETTINGS:
        if option.table is None:
            shown = [line for line in lines if line.startswith(f"# --{option.name} ")]
            assert len(shown) == (option.name != "set"), option.name
    for name in ("", *TABLES):
        start = next(number for number, line in enumerate(lines) if not name or line.lstrip("#") == f"[{name}]") + 1
        keys = [line.lstrip("#").partition(" =")[0] for line in lines[start : lines.index("", start)]]
        assert [key for key in keys if " " not in key] == [one.file_key for one in OPTIONS if one.table == name]


@pytest.mark.parametrize(
    "option",
    [option for option in OPTIONS if option.kind in {"file", "folder"} or option.complete],
    ids=lambda option: option.name,
)
def test_a_shell_completes_it(option: Option) -> None:
    found = ShellComplete(command, {}, "llmgw-report", "_COMPLETE").get_completions([f"--{option.name}"], "")
    assert found


def test_every_reference_from_entry_to_entry_leads_to_one() -> None:
    assert len(BY_NAME) == len(OPTIONS)
    for option in OPTIONS:
        for other in (*option.needs, *option.instead):
            assert other in BY_NAME
        assert option.table in {None, "", *TABLES}
        assert option.table is None or option.sample or option.default is not None or option.kind in BOOLEANS
        assert option.default is None or convert(option, option.default, "here") is not None
