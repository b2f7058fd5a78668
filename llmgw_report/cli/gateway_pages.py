"""`--check-gateway` and `--draft-gateway`: what whoever writes a definition is shown, and the files of a first one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent

from llmgw_report import installation
from llmgw_report.cli.build_settings import Origins, Typed, argv_secrets, settings
from llmgw_report.cli.machine import ThisMachine, progress_line
from llmgw_report.cli.output import PAGE_NOT_WHOLE, eprint, show
from llmgw_report.cli.output_files import Output, write
from llmgw_report.cli.pages import table
from llmgw_report.errors import SourceError, UsageError
from llmgw_report.pipeline.gateway_check import Checked, check
from llmgw_report.pipeline.gateway_draft import Drafted, draft
from llmgw_report.printable import visible


def run(typed: Typed, environment: Mapping[str, str], origins: Origins) -> int:
    """One of the two pages; returns the exit code. UsageError for a definition that is none, or none of the sources."""
    if typed["check_gateway"] and typed["draft_gateway"]:
        raise UsageError("--check-gateway beside --draft-gateway", "draft a definition first, then check it")
    # A definition is compared with all that is there, not with the last hour.
    window = typed["window"] or "all"
    chosen = settings({**typed, "window": window}, environment, origins)
    machine = ThisMachine()
    for line in argv_secrets(typed, origins):
        eprint(line)
    folder = typed["draft_gateway"]
    if folder:
        with progress_line(machine.progress):
            drafted = draft(folder, chosen, machine)
        _write(folder, drafted)
        chosen = drafted.of
    with progress_line(machine.progress):
        checked = check(folder or typed["check_gateway"], chosen, machine)
    return _ended(checked, environment)


def _write(folder: str, drafted: Drafted) -> None:
    """The files of a definition, in a folder that is made for them. ReportError where that cannot be."""
    try:
        Path(folder).mkdir(exist_ok=True)
    except OSError as error:
        message = f"--draft-gateway {folder}: {error.strerror or error}"
        raise UsageError(message, "name a folder that this user can make or write into") from error
    for name, text in drafted.files.items():
        path = Path(folder, name)
        write(Output(path=path.absolute(), format="", typed=str(path)), text)
        eprint(f"wrote {path}")
    for line in drafted.found:
        eprint(line)
    eprint(f"Hint: look through both, check them with --check-gateway {folder}, and use them with --gateway {folder}")


def _ended(checked: Checked, environment: Mapping[str, str]) -> int:
    page = "\n".join(_page(checked)) + "\n"
    installation.check()
    show(page, environment, hint=PAGE_NOT_WHOLE)
    if checked.problems:
        more = f" and {len(checked.problems) - 1} more" if len(checked.problems) > 1 else ""
        raise UsageError(f"{checked.gateway.folder}: {checked.problems[0]}{more}", "see docs/writing-a-gateway.md")
    if checked.unread:
        raise SourceError("; ".join(checked.unread), "the definition was checked without it")
    return 0


def _page(checked: Checked) -> Iterator[str]:
    for title, lines in (("Problems", checked.problems), ("Warnings", checked.warnings), ("Not read", checked.unread)):
        yield from (title, *(f"  {visible(line)}" for line in lines), "") if lines else ()
    for listing in checked.listings:
        rows = [tuple(map(visible, row)) for row in listing.rows]
        yield listing.title
        yield indent(table(rows, listing.head), "  ")
        yield ""
    yield "The definition is valid." if not checked.problems else "The definition cannot be used as it is."
