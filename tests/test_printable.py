"""What is made visible can be shown anywhere, and what can be shown is left alone."""

import json
import re
import sys

from hypothesis import example, given
from hypothesis import strategies as st

from llmgw_report.printable import visible, visible_json

#: https://www.w3.org/TR/xml/#charsets
LEGAL_XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ANY = st.text(st.characters(exclude_categories=[]))


@given(ANY)
def test_visible_text_is_printable_and_stays(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown


def test_what_is_printable_is_legal_in_xml() -> None:
    printable = (char for char in map(chr, range(sys.maxunicode + 1)) if char.isprintable())
    assert [char for char in printable if not LEGAL_XML.match(char)] == []


@given(ANY)
@example("\ud800")
def test_a_visible_json_document_is_printable_and_the_same(text: str) -> None:
    document = visible_json(json.dumps([text], ensure_ascii=False, indent=2))
    assert document.replace("\n", "").isprintable()
    assert json.loads(document) == [text]
