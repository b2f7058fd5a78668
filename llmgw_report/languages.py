"""Languages of a report: a folder of `locale/` with a gettext catalogue is one, and nothing else names it.

English is what the program is written in: it needs no catalogue, and a run in English reads none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from llmgw_report.model.message import Catalogue, Message
from llmgw_report.model.tree import mapped

HERE = Path(__file__).parent / "locale"
DOMAIN = "llmgw-report"
#: A locale that asks for no language.
NONE = frozenset({"", "C", "POSIX"})

Document = TypeVar("Document")


class Language:
    """One language: `name` as in HTML (`zh-CN`). Without a catalogue everything is said as it was written."""

    def __init__(self, name: str, catalogue: Catalogue | None = None) -> None:
        self.name = name
        self.catalogue = catalogue

    def text(self, said: str) -> str:
        """A message in this language; other text is data and stays."""
        return said.in_words_of(self.catalogue) if self.catalogue and isinstance(said, Message) else said

    def word(self, said: str) -> str:
        """What a template of a page says, where it says it: the text is the key."""
        return self.catalogue.gettext(said) if self.catalogue else said

    def all(self, document: Document) -> Document:
        """Every message inside structs, lists and tuples."""
        if self.catalogue is None:
            return document
        said: Document = mapped(document, lambda leaf: self.text(leaf) if isinstance(leaf, str) else leaf)
        return said


ENGLISH = Language("en")


def names() -> tuple[str, ...]:
    """Every language there is, English first."""
    return ENGLISH.name, *sorted(folder.name.replace("_", "-") for folder in HERE.iterdir() if folder.is_dir())


def load(name: str) -> Language:
    """A language by one of the `names`."""
    if name == ENGLISH.name:
        return ENGLISH
    from gettext import translation  # a run in English does without

    return Language(name, translation(DOMAIN, HERE, [name.replace("-", "_")]))


def preferred(environment: Mapping[str, str]) -> str:
    """The language that the environment asks for, by the rules of gettext; English if there is none like it.

    LC_ALL goes over LC_MESSAGES and that over LANG. LANGUAGE is a list that goes over the language of a locale,
    and counts only where the locale asks for a language at all.
    """
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if locale.partition(".")[0] in NONE:
        return ENGLISH.name
    wanted = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next(filter(None, map(_known, wanted)), ENGLISH.name)


def _known(locale: str) -> str | None:
    """`zh_CN.UTF-8` and a bare `zh` are `zh-CN`; `zh_TW` is another language."""
    asked = locale.partition(".")[0].partition("@")[0].replace("_", "-").lower()
    there = (name for name in names() if asked in {name.lower(), name.partition("-")[0].lower()})
    # Any English will do: en_GB is not worth a catalogue, and means English all the same.
    return ENGLISH.name if asked.partition("-")[0] == ENGLISH.name else next(there, None)
