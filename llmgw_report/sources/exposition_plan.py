"""What to do with every line of one shape: which pieces are the labels, and where its values are collected."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter

from llmgw_report.model.scrape import Labels
from llmgw_report.sources.exposition_values import OTHER, LabelValues

Pieces = Sequence[str]
"""A line split at '"': syntax at the even places, label values at the odd ones."""


class Collected(dict[Hashable, list[float]]):
    """Picked label values -> the values seen with them since they were last summed.

    `shared` holds the same lists by `Labels`: two shapes that differ only in labels nobody asked for,
    or in their order, fill one list. `present` has the values of each kept label of this shape, None for one
    that it does not have.
    """

    def __init__(self, present: Sequence[LabelValues | None], shared: dict[Labels, list[float]]) -> None:
        super().__init__()
        self._present = present
        self._shared = shared

    def __missing__(self, picked: Hashable) -> list[float]:
        values = picked if isinstance(picked, tuple) else (picked,)
        given = iter(values)
        labels = tuple("" if known is None else known.shown(next(given)) for known in self._present)
        found = self._shared.setdefault(labels, [])
        # What is folded is not remembered: there may be millions of it.
        if OTHER not in labels or OTHER in values:
            self[picked] = found
        return found


class Plan:
    """One metric name with one set of label names, and the lines of it that wait to be taken.

    `labels` are in the order first seen, `length` is how many pieces such a line has, `series` counts
    the samples taken. For a name of interest `collected` is a mapping, `pick` takes its key out of the
    pieces, and `identity` takes all label values, whose hash is remembered in `seen`.
    """

    __slots__ = ("collected", "identity", "labels", "length", "name", "numbers", "pick", "rows", "seen", "series")

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.labels = labels
        self.length = 2 * len(labels) + 1
        self.series = 0
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.collected: Collected | None = None
        self.identity = self.pick = _getter([])
        self.seen: set[int] = set()

    def collect(self, kept: Mapping[str, LabelValues], shared: dict[Labels, list[float]]) -> None:
        """From now on collect the values by the labels `kept`, into the lists of `shared`."""
        place = {label: 2 * index + 1 for index, label in enumerate(self.labels)}
        self.identity = _getter(list(place.values()))
        self.pick = _getter([place[label] for label in kept if label in place])
        self.collected = Collected([kept[label] if label in place else None for label in kept], shared)

    def take(self, rows: Sequence[Pieces], values: Sequence[float], *, remember: bool) -> int:
        """Take samples; the number of them that were dropped because their series came before."""
        if self.collected is None:
            self.series += len(rows)
            return 0
        identities = list(map(hash, map(self.identity, rows)))
        new = set(identities)
        if len(new) < len(rows) or not new.isdisjoint(self.seen):
            return self._take_first(rows, values, identities, remember=remember)
        if remember:
            self.seen |= new
        self.series += len(rows)
        for key, value in zip(map(self.pick, rows), values, strict=True):
            self.collected[key].append(value)
        return 0

    def _take_first(
        self, rows: Sequence[Pieces], values: Sequence[float], identities: list[int], *, remember: bool
    ) -> int:
        firsts: dict[int, int] = {}
        for index, identity in enumerate(identities):
            if identity not in self.seen:
                firsts.setdefault(identity, index)
        kept = list(firsts.values())
        self.take([rows[index] for index in kept], [values[index] for index in kept], remember=remember)
        return len(rows) - len(kept)


def waiting(plan: Plan) -> tuple[list[list[str]], list[int]]:
    """The lines that wait, and their numbers; they wait no longer."""
    rows, numbers = plan.rows, plan.numbers
    plan.rows, plan.numbers = [], []
    return rows, numbers


def plain_values(plan: Plan, rows: Sequence[Pieces]) -> list[float] | None:
    """The values of lines that all have the shape of `plan` to the end, or None where one of them may not.

    No tail holds a '"', so joined with one they can be looked at together, in C. `float` reads more than
    an exposition may hold: underscores, digits of other scripts, and control characters as blanks.
    """
    tails = '"'.join([row[-1] for row in rows])
    numbers = tails[2:].split('"} ')
    regular = tails.startswith("} ") and len(numbers) == len(rows) and set(map(len, rows)) == {plan.length}
    if not regular or "_" in tails or not tails.isascii() or not tails.isprintable():
        return None
    try:
        return list(map(float, numbers))
    except ValueError:
        return None


def _getter(places: list[int]) -> Callable[[Pieces], Hashable]:
    """`itemgetter` makes the tuple in C; with one place it gives the bare item, with none it refuses."""
    return itemgetter(*places) if places else _nothing


def _nothing(_: Pieces) -> Hashable:
    return ()
