"""Test results: every suite, what failed, and what was slowest."""

from llmgw_report.messages import msg
from llmgw_report.model.report import Report
from llmgw_report.model.results import CaseResult, ResultFile, Results, SuiteRow
from llmgw_report.renderers._view.blocks import Block, Cell, Paragraph, Section
from llmgw_report.renderers._view.cells import Column, code, column, number, state, table
from llmgw_report.units import count, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none where no results were given."""
    tests = report.sections.tests
    if tests is None:
        return ()
    return (Section(msg("Tests"), "tests", (_suites(tests), *_failures(tests), *_slowest(tests), *_unread(tests))),)


def _suites(tests: Results) -> Block:
    if not tests.suites:
        return Paragraph(msg("There is no test in the results."))
    return table(
        msg("Test suites"),
        tests.suites,
        (
            column("Status", lambda row: "" if row is tests.total else _status(row)),
            column("Suite", lambda row: msg("all") if row is tests.total else code(row.suite)),
            number("Tests", lambda row: count(row.tests)),
            number("Passed", lambda row: count(row.passed)),
            number("Failed", lambda row: count(row.failed)),
            number("Skipped", lambda row: count(row.skipped)),
            number("Time", lambda row: seconds(row.seconds)),
        ),
        "suites",
        total=tests.total,
    )


def _status(row: SuiteRow) -> Cell:
    return state("fail" if row.failed else "pass" if row.passed else "unknown")


def _failures(tests: Results) -> tuple[Block, ...]:
    if not tests.failures:
        return ()
    columns: tuple[Column[CaseResult], ...] = (
        column("Suite", lambda case: code(case.suite)),
        column("Test", lambda case: code(case.name)),
        column("Kind", lambda case: msg(case.outcome)),
        column("Message", lambda case: code(case.message)),
    )
    return (table(msg("Tests that failed"), tests.failures, columns, "failures", of=tests.total.failed),)


def _slowest(tests: Results) -> tuple[Block, ...]:
    if not tests.slowest:
        return ()
    columns: tuple[Column[CaseResult], ...] = (
        column("Suite", lambda case: code(case.suite)),
        column("Test", lambda case: code(case.name)),
        number("Time", lambda case: seconds(case.seconds)),
    )
    return (table(msg("Slowest tests"), tests.slowest, columns),)


def _unread(tests: Results) -> tuple[Block, ...]:
    unread = [file for file in tests.files if file.reason]
    if not unread:
        return ()
    columns: tuple[Column[ResultFile], ...] = (
        column("File", lambda file: code(file.target)),
        column("Reason", lambda file: msg(file.reason or "")),
    )
    return (table(msg("Results that could not be read"), unread, columns),)
