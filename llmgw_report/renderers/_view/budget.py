"""The error budget of the objective: what is left of it, and how fast it burns."""

from llmgw_report.messages import join, msg
from llmgw_report.model.outcomes import BudgetWindow, BurnRule, ErrorBudget
from llmgw_report.model.report import Report
from llmgw_report.renderers._view.blocks import Block, Cell, FactsBlock, Section
from llmgw_report.renderers._view.cells import column, number, table
from llmgw_report.units import ABSENT, count, moment, ratio, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none without an objective."""
    budget = report.sections.error_budget
    if not budget:
        return ()
    facts = FactsBlock(_facts(budget))
    blocks: tuple[Block, ...] = (facts, _burn_rates(budget)) if budget.windows else (facts,)
    return (Section(msg("Error budget"), "budget", blocks),)


def _facts(budget: ErrorBudget) -> tuple[tuple[str, Cell], ...]:
    """The counts alone where they are of the lifetime: what is left of a budget needs the window of the objective."""
    target, time = ratio(budget.target_ratio), seconds(budget.window_seconds)
    facts: list[tuple[str, Cell]] = [(msg("Objective"), msg("{ratio} good over {time}", ratio=target, time=time))]
    if budget.reason:
        facts.append((msg("Not evaluated"), msg(budget.reason)))
    if budget.left_ratio is not None:
        facts.append((msg("Remaining"), ratio(budget.left_ratio)))
    elif budget.counted_seconds is not None:
        counted = seconds(budget.counted_seconds)
        facts.append((msg("Remaining"), msg("not known, as only {time} is counted", time=counted)))
    if budget.exhausted_at:
        at, pace = moment(budget.exhausted_at), seconds(budget.pace_seconds)
        facts.append((msg("Exhausted"), msg("{time}, at the pace of the last {pace}", time=at, pace=pace)))
    if budget.basis == "lifetime":
        facts.append((msg("For information"), _lifetime(budget)))
    return (*facts, (msg("Source"), msg(budget.source) if budget.source else ABSENT))


def _lifetime(budget: ErrorBudget) -> str:
    return msg(
        "{bad} bad, {good} good, a burn rate of {rate} since {time}",
        bad=count(budget.bad),
        good=count(budget.good),
        rate=count(budget.burn_rate),
        time=moment(budget.since) if budget.since else msg("an unknown time"),
    )


def _burn_rates(budget: ErrorBudget) -> Block:
    return table(
        msg("Burn rates"),
        budget.windows,
        (
            column("Window", _time),
            number("Good", lambda window: count(window.good)),
            number("Bad", lambda window: count(window.bad)),
            number("Burn rate", lambda window: count(window.burn_rate)),
            column("Rule", lambda window: join(", ", (_part(rule, window) for rule in budget.rules)) or ABSENT),
        ),
    )


def _time(window: BudgetWindow) -> str:
    if window.counted_seconds is None:
        return seconds(window.seconds)
    counted = seconds(window.counted_seconds)
    return msg("{time}, counted over {counted}", time=seconds(window.seconds), counted=counted)


def _part(rule: BurnRule, window: BudgetWindow) -> str:
    """Which window of the rule this is, if it is one of it."""
    rate = f"{rule.burn_rate:g}"
    long = msg("long window of {rate}", rate=rate) if rule.long_seconds == window.seconds else ""
    short = msg("short window of {rate}", rate=rate) if rule.short_seconds == window.seconds else ""
    return join(", ", [long, short])
