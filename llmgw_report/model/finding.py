"""What one check says about one subject."""

from typing import Literal

from msgspec import Struct

from llmgw_report.model.status import Status

Operator = Literal["above", "below", "not"]

Category = Literal["sources", "availability", "latency", "logs", "witnesses", "regression", "tests", "gate"]
"""What a check is about; a suite of its own where a format has suites."""

FedBy = tuple[str, ...]
"""What a check's figures come from: quantities of the scrape, and queries by their file, such as `traffic.sql`."""


State = Literal["fail", "warn", "unknown", "skip", "pass", "waived"]
"""How a finding counts: its status, or that it is waived."""


class Waived(Struct, frozen=True, kw_only=True):
    """Why a finding does not count, until when (a date, the day included), and who answers for it."""

    reason: str
    expires: str
    owner: str | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """A verdict with everything needed to argue with it.

    `seen` gives the figures, `why` the consequence, `do` one action. `observed`, `operator`, `limit`,
    `unit` and `n` are what was compared; `reason` says why nothing could be (unknown, skip).
    `fingerprint` is the same tomorrow for the same problem: it holds no value and no time.
    `waived`: it keeps its status and does not count. `derived_from` names the fingerprint of the finding
    that explains this one. `margin` is the distance of `observed` to `limit` as a share of the limit,
    negative beyond it.
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
    category: Category = "gate"
    waived: Waived | None = None
    derived_from: str | None = None
    margin: float | None = None
