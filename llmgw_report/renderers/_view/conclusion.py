"""The last word: the overall state, what works, and what to improve."""

from llmgw_report.model.report import Report
from llmgw_report.renderers._view.blocks import Block, Items, Paragraph, Section


def section(report: Report) -> Section:
    """The conclusion as the report states it."""
    said = report.conclusion
    lists = (Items("What works", said.works), Items("What to improve", said.improve))
    blocks: tuple[Block, ...] = (Paragraph(said.state), *(items for items in lists if items.rows))
    nearest = (Paragraph(f"Nearest to another verdict: {said.nearest}."),) if said.nearest else ()
    return Section("Conclusion", "conclusion", (*blocks, *nearest))
