"""When a figure is bad: bounds in base units, and what to do when it cannot be judged."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

OnEmpty = Literal["zero", "unknown", "fail"]
"""No data at all: judge as 0, say so, or fail. Both "nothing happened" and "nobody counted" look like this."""


def matches(globs: Mapping[str, str], subject: Mapping[str, str]) -> bool:
    """Whether every glob fits the subject's value of its role; a role that the subject lacks fits nothing.

    A value fits itself, also where it holds the brackets and stars that a glob reads otherwise.
    """
    from fnmatch import fnmatchcase  # only a configuration with globs pays for it

    return all(
        role in subject and (subject[role] == glob or fnmatchcase(subject[role], glob)) for role, glob in globs.items()
    )


class Override(Struct, frozen=True, kw_only=True):
    """The whole bounds of the subjects that fit every glob of `subject`, role -> glob."""

    subject: dict[str, str]
    bounds: "Threshold"


class Threshold(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """Bounds of one check.

    `warn` and `fail` are in the check's unit (None: never); `min_n` the fewest samples that are judged;
    `severity` the worst status this check may reach; `required` turns "could not judge" into exit 3.
    no bound is above `highest`, which is 1 for a share. `overrides` are the bounds of some subjects, the later one
    over the earlier.
    """

    warn: float | None = None
    fail: float | None = None
    min_n: int = 0
    severity: Literal["warn", "fail"] = "fail"
    required: bool = False
    on_empty: OnEmpty = "unknown"
    highest: float | None = None
    overrides: tuple[Override, ...] = ()

    def of(self, subject: Mapping[str, str]) -> "Threshold":
        """The bounds that count for one subject."""
        found = (one.bounds for one in reversed(self.overrides) if matches(one.subject, subject))
        return next(found, self)
