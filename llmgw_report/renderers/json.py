"""The document itself, for programs."""

import re

import msgspec

from llmgw_report.model.message import plain
from llmgw_report.model.report import Report

EXTENSIONS: tuple[str, ...] = ("json",)

# A terminal obeys more than C0 controls: 8-bit controls, and what turns the direction of text or hides it. JSON may
# carry all of them raw, and msgspec does; as escapes they are the same string to a parser and harmless to `cat`.
_OBEYED_BY_TERMINALS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def render(report: Report) -> str:
    """The report as JSON, indented by two, ending in a newline."""
    document = msgspec.json.format(msgspec.json.encode(report, enc_hook=plain), indent=2).decode()
    return _OBEYED_BY_TERMINALS.sub(lambda found: f"\\u{ord(found[0]):04x}", document) + "\n"
