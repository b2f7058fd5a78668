"""The last word: the overall state, what works, and what to improve."""

from llmgw_report.model.message import say
from llmgw_report.model.report import Report
from llmgw_report.renderers._view.blocks import Block, Items, Paragraph, Section


def section(report: Report) -> Section:
    """The conclusion as the report states it."""
    said = report.conclusion
    lists = (Items(say("What works"), said.works), Items(say("What to improve"), said.improve))
    blocks: tuple[Block, ...] = (Paragraph(said.state), *(items for items in lists if items.rows))
    nearest = (Paragraph(say("Nearest to another verdict: {nearest}.", nearest=said.nearest)),) if said.nearest else ()
    return Section(say("Conclusion"), "conclusion", (*blocks, *nearest))
