"""Text that a terminal or a browser would obey, made visible instead."""


def visible(text: str) -> str:
    r"""`text` with controls, terminal escapes, direction marks and invisible characters as escapes.

    A line feed reads `\n`, ESC reads `\x1b`, and a mark that reverses the direction of text `\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
