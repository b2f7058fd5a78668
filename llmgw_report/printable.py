"""Makes text from outside safe to show: for a terminal, in JSON, in XML.

Labels, log messages and errors are written by whoever sends requests. A format needs none of this: the report that
`renderers.render` hands it has been through `visible` already, unless it says that it encodes every text itself.
"""

import re

# What `visible` leaves alone is legal in XML 1.0, too: every character that XML cannot hold is unprintable.
_NOT_ASCII = re.compile("[^\n\x20-\x7e]+")
#: The one character of ASCII that JSON may carry raw and that a terminal does not show.
_DELETE = "\x7f"


def visible(text: str) -> str:
    r"""`text` with controls, terminal escapes, direction marks and invisible characters as escapes.

    A line feed reads `\n`, ESC reads `\x1b`, and a mark that reverses the direction of text `\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def visible_json(document: str) -> str:
    r"""A JSON document with every invisible character in its strings as JSON's own escape: `\u202e`.

    JSON may carry all of them raw but C0 controls, and msgspec writes them so. As escapes they are the same string to
    a parser and harmless on a terminal, which obeys 8-bit controls, direction marks and more.
    """
    if document.isascii() and _DELETE not in document:  # as most are: the expression would look at every character
        return document
    return _NOT_ASCII.sub(_escaped_run, document)


def finalize(value: object) -> object:
    """Show control characters in data; what is markup already, such as a macro's result, stays."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _escaped_run(found: re.Match[str]) -> str:
    text = found[0]
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    """JSON's escape: a character beyond the first plane is two of them."""
    digits = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))
