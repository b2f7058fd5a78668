"""What it lets through and what it takes by mistake, counted on texts of real shapes."""

import json

import msgspec
import pytest

from llmgw_report.redaction import HIDDEN, is_suspect, redact
from tests.redaction import ordinary, secrets

CORPUS = tuple(secrets.corpus())
#: Characters of a secret in a row that may be left of it: a suffix of four is what vendors show themselves.
LEFT = 7


def left_of(secret: secrets.Secret, text: str) -> list[str]:
    """The pieces of a secret that a text still has."""
    pieces = [part[at : at + LEFT] for part in secret.parts for at in range(max(1, len(part) - LEFT + 1))]
    return [piece for piece in pieces if piece in text]


@pytest.mark.parametrize("name", sorted({secret.name.partition(" in ")[0] for secret in CORPUS}))
def test_no_secret_passes(name: str) -> None:
    for secret in CORPUS:
        if secret.name.startswith(f"{name} in "):
            shown = redact(secret.text)
            assert left_of(secret, shown) == [], secret.name
            assert HIDDEN in shown
            assert redact(shown) == shown, secret.name
            assert is_suspect(msgspec.json.encode({"message": secret.text}).decode()), secret.name


def test_there_are_as_many_as_the_title_says() -> None:
    assert len(secrets.KEYS) + len(secrets.NAMELESS) > 90
    assert len({secret.text for secret in CORPUS}) > 1000


def test_what_anyone_may_read_stays() -> None:
    texts = list(ordinary.texts())
    taken = [text for text in texts if redact(text) != text]
    assert len(set(texts)) == len(texts) == 1000
    assert taken == []


def test_a_document_of_ordinary_texts_needs_no_second_look() -> None:
    assert not is_suspect(json.dumps(list(ordinary.texts()), ensure_ascii=False))
