"""Results of test suites that ran against the gateway, as JUnit documents tell them."""

from typing import Literal

from msgspec import Struct

Outcome = Literal["passed", "failure", "error", "skipped"]


class CaseResult(Struct, frozen=True, kw_only=True):
    """One test. `message` is what it says of an outcome other than passed; `seconds` None: not recorded."""

    suite: str
    name: str
    outcome: Outcome
    seconds: float | None = None
    message: str = ""


class ResultFile(Struct, frozen=True, kw_only=True):
    """One file of results, and why it could not be read if it could not."""

    target: str
    reason: str | None = None


class SuiteRow(Struct, frozen=True, kw_only=True):
    """Counts of one suite; `failed` holds failures and errors, `tests` all of them, the skipped included."""

    suite: str
    tests: int
    passed: int
    failed: int
    skipped: int
    seconds: float | None


class Results(Struct, frozen=True, kw_only=True):
    """Every suite, the failures of all and the slowest tests of all; both lists are cut, the counts are not."""

    files: tuple[ResultFile, ...]
    suites: tuple[SuiteRow, ...]
    total: SuiteRow
    failures: tuple[CaseResult, ...]
    slowest: tuple[CaseResult, ...]
