"""What one check says about one subject."""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.status import Status

Operator = Literal["above", "below", "not"]


class Finding(Struct, frozen=True, kw_only=True):
    """A verdict with everything needed to argue with it.

    `seen` gives the figures, `why` the consequence, `do` one action. `observed`, `operator`, `limit`,
    `unit` and `n` are what was compared; `reason` says why nothing could be (unknown, skip).
    `fingerprint` is the same tomorrow for the same problem: it holds no value and no time.
    """

    check: str
    subject: dict[str, str]
    status: Status
    title: str
    seen: str
    why: str
    do: str
    observed: float | None = None
    operator: Operator | None = None
    limit: float | None = None
    unit: str | None = None
    n: int | None = None
    reason: str | None = None
    fingerprint: str = ""
    required: bool = False
