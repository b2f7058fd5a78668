"""One run: settings, report, documents, exit code."""

import os
from collections.abc import Iterator

import click

from llmgw_report import __version__, messages
from llmgw_report.cli.build_settings import Origins, Typed, argv_secrets, settings, standard_format, surprises
from llmgw_report.cli.machine import ThisMachine, progress_line
from llmgw_report.cli.output import PAGE_NOT_WHOLE, eprint, show
from llmgw_report.cli.output_files import Output, outputs, refuse_inputs_as_outputs, write
from llmgw_report.cli.render import check_templates, colours, documents
from llmgw_report.config.layers import ENVIRONMENT
from llmgw_report.config.settings import Settings
from llmgw_report.model.report import Report
from llmgw_report.pipeline.document import run
from llmgw_report.pipeline.verdict import summary


def report(context: click.Context, typed: Typed) -> int:
    """What the command line asks for; returns the exit code."""
    files = outputs(typed["output"])
    if not typed["demo"]:
        return execute(typed, files, _origins(context))
    from llmgw_report.cli import demo

    typed = demo.absolute(typed)
    with demo.example() as arguments:
        inner = context.command.make_context(context.info_name, list(arguments))
        given = {name: value for name, value in typed.items() if _is_given(context, name)}
        return execute({**inner.params, **given}, files, _origins(context))


def execute(typed: Typed, files: tuple[Output, ...], origins: Origins) -> int:
    """Collect once, render every document, write them, and print the verdict."""
    if typed["show_config"]:
        from llmgw_report.cli.config_pages import effective  # a page of its own

        show(f"{effective(typed, os.environ, origins)}\n", os.environ, hint=PAGE_NOT_WHOLE)
        return 0
    if typed["check_gateway"] or typed["draft_gateway"]:
        from llmgw_report.cli import gateway_pages  # pages of their own

        return gateway_pages.run(typed, os.environ, origins)
    machine = ThisMachine()
    chosen = settings(typed, os.environ, origins)
    refuse_inputs_as_outputs(files, chosen.files())
    standard = standard_format(typed, chosen, [file.format for file in files])
    formats = tuple(dict.fromkeys([standard, *(file.format for file in files)]))
    check_templates(formats, chosen.templates)
    for line in (*argv_secrets(typed, origins), *surprises(chosen, typed)):
        eprint(line)
    # It may be set before the run ends, and then it is not what dated the run.
    clock = machine.clock() if chosen.history and chosen.at_ms is None else None
    with progress_line(machine.progress):
        made = _made(typed, chosen, machine)
    rendered = documents(made, formats, chosen, machine)
    for file in files:
        write(file, rendered[file.format])
    show(rendered[standard], os.environ, colours(standard, messages.load(chosen.lang)))
    if chosen.history and not typed["rejudge"]:
        from llmgw_report.pipeline.remember import append  # most runs remember nothing

        append(made, chosen, machine.now_ms(), clock)
    if made.verdict.status != "pass" or not chosen.quiet:
        for line in (*(f"wrote {file.typed}" for file in files), *_hint(typed, chosen, standard), summary(made)):
            eprint(line)
    return made.exit.code


def _hint(typed: Typed, chosen: Settings, standard: str) -> Iterator[str]:
    if standard == "nagios" and typed["exit_profile"] is None and chosen.exit_profile == "standard":
        yield "Hint: these exit codes are not those of a Nagios plug-in; add --exit-profile nagios"


def _made(typed: Typed, chosen: Settings, machine: ThisMachine) -> Report:
    """From the sources, or from a report that is saved already."""
    if typed["rejudge"]:
        from llmgw_report.pipeline.rejudge import rejudge  # most runs read sources

        return rejudge(typed["rejudge"], chosen, __version__, machine)
    return run(chosen, __version__, machine)


def _origins(context: click.Context) -> Origins:
    """The options that came from the environment."""
    environment = click.core.ParameterSource.ENVIRONMENT
    return {name: ENVIRONMENT for name in context.params if context.get_parameter_source(name) is environment}


def _is_given(context: click.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source in {click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT}
