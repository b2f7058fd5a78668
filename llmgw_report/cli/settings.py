"""From what was typed to what is meant: command line over environment over file over preset over defaults."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from llmgw_report import messages, plugins, resources
from llmgw_report.config import load, values
from llmgw_report.config.layers import COMMAND_LINE, ENVIRONMENT, PREFIX, Layer, Layers, first, place
from llmgw_report.config.load import find, read
from llmgw_report.config.schema import File, ReportTable, SloTable, SourcesTable, WindowTable
from llmgw_report.config.settings import (
    READERS,
    Asked,
    DatabaseTarget,
    FailOn,
    Look,
    MetricsTarget,
    Settings,
    Waiver,
    WindowSettings,
)
from llmgw_report.config.slo import Slo, slo
from llmgw_report.config.thresholds import effective
from llmgw_report.config.thresholds import settings as bounds
from llmgw_report.errors import UsageError
from llmgw_report.pipeline.judge import thresholds
from llmgw_report.plugins import nearest
from llmgw_report.redaction import names_a_secret, redact
from llmgw_report.resources import is_file

Typed = Mapping[str, Any]
Origins = Mapping[str, str]
"""Option -> "command line" or "environment"; an option that is not in it was typed."""

#: Option -> key, where they differ.
RENAMED = {"query": "queries", "template": "templates"}


def layers(typed: Typed, environment: Mapping[str, str], origins: Origins) -> Layers:
    """All there are; UsageError for a file that cannot be read or is wrong."""
    _text(typed)
    given = [
        Layer(COMMAND_LINE, _file(typed, origins, COMMAND_LINE, [])),
        Layer(ENVIRONMENT, _file(typed, origins, ENVIRONMENT, environment.get(f"{PREFIX}SET", "").splitlines())),
    ]
    path = None if typed["no_config"] else find(typed["config"], Path(), _user_folder(environment))
    if path:
        given.append(Layer(str(path), read(path), str(path)))
    name, origin = first(tuple(given), lambda file: file.preset, "")
    if name:
        given.append(Layer(f"preset {name}", read(load.path(name, place(origin, "preset")))))
    return tuple(given)


def _file(typed: Typed, origins: Origins, origin: str, more: list[str]) -> File:
    """The options of one origin as the file would hold them.

    `--set` replaces LLMGW_REPORT_SET as click sees it, but only the bounds that it names are meant: `more` are
    the others.
    """
    mine = {name: value for name, value in typed.items() if origins.get(name, COMMAND_LINE) == origin}
    lines = mine.get("set") or more
    return File(
        preset=mine.get("preset"),
        fail_on=mine.get("fail_on"),
        lang=mine.get("lang"),
        sources=structs.replace(SourcesTable(), **_given(mine, SourcesTable)),
        slo=SloTable(target=mine.get("slo"), window=mine.get("slo_window")),
        window=structs.replace(WindowTable(), **_given(mine, WindowTable)),
        report=structs.replace(ReportTable(), **_given(mine, ReportTable)),
        checks=bounds(line for line in lines if line.strip()),
    )


def _given(mine: Typed, table: type[SourcesTable | WindowTable | ReportTable]) -> dict[str, Any]:
    named = {RENAMED.get(name, name): value for name, value in mine.items() if value not in {None, ()}}
    return {name: named[name] for name in table.__struct_fields__ if name in named}


def _user_folder(environment: Mapping[str, str]) -> Path | None:
    """The user's configuration folder; none without a home."""
    if environment.get("XDG_CONFIG_HOME"):
        return Path(environment["XDG_CONFIG_HOME"])
    return Path(environment["HOME"]) / ".config" if environment.get("HOME") else None


def _text(typed: Typed) -> None:
    """UsageError for an argument that is no UTF-8: it could not be shown in any document."""
    for name, value in typed.items():
        for word in value if isinstance(value, tuple) else (value,):
            if name != "output" and isinstance(word, str) and not word.isascii() and _broken(word):
                raise UsageError(
                    f"--{name.replace('_', '-')}: holds a byte that is not UTF-8", "rename it, or type it again"
                )


def _broken(word: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in word)


FILE = "@"
ELSEWHERE = "every user of this machine can read it in the list of processes"


def headers(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Name and value of each; `@FILE` stands for the lines of a file. UsageError for one that is no header."""
    lines = (line for word in words for line in (_lines(word) if word.startswith(FILE) else (word,)))
    return tuple(map(_header, lines))


def exposed(typed: Typed, origins: Origins) -> Iterator[str]:
    """One line for each credential among the words of the call. The run goes on: it may be the only user's machine."""
    for word in typed["header"] if "header" not in origins else ():
        name = word.partition(":")[0].strip()
        if not word.startswith(FILE) and names_a_secret(name):
            yield f"Hint: --header {name} was typed, and {ELSEWHERE}; write --header {FILE}FILE"
    url = typed["url"]
    if url and "url" not in origins and redact(url) != url:
        yield f"Hint: --url with a credential was typed, and {ELSEWHERE}; set LLMGW_REPORT_URL"


def _lines(word: str) -> tuple[str, ...]:
    """Those of the file; an empty one says nothing."""
    path = word.removeprefix(FILE)
    try:
        text = resources.text(Path(path))
    except (OSError, ValueError) as error:
        message = f"--header {FILE}{path}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable file with one 'Name: value' in each line") from error
    return tuple(line for line in text.splitlines() if line.strip())


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        message = "--header: one of them is not 'Name: value'"  # not quoted: what it holds is often a key
        raise UsageError(message, "for example --header 'X-Scope-OrgID: team-a'")
    return name.strip(), value.strip()


def look(found: Layers) -> Look:
    """What all places together want; UsageError for a file that is not there."""
    css, css_origin = first(found, lambda file: file.report.css, None)
    files, origin = first(found, lambda file: file.report.templates, ())
    folder, folder_origin = first(found, lambda file: file.report.template_dir, None)
    if folder is not None and not Path(folder).is_dir():
        message = f"{place(folder_origin, 'template-dir')} {folder}: not a folder"
        raise UsageError(message, "name a folder that holds templates such as report.html.j2")
    templates = {_format(file, place(origin, "template")): file for file in files}
    if len(templates) < len(files):
        message = f"{place(origin, 'template')}: two templates of one format"
        raise UsageError(message, "give one for each of html, md and text")
    text = _text_looks(css, place(css_origin, "css")) if css else ""
    return Look(css=text, sheet=css, templates=templates, folder=folder)


def printed(typed: Typed, chosen: Look, written: Sequence[str]) -> str:
    """The format of standard output: the one asked for, else that of a template which no file is written with, else md.

    UsageError for a template on the command line that would render nothing.
    """
    unwritten = [name for name in chosen.templates if name not in written]
    found = typed["format"] or next(iter(unwritten), "md")
    for name, file in chosen.templates.items():
        if typed["template"] and name not in {found, *written}:
            message = f"--template {file}: it renders {name}, and no {name} is written"
            raise UsageError(message, f"add -f {name}, or -o {name}=FILE")
    return str(found)


def _format(file: str, where: str) -> str:
    """The format that a template's name says: `weekly.html.j2` is for html."""
    path = Path(file)
    if not path.is_file():
        message = f"{where} {file}: no such file"
        raise UsageError(message, "name a template, for example weekly.html.j2")
    extension = Path(path.stem).suffix.removeprefix(".").lower()
    for name in READERS:
        if path.suffix == ".j2" and extension in plugins.load("renderers", name).EXTENSIONS:
            return name
    message = f"{where} {file}: its name does not say which format it renders"
    raise UsageError(message, "name it after the format: NAME.html.j2, NAME.md.j2 or NAME.txt.j2")


def _text_looks(file: str, where: str) -> str:
    try:
        return resources.text(Path(file))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{where} {file}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable style sheet in UTF-8") from error


DURATIONS = ("window", "trend_window", "bucket", "slow")
#: Options that say what to measure.
READING = (
    *("url", "metrics_file", "db_path", "gateway", "query", "tests", "interval", "at", "group_by"),
    *("window", "trend_window", "bucket", "slow", "top"),
)
FILES = ("bearer_token_file", "ca_file", "client_cert", "client_key")
MOST_BUCKETS = 10_000
NOBODY: Origins = {}


def settings(typed: Typed, environment: Mapping[str, str], origins: Origins = NOBODY) -> Settings:
    """Everything checked that can be checked without reading a source; UsageError otherwise."""
    for option, value in typed.items():
        if value == "":
            message = f"--{option.replace('_', '-')}: empty"
            raise UsageError(message, "an unset variable? leave the option out for its default")
    for option in ("metrics", "observability"):
        if typed[option] and typed[f"no_{option}"]:
            message = f"both --{option} and --no-{option}"
            raise UsageError(message, f"one of them may be in the environment, as {PREFIX}NO_{option.upper()}")
    if typed["verify"]:
        _no_source(typed, origins)
    return joined(layers(typed, environment, origins), typed, environment)


def joined(found: Layers, typed: Typed, environment: Mapping[str, str]) -> Settings:
    """What all places together mean."""
    own = next((layer for layer in found if layer.path), None)
    metrics = _metrics(typed, found, environment)
    queries = first(found, lambda file: file.sources.queries, ())[0]
    gateway = first(found, lambda file: file.sources.gateway, "")[0] or None
    return Settings(
        metrics=metrics,
        database=_database(typed, found),
        gateway=gateway,
        queries=queries,
        tests=first(found, lambda file: file.sources.tests, ())[0],
        at_ms=values.moment(typed["at"], "--at") if typed["at"] else None,
        window=_window(found),
        group_by=typed["group_by"] or "provider",
        fail_on=_fail_on(found),
        exit_profile=typed["exit_profile"] or "standard",
        thresholds={slug: effective(slug, default, found) for slug, default in thresholds().items()},
        config_file=own.path if own else None,
        slo=_slo(found),
        interval=_interval(typed["interval"], metrics),
        baseline=typed["baseline"],
        preset=first(found, lambda file: file.preset, "")[0] or None,
        expectations=_expectations(own, queries, gateway) if own else (),
        waivers=_waivers(own) if own else (),
        lang=_lang(found, environment),
        title=first(found, lambda file: file.report.title, None)[0],
        look=look(found),
        no_redact=typed["no_redact"],
    )


def _no_source(typed: Typed, origins: Origins) -> None:
    """What a saved report cannot be asked for. In the environment it may be meant for every other run."""
    for name in READING:
        if typed[name] and name not in origins:
            message = f"--{name.replace('_', '-')} beside --verify, which reads a saved report and no source"
            raise UsageError(message, "leave one of them out; --baseline, --set and --config can stay")


def _fail_on(found: Layers) -> FailOn:
    named: FailOn | None = first(found, lambda file: file.fail_on, None)[0]
    return named or "fail"


def _lang(found: Layers, environment: Mapping[str, str]) -> str:
    """The language that is named, else that of the environment."""
    name, origin = first(found, lambda file: file.lang, None)
    if name is None:
        return messages.preferred(environment)
    if name not in messages.names():
        message = f"{place(origin, 'lang')}: no language {name!r}"
        raise UsageError(message, nearest(name, messages.names()))
    return str(name)


def _slo(found: Layers) -> Slo | None:
    """The objective, of which the window alone is none."""
    target, origin = first(found, lambda file: file.slo.target, None)
    window, window_origin = first(found, lambda file: file.slo.window, None)
    if target is not None:
        return slo(target, window, place(origin, "slo"), place(window_origin, "slo-window"))
    if window is not None:
        message = f"{place(window_origin, 'slo-window')}: a window without an objective"
        raise UsageError(message, "add one, for example --slo 99.5%")
    return None


def _interval(word: str | None, metrics: MetricsTarget | None) -> float | None:
    """Seconds between two scrapes of an endpoint; a file says the same twice."""
    if word is None:
        return None
    if metrics is None or metrics.url is None:
        message = "--interval needs a metrics endpoint to scrape twice"
        raise UsageError(message, "give --url, or leave --interval out")
    return values.duration(word, "--interval")


def _expectations(own: Layer, queries: tuple[str, ...], gateway: str | None) -> tuple[Asked, ...]:
    if not own.file.expect:
        return ()
    from llmgw_report.config.expectations import expectations  # most runs expect nothing

    named = any(table.query is not None for table in own.file.expect)
    return expectations(own.file.expect, own.origin, _query_names(queries, gateway) if named else ())


def _query_names(queries: tuple[str, ...], gateway: str | None) -> tuple[str, ...]:
    """The user's own, and those of the gateways that have no section of their own."""
    from llmgw_report import gateways  # read once more by the run itself: only an expectation of a query pays for it
    from llmgw_report.gateways.rows import RECORDS

    candidates = (gateways.load(gateway),) if gateway else gateways.load_all()
    theirs = (query.name for one in candidates for query in gateways.queries(one) if query.name not in RECORDS)
    return tuple(dict.fromkeys([*(Path(file).stem for file in queries), *theirs]))


def _waivers(own: Layer) -> tuple[Waiver, ...]:
    if not own.file.waive:
        return ()
    from llmgw_report.config.waivers import waivers  # most runs waive nothing

    return waivers(own.file.waive, own.origin)


def _metrics(typed: Typed, found: Layers, environment: Mapping[str, str]) -> MetricsTarget | None:
    """Where to scrape, with what is sent along; None if switched off."""
    if typed["no_metrics"] or typed["metrics"] is False:
        return None
    target = next(filter(None, map(_named_metrics, found)), None) or load.metrics(Path())
    timeout, origin = first(found, partial(_duration, table="sources", name="timeout"), target.timeout_seconds)
    limit, limited = first(found, lambda file: file.sources.max_scrape_bytes, target.max_bytes)
    _there(typed)
    return structs.replace(
        target,
        headers=headers(typed["header"]),
        bearer_token=_token(typed["bearer_token_file"], environment),
        ca_file=typed["ca_file"],
        insecure=typed["insecure"],
        client_cert=typed["client_cert"],
        client_key=typed["client_key"],
        timeout_seconds=values.duration(timeout, place(origin, "timeout")),
        max_bytes=values.size(limit, place(limited, "max-scrape-bytes")),
    )


def _there(typed: Typed) -> None:
    """UsageError unless the files that a TLS connection needs are there; what they hold is seen when it is made."""
    for name in FILES[1:]:
        if typed[name] and not is_file(typed[name]):
            message = f"--{name.replace('_', '-')} {typed[name]}: no such file"
            raise UsageError(message, "name an existing file")
    if typed["client_key"] and not typed["client_cert"]:
        raise UsageError("no --client-cert beside --client-key", "name the certificate that the key is of")


def _named_metrics(layer: Layer) -> MetricsTarget | None:
    """The source that one place asks for; both at once is a contradiction."""
    url, saved = layer.file.sources.url, layer.file.sources.metrics_file
    if url and saved:
        message = f"both a URL and a metrics file in the {layer.origin}"
        raise UsageError(message, "a report is of one scrape: give --url or --metrics-file")
    if url and not url.startswith(("http://", "https://")):
        message = f"{place(layer.origin, 'url')} {redact(url)!r}: not an http:// or https:// address"
        raise UsageError(message, "for a saved scrape use --metrics-file")
    return MetricsTarget(url=url, file=saved, named=True, origin=layer.origin) if url or saved else None


def _database(typed: Typed, found: Layers) -> DatabaseTarget | None:
    if typed["no_observability"] or typed["observability"] is False:
        return None
    path, origin = first(found, lambda file: file.sources.db_path, "")
    return DatabaseTarget(path=path, named=True, origin=origin) if path else load.database(Path())


def _token(file: str | None, environment: Mapping[str, str]) -> str | None:
    """A token from a file or the environment; never from the command line, which every process can read."""
    if file is None:
        return environment.get("LLMGW_REPORT_BEARER_TOKEN") or None
    try:
        token = resources.text(Path(file)).strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"--bearer-token-file {file}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable file that holds the token alone") from error
    if not token or not token.isascii() or len(token.split()) != 1:
        message = f"--bearer-token-file {file}: not one token"
        raise UsageError(message, "the file must hold the token alone")
    return token


def _window(found: Layers) -> WindowSettings:
    given: dict[str, Any] = {}
    for name in DURATIONS:
        word, origin = first(found, partial(_duration, table="window", name=name), None)
        if word is not None:
            given[name] = values.duration(word, place(origin, name.replace("_", "-")))
    window = WindowSettings(**given, top=first(found, lambda file: file.window.top, WindowSettings().top)[0])
    if window.trend_window / window.bucket > MOST_BUCKETS:
        message = f"--trend-window over --bucket is more than {MOST_BUCKETS} points"
        raise UsageError(message, "take a longer --bucket or a shorter --trend-window")
    return window


def _duration(file: File, table: str, name: str) -> str | float | None:
    word: str | float | None = getattr(getattr(file, table), name)
    return word
