"""The error budget of the objective: what is left of it, and how fast it burns."""

from llmgw_report.messages import join, say
from llmgw_report.model.report import Report
from llmgw_report.model.sections import BudgetWindow, BurnRule, ErrorBudget
from llmgw_report.renderers._view._cells import Cells, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Section, Table
from llmgw_report.units import ABSENT, count, moment, ratio, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none without an objective."""
    budget = report.sections.error_budget
    return (Section(say("Error budget"), "budget", _blocks(budget)),) if budget else ()


def _blocks(budget: ErrorBudget) -> tuple[Block, ...]:
    if not budget.windows:
        return (Facts(_facts(budget)),)
    rows = tuple(_row(one, budget.rules) for one in budget.windows)
    columns = (*left("Window"), *right("Good", "Bad", "Burn rate"), *left("Rule"))
    return Facts(_facts(budget)), Table(say("Burn rates"), columns, rows)


def _facts(budget: ErrorBudget) -> tuple[tuple[str, Cell], ...]:
    """Of a lifetime only what it counted: nothing is left or used up of a window that nobody counted."""
    share, time = ratio(budget.target_ratio), seconds(budget.window_seconds)
    facts: list[tuple[str, Cell]] = [(say("Objective"), say("{share} good over {time}", share=share, time=time))]
    if budget.reason:
        facts.append((say("Not judged"), say(budget.reason)))
    if budget.left_ratio is not None:
        facts.append((say("Left"), ratio(budget.left_ratio)))
    if budget.exhausted_at:
        at, pace = moment(budget.exhausted_at), seconds(budget.pace_seconds)
        facts.append((say("Gone"), say("{time}, at the pace of the last {pace}", time=at, pace=pace)))
    if budget.basis == "lifetime":
        facts.append((say("For information"), _lifetime(budget)))
    return (*facts, (say("Source"), say(budget.source) if budget.source else ABSENT))


def _lifetime(budget: ErrorBudget) -> str:
    return say(
        "{bad} bad, {good} good, a burn rate of {rate} since {time}",
        bad=count(budget.bad),
        good=count(budget.good),
        rate=count(budget.burn_rate),
        time=moment(budget.since) if budget.since else say("an unknown time"),
    )


def _row(one: BudgetWindow, rules: tuple[BurnRule, ...]) -> Cells:
    named = join(", ", (_rule(rule, one) for rule in rules))
    return seconds(one.seconds), count(one.good), count(one.bad), count(one.burn_rate), named or ABSENT


def _rule(rule: BurnRule, one: BudgetWindow) -> str:
    """Which window of the rule this is, if it is one of it."""
    rate = f"{rule.burn_rate:g}"
    long = say("long window of {rate}", rate=rate) if rule.long_seconds == one.seconds else ""
    short = say("short window of {rate}", rate=rate) if rule.short_seconds == one.seconds else ""
    return join(", ", [long, short])
