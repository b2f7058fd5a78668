"""Text that a terminal or a browser would obey, made visible instead."""


def visible(text: str) -> str:
    r"""`text` with controls, terminal escapes, direction marks and invisible characters as escapes.

    A line feed reads `\n`, ESC reads `\x1b`, and a mark that reverses the direction of text `\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def width(text: str) -> int:
    """Columns of a terminal that `text` takes: an ideograph takes two.

    >>> width("FAIL"), width("失败")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width  # most reports have no such text

    return sum(2 if east_asian_width(char) in {"W", "F"} else 1 for char in text)


def finalize(value: object) -> object:
    """Show control characters in data; what is markup already, such as a macro's result, stays."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
