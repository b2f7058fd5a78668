"""What reading the counters a second time gave: traffic since the baseline, and live rates."""

from msgspec import structs

from llmgw_report.messages import join, msg
from llmgw_report.model.history import History
from llmgw_report.model.report import BaselineInfo, Report
from llmgw_report.renderers._view import traffic
from llmgw_report.renderers._view.blocks import Block, Cell, FactsBlock, Section
from llmgw_report.renderers._view.cells import code, column, number, table
from llmgw_report.units import ABSENT, count, moment, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section each; none where nothing was read twice."""
    baseline = report.baseline
    changes = (Section(msg("Changes since the baseline"), "since", _changes(report, baseline)),) if baseline else ()
    live = (Section(msg("Live rates"), "live", (_live(report),)),) if report.sections.live else ()
    history = report.sections.history
    runs = (Section(msg("Earlier runs"), "history", _runs(report, history), evidence=True),) if history else ()
    return (*changes, *live, *runs)


#: What became of the readings of earlier runs.
_STATES = {
    "first run": msg("this is the first run: the next one will know what has happened since"),
    "window": msg("what was counted since the run of that time is evaluated"),
    "restarted": msg("not subtracted"),
    "several processes": msg("not subtracted"),
    "not comparable": msg("not subtracted"),
    "clock changed": msg("not subtracted"),
    "no counters": msg("this run read no counters"),
}


def _runs(report: Report, history: History) -> tuple[Block, ...]:
    """The file, how many runs it holds, and the one that was subtracted."""
    facts: list[tuple[str, Cell]] = [
        (msg("File"), code(history.target)),
        (msg("Earlier runs"), count(history.runs)),
        (msg("First of them"), moment(history.first) if history.first else ABSENT),
        (msg("Subtracted"), moment(history.since) if history.since else ABSENT),
        (msg("State"), join(": ", [_STATES[history.state], msg(history.reason) if history.reason else ""])),
    ]
    if history.since:
        excluded = history.restart_excluded == "yes"
        restarts = count(history.restarts) if excluded else msg("not excluded, as no start time is known")
        facts.append((msg("Restarts since"), restarts))
    facts += [
        (msg("Counters"), msg("{state}: {reason}", state=msg(one.state), reason=msg(one.reason)))
        for one in report.sections.continuity
        if one.against == "earlier run"
    ]
    return (FactsBlock(tuple(facts)),)


def _changes(report: Report, baseline: BaselineInfo) -> tuple[Block, ...]:
    """The baseline, what became of the counters, and the traffic since where they can be compared."""
    facts: list[tuple[str, Cell]] = [
        (msg("Compared with"), code(baseline.target)),
        (msg("Evaluated at"), moment(baseline.at)),
    ]
    if baseline.problem:
        facts.append((msg("Not compared"), msg(baseline.problem)))
    facts += [
        (msg("Counters"), msg("{state}: {reason}", state=msg(counters.state), reason=msg(counters.reason)))
        for counters in report.sections.continuity
        if counters.against == "earlier report"
    ]
    later = report.sections.since_last_report
    # What is absent from a difference is absent from the traffic that it was made of, and its reasons stand there.
    bare = structs.replace(report, absent=(), gateway=structs.replace(report.gateway, blind_spots=()))
    return (FactsBlock(tuple(facts)), *(traffic.blocks(bare, later, msg("since then")) if later else ()))


def _live(report: Report) -> Block:
    rows = report.sections.live
    return table(
        msg("Per second, over {time} between two scrapes", time=seconds(rows[0].seconds)),
        rows,
        (
            column("Group", lambda row: row.group),
            number("Requests", lambda row: _rate(row.requests_per_second)),
            number("Errors", lambda row: _rate(row.errors_per_second)),
            number("Input tokens", lambda row: _rate(row.input_tokens_per_second)),
            number("Output tokens", lambda row: _rate(row.output_tokens_per_second)),
        ),
        "groups",
    )


def _rate(value: float | None) -> str:
    return ABSENT if value is None else count(value)
