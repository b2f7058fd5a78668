"""What it lets through and what it takes by mistake, counted on texts of real shapes."""

from collections.abc import Iterator
from re import IGNORECASE, Match, findall

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.redaction import HIDDEN, is_suspect, redact, redact_all, suspects
from llmgw_report.redaction.patterns import named_spans, sentence_spans
from llmgw_report.redaction.spans import Rule, Searched
from tests.builders.work import lines_run
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


def test_there_are_as_many_as_the_title_says() -> None:
    assert len(secrets.KEYS) + len(secrets.NAMELESS) > 90
    assert len({secret.text for secret in CORPUS}) > 1000


def test_what_anyone_may_read_stays() -> None:
    texts = list(ordinary.texts())
    taken = [text for text in texts if redact(text) != text]
    assert len(set(texts)) == len(texts) == 1000
    assert taken == []


def test_ordinary_texts_in_a_row_hold_no_secret() -> None:
    assert suspects(ordinary.texts()) == frozenset()


#: What one text could begin and the next one go on with, were they searched as one.
HALVES = (
    *("api_key=", "authorization: Bearer ", "https://user:", "password is ", "the token ", '"secret": "', "?key="),
    *("hunter2hunter2", "@host/", "A1b2C3d4E5f6G7h8I9j0", "-----BEGIN RSA PRIVATE KEY-----", "%73%6b%2d", "\n\x00\n"),
    *("\u0130stanbul", "\u017f", "\u0131", "\u1e9e", "\u03a3", "Пароль: hunter2x", "CONTRASEÑA: hunter2x"),
    *("API-SCHLÜSSEL: hunter2x", "CLÉ API: hunter2x", "\u0130 ПАРОЛЬ: hunter2x"),
)


@given(st.lists(st.sampled_from((*HALVES, *(one.text for one in CORPUS), *ordinary.texts())), max_size=12))
def test_texts_together_are_suspect_if_one_of_them_is_by_itself(texts: list[str]) -> None:
    taken = {text for text in texts if redact(text) != text}
    assert suspects(texts) >= taken
    assert is_suspect(msgspec.json.encode({"texts": texts}).decode()) >= bool(taken)


def test_every_letter_keeps_its_place_in_lower_case() -> None:
    """And is found where a pattern that ignores case takes it for another one."""
    letters = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    lowered = Searched(letters).lowered
    assert len(lowered) == len(letters)
    alike = {letter: found for found in "abcdefghijklmnopqrstuvwxyz" for letter in findall(found, letters, IGNORECASE)}
    assert len(alike) > 2 * 26
    assert [letter for letter, found in alike.items() if lowered[letters.index(letter)] != found] == []


@pytest.mark.parametrize(
    "name", ["Пароль", "ПАРОЛЬ", "CONTRASEÑA", "API-SCHLÜSSEL", "CLÉ API", "acce\u017f\u017f_token"]
)
def test_a_letter_of_another_alphabet_hides_no_name(name: str) -> None:
    for text in (f"{name}: hunter2x", f"\u0130stanbul {name}: hunter2x"):
        assert "hunter2x" not in redact(text)
        assert suspects(["\u0130stanbul", text]) == {text}


def test_many_texts_that_name_keys_take_as_long_each_as_few() -> None:
    def of(n: int) -> int:
        texts = [f"api key team-{at} of gpt-4o-mini-2024-07-18-{at} limit" for at in range(n)]
        return lines_run(lambda: suspects(texts))[0]

    assert of(2000) < 2.2 * of(1000)


@pytest.mark.parametrize("name", ["authorization: ", "cookie: ", "\u017fecret: ", "passwd: ", '"authorization":"'])
@pytest.mark.parametrize("sign", ["\\u003d", "%3d", "="])
def test_a_name_before_another_one_does_not_leave_the_encoded_value(name: str, sign: str) -> None:
    assert "hunter2xyz9" not in redact(f"{name}passwd{sign}hunter2xyz9")


def test_all_texts_together_are_suspect_where_they_are_by_themselves() -> None:
    texts = (*HALVES, *(one.text for one in CORPUS), *ordinary.texts())
    assert suspects(texts) >= {text for text in texts if redact(text) != text}


@pytest.mark.parametrize(
    "around", ["{}", "line\n{}", "tab\t{}", 'quote"{}', "back\\{}", "back\\", "\x00{}", "\x01\x02{}", "é{}"]
)
@pytest.mark.parametrize("name", ["password", "api_key", "message", "\\", '"'])
def test_a_document_is_suspect_if_redacting_changes_it(name: str, around: str) -> None:
    for value in ("team-a", "hunter2", CORPUS[0].text, "d41d8cd98f00b204e9800998ecf8427e"):
        document = {"a": ["b", {name: around.format(value)}], around.format("c"): {"password": 1}}
        changes = redact_all(document) != document
        assert is_suspect(msgspec.json.encode(document).decode()) == changes, document


class Unhurried(Searched):
    """Tries every pattern at every anchor, whatever follows."""

    def at(self, rule: Rule) -> Iterator[Match[str]]:
        return super().at(rule._replace(follows=""))


#: What names, values and sentences are made of.
PIECES = (
    *("key", "api_key", "my key", "token", "auth-token", "secret", "password", "session_id", "cookie", "authorization"),
    *(
        " ",
        "  ",
        "\n",
        "=",
        ": ",
        "=> ",
        "'",
        '"',
        '\\"',
        "`",
        ",",
        ", ",
        ";",
        "?",
        "&",
        "://",
        "@",
        "[",
        "is ",
        "was ",
    ),
    *("is ", "was ", "provided", "found", "invalid ", "hunter2", "hunter2hunter2", "a1B2c3D4", "0123456789abcdef" * 2),
    *("_", "-", "s"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_what_is_looked_at_first_hides_no_match(text: str) -> None:
    for find in (named_spans, sentence_spans):
        assert list(find(Searched(text))) == list(find(Unhurried(text)))
