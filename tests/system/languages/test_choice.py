"""Which language a report is in: what was asked for, else what the locale says, by the rules of gettext."""

from pathlib import Path

import pytest

from llmgw_report import messages
from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.command import command
from llmgw_report.errors import InstallationError, UsageError
from llmgw_report.messages import msg


def test_english_reads_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "HERE", Path("nowhere"))
    assert messages.load("en").text(msg("{n} rows", n=3)) == "3 rows"
    with pytest.raises(InstallationError):
        messages.load("zh-CN")


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "xx_YY.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN"}, "zh-CN"),
        ({"LANG": "zh"}, "zh-CN"),
        ({"LANG": "zh_CN.GB18030@euro"}, "zh-CN"),
        ({"LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh-CN"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "xx:zh_CN:en"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh_CN"}, "en"),
        ({"LANG": "C", "LANGUAGE": "zh_CN"}, "en"),
        ({"LANGUAGE": "zh_CN"}, "en"),
    ],
)
def test_the_locale_decides_where_nobody_else_does(variables: dict[str, str], name: str) -> None:
    assert messages.preferred(variables) == name


def chosen(arguments: list[str], environment: dict[str, str], folder: Path, file: str = "") -> str:
    (folder / "my.toml").write_text(file, "utf-8")
    context = command.make_context("llmgw-report", [*arguments, "--config", str(folder / "my.toml")])
    return settings(context.params, environment).lang


def test_an_option_goes_over_the_file_and_that_over_the_locale(tmp_path: Path) -> None:
    chinese = {"LANG": "zh_CN.UTF-8"}
    assert chosen([], chinese, tmp_path) == "zh-CN"
    assert chosen([], chinese, tmp_path, 'lang = "en"') == "en"
    assert chosen(["--lang", "zh-CN"], {}, tmp_path, 'lang = "en"') == "zh-CN"


def test_a_language_that_is_not_there_is_named_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"my\.toml: lang: 'zh' is none of en, zh-CN"):
        chosen([], {}, tmp_path, 'lang = "zh"')
