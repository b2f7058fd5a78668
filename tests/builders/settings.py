"""Settings and reports of a configuration file, without a process around them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from llmgw_report.cli.build_settings import settings
from llmgw_report.cli.command import command
from llmgw_report.config.settings import Settings
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Finding
from llmgw_report.model.report import Snapshot
from llmgw_report.pipeline.document import judged

NAME = "llmgw-report.toml"


def typed(*arguments: str) -> dict[str, object]:
    """What click makes of a command line, without this machine's environment variables."""
    return command.make_context("llmgw-report", list(arguments), auto_envvar_prefix=None).params


def settled(folder: Path, text: str = "", *arguments: str, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file in `folder` and a command line."""
    file = folder / NAME
    file.write_text(text, "utf-8")
    return settings(typed("--config", str(file), *arguments), environment or {})


def refused(folder: Path, text: str, *arguments: str) -> str:
    """Message and hint of a file that is refused, its folder left out."""
    with pytest.raises(UsageError) as caught:
        settled(folder, text, *arguments)
    assert caught.value.exit_code == 2
    return f"{caught.value.message} | {caught.value.hint}".replace(f"{folder}/", "")


def said(snapshot: Snapshot, chosen: Settings, check: str = "") -> tuple[Finding, ...]:
    """What the checks say of a snapshot, those of one check if it is named."""
    return tuple(one for one in judged(snapshot, chosen)[1] if check in {"", one.check})
