"""`[[waive]]`: what is accepted for now. A waiver without a reason and an end would be a hole in the gate."""

from collections.abc import Sequence
from math import isfinite

from llmgw_report import plugins
from llmgw_report.config.load import known_check, known_roles
from llmgw_report.config.schema import WaiveTable
from llmgw_report.config.settings import Waiver
from llmgw_report.errors import UsageError


def waivers(tables: Sequence[WaiveTable], place: str) -> tuple[Waiver, ...]:
    """All of one file."""
    return tuple(_waiver(table, f"{place}: [[waive]] {number}") for number, table in enumerate(tables, 1))


def _waiver(table: WaiveTable, place: str) -> Waiver:
    known_check(table.check, f"{place}, check")
    known_roles(table.subject, place)
    if getattr(plugins.load("checks", table.check), "EVALUATES_WAIVERS", False):
        message = f"{place}: {table.check} evaluates the waivers and cannot be waived"
        raise UsageError(message, f"cap it instead: [checks.{table.check}] severity, or warn less with --fail-on fail")
    if not table.reason.strip():
        message = f"{place}: reason is empty"
        raise UsageError(message, "say why it is accepted, and where that was decided")
    if table.up_to is not None and not isfinite(table.up_to):
        message = f"{place}: up-to is not a finite number"
        raise UsageError(message, "leave it out to accept any figure")
    return Waiver(
        check=table.check,
        subject=table.subject,
        reason=table.reason.strip(),
        expires=table.expires,
        up_to=table.up_to,
        owner=table.owner,
    )
