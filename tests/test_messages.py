"""A message is its English text wherever it goes, and hides no secret in what it was made of."""

from gettext import NullTranslations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.messages import Language, Message, join, msg, msg_plural, plain
from llmgw_report.model.finding import Waived
from llmgw_report.model.report import Setup
from llmgw_report.redaction import HIDDEN, redact, redact_all
from llmgw_report.renderers import json
from llmgw_report.units import plural
from tests.builders import reports as make

SECRET = "sk-proj-0123456789abcdef0123"


class Backwards(NullTranslations):
    """Says every template from right to left; what stands in braces stays readable."""

    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"<{n}: {msgid1 if n == 1 else msgid2}>"


OTHER = Language("other", Backwards())


def test_messages_inside_a_message_are_translated_and_data_is_not() -> None:
    text = msg("{what} of {name}", what=plural(2, "row"), name="{what}")
    assert text == "2 rows of {what}"
    assert OTHER.text(text) == "<<2: 2 rows> of {what}>"


def test_what_stands_between_is_translated_too() -> None:
    assert OTHER.text(join("; ", [msg("a"), "b", msg("c")])) == "<a><; >b<; ><c>"


def test_a_document_is_translated_to_its_last_leaf_and_keeps_its_shape() -> None:
    waived = Waived(reason=msg("known"), expires="2026-12-31")
    assert OTHER.all((waived, [msg("b")])) == (Waived(reason="<known>", expires="2026-12-31"), ["<b>"])


def test_the_json_document_is_english_text() -> None:
    report = make.report(setup=Setup(config_file=msg("{n} files", n=msg_plural(1, "{n} one", "{n} many", n=1))))
    assert msgspec.json.decode(json.render(report))["setup"]["config_file"] == "1 one files"


def test_the_encoder_takes_nothing_else_for_text() -> None:
    with pytest.raises(NotImplementedError):
        plain(object())


PLACES = [
    msg("the key is {key}", key=SECRET),
    msg("{first}: {rest}", first="x", rest=msg("inside {key}", key=SECRET)),
    join(", ", ["a", SECRET]),
    msg_plural(2, "{n} key {key}", "{n} keys {key}", n=2, key=SECRET),
    msg(f"a template with {SECRET}"),
    msg("password={word}", word="hunter2hunter2"),
    join("", ["password=", "hunter2hunter2"]),
    join(": ", ["Authorization", msg("{word}", word="hunter2hunter2")]),
]


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_a_secret_leaves_the_text_and_what_it_was_made_of(place: Message) -> None:
    found = redact_all(place)
    assert found == redact(place)
    for text in (found, OTHER.text(found), repr(getattr(found, "arguments", ""))):
        assert SECRET not in text
        assert "hunter2" not in text
    assert HIDDEN in found


@given(st.lists(st.sampled_from(["password=", "hunter2hunter2", SECRET, "Bearer ", "a", " ", "@b.cd"]), max_size=5))
def test_redacted_in_parts_is_redacted_as_a_whole(parts: list[str]) -> None:
    nested = msg("{left}{right}", left=join("", parts), right=msg("{last}", last=parts[-1] if parts else ""))
    assert redact_all(nested) == redact(nested)
    assert redact_all(msg("{only}", only="nothing")).template == "{only}"
