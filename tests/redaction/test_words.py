"""What reads like a secret goes, what reads like a name stays."""

from time import thread_time

import msgspec
import pytest

from llmgw_report.redaction import HIDDEN, alias, redact, redact_all
from llmgw_report.redaction.urls import shown_url

SECRETS = (
    "sk-proj-AbCdEf0123456789AbCdEf0123456789",
    "sk-ant-api03-Zx9-abcdefghij0123456789_ABCDEFGHIJ",
    "AIzaSyA0123456789abcdefghijklmnopqrstuvw",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "xoxb-2345678901-abcdefghijkl",
)
NAMES = (
    "claude-sonnet-4-5-20250929",
    "gpt-4o-mini-2024-07-18",
    "meta-llama/Llama-3.3-70B-Instruct",
    "296e8e2a-90cd-439d-b873-09d086b99f4d",
    "9a9c531c55e52cac9575d8f1b494ce3a69ecebeed8cfd5a65dcdc00c696bddb5",
    "llm_gateway_instance_requests_total",
    "litellm_proxy_master_key",
    "Handling native Anthropic messages request",
    "http://127.0.0.1:8080/metrics",
    "requests with a bad key are counted as client errors",
    "key-01",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "invalid key {} given", "Authorization: Bearer {}", '{{"api_key":"{}"}}', "/v1?key={}&a=b"]
)
def test_a_secret_goes_wherever_it_stands(secret: str, around: str) -> None:
    text = redact(around.format(secret))
    assert secret not in text
    assert HIDDEN in text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays(name: str) -> None:
    assert redact(name) == name


def test_what_stands_around_a_secret_stays() -> None:
    assert redact("https://user:hunter22@host/v1?key=abc123&x=1") == f"https://{HIDDEN}@host/v1?key={HIDDEN}&x=1"


def test_every_text_of_a_document_is_looked_at() -> None:
    secret = SECRETS[0]
    assert redact_all({secret: [(secret, 1), {"a": secret}]}) == {HIDDEN: [(HIDDEN, 1), {"a": HIDDEN}]}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "line\n{}", "tab\t{}", 'quote"{}', "back\\{}", "\u0000{}", "é{}"])
def test_a_secret_goes_from_a_document_whatever_stands_before_it(secret: str, around: str) -> None:
    text = around.format(secret)
    for written in (text, msgspec.json.encode(text).decode()):
        assert secret not in redact_all({"message": written})["message"]


@pytest.mark.parametrize(
    "text",
    [
        '{"api_key": "abcdefgh"}',
        "api-key=abcdefgh",
        "https://user:p!@host/",
        "?key=abc123",
        "Authorization: Basic QWxhZGRpbjpvcGVu",
        "a.b@c.de",
    ],
)
def test_whatever_is_redacted_is_redacted_in_a_document(text: str) -> None:
    assert redact(text) != text
    assert redact_all({"message": text}) == {"message": redact(text)}


@pytest.mark.parametrize(
    "name", ["client_secret", "AZURE_API_KEY", "DB_PASSWORD", "access_token", "aws_secret_access_key", "authToken"]
)
def test_a_secret_goes_whatever_its_name_begins_with(name: str) -> None:
    for text in (f"{name}=hunter2hunter2", f'{name}: "hunter2hunter2"', f'{{"{name}": "hunter2hunter2"}}'):
        assert "hunter2" not in redact(text)
        assert "hunter2" not in redact_all({"message": text})["message"]


@pytest.mark.parametrize("text", ["max_tokens: 4096000", "input_tokens=1234567", "token limit exceeded: 128000"])
def test_a_count_of_tokens_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "piece",
    ["://", "http://a:", "key ", "a@", "A1b", "sk-", "%41", "\\", '"key":"', "api_key=", " --key ", "?a=", "eyJa."],
)
def test_a_long_text_takes_as_long_as_its_parts(piece: str) -> None:
    few, many = (piece * (length // len(piece)) for length in (4_000, 32_000))
    assert (
        seconds(many) / seconds(few) < 24
    )  # 8 where each character costs the same, 64 where each is read again for each


def seconds(text: str) -> float:
    """The shortest of several tries; a mark at the end keeps what was remembered of the last one out of it."""
    found = []
    for number in range(3):
        marked = f"{text} {number}"
        began = thread_time()
        redact(marked)
        found.append(thread_time() - began)
    return min(found)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host:8080/metrics", "http://host:8080/metrics"),
        ("http://user:word@host/m?x=1#y", "http://host/m"),
        ("http://word@host", "http://host"),
        ("http://u:a/b@host/m", "http://host/m"),
        ("http://u:a?b@host/m", "http://host/m"),
        ("http://u:a#b@host/m", "http://host/m"),
        ("http://host/@team/m", "http://host/@team/m"),
        ("http://host:80/a@b", "http://host:80/a@b"),
        ("http://[::1]:80/m?x", "http://[::1]:80/m"),
        ("admin:word@host/", "host/"),
        ("http://host/\x1b[2J", "http://host/?[2J"),
    ],
)
def test_a_url_is_shown_without_user_query_and_fragment(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("8b0e3a1f9c2d4e5f60718293a4b5c6d7", HIDDEN),
        ("8b0e3a1f9c2d4e5f60718293a4b5c6d78b0e3a1f", HIDDEN),
        ("8b0e3a1f-9c2d-4e5f-8071-8293a4b5c6d7", HIDDEN),
        ("8b0e3a1f9c2d4e5f60718293a4b5c6d7" * 2, "8b0e3a1f9c2d4e5f60718293a4b5c6d7" * 2),
        ("team-web", "team-web"),
    ],
)
def test_a_key_is_shown_by_its_alias_or_its_hash(value: str, shown: str) -> None:
    assert alias(value) == shown
