r"""Text that hides its characters: `%3D`, `\u003d` and `\/` are read as what they stand for."""

from re import IGNORECASE, Match

from llmgw_report.redaction.spans import expression

#: Twice: what is quoted in a quotation has two layers. More would let a short text make much work.
LAYERS = 2


def is_encoded(text: str) -> bool:
    """Whether decoding could change anything; what JSON itself writes for control characters is no hiding."""
    if "%" not in text and "\\u00" not in text and "\\/" not in text:
        return False
    return expression(r"%[2-7][0-9a-f]|\\u00[2-7][0-9a-f]|\\/", IGNORECASE).search(text) is not None


def decoded(text: str) -> str:
    """What the text says."""
    from urllib.parse import unquote  # few texts are encoded

    for _ in range(LAYERS):
        text = expression(r"\\+u00([2-7][0-9a-f])", IGNORECASE).sub(_character, unquote(text)).replace("\\/", "/")
    return text


def _character(escape: Match[str]) -> str:
    return chr(int(escape[1], 16))
