"""JUnit XML, for the test pages of Jenkins, GitLab and others: one suite per category, one test case per finding.

    fail                                    failure
    warn                                    passes, with the finding as its output and a property of its suite
    pass                                    passes
    waived, skip                            skipped
    unknown, counted and too few to judge   skipped, unless it is required
    any other unknown                       error, as nobody can tell

A property `status of <test case>` holds the finding's own word where JUnit has none. Properties belong to suites,
because the schema of the Jenkins plug-in knows them nowhere else. Test cases have no time: a check has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from llmgw_report.renderers import _finding_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from llmgw_report.model.finding import Finding
    from llmgw_report.model.report import Report

EXTENSIONS: tuple[str, ...] = ("xml",)

Outcome = Literal["failure", "error", "skipped", "passed"]


def render(report: Report) -> str:
    """The findings as a JUnit document, ending in a newline."""
    # Imported here: to learn the extensions of all formats, every one of them is imported.
    from xml.etree.ElementTree import Element, indent, tostring

    root = Element("testsuites", name=report.tool.name, time=f"{max(report.timings.total_seconds, 0):.3f}")
    root.attrib.update(_totals(report.findings))
    del root.attrib["skipped"]  # the schema has that total for suites alone
    for category in sorted({finding.category for finding in report.findings}):
        _suite(root, report, [finding for finding in report.findings if finding.category == category])
    indent(root)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def outcome(finding: Finding) -> Outcome:
    """What JUnit calls it."""
    if finding.waived or finding.status in {"skip", "info"}:
        return "skipped"
    if finding.status == "unknown":
        return "skipped" if finding.n is not None and finding.required == "no" else "error"
    return "failure" if finding.status == "fail" else "passed"


def _totals(findings: Sequence[Finding]) -> dict[str, str]:
    found = [outcome(finding) for finding in findings]
    counted: dict[str, Outcome] = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(found)), **{total: str(found.count(word)) for total, word in counted.items()}}


def _suite(root: Element, report: Report, findings: Sequence[Finding]) -> None:
    name = f"{report.tool.name}.{findings[0].category}"
    suite = _child(root, "testsuite", name=name, timestamp=report.at, **_totals(findings))
    own_words = [finding for finding in findings if _own_word(finding)]
    if own_words:
        properties = _child(suite, "properties")
        for finding in own_words:
            status = f"status of {_finding_texts.name(finding)}"
            _child(properties, "property", name=status, value=_finding_texts.state(finding))
    for finding in findings:
        _case(suite, report, finding)


def _own_word(finding: Finding) -> bool:
    """Whether its state cannot be told from what JUnit calls it."""
    return outcome(finding) == "skipped" or finding.status == "warn"


def _case(suite: Element, report: Report, finding: Finding) -> None:
    case = _child(suite, "testcase", classname=suite.attrib["name"], name=_finding_texts.name(finding))
    text = "\n".join(f"{label}: {text}" for label, text in _finding_texts.details(finding, report))
    found = outcome(finding)
    if found == "passed":
        if finding.status == "warn":
            _child(case, "system-out").text = text
        return
    result = _child(case, found, type=_finding_texts.state(finding), message=_message(finding, report))
    # What does not apply asks for nothing: why it matters and what to do would only be noise.
    result.text = None if finding.status == "skip" else text


def _message(finding: Finding, report: Report) -> str:
    if finding.waived:
        return f"{_finding_texts.waiver(finding.waived, report)}. {finding.title}: {finding.seen}"
    return finding.reason or f"{finding.title}: {finding.seen}"


def _child(parent: Element, tag: str, **attributes: str) -> Element:
    """A new last child."""
    from xml.etree.ElementTree import SubElement

    return SubElement(parent, tag, attributes)
