"""JUnit test results.

What it measures: failures and errors of each suite in the JUnit files of --tests.

Why it matters: tests detect what no counter does, such as a wrong answer given quickly; and the figures of a gateway
whose tests fail may be figures of those failures.

What to do: read the first failure of the suite in the section of tests, then run that test alone.

Limitations: the results are those of the file, however old it is; a test that passed on a second attempt counts as
passed; a suite that crashed before its first test may be missing from the file.
"""

from llmgw_report.checks import (
    Category,
    Finding,
    Findings,
    Reads,
    Snapshot,
    Threshold,
    Unit,
    above,
    finding,
    join,
    judged,
    msg,
    skip,
    units,
)
from llmgw_report.model.results import CaseResult, Results, SuiteRow

CATEGORY: Category = "tests"
UNIT: Unit = "count"
READS: Reads = ()
DEFAULT = Threshold(fail=0)
EACH_SUBJECT_REQUIRED = True


def check(snapshot: Snapshot, threshold: Threshold) -> Findings:
    """One finding per file that cannot be read and per suite with failures, one for all other suites together."""
    tests = snapshot.sections.tests
    if tests is None:
        yield from skip("no test results: pass a JUnit file with --tests")
        return
    for file in tests.files:
        if file.reason:
            seen = msg("{file}: {reason}", file=file.target, reason=msg(file.reason))
            yield finding("unknown", seen, {"source": file.target}, reason=file.reason, required=True)
    bad = [row for row in tests.suites if row.failed]
    first = {case.suite: case for case in reversed(tests.failures)}
    yield from (_suite(row, first.get(row.suite), threshold) for row in bad)
    good = [row for row in tests.suites if not row.failed]
    passed = sum(row.passed for row in good)
    if passed:
        yield judged(above(0, threshold), _seen(good), observed=0, unit="{test}", n=passed)
    elif not bad:
        nothing = _nothing(tests)
        yield finding("unknown", nothing, n=0, reason=nothing, required=True)


def _suite(row: SuiteRow, first: CaseResult | None, threshold: Threshold) -> Finding:
    run = row.tests - row.skipped
    failed = units.count(row.failed)
    seen = msg("{hits} of {tests} of {suite} failed", hits=failed, tests=units.plural(run, "tests"), suite=row.suite)
    if first:
        seen = join(", ", [seen, msg("first {test}", test=": ".join(filter(None, (first.name, first.message))))])
    subject = {"suite": row.suite}
    return judged(above(row.failed, threshold.of(subject)), seen, subject, observed=row.failed, unit="{test}", n=run)


def _seen(rows: list[SuiteRow]) -> str:
    passed, skipped = sum(row.passed for row in rows), sum(row.skipped for row in rows)
    tests, suites = units.plural(passed, "tests"), units.plural(len(rows), "suites")
    left_out = msg("{n} skipped", n=units.count(skipped)) if skipped else ""
    return join(", ", [msg("{tests} in {suites} passed", tests=tests, suites=suites), left_out])


def _nothing(tests: Results) -> str:
    """No test ran: all were skipped, or the files contain none."""
    if tests.total.tests:
        number = units.plural(tests.total.tests, "tests")
        return msg("all {tests} were skipped, which proves nothing", tests=number)
    return msg("the results contain no test, which proves nothing")
