"""What reading the counters a second time gave: traffic since an earlier report, and live rates."""

from msgspec import structs

from llmgw_report.messages import say
from llmgw_report.model.report import BaselineInfo, Report
from llmgw_report.model.sections import Continuity, LiveRow
from llmgw_report.renderers._view import traffic
from llmgw_report.renderers._view._cells import code, cut, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Section, Table
from llmgw_report.units import ABSENT, count, moment, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section each; none where nothing was read twice."""
    compared = (
        (Section(say("Since the earlier report"), "since", _since(report, report.baseline)),) if report.baseline else ()
    )
    live = (Section(say("Live rates"), "live", (_live(report.sections.live),)),) if report.sections.live else ()
    return (*compared, *live)


def _since(report: Report, baseline: BaselineInfo) -> tuple[Block, ...]:
    """With what it was compared, what became of the counters, and the traffic since, where they can tell it."""
    facts: list[tuple[str, Cell]] = [
        (say("Compared with"), code(baseline.target)),
        (say("Judged at"), moment(baseline.at)),
    ]
    if baseline.problem:
        facts.append((say("Not compared"), say(baseline.problem)))
    found = (one for one in report.sections.continuity if one.against == "earlier report")
    facts += [(say("Counters"), _course(one)) for one in found]
    later = report.sections.since_last_report
    # What is absent from a difference is absent from the traffic that it was made of, and its reasons stand there.
    bare = structs.replace(report, absent=(), gateway=structs.replace(report.gateway, blind_spots=()))
    return (Facts(tuple(facts)), *(traffic.blocks(bare, later, say("since then")) if later else ()))


def _course(one: Continuity) -> str:
    return say("{state}: {reason}", state=say(one.state), reason=say(one.reason))


def _live(found: tuple[LiveRow, ...]) -> Table:
    rows, notes = cut(found, "groups")
    return Table(
        say("Per second, over {time} between two scrapes", time=seconds(found[0].seconds)),
        (*left("Group"), *right("Requests", "Errors", "Input tokens", "Output tokens")),
        tuple((row.group, *map(_rate, _figures(row))) for row in rows),
        notes=notes,
    )


def _figures(row: LiveRow) -> tuple[float | None, ...]:
    tokens = (row.input_tokens_per_second, row.output_tokens_per_second)
    return (row.requests_per_second, row.errors_per_second, *tokens)


def _rate(value: float | None) -> str:
    return ABSENT if value is None else count(value)
