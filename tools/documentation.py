"""What the documentation says of the code, out of the code: the cog blocks of README.md and docs/ call these."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

import click

from llmgw_report import plugins
from llmgw_report.checks import SECTIONS, page
from llmgw_report.cli.abort import EXIT_CODES
from llmgw_report.cli.command import command
from llmgw_report.cli.pages import Feed, feeds, schema, thresholds
from llmgw_report.config.options import OPTIONS
from llmgw_report.pipeline.verdict import NAMES
from tests.system.faults.exposition import SCRAPES
from tests.system.faults.http import FAULTS
from tools import document_fields
from tools.golden import EXAMPLES, exit_code, folders
from tools.torture import _campaign

READ = "Read from"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar inside a cell would end it."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *cells])


def code(text: str) -> str:
    return f"`{text}`"


def codes(texts: Iterable[str]) -> str:
    return ", ".join(map(code, texts))


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


def picture() -> str:
    """The demo's report as a browser shows it, where there is a picture of it."""
    shown = "[![The report of the demo in a browser](docs/report.png)](examples/unhealthy/report.html)"
    return shown if (EXAMPLES.parent / "docs" / "report.png").is_file() else ""


def pages() -> str:
    """Every page of docs/, by its title."""
    pages = [path for path in written() if path.parent.name == "docs"]
    titles = {path.name: path.read_text("utf-8").partition("\n")[0].removeprefix("# ") for path in pages}
    return "\n".join(f"- [{title}](docs/{name})" for name, title in titles.items())


def job(name: str, first: str) -> str:
    """A file of examples/ci/ from the line that begins with `first` on, in as few lines as one can paste."""
    lines = (EXAMPLES / "ci" / name).read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip().startswith(first))
    kept = [line for line in lines[start:] if line and not line.lstrip().startswith("#")]
    language = "yaml" if name.endswith(".yml") else "text"
    return f"```{language}\n{textwrap.dedent(chr(10).join(kept))}\n```"


def examples() -> str:
    """For examples/README.md: every folder with its report."""
    lines = []
    for folder in folders():
        name = (folder / "README.md").read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(" (")[0]
        lines.append((f"[{name}]({folder.name})", f"[report]({folder.name}/report.md)", str(exit_code(folder))))
    return table(("example", "what it looks like", "exit code"), lines)


# The JSON document


def core_fields() -> str:
    """What programs may rely on, a line per field."""
    found = document_fields.core()
    lines = [
        (code(path), _kind(field.kind) + (f", as {code(found.same[path])}" if path in found.same else ""), field.null)
        for path, field in found.fields.items()
    ]
    return table(("field", "what it holds", "may be"), lines)


def _kind(words: Sequence[str]) -> str:
    """Types as words, and the words that stand in the document as code."""
    return " or ".join(words) if set(words) <= document_fields.TYPES else codes(words)


def added_fields() -> str:
    """What the document holds beyond that, in the order of the document."""
    paths, added = list(document_fields.schema_fields(json.loads(schema()))), document_fields.additions()
    ordered = sorted(added, key=lambda one: next(place for place, path in enumerate(paths) if path.startswith(one)))
    return table(("field", "what it is"), [(code(path), added[path]) for path in ordered])


# Checks


def checks_table() -> str:
    slugs = plugins.modules("checks")
    return table(
        ("check", "what it evaluates", "default"), [(link(slug), title(slug), thresholds(slug)) for slug in slugs]
    )


def link(slug: str) -> str:
    return f"[`{slug}`](#{slug})"


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


def written() -> tuple[Path, ...]:
    """Files that hold generated blocks."""
    root = EXAMPLES.parent
    return (root / "README.md", root / "examples" / "README.md", *sorted((root / "docs").glob("*.md")))


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
