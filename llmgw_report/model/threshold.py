"""When a figure is bad: bounds in base units, and what to do when it cannot be judged."""

from typing import Literal

from msgspec import Struct

OnEmpty = Literal["zero", "unknown", "fail"]
"""No data at all: judge as 0, say so, or fail. Both "nothing happened" and "nobody counted" look like this."""


class Threshold(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True, omit_defaults=True):
    """Bounds of one check.

    `warn` and `fail` are in the check's unit (None: never); `min_n` the fewest samples that are judged;
    `severity` the worst status this check may reach; `required` turns "could not judge" into exit 3.
    """

    warn: float | None = None
    fail: float | None = None
    min_n: int = 0
    severity: Literal["warn", "fail"] = "fail"
    required: bool = False
    on_empty: OnEmpty = "unknown"
