"""Results of automated tests: suites, and the cases that say most."""

from typing import Literal

from msgspec import Struct

CaseOutcome = Literal["passed", "failure", "error", "skipped"]


class CaseResult(Struct, frozen=True, kw_only=True):
    """One test; `message` is that of an outcome other than passed, and `seconds` None is not recorded."""

    suite: str
    name: str
    outcome: CaseOutcome
    seconds: float | None = None
    message: str = ""


class ResultFile(Struct, frozen=True, kw_only=True):
    """One file of results, with the reason if it could not be read."""

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
    """Every suite, with the failures and the slowest tests of all; both lists are cut, the counts are not."""

    files: tuple[ResultFile, ...]
    suites: tuple[SuiteRow, ...]
    total: SuiteRow
    failures: tuple[CaseResult, ...]
    slowest: tuple[CaseResult, ...]
