"""What the command prints about itself: checks, gateways, schema."""

from collections.abc import Callable

import click

from llmgw_report import plugins
from llmgw_report.errors import UsageError

Callback = Callable[[click.Context, click.Parameter, bool], None]


def callback(page: Callable[[], str]) -> Callback:
    """An eager flag that prints a page and ends the run well."""

    def show(context: click.Context, parameter: click.Parameter, given: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
        if given and not context.resilient_parsing:  # which is what completion does
            click.echo(page())
            context.exit(0)

    return show


def explain(context: click.Context, parameter: click.Parameter, slug: str | None) -> None:  # noqa: ARG001 - click's signature
    """One check's page."""
    if slug is None or context.resilient_parsing:
        return
    known = plugins.modules("checks")
    if slug not in known:
        message = f"--explain: unknown check {slug!r}"
        raise UsageError(message, plugins.nearest(slug, known))
    from llmgw_report.cli.explain import page  # only this page asks the gateways

    click.echo(page(slug, bounds(slug)))
    context.exit(0)


def checks() -> str:
    """Slug, bounds and first line of every check."""
    slugs = plugins.modules("checks")
    width = max(map(len, slugs)) + 2
    titles = ((plugins.load("checks", slug).__doc__ or "").partition("\n")[0] for slug in slugs)
    return "\n".join(f"{slug:<{width}}{bounds(slug):<44}{title}" for slug, title in zip(slugs, titles, strict=True))


def bounds(slug: str) -> str:
    """Default bounds of a check in words."""
    default = plugins.load("checks", slug).DEFAULT
    parts = [f"warn {default.warn:.10g}" if default.warn is not None else ""]
    parts += [f"fail {default.fail:.10g}" if default.fail is not None else ""]
    parts += [f"min-n {default.min_n}" if default.min_n else ""]
    parts += ["at most a warning" if default.severity == "warn" else ""]
    return ", ".join(part for part in parts if part) or "no bounds"


def gateways() -> str:
    """Name, witnesses and title of every gateway."""
    from llmgw_report import gateways as definitions  # a run without this page does not read them twice

    found = definitions.load_all()
    return "\n".join(f"{one.name:<24}{' and '.join(one.keeps):<24}{one.title}" for one in found)


def schema() -> str:
    """The JSON Schema, from the same types that write the document."""
    import msgspec

    from llmgw_report.model.report import Report

    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Report)), indent=2).decode()


def configuration() -> str:
    """The commented example of a configuration file: every key with its default."""
    from llmgw_report.cli.example import text

    return text()
