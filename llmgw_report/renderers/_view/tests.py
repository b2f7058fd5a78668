"""Test results: every suite, what failed, and what was slowest."""

from llmgw_report.messages import say
from llmgw_report.model.report import Report
from llmgw_report.model.sections import CaseResult, Results, SuiteRow
from llmgw_report.renderers._view._cells import code, cut, left, right, state
from llmgw_report.renderers._view.blocks import Block, Cell, Paragraph, Section, Table
from llmgw_report.units import count, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none where no results were given."""
    tests = report.sections.tests
    if tests is None:
        return ()
    return (Section(say("Tests"), "tests", (_suites(tests), *_failures(tests), *_slowest(tests), *_unread(tests))),)


def _suites(tests: Results) -> Block:
    if not tests.suites:
        return Paragraph(say("There is no test in the results."))
    rows, notes = cut(tests.suites, "suites")
    columns = (*left("Status", "Suite"), *right("Tests", "Passed", "Failed", "Skipped", "Time"))
    return Table(say("Test suites"), columns, tuple(map(_suite, rows)), total=_total(tests.total), notes=notes)


def _suite(row: SuiteRow) -> tuple[Cell, ...]:
    return state("fail" if row.failed else "pass" if row.passed else "unknown"), code(row.suite), *_figures(row)


def _total(row: SuiteRow) -> tuple[Cell, ...]:
    return "", say("all"), *_figures(row)


def _figures(row: SuiteRow) -> tuple[Cell, ...]:
    return count(row.tests), count(row.passed), count(row.failed), count(row.skipped), seconds(row.seconds)


def _failures(tests: Results) -> tuple[Block, ...]:
    if not tests.failures:
        return ()
    rows, _ = cut(tests.failures, "failures")
    more = tests.total.failed > len(rows)
    shown = say("{shown} of {n} failures shown.", shown=count(len(rows)), n=count(tests.total.failed))
    columns = left("Suite", "Test", "Kind", "Message")
    return (Table(say("Tests that failed"), columns, tuple(map(_failure, rows)), notes=(shown,) if more else ()),)


def _failure(case: CaseResult) -> tuple[Cell, ...]:
    return code(case.suite), code(case.name), say(case.outcome), code(case.message)


def _slowest(tests: Results) -> tuple[Block, ...]:
    if not tests.slowest:
        return ()
    rows = tuple((code(case.suite), code(case.name), seconds(case.seconds)) for case in tests.slowest)
    return (Table(say("Slowest tests"), (*left("Suite", "Test"), *right("Time")), rows),)


def _unread(tests: Results) -> tuple[Block, ...]:
    rows = tuple((code(file.target), say(file.reason)) for file in tests.files if file.reason)
    return (Table(say("Results that could not be read"), left("File", "Reason"), rows),) if rows else ()
