"""Collected values folded into cells, many at a time: the loops run in C."""

from math import isfinite

from llmgw_report.model.scrape import Cell, Labels

Samples = dict[str, dict[Labels, Cell]]
Pending = dict[str, dict[Labels, list[float]]]


def fold(pending: Pending, samples: Samples) -> None:
    """Move every pending value into its cell of `samples`; the lists are emptied and stay where they are."""
    for name, by_labels in pending.items():
        cells = samples[name]
        for labels, values in by_labels.items():
            if values:
                _add(cells.get(labels) or cells.setdefault(labels, Cell()), values)
                values.clear()


def _add(cell: Cell, values: list[float]) -> None:
    total = sum(values, cell.sum)
    # A sum is finite only if all its parts are: one look instead of one per value.
    if not isfinite(total):
        finite = [value for value in values if isfinite(value)]
        cell.not_finite += len(values) - len(finite)
        if not finite:
            return
        values, total = finite, sum(finite, cell.sum)
    cell.sum = total
    cell.maximum = max(cell.maximum, max(values))  # noqa: PLW3301 - unpacking the list would copy it
    cell.last = values[-1]
    cell.series += len(values)
    cell.zeros += values.count(0.0)
