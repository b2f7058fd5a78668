"""A check's docstring as its page: title, then paragraphs that begin with fixed words."""

from msgspec import Struct

PARTS = ("Measured", "Why it matters", "What to do", "How it can be wrong")


class Page(Struct, frozen=True, kw_only=True):
    """What `--explain` prints and what a finding's texts are made of."""

    title: str
    measured: str
    why: str
    do: str
    wrong: str


def page(docstring: str | None) -> Page:
    """Read a check's docstring; a part that is not there is empty."""
    paragraphs = [" ".join(block.split()) for block in (docstring or "").strip().split("\n\n")]
    parts = {name: _part(paragraphs, name) for name in PARTS}
    return Page(
        title=paragraphs[0].rstrip("."),
        measured=parts["Measured"],
        why=parts["Why it matters"],
        do=parts["What to do"],
        wrong=parts["How it can be wrong"],
    )


def _part(paragraphs: list[str], name: str) -> str:
    found = next((text for text in paragraphs if text.startswith(f"{name}: ")), "")
    text = found.removeprefix(f"{name}: ")
    return text[:1].upper() + text[1:]
