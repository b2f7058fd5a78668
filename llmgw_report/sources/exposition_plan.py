"""What to do with every line of one shape: which pieces are the labels, and where its values are collected."""

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter

from llmgw_report.model.scrape import Labels

Pieces = Sequence[str]
"""A line split at '"': syntax at the even places, label values at the odd ones."""


class Collected(dict[Hashable, list[float]]):
    """Picked label values -> the values seen with them since they were last summed.

    `shared` holds the same lists by `Labels`: two shapes that differ only in labels nobody asked for,
    or in their order, fill one list.
    """

    def __init__(self, present: Sequence[bool], shared: dict[Labels, list[float]]) -> None:
        super().__init__()
        self._present = present
        self._shared = shared

    def __missing__(self, picked: Hashable) -> list[float]:
        values = iter(picked if isinstance(picked, tuple) else (picked,))
        labels = tuple(next(values) if present else "" for present in self._present)
        self[picked] = found = self._shared.setdefault(labels, [])
        return found


class Plan:
    """One metric name with its label names in one order.

    `series` counts its samples and `length` is how many pieces such a line has. For a name of interest
    `collected` is a mapping, `pick` takes its key out of the pieces, and `identity` takes all label
    values, in the order of their names, to be remembered in `seen`.
    """

    __slots__ = ("collected", "identity", "length", "name", "pick", "seen", "series")

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        self.name = name
        self.length = 2 * len(labels) + 1
        self.series = 0
        self.collected: Collected | None = None
        self.identity = self.pick = _getter([])
        self.seen: set[int] = set()

    def collect(
        self, labels: Sequence[str], kept: Sequence[str], shared: dict[Labels, list[float]], seen: set[int]
    ) -> None:
        """Collect the values of this shape by the labels `kept`, into the lists of `shared`."""
        place = {label: 2 * index + 1 for index, label in enumerate(labels)}
        self.identity = _getter([place[label] for label in sorted(labels)])
        self.pick = _getter([place[label] for label in kept if label in place])
        self.collected = Collected([label in place for label in kept], shared)
        self.seen = seen


def _getter(places: list[int]) -> Callable[[Pieces], Hashable]:
    """`itemgetter` makes the tuple in C; with one place it gives the bare item, with none it refuses."""
    return itemgetter(*places) if places else _nothing


def _nothing(_: Pieces) -> Hashable:
    return ()
