"""Translatable text: the English string with its template and arguments; and the languages there are.

The document is English, and a `Message` is its English text. It carries the template, which is the key of every
catalogue, and the arguments; data among these is never looked up.
"""

from collections.abc import Callable, Iterable, Mapping
from os import scandir
from typing import Any, Protocol, Self, TypeVar

from llmgw_report import __path__

HERE = f"{__path__[0]}/locale"
DOMAIN = "llmgw-report"
#: Locales that ask for no language.
_NO_LANGUAGE = frozenset({"", "C", "POSIX"})

Document = TypeVar("Document")
_Items = dict[Any, Any]


class Catalogue(Protocol):
    """The two look-ups of gettext; what it does not know comes back as it is."""

    def gettext(self, message: str, /) -> str:
        """The translation of a template."""

    def ngettext(self, one: str, many: str, n: int, /) -> str:
        """The translation of a template that has a plural, for `n`."""


class Message(str):
    """English text made of `template` and `arguments`; `many` is the template's plural, chosen by `n`."""

    __slots__ = ("arguments", "many", "n", "template")
    template: str
    arguments: Mapping[str, object]
    many: str | None
    n: int

    def __new__(cls, template: str, arguments: Mapping[str, object], many: str | None = None, n: int = 1) -> Self:
        """Make the English text now: what is never translated costs one call of `format`."""
        chosen = template if many is None or n == 1 else many
        self = super().__new__(cls, chosen.format(**arguments) if arguments else chosen)
        self.template, self.arguments, self.many, self.n = template, arguments, many, n
        return self

    def translated_by(self, catalogue: Catalogue) -> str:
        """The text in another language, messages among the arguments included."""
        if self.many is None:
            template = _looked_up(self.template, catalogue)
        else:
            template = catalogue.ngettext(self.template, self.many, self.n)
        if not self.arguments:
            return template
        return template.format(**{name: translated(value, catalogue) for name, value in self.arguments.items()})

    def map(self, change: Callable[[str], str]) -> str:
        """The message with its arguments changed; plain text where that is not the changed text.

        What a change looks for may begin in the template and end in an argument.
        """
        arguments = {name: _changed(value, change) for name, value in self.arguments.items()}
        return _kept(Message(self.template, arguments, self.many, self.n), change(str(self)))


class Joined(Message):
    """Several texts in a row: `template` is what stands between them, `arguments` are the texts by number."""

    __slots__ = ()

    def __new__(cls, separator: str, parts: Iterable[str]) -> Self:
        """Make the English text."""
        parts = tuple(parts)
        self = str.__new__(cls, separator.join(parts))
        self.template, self.many, self.n = separator, None, 1
        self.arguments = {str(number): part for number, part in enumerate(parts)}
        return self

    def translated_by(self, catalogue: Catalogue) -> str:
        """The parts in another language, with that language's separator."""
        parts = (str(translated(part, catalogue)) for part in self.arguments.values())
        return _looked_up(self.template, catalogue).join(parts)

    def map(self, change: Callable[[str], str]) -> str:
        """The same for the parts."""
        parts = [_text(_changed(part, change)) for part in self.arguments.values()]
        return _kept(Joined(self.template, parts), change(str(self)))


class Sentence(Message):
    """A text with a full stop, whatever it ended with, and with a capital unless it begins with a name."""

    __slots__ = ()

    def __new__(cls, text: str, *, capital: bool = True) -> Self:
        """Make the English text."""
        self = str.__new__(cls, _begun(text, capital=capital).rstrip(".") + ".")
        self.template, self.arguments = msg("{text}."), {"text": text, "capital": capital}
        self.many, self.n = None, 1
        return self

    def translated_by(self, catalogue: Catalogue) -> str:
        """The sentence with the capital and the full stop of that language."""
        whole = catalogue.gettext(self.template)
        text = _begun(str(translated(self.arguments["text"], catalogue)), capital=bool(self.arguments["capital"]))
        return whole.format(text=text.removesuffix(whole.removeprefix("{text}")))

    def map(self, change: Callable[[str], str]) -> str:
        """The same for the text of the sentence."""
        text = _text(_changed(self.arguments["text"], change))
        return _kept(Sentence(text, capital=bool(self.arguments["capital"])), change(str(self)))


def msg(template: str, /, **arguments: object) -> Message:
    """The message of a template, in which `{name}` stands for an argument; without arguments it is text as it is.

    >>> msg("{hits} of {n} requests failed", hits=3, n=20), msg("{not} a place")
    ('3 of 20 requests failed', '{not} a place')
    """
    return template if isinstance(template, Message) and not arguments else Message(template, arguments)


def msg_plural(n: float, one: str, many: str, /, **arguments: object) -> Message:
    """The message of a template that has a plural; `n` chooses.

    >>> msg_plural(1, "{n} row", "{n} rows", n=1), msg_plural(0.5, "{n} row", "{n} rows", n=0.5)
    ('1 row', '0.5 rows')
    """
    # gettext knows plurals of whole numbers only; a fraction takes the words of more than one.
    return Message(one, arguments, many, int(n) if float(n).is_integer() else 2)


def join(separator: str, parts: Iterable[str], /) -> Message:
    """One message of the texts that are not empty; the separator is a template, since commas differ.

    >>> join(", ", [msg("a"), "", "b"]), join(", ", [])
    ('a, b', '')
    """
    return Joined(separator, filter(None, parts))


def parts_of(text: str) -> tuple[str, ...]:
    """The texts that were joined, those of a part that was joined in the same way too; else the text alone.

    >>> parts_of(join("; ", [join("; ", ["a", "b"]), "c"])), parts_of("a; b")
    (('a', 'b', 'c'), ('a; b',))
    """
    return _parts(text, text.template) if isinstance(text, Joined) else (text,)


def _parts(text: str, separator: str) -> tuple[str, ...]:
    if not isinstance(text, Joined) or text.template != separator:
        return (text,)
    return tuple(part for each in text.arguments.values() for part in _parts(_text(each), separator))


def map_leaves(value: Any, change: Callable[[Any], Any], table: Callable[[_Items], _Items] = dict) -> Any:  # noqa: ANN401 - any document, the same shape back
    """The same structs, dictionaries, lists and tuples with every leaf changed, keys of dictionaries included.

    `table` is given each dictionary first: a leaf does not know under which key it stands.
    """
    # A struct is known by its fields: to import msgspec takes a fifth of what the page of `--help` takes.
    fields = getattr(value, "__struct_fields__", None)
    if fields is not None:
        return type(value)(**{name: map_leaves(getattr(value, name), change, table) for name in fields})
    if isinstance(value, dict):
        return {map_leaves(key, change, table): map_leaves(item, change, table) for key, item in table(value).items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map_leaves(item, change, table) for item in value)
    return change(value)


def translated(value: object, catalogue: Catalogue) -> object:
    """A message in another language; anything else is data and stays."""
    return value.translated_by(catalogue) if isinstance(value, Message) else value


def plain(value: object) -> str:
    """Encode a message as its text: the hook of msgspec's encoders, which reject a subclass of `str`."""
    if not isinstance(value, Message):
        raise NotImplementedError
    return str(value)


def _begun(text: str, *, capital: bool) -> str:
    return f"{text[:1].upper()}{text[1:]}" if capital else text


def _looked_up(template: str, catalogue: Catalogue) -> str:
    """The translation of a template; of "" gettext would return the catalogue's head."""
    return catalogue.gettext(template) if template else ""


def _kept(parts: Message, whole: str) -> str:
    return parts if parts == whole else whole


def _text(value: object) -> str:
    """A text as it is: `str` of a message would be its English words, which nothing translates any more."""
    return value if isinstance(value, str) else str(value)


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Message):
        return value.map(change)
    return change(value) if isinstance(value, str) else value


class Language:
    """One language: `name` as in HTML (`zh-CN`). Without a catalogue every text stays as it is."""

    def __init__(self, name: str, catalogue: Catalogue | None = None) -> None:
        self.name = name
        self.catalogue = catalogue

    def text(self, message: str) -> str:
        """A message in this language; other text is data and stays."""
        return message.translated_by(self.catalogue) if self.catalogue and isinstance(message, Message) else message

    def word(self, text: str) -> str:
        """A text that stands in the template of a page: it is its own key."""
        return self.catalogue.gettext(text) if self.catalogue else text

    def all(self, document: Document) -> Document:
        """Every message inside structs, lists and tuples."""
        if self.catalogue is None:
            return document
        translated_document: Document = map_leaves(
            document, lambda leaf: self.text(leaf) if isinstance(leaf, str) else leaf
        )
        return translated_document


ENGLISH = Language("en")


def names() -> tuple[str, ...]:
    """Every language there is, English first."""
    return ENGLISH.name, *sorted(folder.name.replace("_", "-") for folder in scandir(HERE) if folder.is_dir())


def load(name: str) -> Language:
    """A language by one of the `names`."""
    if name == ENGLISH.name:
        return ENGLISH
    from gettext import translation  # a run in English does without
    from struct import error as cut

    from llmgw_report import installation
    from llmgw_report.errors import InstallationError

    folder = name.replace("-", "_")
    installation.check_folder(f"locale/{folder}/")
    try:
        return Language(name, translation(DOMAIN, HERE, [folder]))
    except (OSError, ValueError, cut) as error:
        raise InstallationError(f"{HERE}/{folder}", error) from error


def preferred(environment: Mapping[str, str]) -> str:
    """The language that the environment asks for, by the rules of gettext; English if it is not available.

    LC_ALL takes precedence over LC_MESSAGES, and that over LANG. LANGUAGE is a list that takes precedence over
    the language of a locale, and counts only where the locale asks for a language at all.
    """
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    if locale.partition(".")[0] in _NO_LANGUAGE:
        return ENGLISH.name
    wanted = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next(filter(None, map(_known, wanted)), ENGLISH.name)


def _known(locale: str) -> str | None:
    """The language of a locale, if available: `zh_CN.UTF-8` and a bare `zh` are `zh-CN`; `zh_TW` is another one."""
    asked = locale.partition(".")[0].partition("@")[0].replace("_", "-").lower()
    there = (name for name in names() if asked in {name.lower(), name.partition("-")[0].lower()})
    # Any English will do: en_GB is not worth a catalogue, and means English all the same.
    return ENGLISH.name if asked.partition("-")[0] == ENGLISH.name else next(there, None)
