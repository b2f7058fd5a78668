"""What is remembered of every kind of line: its labels, the series that were seen, and the values to be summed."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import repeat

from llmgw_report.model.scrape import Labels, Wanted

#: Stands for every value of a label beyond the first 1,000: whoever may choose a model's name may choose a million.
OTHER = "(other)"
_LABEL_VALUES = 1_000
#: Labels whose values are never folded: they are bounds and quantiles, and no client chooses them.
_UNFOLDED_LABELS = frozenset({"le", "quantile"})

Columns = Sequence[Sequence[str]]
"""Label values of several lines, a column for each label."""


class LabelValues(set[str]):
    """The values kept of one label in all families: a value is folded in every family or in none."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._limited = label not in _UNFOLDED_LABELS

    def folded(self, value: str) -> str:
        """The value itself, or `OTHER` once there are too many."""
        if value not in self:
            if self._limited and len(self) >= _LABEL_VALUES:
                return OTHER
            self.add(value)
        return value


class ValueLists(dict[Hashable, list[float]]):
    """Picked label values -> the sample values found with them since they were last summed.

    `shared` holds the same lists by `Labels`: two shapes that differ only in labels nobody asked for,
    or in their order, fill one list. `present` has the values of each kept label of this shape, None for one
    that it does not have.
    """

    def __init__(self, present: Sequence[LabelValues | None], shared: dict[Labels, list[float]]) -> None:
        super().__init__()
        self._fold = [known.folded for known in present if known is not None]
        self._absent = [place for place, known in enumerate(present) if known is None]
        self._shared = shared

    def __missing__(self, picked: Hashable) -> list[float]:
        values = picked if isinstance(picked, tuple) else (picked,)
        folded = [fold(value) for fold, value in zip(self._fold, values, strict=True)]
        for place in self._absent:
            folded.insert(place, "")
        labels = tuple(folded)
        found = self._shared.setdefault(labels, [])
        # What is folded is not remembered: there may be millions of it.
        if OTHER not in folded or OTHER in values:
            self[picked] = found
        return found


class LineShape:
    """One metric name with one set of label names, and the lines of it that wait to be taken.

    `labels` are in the order of the first such line, `length` is how many pieces such a line has, `series`
    counts the samples taken. For a name of interest `wanted` says which values are plausible, `values` is a
    mapping, `places` are the labels that make its key, and the hashes of all label values are remembered in `seen`.
    """

    __slots__ = ("labels", "length", "name", "numbers", "places", "rows", "seen", "series", "values", "wanted")

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.labels = labels
        self.length = 2 * len(labels) + 1
        self.series = 0
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.values: ValueLists | None = None
        self.wanted: Wanted | None = None
        self.places: list[int] = []
        self.seen: set[int] = set()

    def collect(self, kept: Mapping[str, LabelValues], shared: dict[Labels, list[float]]) -> None:
        """From now on collect the values by the labels `kept`, into the lists of `shared`."""
        self.places = [self.labels.index(label) for label in kept if label in self.labels]
        self.values = ValueLists([known if label in self.labels else None for label, known in kept.items()], shared)

    def take(self, columns: Columns, values: Sequence[float], *, remember: bool) -> int:
        """Take samples; the number of them that were dropped because their series came before."""
        if self.values is None:
            self.series += len(values)
            return 0
        identities = list(map(hash, _keys(columns, len(values))))
        if not self._are_new(identities, remember=remember):
            return self._take_first(columns, values, identities, remember=remember)
        self.series += len(values)
        lists = map(self.values.__getitem__, _keys([columns[place] for place in self.places], len(values)))
        # What a loop over them would do, made in C.
        deque(map(list.append, lists, values), maxlen=0)
        return 0

    def _are_new(self, identities: list[int], *, remember: bool) -> bool:
        """Whether each is there once and was not before. They are then remembered, if that is wanted."""
        if not self.seen.isdisjoint(identities):
            return False
        # Into the set at once: one of these alone would have to grow first, and be copied.
        known = self.seen if remember else set[int]()
        before = len(known)
        known.update(identities)
        if len(known) == before + len(identities):
            return True
        known.difference_update(identities)
        return False

    def _take_first(self, columns: Columns, values: Sequence[float], identities: list[int], *, remember: bool) -> int:
        firsts: dict[int, int] = {}
        for index, identity in enumerate(identities):
            if identity not in self.seen:
                firsts.setdefault(identity, index)
        kept = list(firsts.values())
        columns = [[column[index] for index in kept] for column in columns]
        self.take(columns, [values[index] for index in kept], remember=remember)
        return len(values) - len(kept)

    def waiting(self) -> tuple[list[list[str]], list[int]]:
        """The lines that wait, and their numbers; they wait no longer."""
        rows, numbers = self.rows, self.numbers
        self.rows, self.numbers = [], []
        return rows, numbers


def _keys(columns: Columns, count: int) -> Iterable[Hashable]:
    """What stands in these columns beside one another, made in C; of one column it is the value itself."""
    if len(columns) == 1:
        return columns[0]
    return zip(*columns, strict=True) if columns else repeat((), count)
