"""Globs over the labels of a series, as definitions write them."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

#: Between alternatives: of globs any that matches, of label names the first that has a value.
OR = "|"
_WILD = frozenset("*?[")


def match(globs: Mapping[str, str], values: Mapping[str, str]) -> bool:
    """Whether every label has a value that matches; an absent one reads as an empty text."""
    return all(_fits(_value(label, values), glob) for label, glob in globs.items())


def passes(values: Mapping[str, str], only: Mapping[str, str], except_: Mapping[str, str]) -> bool:
    """Whether a series is kept by two filters."""
    return match(only, values) and not (except_ and match(except_, values))


def names(globs: Mapping[str, str]) -> Iterator[str]:
    """Every label that the globs look at."""
    for label in globs:
        yield from label.split(OR)


def replaced(table: Mapping[str, str], value: str) -> str | None:
    """What the first glob that fits puts in the place of a value; None if none does."""
    return next((other for glob, other in table.items() if _fits(value, glob)), None)


def fits(value: str, glob: str) -> bool:
    """Whether a value fits a glob without alternatives. `fnmatch` compiles a glob, and of most nothing is open."""
    return value == glob if _WILD.isdisjoint(glob) else fnmatchcase(value, glob)


def _value(label: str, values: Mapping[str, str]) -> str:
    return next((values[name] for name in label.split(OR) if values.get(name)), "")


def _fits(value: str, glob: str) -> bool:
    return any(value == one or fits(value, one) for one in glob.split(OR))
