"""A translation keeps what is put into a text, and its compiled file is the one that people read.

A text that is not translated yet is shown in English and fails nothing; `make messages` lists it.
"""

import re
from copy import deepcopy
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from llmgw_report import messages
from llmgw_report.messages import join, msg
from llmgw_report.units import plural
from tools import catalogues
from tools.extraction import code, template

COMPILE = "`make messages` compiles it"

each_language = pytest.mark.parametrize("folder", catalogues.folders(), ids=lambda folder: folder.name)

#: What Chinese writes as English does.
UNCHANGED = {"p50", "p90", "p99", "n", "n = {n}", "nagios", "summary", "{name} {value}", "{group} {percentiles}"}
UNCHANGED |= {
    "sqlite",
    "postgresql",
    "{instance} {state}",
    "{name} {before} → {now}",
    "{ratio}, {hits} of {n}",
    "of {label} {name} {what}",
    "tokens",
    "Tokens",
}


@pytest.fixture(scope="module")
def wanted() -> Catalog:
    return template()


@each_language
def test_no_translation_is_broken(folder: Path) -> None:
    assert catalogues.broken(catalogues.read(folder)) == []


@each_language
def test_the_compiled_file_is_the_one_that_people_read(folder: Path) -> None:
    compiled = messages.load(folder.name.replace("_", "-")).catalogue
    assert compiled is not None
    for message in catalogues.read(folder):
        if not message.id or not any(message.string or ()):
            continue
        if isinstance(message.id, str):
            assert compiled.gettext(message.id) == message.string, COMPILE
        else:
            assert compiled.ngettext(message.id[0], message.id[1], 1) == "".join(message.string or ""), COMPILE


def test_an_untranslated_plural_is_shown_in_english_with_the_right_form() -> None:
    catalog = Catalog(locale="zh_CN")
    catalog.add(("{n} check has failed", "{n} checks have failed"))
    catalog.add(("{n} row", "{n} rows"), ("{n} 行",))
    catalog.add("not translated")
    loaded = GNUTranslations(BytesIO(catalogues.compiled(catalog)))
    assert [loaded.ngettext("{n} check has failed", "{n} checks have failed", n) for n in (1, 2)] == [
        "{n} check has failed",
        "{n} checks have failed",
    ]
    assert [loaded.ngettext("{n} row", "{n} rows", n) for n in (1, 2)] == ["{n} 行", "{n} 行"]
    assert loaded.gettext("not translated") == "not translated"


def test_chinese_is_not_a_copy_of_english() -> None:
    catalog = catalogues.read(Path(messages.HERE, "zh_CN"))
    texts = {str(one.id): str(one.string) for one in catalog if isinstance(one.id, str) and re.search(r"\w", one.id)}
    same = {text for text, said in texts.items() if said and not re.search(r"[\u4e00-\u9fff]", said)}
    assert {text for text in same if re.search("[A-Za-z]{2}", re.sub(r"\{\w+\}", "", text)) or text in UNCHANGED} <= (
        UNCHANGED
    )


def test_full_stops_and_commas_are_those_of_chinese() -> None:
    for message in catalogues.read(Path(messages.HERE, "zh_CN")):
        said = "".join(message.string or "") if message.id else ""
        assert not re.search(r"[\u4e00-\u9fff][,;:.!?()]|[,;:!?()][\u4e00-\u9fff]", said), said


@pytest.mark.parametrize(
    "source",
    [
        'msg(f"{n} rows")',
        'skip(f"no {kind}")',
        'join(f"{x}", parts)',
        'finding("fail", f"{n} rows")',
        'column(f"{x}", f)',
    ],
)
def test_a_text_put_together_before_it_is_said_cannot_be_looked_up(source: str) -> None:
    with pytest.raises(TypeError, match="takes a template and its arguments"):
        list(code(BytesIO(source.encode())))


def test_a_text_is_found_where_it_is_said(wanted: Catalog) -> None:
    assert wanted.get("no requests were counted")  # an argument of `skip`
    assert wanted.get("Latency coverage (requests with a recorded duration)")  # the title of a check
    assert wanted.get("non-streaming successes")  # a gateway's population
    assert wanted.get("all requests")  # the population where a gateway names none
    assert wanted.get("log rows of the window")  # a query's title
    assert wanted.get("Skip to the findings")  # a template
    assert wanted.get("restarted")  # a word of the model
    assert wanted.get(("{count} counter", "{count} counters"))  # a unit


def test_a_language_is_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: Catalog) -> None:
    monkeypatch.setattr(messages, "HERE", tmp_path)
    (tmp_path / "fr").mkdir()
    (folder,) = catalogues.folders()
    catalogues.update(folder, wanted)
    assert messages.names() == ("en", "fr")
    assert len(catalogues.untranslated(catalogues.read(folder), wanted)) == len(wanted)
    text = catalogues.po(folder).read_text("utf-8").replace('msgid "switched off"\nmsgstr ""', WITH_ONE, 1)
    catalogues.po(folder).write_text(text, "utf-8")
    catalogues.update(folder, wanted)
    french = messages.load("fr")
    assert french.text(join(", ", [msg("switched off"), msg("no query ran")])) == "éteint, no query ran"
    assert french.text(plural(2, "row")) == "2 rows"
    assert catalogues.po(folder).read_text("utf-8") == text


WITH_ONE = 'msgid "switched off"\nmsgstr "éteint"'


def french(wanted: Catalog) -> Catalog:
    """Without a translation; of messages of its own, because an update shares them."""
    catalog = Catalog(locale="fr")
    catalog.update(deepcopy(wanted))
    return catalog


def test_what_is_put_in_stays(wanted: Catalog) -> None:
    catalog = french(wanted)
    message = catalog.get("{figure} is {value}")
    assert message is not None
    message.string = "{figure} est {valeur}"
    assert catalogues.broken(catalog) == ["other names in braces: '{figure} is {value}'"]


def test_a_plural_has_all_its_forms(wanted: Catalog) -> None:
    catalog = french(wanted)
    message = catalog.get(("{count} counter", "{count} counters"))
    assert message is not None
    message.string = ("{count} compteur", "")
    assert catalogues.broken(catalog) == ["plural forms are missing: ('{count} counter', '{count} counters')"]
