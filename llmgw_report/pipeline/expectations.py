"""Finds the figure of each expectation in the report."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from llmgw_report.config.settings import Expectation, Step
from llmgw_report.messages import join, msg
from llmgw_report.model.report import ExpectationResult, Snapshot
from llmgw_report.model.sections import QueryTable

Figure = float | str


class Missing(Exception):  # noqa: N818 - not an error: the reason why there is no figure this time
    """The reason why an expectation has no figure to compare with."""


def with_expectations(snapshot: Snapshot, expectations: Sequence[Expectation]) -> Snapshot:
    """The snapshot with one result per expectation, in the order of the file."""
    return structs.replace(snapshot, expectations=tuple(_result(one, snapshot) for one in expectations))


def _result(expected: Expectation, snapshot: Snapshot) -> ExpectationResult:
    observed: Figure | None = None
    reason = None
    try:
        observed = _of_query(expected, snapshot) if expected.query else _of_sections(expected.steps, snapshot)
        _comparable(observed, expected.limit)
    except Missing as why:
        reason = why.args[0]
    return ExpectationResult(
        figure=expected.figure,
        observed=observed,
        operator=expected.comparison,
        threshold=expected.limit,
        reason=reason,
    )


def _of_sections(steps: Sequence[Step], snapshot: Snapshot) -> Figure:
    """The figure at the end of the path; on the way the nearest reason why something is absent is kept."""
    here: object = snapshot.sections
    reason = None
    for step in steps:
        reason = getattr(here, "reason", None) or reason
        here = _picked(_child(here, step.name), step)
        if here is None:
            absent = reason or _absent(steps[0].name, snapshot)
            raise Missing(absent or msg("{name} has no value in this report", name=step.name))
    if isinstance(here, (int, float, str)):
        return here
    raise Missing(msg("{name} is not a figure", name=steps[-1].name))


def _child(here: object, name: str) -> object:
    if not isinstance(here, dict):
        return _of_key(here, name)
    if name not in here:
        there = join(", ", sorted(here)) or msg("nothing")
        raise Missing(msg("there is no {name}, only {there}", name=repr(name), there=there))
    return here[name]


def _of_key(here: object, key: str) -> object:
    """A field by its key in the document, which may be a word that Python reserves."""
    fields = structs.fields(here) if isinstance(here, Struct) else ()
    return getattr(here, next((one.name for one in fields if one.encode_name == key), key))


def _picked(here: object, step: Step) -> object:
    """The one row whose cells are those asked for; several would need a choice that nobody made."""
    if not step.row or not isinstance(here, tuple):
        return here
    rows = [row for row in here if all(str(_of_key(row, key)) == cell for key, cell in step.row.items())]
    if len(rows) != 1:
        cells = join(" and ", (f"{key} {cell!r}" for key, cell in step.row.items()))
        found = {"n": len(here), "section": step.name, "cells": cells}
        if rows:
            raise Missing(msg("{hits} of {n} rows of {section} have {cells}", hits=len(rows), **found))
        raise Missing(msg("no of {n} rows of {section} have {cells}", **found))
    return rows[0]


def _absent(section: str, snapshot: Snapshot) -> str | None:
    """The report's own reason for having nothing of a section."""
    words = {section, section.replace("_", " "), f"request {section}"}
    found: Iterator[str] = (one.reason for one in snapshot.absent if one.quantity in words)
    return next(found, None)


def _of_query(expected: Expectation, snapshot: Snapshot) -> Figure:
    """The first row's cell of the named column, else of the first column."""
    table = next((one for one in snapshot.sections.queries if one.name == expected.query), None)
    if table is None:
        failed = (one.reason for one in snapshot.sections.failed_queries if one.name == expected.query)
        reason = next(failed, None) or _absent("database", snapshot)
        raise Missing(reason or msg("query {name} did not run", name=expected.query))
    if not table.rows:
        raise Missing(msg("query {name} returned no row", name=expected.query))
    value = table.rows[0][_column(expected, table)]
    if value is None:
        raise Missing(msg("query {name} returned NULL", name=expected.query))
    return value


def _column(expected: Expectation, table: QueryTable) -> int:
    if expected.column is None:
        return 0
    if expected.column not in table.columns:
        raise Missing(
            msg(
                "query {name} has no column {column}, only {there}",
                name=expected.query,
                column=repr(expected.column),
                there=join(", ", table.columns),
            )
        )
    return table.columns.index(expected.column)


def _comparable(observed: Figure, limit: Figure) -> None:
    """A number with a number, a text with a text: a query decides at run time what it returns."""
    if isinstance(observed, str) != isinstance(limit, str):
        if isinstance(observed, str):
            raise Missing(msg("it is text, {value}, and is compared with a number", value=repr(observed)))
        raise Missing(msg("it is a number, {value}, and is compared with text", value=repr(observed)))
