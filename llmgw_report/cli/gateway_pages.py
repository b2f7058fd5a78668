"""`--check-gateway` and `--draft-gateway`: what whoever writes a definition is shown, and the files of a first one."""

from collections.abc import Iterator, Mapping
from textwrap import indent

from llmgw_report.cli.build_settings import Origins, Typed, argv_secrets, settings
from llmgw_report.cli.machine import ThisMachine, progress_line
from llmgw_report.cli.output import PAGE_NOT_WHOLE, eprint, show
from llmgw_report.cli.pages import table
from llmgw_report.errors import SourceError, UsageError
from llmgw_report.pipeline.gateway_check import Checked, check
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
    with progress_line(machine.progress):
        checked = check(typed["check_gateway"], chosen, machine)
    return _ended(checked, environment)


def _ended(checked: Checked, environment: Mapping[str, str]) -> int:
    show("\n".join(_page(checked)) + "\n", environment, hint=PAGE_NOT_WHOLE)
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
