"""The document itself, for programs."""

import re

import msgspec

from llmgw_report.messages import plain
from llmgw_report.model.report import Report

EXTENSIONS: tuple[str, ...] = ("json",)

# A terminal obeys more than C0 controls: 8-bit controls, and what turns the direction of text or hides it. JSON may
# carry all of them raw, and msgspec does; as escapes they are the same string to a parser and harmless to `cat`.
_NOT_ASCII = re.compile("[^\n\x20-\x7e]+")


def render(report: Report) -> str:
    """The report as JSON, indented by two, ending in a newline."""
    document = msgspec.json.format(msgspec.json.encode(report, enc_hook=plain), indent=2).decode()
    return _NOT_ASCII.sub(_shown, document) + "\n"


def _shown(found: re.Match[str]) -> str:
    text = found[0]
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    """As JSON writes it: a character beyond the first plane is two."""
    digits = char.encode("utf-16-be").hex()
    return "".join(f"\\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))
