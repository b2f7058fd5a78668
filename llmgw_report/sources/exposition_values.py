"""Values of one label: as many as a report can show, and one for all that come after them."""

#: In the place of every value beyond the first `MOST`: whoever may choose a model's name may choose a million.
OTHER = "(other)"
MOST = 1_000
#: Their values are bounds and shares, which cannot be folded, and which no client chooses.
WHOLE = frozenset({"le", "quantile"})


class LabelValues(set[str]):
    """Those that are kept, of one label in all families: a value is folded in every family or in none."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._bounded = label not in WHOLE

    def shown(self, value: str) -> str:
        """The value itself, or what stands for it and others."""
        if self._bounded and len(self) >= MOST and value not in self:
            return OTHER
        self.add(value)
        return value
