"""The document itself, for programs."""

import msgspec

from llmgw_report.messages import plain
from llmgw_report.model.report import Report
from llmgw_report.printable import visible_json

EXTENSIONS: tuple[str, ...] = ("json",)

#: A program gets each text as the sources hold it; what a terminal would obey is an escape of JSON's own.
EXACT = True


def render(report: Report) -> str:
    """The report as JSON, indented by two, ending in a newline."""
    document = msgspec.json.format(msgspec.json.encode(report, enc_hook=plain), indent=2).decode()
    return visible_json(document) + "\n"
