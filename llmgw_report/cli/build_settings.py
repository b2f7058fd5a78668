"""From the command line and the environment, with the file and a preset below them, to the settings of a run.

Click parses the first two and says which of them a value came from. The table of options says what each value is and
where a file has it; the first place that sets a value counts. Everything is checked before any source is read.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import structs

from llmgw_report import messages, plugins, resources
from llmgw_report.config import database_url, discovery, endpoint, presets, values
from llmgw_report.config.config_path import find, user_folder
from llmgw_report.config.found_file import loosened, loosened_note, withheld_note
from llmgw_report.config.layers import COMMAND_LINE, DEFAULT, ENVIRONMENT, Layer, Layers, Setting, merged, place
from llmgw_report.config.matchers import matchers, require_label
from llmgw_report.config.option import PREFIX, TOKEN_VARIABLE
from llmgw_report.config.options import BY_NAME, OPTIONS
from llmgw_report.config.settings import (
    MAX_BUCKETS,
    READERS,
    DatabaseTarget,
    Expectation,
    MetricsTarget,
    ServerTarget,
    Settings,
    Templates,
    Waiver,
    WindowSettings,
)
from llmgw_report.config.slo import Slo, slo
from llmgw_report.config.thresholds import changes, effective
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Unit
from llmgw_report.plugins import nearest
from llmgw_report.redaction import names_a_secret, redact
from llmgw_report.resources import exists, is_file

Typed = Mapping[str, Any]
"""What click makes of a call: by parameter, None or () where nothing was given."""

Origins = Mapping[str, str]
"""Parameter -> "command line" or "environment"; one that is not in it was typed."""

Chosen = Mapping[str, Setting]
"""Option -> the value that counts, with its origin."""

NO_ORIGINS: Origins = {}
#: Before the name of a file that holds headers.
FILE_MARK = "@"
VISIBLE = "every user of this machine can read it in the list of processes"


def settings(typed: Typed, environment: Mapping[str, str], origins: Origins = NO_ORIGINS) -> Settings:
    """Everything checked that can be checked without reading a source; UsageError otherwise."""
    return build_settings(layers(typed, environment, origins), environment)


def layers(typed: Typed, environment: Mapping[str, str], origins: Origins) -> Layers:
    """The places that set something, the one that counts first; UsageError for what is wrong in any of them."""
    _reject_unknown_variables(environment)
    if typed["rejudge"]:
        _reject_sources(typed, origins)
    # --set replaces LLMGW_REPORT_SET as click sees it, but only the thresholds that it names are meant.
    variable = environment.get(BY_NAME["set"].variable, "").splitlines()
    found = [_layer(typed, origins, COMMAND_LINE, []), _layer(typed, origins, ENVIRONMENT, variable)]
    named, none = _named_file(typed, origins)
    path = None if none else find(named, Path(), user_folder(environment))
    if path:
        found.append(_read(path, found=not named and path.parent == Path()))
    preset = merged(found)["preset"]
    if preset.value:
        file = presets.path(preset.value, place(BY_NAME["preset"], preset.origin))
        found.append(_read(file, f"preset {preset.value}"))
    return tuple(found)


def _read(file: Path, origin: str | None = None, *, found: bool = False) -> Layer:
    from llmgw_report.config.load import read  # a run without a file does without

    return read(file, origin, found=found)


def _named_file(typed: Typed, origins: Origins) -> tuple[str | None, bool]:
    """The configuration file that was named, and whether none is to be read: what was typed goes over a variable."""
    named, none = typed["config"], bool(typed["no_config"])
    if named is None or not none:
        return named, none
    places = [origins.get(name, COMMAND_LINE) for name in ("config", "no_config")]
    if places[0] == places[1]:
        message = f"{place(BY_NAME['no-config'], places[1])} beside {place(BY_NAME['config'], places[0])} {named}"
        raise UsageError(message, "leave one of them out")
    return (named, False) if places[0] == COMMAND_LINE else (None, True)


def build_settings(found: Layers, environment: Mapping[str, str]) -> Settings:
    """What all places together mean.

    An option whose key in the file is a field of `Settings` is that field as it is, unless it is computed here.
    """
    chosen = merged(found)
    _require_companions(chosen)
    own = next((layer for layer in found if layer.path), Layer(origin=""))
    checks = {slug: plugins.load("checks", slug) for slug in plugins.modules("checks")}
    units: dict[str, Unit] = {slug: module.UNIT for slug, module in checks.items()}
    given = {option.file_key.replace("-", "_"): chosen[option.name].value for option in OPTIONS}
    plain = {field: given[field] for field in Settings.__struct_fields__ if field in given}
    metrics = _metrics(chosen, found, environment)
    computed = {
        "metrics": metrics,
        "database": _database(chosen, found),
        "at_ms": chosen["at"].value,
        "window": _window(chosen),
        "slo": _slo(chosen),
        "interval": _interval(chosen, metrics),
        "thresholds": {slug: effective(slug, one.DEFAULT, units[slug], found)[0] for slug, one in checks.items()},
        "config_file": own.path,
        "loosened": loosened(own, chosen, {slug: one.DEFAULT for slug, one in checks.items()}, units),
        "expectations": _expectations(own, chosen),
        "waivers": _waivers(own, units),
        "lang": chosen["lang"].value or messages.preferred(environment),
        "templates": _custom_templates(chosen),
    }
    return Settings(**(plain | computed))


def argv_secrets(typed: Typed, origins: Origins) -> Iterator[str]:
    """A hint for each credential among the words of the call. The run goes on: it may be the only user's machine."""
    for word in typed["header"] if "header" not in origins else ():
        name = word.partition(":")[0].strip()
        if not word.startswith(FILE_MARK) and names_a_secret(name):
            yield f"Hint: --header {name} was typed, and {VISIBLE}; write --header {FILE_MARK}FILE"
    for name in ("url", "prometheus"):
        url = typed[name]
        if url and name not in origins and redact(url) != url:
            yield f"Hint: --{name} with a credential was typed, and {VISIBLE}; set {BY_NAME[name].variable}"


def surprises(chosen: Settings, typed: Typed) -> Iterator[str]:
    """A hint for what a file that was merely found in the working directory changes, beside the report itself."""
    if chosen.metrics and chosen.metrics.withheld:
        yield f"Hint: {withheld_note(chosen.metrics)}"
    passed_over = (target.passed_over for target in (chosen.metrics, chosen.database) if target and target.passed_over)
    yield from (f"Hint: {one}" for one in dict.fromkeys(passed_over))
    if chosen.loosened and not typed["quiet"]:
        yield f"Hint: {loosened_note(chosen.config_file, chosen.loosened)}"


def standard_format(typed: Typed, chosen: Settings, written: Sequence[str]) -> str:
    """The format of standard output: the one asked for, else that of a template which no file is written with, else md.

    UsageError for a template on the command line that would render nothing.
    """
    files = chosen.templates.files
    found = chosen.format or next((name for name in files if name not in written), "md")
    for name, file in files.items():
        if typed["template"] and name not in {found, *written}:
            message = f"--template {file}: it renders {name}, and no {name} is written"
            raise UsageError(message, f"add -f {name}, or -o {name}=FILE")
    return found


def _reject_unknown_variables(environment: Mapping[str, str]) -> None:
    """UsageError for a variable that would silently never count."""
    known = (*(option.variable for option in OPTIONS if option.is_setting), TOKEN_VARIABLE)
    for name, value in environment.items():
        if name.startswith(PREFIX) and name not in known and value:
            raise UsageError(f"{name}: no such variable", nearest(name, known))


def _reject_sources(typed: Typed, origins: Origins) -> None:
    """What a saved report cannot be asked for. In the environment it may be meant for every other run."""
    for option in OPTIONS:
        if option.selects and typed[option.parameter] and option.parameter not in origins:
            message = f"--{option.name} beside --rejudge, which reads a saved report and no source"
            raise UsageError(message, "leave one of them out; --baseline, --set and --config can stay")


def _layer(typed: Typed, origins: Origins, origin: str, more: list[str]) -> Layer:
    """What the command line or the environment sets, `more` being thresholds of it that click did not see."""
    mine = {}
    for option in OPTIONS:
        word = typed.get(option.parameter)
        if word is None or word == () or (word is False and option.kind == "flag"):
            continue
        if origins.get(option.parameter, COMMAND_LINE) == origin:
            where = place(option, origin)
            if option.name != "output":  # any file name can be written to; nothing else could be shown in a document
                _require_utf8(word, where)
            mine[option.name] = values.convert(option, word, where)
    lines = mine.get("set") or more
    return Layer(origin=origin, values=mine, checks=changes(filter(str.strip, lines), place(BY_NAME["set"], origin)))


def _require_utf8(word: object, place: str) -> None:
    for text in word if isinstance(word, tuple) else (word,):
        if isinstance(text, str) and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise UsageError(f"{place}: holds a byte that is not UTF-8", "rename it, or type it again")


def _place(chosen: Chosen, name: str) -> str:
    return place(BY_NAME[name], chosen[name].origin)


def _require_companions(chosen: Chosen) -> None:
    """UsageError for an option that means nothing without another one, or beside it."""
    for option in OPTIONS:
        given = chosen[option.name].value is not None and chosen[option.name].origin != DEFAULT
        if option.needs and given and not any(chosen[one].value for one in option.needs):
            example = BY_NAME[option.needs[0]].sample or "FILE"
            hint = f"add one, for example --{option.needs[0]} {shlex.quote(example)}"
            names = " or ".join(f"--{one}" for one in option.needs)
            raise UsageError(f"no {names} beside {_place(chosen, option.name)}", hint)
    if chosen["brief"].value and chosen["full"].value:
        raise UsageError(f"{_place(chosen, 'brief')} beside {_place(chosen, 'full')}", "leave one of them out")


def _metrics(chosen: Chosen, found: Layers, environment: Mapping[str, str]) -> MetricsTarget | None:
    """Where to scrape, with what is sent along; None if switched off."""
    if chosen["metrics"].value is False:
        return None
    _require_one_scrape(chosen, found)
    server, url, file = chosen["prometheus"], chosen["url"], chosen["metrics-file"]
    default = discovery.metrics(Path())
    named = server if server.value else url if url.value else file
    origin = named.origin if named.value else default.origin
    headers, token = (
        _headers(chosen["header"].value, _place(chosen, "header")),
        _token(chosen["bearer-token-file"].value, _place(chosen, "bearer-token-file"), environment),
    )
    withheld: tuple[str, ...] = ()
    if not file.value and origin in {discovery.FILE_NAME, *(layer.origin for layer in found if layer.found)}:
        withheld = tuple(_credentials(chosen, headers, token))
        headers, token = (), None
    target = MetricsTarget(
        url=named.value if named is not file else default.url if not file.value else None,
        file=file.value,
        headers=headers,
        bearer_token=token,
        ca_file=chosen["ca-file"].value,
        insecure=chosen["insecure"].value,
        client_cert=chosen["client-cert"].value,
        client_key=chosen["client-key"].value,
        timeout_seconds=chosen["timeout"].value,
        max_bytes=chosen["max-scrape-bytes"].value,
        named=bool(named.value),
        origin=origin,
        withheld=withheld,
        passed_over=None if named.value else default.passed_over,
    )
    return _server(target, chosen) if server.value else target


def _server(target: MetricsTarget, chosen: Chosen) -> ServerTarget:
    """The same address as a server's, with what is asked of it."""
    if chosen["window"].value == values.ALL and chosen["process-age"].value is None:
        message = f"{_place(chosen, 'window')} all beside {_place(chosen, 'prometheus')}: a server has no beginning"
        raise UsageError(message, "give a time, for example --window 1h")
    label: str = chosen["target-label"].value
    require_label(label, _place(chosen, "target-label"))
    return ServerTarget(
        **{**structs.asdict(target), "file": None},
        match=matchers(chosen["match"].value, _place(chosen, "match")),
        label=label,
    )


def _require_one_scrape(chosen: Chosen, found: Layers) -> None:
    """UsageError for two scrapes at once, an address of another kind, and files that do not exist."""
    for layer in found:
        if {"url", "metrics-file"} <= set(layer.values):
            message = f"both a URL and a metrics file in the {layer.origin}"
            raise UsageError(message, "a report is of one scrape: give --url or --metrics-file")
        if "prometheus" in layer.values and (others := {"url", "metrics-file"} & set(layer.values)):
            message = f"both a server and --{min(others)} in the {layer.origin}"
            raise UsageError(message, "a report is of one gateway's metrics: leave one of them out")
    for name in ("url", "prometheus"):
        if chosen[name].value:
            endpoint.require_address(chosen[name].value, _place(chosen, name))
    if chosen["metrics-file"].value:
        endpoint.require_scrape(chosen["metrics-file"].value, _place(chosen, "metrics-file"))
    _require_certificates(chosen)


def _require_certificates(chosen: Chosen) -> None:
    names = ("ca-file", "client-cert", "client-key")
    authorities, certificate, key = (chosen[name].value for name in names)
    for name, file in zip(names, (authorities, certificate, key), strict=True):
        if file and not is_file(file):
            problem = "not a regular file" if exists(file) else "no such file"
            raise UsageError(f"{_place(chosen, name)} {file}: {problem}", "name an existing file")
    if authorities:
        endpoint.require_authorities(authorities, _place(chosen, "ca-file"))
    if certificate:
        endpoint.require_identity(certificate, key, _place(chosen, "client-cert"))


def _credentials(chosen: Chosen, headers: Sequence[tuple[str, str]], token: str | None) -> Iterator[str]:
    """How each credential was given."""
    if token:
        yield "--bearer-token-file" if chosen["bearer-token-file"].value else TOKEN_VARIABLE
    yield from (f"--header {name}" for name, _ in headers)


def _database(chosen: Chosen, found: Layers) -> DatabaseTarget | None:
    """The log database; None if switched off, under either name of the switch."""
    ours, theirs = chosen["db"], chosen["observability"]  # both of them only where one place sets both
    if None not in {ours.value, theirs.value} and ours.value != theirs.value:
        message = f"{_place(chosen, 'db')} and {_place(chosen, 'observability')} differ"
        raise UsageError(message, "they are one setting under two names: leave one of them out")
    logs: tuple[str, ...] = chosen["log"].value
    if False in {ours.value, theirs.value}:
        return DatabaseTarget(path="", logs=logs, named=True, origin=chosen["log"].origin) if logs else None
    if chosen["db-url-file"].value:
        return _postgres(chosen, logs, found)
    names, origin = chosen["db-path"]
    if names and any(map(database_url.is_url, names)):
        message = f"{_place(chosen, 'db-path')}: a PostgreSQL URL, and it takes files of SQLite"
        raise UsageError(message, database_url.IN_A_FILE)
    target = discovery.databases(names, origin) if names else discovery.database(Path())
    if target.files and logs:
        message = f"{_place(chosen, 'log')} beside several databases, and nothing says which of them a log belongs to"
        raise UsageError(message, "report each database with its own log, or leave the log out")
    return structs.replace(target, timeout_seconds=chosen["db-timeout"].value, logs=logs)


def _postgres(chosen: Chosen, logs: tuple[str, ...], found: Layers) -> DatabaseTarget:
    """The PostgreSQL database whose URL is in a file; UsageError without what reads it, before any slow work."""
    file, origin = chosen["db-url-file"]
    where = _place(chosen, "db-url-file")
    if chosen["db-path"].value:
        message = f"both {where} and {_place(chosen, 'db-path')}"
        raise UsageError(message, "a report is of one log database: leave one of them out")
    if logs:
        raise UsageError(
            f"{_place(chosen, 'log')} beside {where}", "log files are read beside an SQLite database alone"
        )
    if find_spec("psycopg") is None:
        raise UsageError(f"{where} needs psycopg", "install it with: pip install 'llmgw-report[postgres]'")
    url = database_url.one_line(_text(file, where, database_url.HINT), f"{where} {file}")
    return DatabaseTarget(
        path=database_url.shown(url),
        url=url,
        url_file=file,
        url_found=origin in {layer.origin for layer in found if layer.found},
        timeout_seconds=chosen["db-timeout"].value,
        named=True,
        origin=origin,
    )


def _headers(words: tuple[str, ...], place: str) -> tuple[tuple[str, str], ...]:
    """Name and value of each; `@FILE` stands for the lines of a file. UsageError for one that is no header."""
    found = []
    for line in (line for word in words for line in (_lines(word, place) if word.startswith(FILE_MARK) else (word,))):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            message = f"{place}: one of them is not 'Name: value'"  # not quoted: what it holds is often a key
            raise UsageError(message, "for example --header 'X-Scope-OrgID: team-a'")
        endpoint.require_header(name.strip(), value.strip(), place)
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _token(file: str | None, place: str, environment: Mapping[str, str]) -> str | None:
    """A token from a file or the environment; never from the command line, which every process can read."""
    if file is None:
        return _token_of_variable(environment)
    token = _text(file, place, "name a readable file that holds the token alone").strip()
    if not endpoint.is_token(token):
        raise UsageError(f"{place} {file}: not one token", "the file must hold the token alone")
    return token


def _token_of_variable(environment: Mapping[str, str]) -> str | None:
    token = environment.get(TOKEN_VARIABLE, "").strip()
    if token and not endpoint.is_token(token):
        raise UsageError(f"{TOKEN_VARIABLE}: not one token", "it must hold the token alone")
    return token or None


def _lines(word: str, place: str) -> tuple[str, ...]:
    """The lines of a header file that are not empty."""
    hint = "name a readable file with one 'Name: value' in each line"
    text = _text(word.removeprefix(FILE_MARK), place, hint, shown=word)
    return tuple(line for line in text.splitlines() if line.strip())


def _text(file: str, place: str, hint: str, shown: str | None = None) -> str:
    """What a file holds that the user names."""
    try:
        return resources.text(Path(file))
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a name that holds NUL
        problem = getattr(error, "strerror", None) or "not text"
        raise UsageError(f"{place} {shown or file}: {problem}", hint) from error


def _window(chosen: Chosen) -> WindowSettings:
    names = ("window", "trend-window", "bucket", "slow", "top")
    given = {name.replace("-", "_"): chosen[name].value for name in names}
    lifetime, process_age = given["window"] == values.ALL, chosen["process-age"].value
    if lifetime:
        given["window"] = process_age or values.default("window")
    window = WindowSettings(**given, lifetime=lifetime, process_age=process_age)
    if window.trend_window / window.bucket > MAX_BUCKETS:
        message = f"--trend-window over --bucket is more than {MAX_BUCKETS} points"
        raise UsageError(message, "take a longer --bucket or a shorter --trend-window")
    return window


def _slo(chosen: Chosen) -> Slo | None:
    target, window = chosen["slo"].value, chosen["slo-window"].value
    return None if target is None else slo(target, window, _place(chosen, "slo"), _place(chosen, "slo-window"))


def _interval(chosen: Chosen, metrics: MetricsTarget | None) -> float | None:
    """Seconds between two scrapes of an endpoint; a file says the same twice."""
    seconds: float | None = chosen["interval"].value
    if seconds is not None and (metrics is None or metrics.url is None or isinstance(metrics, ServerTarget)):
        message = f"{_place(chosen, 'interval')} needs a metrics endpoint to scrape twice"
        raise UsageError(message, "give --url, or leave the interval out")
    return seconds


def _expectations(own: Layer, chosen: Chosen) -> tuple[Expectation, ...]:
    if not own.expect:
        return ()
    from llmgw_report.config.expect import expectations  # most runs expect nothing

    named = any(table.query is not None for table in own.expect)
    queries = _query_names(chosen["query"].value, chosen["gateway"].value) if named else ()
    return expectations(own.expect, own.origin, queries)


def _query_names(queries: tuple[str, ...], gateway: str | None) -> tuple[str, ...]:
    """The user's own, and those of the gateways that have no section of their own."""
    from llmgw_report import gateways  # read once more by the run itself: only an expectation of a query pays for it
    from llmgw_report.gateways.rows import RECORDS

    candidates = (gateways.load(gateway),) if gateway else gateways.load_all()
    theirs = (query.name for one in candidates for query in gateways.queries(one) if query.name not in RECORDS)
    return tuple(dict.fromkeys([*(Path(file).stem for file in queries), *theirs]))


def _waivers(own: Layer, units: Mapping[str, Unit]) -> tuple[Waiver, ...]:
    if not own.waive:
        return ()
    from llmgw_report.config.waive import waivers  # most runs waive nothing

    return waivers(own.waive, units, own.origin)


def _custom_templates(chosen: Chosen) -> Templates:
    """The style sheet and the templates of the user's own; UsageError for a file that is not there."""
    css, files, folder = chosen["css"].value, chosen["template"].value, chosen["template-dir"].value
    if folder is not None and not Path(folder).is_dir():
        hint = "name a folder that holds templates such as report.html.j2"
        raise UsageError(f"{_place(chosen, 'template-dir')} {folder}: not a folder", hint)
    templates = {_template_format(file, _place(chosen, "template")): file for file in files}
    if len(templates) < len(files):
        message = f"{_place(chosen, 'template')}: two templates of one format"
        raise UsageError(message, "give one for each of html, md and text")
    text = _text(css, _place(chosen, "css"), "name a readable style sheet in UTF-8") if css else ""
    return Templates(css=text, css_file=css, files=templates, folder=folder)


def _template_format(file: str, where: str) -> str:
    """The format that a template's name says: `weekly.html.j2` is for html."""
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"{where} {file}: no such file", "name a template, for example weekly.html.j2")
    extension = Path(path.stem).suffix.removeprefix(".").lower()
    for name in READERS:
        if path.suffix == ".j2" and extension in plugins.load("renderers", name).EXTENSIONS:
            return name
    message = f"{where} {file}: its name does not say which format it renders"
    raise UsageError(message, "name it after the format: NAME.html.j2, NAME.md.j2 or NAME.txt.j2")
