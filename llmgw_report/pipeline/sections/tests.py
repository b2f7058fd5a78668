"""Test results beside the figures of the gateway that they were run against."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from llmgw_report.errors import SourceError
from llmgw_report.model.results import CaseResult, ResultFile, Results, SuiteRow

FAILED = frozenset({"failure", "error"})
#: The document names this many failures; the suites count all of them.
MOST_FAILURES = 200
#: Suites that have a row and a finding of their own; those beyond are one more, failures first.
MOST_SUITES = 500
OTHER = "(other)"
ALL = "all"


def tests(paths: Sequence[str], top: int) -> Results:
    """What the files say together; one that cannot be read is in it with its reason."""
    from llmgw_report.sources import test_results  # most runs have no test results, and an XML parser takes its time

    files: list[ResultFile] = []
    cases: list[CaseResult] = []
    for path in paths:
        try:
            cases.extend(test_results.read(path))
            files.append(ResultFile(target=path))
        except SourceError as error:
            files.append(ResultFile(target=path, reason=error.message.removeprefix(f"{path}: ")))
    return summed(files, cases, top)


def summed(files: Sequence[ResultFile], cases: Sequence[CaseResult], top: int) -> Results:
    """The same from tests that were read already."""
    failures = [case for case in cases if case.outcome in FAILED]
    timed = [case for case in cases if case.seconds is not None]
    return Results(
        files=tuple(files),
        suites=tuple(_suites(cases)),
        total=_row(ALL, cases),
        failures=tuple(failures[:MOST_FAILURES]),
        slowest=tuple(sorted(timed, key=lambda case: -(case.seconds or 0.0))[:top]),
    )


def _suites(cases: Iterable[CaseResult]) -> Iterator[SuiteRow]:
    """Those that failed first, else in the order of the files."""
    by_suite: dict[str, list[CaseResult]] = {}
    for case in cases:
        by_suite.setdefault(case.suite, []).append(case)
    rows = sorted((_row(suite, members) for suite, members in by_suite.items()), key=lambda row: -row.failed)
    yield from rows[:MOST_SUITES]
    if beyond := rows[MOST_SUITES:]:
        yield _row(OTHER, [case for row in beyond for case in by_suite[row.suite]])


def _row(suite: str, cases: Sequence[CaseResult]) -> SuiteRow:
    counts = Counter(case.outcome for case in cases)
    times = [case.seconds for case in cases if case.seconds is not None]
    return SuiteRow(
        suite=suite,
        tests=len(cases),
        passed=counts["passed"],
        failed=counts["failure"] + counts["error"],
        skipped=counts["skipped"],
        seconds=sum(times) if times else None,
    )
