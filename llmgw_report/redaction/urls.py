"""What may be shown of a URL: neither user and password, nor the query, nor the fragment."""

from re import split


def shown_url(url: str) -> str:
    """The URL without user info, query and fragment; of a text that is no valid URL as well, and on the safe side."""
    scheme, mark, rest = url.partition("://") if "://" in url else ("", "", url)
    authority = split(r"[/?#]", rest, maxsplit=1)[0]
    # A password may hold what should have been encoded: up to the last "@" it is one, unless a port stands there.
    name, colon, port = authority.rpartition(":")
    if "@" in authority:
        rest = rest[authority.rindex("@") + 1 :]
    elif "@" in rest and colon and name and not port.isdigit():
        rest = rest.rpartition("@")[2]
    shown = f"{scheme}{mark}{split(r'[?#]', rest, maxsplit=1)[0]}"
    return "".join(character if character.isprintable() else "?" for character in shown)
