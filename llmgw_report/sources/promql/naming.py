"""Which labels of a server's series are kept, and how those are read that its scrape has pushed aside."""

from collections.abc import Mapping

from llmgw_report.model.scrape import Labels, Wish

Target = tuple[str, ...]
"""The values of the labels that tell one process from another."""

PARTS = ("_bucket", "_count", "_sum")
#: Labels of the scrape itself. A gateway's own of that name is called otherwise, unless the server honors it.
_RENAMED = ("instance", "job")


class Naming:
    """The labels of the series that match; `by` are those that tell one process from another."""

    def __init__(self, wish: Wish, matchers: str, label: str) -> None:
        self._wish, self.matchers, self.label = wish, matchers, label
        self.by: tuple[str, ...] = tuple(dict.fromkeys(("job", label)))

    def target(self, metric: Mapping[str, str]) -> Target:
        """The process that a series is of."""
        return tuple(metric.get(one, "") for one in self.by)

    def labels(self, name: str) -> tuple[str, ...]:
        """The labels to keep of a sample."""
        kept = self._wish.interest[name].labels
        each = (own for one in kept for own in ((f"exported_{one}", one) if one in _RENAMED else (one,)))
        return tuple(dict.fromkeys(each))

    def narrow(self, name: str) -> tuple[str, ...]:
        """Those of them that clients do not fill."""
        return tuple(one for one in self.labels(name) if one not in self._wish.wide)

    def is_wide(self, name: str) -> bool:
        """Whether clients fill some of them."""
        return self.narrow(name) != self.labels(name)

    def key(self, name: str, metric: Mapping[str, str]) -> Labels:
        """The values of the labels that a sample is kept by."""
        return tuple(
            (metric.get(f"exported_{one}", "") or ("" if one in self.by else metric.get(one, "")))
            if one in _RENAMED
            else metric.get(one, "")
            for one in self._wish.interest[name].labels
        )


def count_of(bucket: str) -> str:
    """The name of the count beside a bucket."""
    return f"{bucket.removesuffix('_bucket')}_count"


def family_of(sample: str, wish: Wish) -> str:
    """The family of a sample: that of a histogram or summary has its name without the part."""
    for part in PARTS:
        base = sample.removesuffix(part)
        if base != sample and (f"{base}_bucket" in wish.interest or base in wish.names):
            return base
    return sample
