"""Catalogues of translations: `python -m tools.catalogues` brings every one of them up to date."""

import re
import sys
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from llmgw_report import messages
from tools.extraction import template

#: What changes with every run and says nothing of a translation.
NOISE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n', re.MULTILINE
)
HEAD = """\
# Translations of llmgw-report, under the same licence as the program.
#
# Write the `msgstr`; `make messages` does the rest: it adds what is new, drops what is gone, and compiles this file.
# `{names}` stay as they are, in any order."""

#: Or each run would write another file.
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def folders() -> list[Path]:
    """Every language has one; an empty folder is a language that nothing is translated to yet."""
    return sorted(path for path in Path(messages.HERE).iterdir() if path.is_dir())


def po(folder: Path) -> Path:
    """The translations, for people."""
    return folder / "LC_MESSAGES" / f"{messages.DOMAIN}.po"


def mo(folder: Path) -> Path:
    """The same, for the program: committed, because a checkout runs without being built."""
    return po(folder).with_suffix(".mo")


def read(folder: Path) -> Catalog:
    """The translations of a language as they are."""
    if not po(folder).is_file():
        return Catalog(locale=folder.name)
    return read_po(BytesIO(po(folder).read_bytes()), locale=folder.name)


def untranslated(catalog: Catalog, wanted: Catalog) -> list[Message]:
    """Texts of the program that the report shows in English until they are translated."""
    return [message for message in wanted if message.id and not _done(catalog.get(message.id))]


def broken(catalog: Catalog) -> list[str]:
    """Translations that would show something wrong: other names in braces, or another number of plural forms."""
    given = [message for message in catalog if message.id and any(_texts(message.string))]
    return [
        *(f"other names in braces: {message.id!r}" for message in given if not _fits(message)),
        *(f"plural forms are missing: {message.id!r}" for message in given if not _complete(message, catalog)),
    ]


def update(folder: Path, wanted: Catalog) -> None:
    """Bring a language's files up to date with what the program says."""
    catalog = read(folder)
    catalog.update(wanted, no_fuzzy_matching=True)
    catalog.header_comment, catalog.fuzzy = HEAD, False
    catalog.project, catalog.msgid_bugs_address = messages.DOMAIN, ""
    text = BytesIO()
    write_po(text, catalog, width=120, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    po(folder).parent.mkdir(parents=True, exist_ok=True)
    po(folder).write_text(NOISE.sub("", text.getvalue().decode()), "utf-8")
    catalog.creation_date = catalog.revision_date = UNDATED
    mo(folder).write_bytes(compiled(catalog))


def compiled(catalog: Catalog) -> bytes:
    """The `.mo` file, with the translated texts alone: gettext shows the others in English, and forms their plurals.

    `write_mo` leaves out a text without a translation, but not a plural: it would write the English singular for it.
    """
    translated = deepcopy(catalog)
    for message in catalog:
        if message.id and not _done(message):
            translated.delete(message.id)
    stream = BytesIO()
    write_mo(stream, translated)
    return stream.getvalue()


def names(text: str) -> set[str]:
    """What stands in braces."""
    return set(re.findall(r"\{(\w*)\}", text))


def _done(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(_texts(message.string))


def _fits(message: Message) -> bool:
    """Plurals may leave the number out where it is one; nothing else may be left out."""
    ids, strings = _texts(message.id), _texts(message.string)
    return all(not text or names(text) == names(ids[-1]) for text in strings)


def _complete(message: Message, catalog: Catalog) -> bool:
    """Every plural form of the language, where the text has any."""
    forms = _texts(message.string)
    return not message.pluralizable or (len(forms) == catalog.num_plurals and all(forms))


def _texts(given: object) -> list[str]:
    """Singular and plural of a text that has both."""
    return [str(text or "") for text in (given if isinstance(given, (tuple, list)) else [given])]


def main() -> None:
    """Update all of them, and print what a translator has to do. What is not translated yet is shown in English."""
    wanted = template()
    for folder in folders():
        update(folder, wanted)
        catalog = read(folder)
        left = [f"not translated: {message.id!r}" for message in untranslated(catalog, wanted)] + broken(catalog)
        lines = [f"{folder.name}: {len(wanted)} texts, {len(left)} left to do", *left]
        sys.stdout.write("\n  ".join(lines) + "\n")


if __name__ == "__main__":
    main()
