"""From what was typed to what is meant: command line and environment over file over defaults."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from llmgw_report.config import discovery, values
from llmgw_report.config.file import File, find, read
from llmgw_report.config.settings import Settings, WindowSettings
from llmgw_report.config.targets import DatabaseTarget, MetricsTarget
from llmgw_report.config.thresholds import effective, tables
from llmgw_report.errors import UsageError
from llmgw_report.model.threshold import Threshold
from llmgw_report.pipeline.judge import thresholds

Typed = Mapping[str, Any]
DURATIONS = ("window", "trend_window", "bucket", "slow")
MOST_BUCKETS = 10_000


def settings(typed: Typed, environment: Mapping[str, str]) -> Settings:
    """Everything checked that can be checked without reading a source; UsageError otherwise."""
    path = None if typed["no_config"] else find(typed["config"], Path(), _user_folder(environment))
    file = read(path) if path else File()
    return Settings(
        metrics=_metrics(typed, file, environment),
        database=_database(typed, file),
        gateway=typed["gateway"] or file.sources.gateway,
        queries=tuple(typed["query"]) or file.sources.queries,
        at_ms=values.moment(typed["at"], "--at") if typed["at"] else None,
        window=_window(typed, file),
        group_by=typed["group_by"] or "provider",
        fail_on=typed["fail_on"] or file.fail_on or "fail",
        thresholds=_thresholds(typed, file),
        config_file=str(path) if path else None,
    )


def _user_folder(environment: Mapping[str, str]) -> Path | None:
    """The user's configuration folder; none without a home."""
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"])
    return Path(environment["HOME"]) / ".config" if environment.get("HOME") else None


def _metrics(typed: Typed, file: File, environment: Mapping[str, str]) -> MetricsTarget | None:
    """Where to scrape, with what is sent along; None if switched off."""
    if typed["no_metrics"] or typed["metrics"] is False:
        return None
    target = _named_metrics(typed, file) or discovery.metrics(Path())
    timeout = typed["timeout"] or file.sources.timeout or target.timeout_seconds
    return structs.replace(
        target,
        headers=tuple(_header(line) for line in typed["header"]),
        bearer_token=_token(typed["bearer_token_file"], environment),
        ca_file=typed["ca_file"],
        insecure=typed["insecure"],
        timeout_seconds=values.duration(timeout, "--timeout"),
    )


def _named_metrics(typed: Typed, file: File) -> MetricsTarget | None:
    """The source that was asked for; both at once is a contradiction."""
    for origin, url, saved in (
        ("command line", typed["url"], typed["metrics_file"]),
        ("configuration", file.sources.url, file.sources.metrics_file),
    ):
        if url and saved:
            message = f"both a URL and a metrics file in the {origin}"
            raise UsageError(message, "a report is of one scrape: give --url or --metrics-file")
        if url and not url.startswith(("http://", "https://")):
            message = f"--url {url!r}: not an http:// or https:// address"
            raise UsageError(message, "for a saved scrape use --metrics-file")
        if url or saved:
            return MetricsTarget(url=url, file=saved, named=True, origin=origin)
    return None


def _database(typed: Typed, file: File) -> DatabaseTarget | None:
    if typed["no_observability"] or typed["observability"] is False:
        return None
    for origin, path in (("command line", typed["db_path"]), ("configuration", file.sources.db_path)):
        if path:
            return DatabaseTarget(path=path, named=True, origin=origin)
    return discovery.database(Path())


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        message = f"--header: {name.strip()!r} is not 'Name: value'"
        raise UsageError(message, "for example --header 'X-Scope-OrgID: team-a'")
    return name.strip(), value.strip()


def _token(file: str | None, environment: Mapping[str, str]) -> str | None:
    """A token from a file or the environment; never from the command line, which every process can read."""
    if file is None:
        return environment.get("LLMGW_REPORT_BEARER_TOKEN") or None
    try:
        token = Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"--bearer-token-file {file}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable file that holds the token alone") from error
    if not token or not token.isascii() or len(token.split()) != 1:
        message = f"--bearer-token-file {file}: not one token"
        raise UsageError(message, "the file must hold the token alone")
    return token


def _window(typed: Typed, file: File) -> WindowSettings:
    given: dict[str, Any] = {}
    for name in DURATIONS:
        word = typed[name] or getattr(file.window, name)
        if word is not None:
            given[name] = values.duration(word, f"--{name.replace('_', '-')}")
    top = typed["top"] or file.window.top
    window = WindowSettings(**given, **({"top": top} if top else {}))
    if window.trend_window / window.bucket > MOST_BUCKETS:
        message = f"--trend-window over --bucket is more than {MOST_BUCKETS} points"
        raise UsageError(message, "take a longer --bucket or a shorter --trend-window")
    return window


def _thresholds(typed: Typed, file: File) -> dict[str, Threshold]:
    changes = tables(file.checks, typed["set"])
    return {slug: effective(default, changes.get(slug, ()), slug) for slug, default in thresholds().items()}


ENVIRONMENT = os.environ
