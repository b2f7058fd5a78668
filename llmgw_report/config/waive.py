"""`[[waive]]`: what is accepted for now. A waiver without a reason and an end would be a hole in the gate."""

from collections.abc import Mapping, Sequence

from llmgw_report import plugins
from llmgw_report.config.load import require_check, require_roles
from llmgw_report.config.schema import WaiveTable
from llmgw_report.config.settings import Waiver
from llmgw_report.config.values import threshold
from llmgw_report.errors import UsageError
from llmgw_report.model.finding import Unit


def waivers(tables: Sequence[WaiveTable], units: Mapping[str, Unit], place: str) -> tuple[Waiver, ...]:
    """All of one file; `units` are those of the checks' thresholds, by slug."""
    return tuple(_waiver(table, units, f"{place}: [[waive]] {number}") for number, table in enumerate(tables, 1))


def _waiver(table: WaiveTable, units: Mapping[str, Unit], place: str) -> Waiver:
    require_check(table.check, f"{place}, check")
    require_roles(table.subject, place)
    if getattr(plugins.load("checks", table.check), "EVALUATES_WAIVERS", False):
        message = f"{place}: {table.check} evaluates the waivers and cannot be waived"
        raise UsageError(message, f"cap it instead: [checks.{table.check}] severity, or warn less with --fail-on fail")
    if not table.reason.strip():
        raise UsageError(f"{place}: reason is empty", "say why it is accepted, and where that was decided")
    return Waiver(
        check=table.check,
        subject=table.subject,
        reason=table.reason.strip(),
        expires=table.expires,
        up_to=None if table.up_to is None else threshold(table.up_to, units[table.check], f"{place}: up-to"),
        owner=table.owner,
    )
