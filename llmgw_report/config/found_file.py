"""What a file that was merely found in the working directory loosens, and which credentials its address does not get.

Whoever can put a file into the directory of a CI job could otherwise make its gate silent or be sent its token.
"""

from collections.abc import Iterator, Mapping

from msgspec import UNSET

from llmgw_report.config.layers import Layer, Setting
from llmgw_report.config.schema import CheckTable, ThresholdTable, WaiveTable
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.config.values import threshold
from llmgw_report.messages import Message, msg
from llmgw_report.model.finding import Threshold, Unit

#: Options of the file, with the values that let more through than the default.
_LOOSE: dict[str, tuple[object, ...]] = {
    "fail-on": ("never",),
    "idle": ("pass",),
    "preset": ("smoke", "staging"),
    "metrics": (False,),
    "db": (False,),
}


def withheld_note(target: MetricsTarget) -> Message:
    """Why credentials were not sent, and what to do."""
    return msg(
        "Not sent: {names}. The address is from {file}, which was found in the working directory: give it with --url or"
        " LLMGW_REPORT_URL.",
        names=", ".join(target.withheld),
        file=target.origin,
    )


def loosened_note(file: str | None, lines: tuple[str, ...]) -> Message:
    """Which file let more through, and what."""
    return msg(
        "{file}, which was found in the working directory, loosens the gate: {lines}", file=file, lines="; ".join(lines)
    )


def loosened(
    own: Layer, chosen: Mapping[str, Setting], defaults: Mapping[str, Threshold], units: Mapping[str, Unit]
) -> tuple[str, ...]:
    """Each as the file has it. Nothing of a file that the user named, or that is in the user's own folder."""
    if not own.found:
        return ()
    options = (
        f"{name} = {_written(value)}"
        for name, (value, origin) in chosen.items()
        if origin == own.origin and _is_loose(name, value)
    )
    checks = (
        line for slug, table in own.checks.items() for line in _of_check(slug, table, defaults[slug], units[slug])
    )
    return (*options, *checks, *map(_waiver, own.waive))


def _is_loose(name: str, value: object) -> bool:
    return value in _LOOSE.get(name, ())


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _of_check(slug: str, table: CheckTable, default: Threshold, unit: Unit) -> Iterator[str]:
    yield from _of_table(f"[checks.{slug}]", table, default, unit)
    for one in table.for_:
        subject = ", ".join(f'{role} = "{glob}"' for role, glob in one.subject.items())
        yield from _of_table(f"[[checks.{slug}.for]] {{ {subject} }}", one, default, unit)


def _of_table(place: str, table: ThresholdTable, default: Threshold, unit: Unit) -> Iterator[str]:
    for key, value, before in (("warn", table.warn, default.warn), ("fail", table.fail, default.fail)):
        if value is not UNSET and before is not None and _lets_more_through(value, before, default, unit, place):
            yield f"{place} {key} = {_written(value)}"
    if table.severity == "warn" and default.severity == "fail":
        yield f'{place} severity = "warn"'
    if table.required is False and default.required:
        yield f"{place} required = false"
    if table.min_n is not UNSET and table.min_n > default.min_n:
        yield f"{place} min-n = {table.min_n}"
    if table.on_empty == "zero" and default.on_empty != "zero":
        yield f'{place} on-empty = "zero"'


def _lets_more_through(value: object, before: float, default: Threshold, unit: Unit, place: str) -> bool:
    if value is False:
        return True
    found = threshold(value, unit, place)
    return found > before if default.worse == "above" else found < before


def _waiver(table: WaiveTable) -> str:
    subject = ", ".join(f'{role} = "{glob}"' for role, glob in table.subject.items())
    return f"[[waive]] {table.check}{f' {{ {subject} }}' if subject else ''} until {table.expires}"
