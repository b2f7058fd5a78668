"""The error budget of the objective: what is left of it, and how fast it burns."""

from llmgw_report.model.budget import BudgetWindow, BurnRule, ErrorBudget
from llmgw_report.model.report import Report
from llmgw_report.renderers._view._cells import Cells, left, right
from llmgw_report.renderers._view.blocks import Block, Cell, Facts, Section, Table
from llmgw_report.units import ABSENT, count, moment, ratio, seconds


def sections(report: Report) -> tuple[Section, ...]:
    """One section, or none without an objective."""
    budget = report.sections.error_budget
    return (Section("Error budget", "budget", _blocks(budget)),) if budget else ()


def _blocks(budget: ErrorBudget) -> tuple[Block, ...]:
    if not budget.windows:
        return (Facts(_facts(budget)),)
    rows = tuple(_row(one, budget.rules) for one in budget.windows)
    columns = (*left("Window"), *right("Good", "Bad", "Burn rate"), *left("Rule"))
    return Facts(_facts(budget)), Table("Burn rates", columns, rows)


def _facts(budget: ErrorBudget) -> tuple[tuple[str, Cell], ...]:
    """Of a lifetime only what it counted: nothing is left or used up of a window that nobody counted."""
    facts: list[tuple[str, Cell]] = [
        ("Objective", f"{ratio(budget.target_ratio)} good over {seconds(budget.window_seconds)}")
    ]
    if budget.reason:
        facts.append(("Not judged", budget.reason))
    if budget.left_ratio is not None:
        facts.append(("Left", ratio(budget.left_ratio)))
    if budget.exhausted_at:
        facts.append(("Gone", f"{moment(budget.exhausted_at)}, at the pace of the last {seconds(budget.pace_seconds)}"))
    if budget.basis == "lifetime":
        counted = f"{count(budget.bad)} bad, {count(budget.good)} good, a burn rate of {count(budget.burn_rate)}"
        since = moment(budget.since) if budget.since else "an unknown time"
        facts.append(("For information", f"{counted} since {since}"))
    return (*facts, ("Source", budget.source or ABSENT))


def _row(one: BudgetWindow, rules: tuple[BurnRule, ...]) -> Cells:
    named = [
        f"{words} window of {rule.burn_rate:g}"
        for rule in rules
        for words, length in (("long", rule.long_seconds), ("short", rule.short_seconds))
        if length == one.seconds
    ]
    return seconds(one.seconds), count(one.good), count(one.bad), count(one.burn_rate), ", ".join(named) or ABSENT
