"""What the documentation says of the code, out of the code: the cog blocks of README.md and docs/ call these."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal, cast, get_args, get_origin

import click
from msgspec import NODEFAULT, Struct, structs

from llmgw_report import gateways as definitions
from llmgw_report import plugins
from llmgw_report.checks import SECTIONS, page
from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.command import command
from llmgw_report.cli.pages import Feed, feeds, thresholds
from llmgw_report.config.options import OPTIONS
from llmgw_report.gateways import definition, rows
from llmgw_report.gateways.definition import Gateway
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import BlindSpot
from llmgw_report.pipeline import reading
from llmgw_report.pipeline.measure import Windows
from llmgw_report.pipeline.verdict import NAMES
from tests.system.faults.exposition import SCRAPES
from tests.system.faults.http import FAULTS
from tools.golden import EXAMPLES, exit_code, folders
from tools.torture import _campaign

READ = "Read from"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell would end it."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *cells])


def code(text: str) -> str:
    return f"`{text}`"


# The command line


def help_text() -> str:
    context = click.Context(command, info_name="llmgw-report", terminal_width=100, **command.context_settings)
    return f"```text\n{command.get_help(context)}\n```"


def long_options() -> dict[str, str]:
    """Long option -> help, without those that print a page and end."""
    return {
        max(parameter.opts, key=len): parameter.help or ""
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.is_eager
    }


def environment() -> str:
    settings = [option for option in OPTIONS if option.is_setting]
    return table(("option", "variable"), [(code(f"--{one.name}"), code(one.variable)) for one in settings])


def exit_codes() -> str:
    return table(
        ("code", "name", "when"),
        [(str(number), NAMES.get(number, "signal"), EXIT_CODES[number]) for number in EXIT_CODES],
    )


def head_of_the_demo() -> str:
    """The demo's report down to its first fold."""
    text = (EXAMPLES / "unhealthy" / "report.md").read_text("utf-8")
    return f"````markdown\n{text.partition('<details>')[0]}[...]\n````"


def picture() -> str:
    """The demo's report as a browser shows it, where there is a picture of it."""
    shown = "[![The report of the demo in a browser](docs/report.png)](examples/unhealthy/report.html)"
    return shown if (EXAMPLES.parent / "docs" / "report.png").is_file() else ""


def pages() -> str:
    """Every page beside the code, by its title."""
    titles = {path: path.read_text("utf-8").partition("\n")[0].removeprefix("# ") for path in written()[1:]}
    return "\n".join(f"- [{title}](docs/{path.name})" for path, title in titles.items())


def job(name: str, first: str) -> str:
    """A file of examples/ci/ from the line that begins with `first` on, in as few lines as one can paste."""
    lines = (EXAMPLES / "ci" / name).read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip().startswith(first))
    kept = [line for line in lines[start:] if line and not line.lstrip().startswith("#")]
    language = "yaml" if name.endswith(".yml") else "text"
    return f"```{language}\n{textwrap.dedent(chr(10).join(kept))}\n```"


def examples() -> str:
    lines = []
    for folder in folders():
        name = (folder / "README.md").read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(" (")[0]
        link = f"examples/{folder.name}"
        lines.append((f"[{name}]({link})", f"[report]({link}/report.md)", str(exit_code(folder))))
    return table(("example", "what it looks like", "exit code"), lines)


# Checks


def checks_table() -> str:
    slugs = plugins.modules("checks")
    return table(
        ("check", "what it judges", "default"), [(link(slug), title(slug), thresholds(slug)) for slug in slugs]
    )


def link(slug: str) -> str:
    return f"[`{slug}`](docs/checks.md#{slug})"


def title(slug: str) -> str:
    return page(plugins.load("checks", slug).__doc__).title


def check_pages() -> str:
    return "\n".join(_check(slug) for slug in plugins.modules("checks"))


def _check(slug: str) -> str:
    found = page(plugins.load("checks", slug).__doc__)
    texts = (found.measures, found.why, found.do, found.limitations)
    parts = [f"**{name}.** {text}\n" for name, text in zip(SECTIONS, texts, strict=True)]
    return "\n".join([f"## {slug}\n", f"{found.title}. Default: {thresholds(slug)}.\n", *parts, *_feeds(slug)])


def _feeds(slug: str) -> Iterable[str]:
    """What is read for it, a line per gateway."""
    found = list(feeds(slug))
    if not found:
        return
    yield f"**{READ}.** Of each gateway:\n"
    for name in dict.fromkeys(one.gateway for one in found):
        mine = [one for one in found if one.gateway == name]
        yield f"- {name}: {'; '.join(map(_feed, mine))}"
    yield ""


def _feed(one: Feed) -> str:
    if one.file is None:
        family, _, rest = one.how.partition(" ")
        return f"{one.what} {code(family.rstrip(';'))}" + (f" {rest}" if rest else "")
    return f"[{code(one.what)}](../{one.file.relative_to(EXAMPLES.parent)})"


# Gateways


def gateways_table() -> str:
    found = definitions.load_all()
    lines = [(f"[`{one.name}`](docs/gateways.md#{one.name})", " and ".join(one.keeps), one.title) for one in found]
    return table(("gateway", "sources", "product"), lines)


def gateway_pages() -> str:
    return "\n".join(_gateway(one) for one in definitions.load_all())


def _gateway(one: Gateway) -> str:
    parts = [f"## {one.name}\n", f"{one.title}. {one.about}\n", f"Recognised by {_evidence(one)}.\n"]
    if one.metrics:
        parts += ["Its metrics report:\n", _quantities(one), ""]
    if definitions.queries(one):
        lines = [(code(query.name), query.title, _gives(query.name)) for query in definitions.queries(one)]
        parts += ["What its database is asked for:\n", table(("query", "rows", "gives"), lines), ""]
    if one.families.never:
        never = [f"- `{name}`: {reason}" for name, reason in one.families.never.items()]
        parts += ["Families that are never there:\n", *never, ""]
    spots = [f"- **{spot.quantity}**: {spot.reason}" for spot in one.blind_spots]
    return "\n".join([*parts, "What it never records:\n", *spots, ""])


def _gives(query: str) -> str:
    if query == "bounds":
        return "parameters of the others"
    return "figures of the report" if query in rows.RECORDS else "a table of its own"


def _evidence(one: Gateway) -> str:
    """Families and tables that decide, in words."""
    detect = one.detect
    parts = [f"the families {_codes(detect.families)}"] if detect.families else []
    parts += [f"one of the families {_codes(detect.any_families)}"] if detect.any_families else []
    labelled = " and ".join(code(f'{label}="{value}"') for label, value in detect.labels.items())
    parts = [" and ".join([*parts, f"the label {labelled}"])] if labelled else parts
    parts += [f"the tables {_codes(detect.tables)} with their columns"] if detect.tables else []
    forbidden = (("tables", detect.not_tables), ("columns", detect.not_columns), ("families", detect.not_families))
    return " or ".join(parts) + "".join(f", none of the {what} {_codes(names)}" for what, names in forbidden if names)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def _quantities(one: Gateway) -> str:
    lines = [
        (quantity, code(source.family), _codes(source.all_labels) or "–", source.population)
        for quantity, sources in one.metrics.items()
        for source in sources
    ]
    return table(("quantity", "family", "labels that are read", "of"), lines)


# Writing a gateway


def definition_keys() -> str:
    """Every table of a `gateway.toml` with its keys."""
    parts: list[tuple[str, type[Struct]]] = [
        ("The file itself", definition.Gateway),
        ("`[detect]`", definition.Detect),
        ("`[families]`", definition.Families),
        ("`[[metrics.<quantity>]]`", definition.MetricMapping),
        ("Rules of `outcomes`", definition.OutcomeRule),
        ("`split` of a mapping", definition.Split),
        ("`parts` of a split", definition.Part),
        ("`[[blind-spots]]`", BlindSpot),
    ]
    return "\n".join(_keys(name, kind) for name, kind in parts)


def _keys(name: str, kind: type[Struct]) -> str:
    """`name` and `folder` of a gateway say where it lies; no file can set them."""
    found = [field for field in structs.fields(kind) if (kind, field.name) not in FROM_FILES]
    lines = [(code(field.encode_name), _type(field.type), _default(field)) for field in found]
    paragraphs = (kind.__doc__ or "").split("\n\n")
    text = " ".join(" ".join(words.split()) for words in paragraphs if "`folder`" not in words)
    return f"### {name}\n\n{text}\n\n{table(('key', 'type', 'default'), lines)}\n"


FROM_FILES = {(definition.Gateway, name) for name in ("name", "folder", "bases")}


def _type(kind: object) -> str:
    """In words of TOML."""
    inner = [_type(argument) for argument in get_args(kind) if argument is not Ellipsis]
    if get_origin(kind) is Literal:
        return " or ".join(code(word) for word in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list, each {inner[0]}"
    if get_origin(kind) is dict:
        return f"table of {inner[0]} = {inner[1]}"
    return {str: "text", float: "number", bool: "true or false"}.get(cast("type", kind), "table, see below")


def _default(field: structs.FieldInfo) -> str:
    if field.default_factory is not NODEFAULT or field.default == ():
        return "empty"
    if field.default is NODEFAULT:
        return "required"
    return "empty" if isinstance(field.default, Struct) else code(json.dumps(field.default))


def quantities() -> str:
    """The vocabulary."""
    lines = ((code(one.name), one.kind, one.unit or "–", one.meaning) for one in QUANTITIES.values())
    return table(("quantity", "kind", "unit", "meaning"), lines)


def query_roles() -> str:
    """Every query name that a section is made of, with its columns."""
    return "\n".join(_role(name, kind) for name, kind in rows.RECORDS.items())


def _role(name: str, kind: type[Struct]) -> str:
    words = " ".join((kind.__doc__ or "").split()).rstrip(".").removeprefix(f"`{name}`: ")
    columns = [
        code(field.encode_name) + (" (or NULL)" if type(None) in get_args(field.type) else "")
        for field in structs.fields(kind)
    ]
    return f"- **`{name}.sql`**: {words}. Columns: {', '.join(columns)}."


def header_keys() -> str:
    return _codes(f"-- {key}:" for key in definition.HEADER_KEYS)


def parameters() -> str:
    """Names that a query may mention."""
    windows = Windows(
        until_ms=0, latest_ms=0, since_ms=0, trend_since_ms=0, bucket_ms=1, slow_ms=0, top=0, group_by="all"
    )
    return _codes(f":{name}" for name in reading.parameters(windows))


def written() -> tuple[Path, ...]:
    """Files that hold generated blocks."""
    root = EXAMPLES.parent
    return (root / "README.md", *sorted((root / "docs").glob("*.md")))


# Robustness


def endpoint_faults() -> str:
    return table(("case", "the report says", "exit code"), [_fault(one.case, one.said, one.code) for one in FAULTS])


def odd_scrapes() -> str:
    return table(("case", "the report says", "exit code"), [_fault(one.case, one.said, one.code) for one in SCRAPES])


def _fault(case: str, said: str, number: int) -> tuple[str, str, str]:
    """What the report says, without the hint that follows it."""
    return case, said.partition(" | ")[0], str(number)


def campaigns() -> str:
    found = [
        (name, _campaign.load(name), import_module(f"tools.torture.{name}").__doc__ or "") for name in _campaign.names()
    ]
    lines = [
        (code(name), " ".join(text.split("\n\n")[0].split()).rstrip("."), f"{one.cases:,}") for name, one, text in found
    ]
    return table(("campaign", "what is made worse", "cases"), lines)
