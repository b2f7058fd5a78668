"""Refuses an address, headers and certificates that no request could be made with, before anything is sent."""

import re
from typing import NoReturn
from urllib.parse import urlsplit

from llmgw_report.config import database_url
from llmgw_report.errors import UsageError
from llmgw_report.redaction.urls import shown_url

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"[\t\x20-\x7e]*"


_SCHEMES = ("http://", "https://")


def require_scrape(file: str, place: str) -> None:
    """UsageError for an address where a saved scrape is read from a file."""
    if file.startswith(_SCHEMES):
        raise UsageError(f"{place} {shown_url(file)!r}: an address, and it takes a file", "give it with --url")
    _reject_database(file, place)


def _reject_database(word: str, place: str) -> None:
    if database_url.is_url(word):
        raise UsageError(f"{place}: a PostgreSQL URL, and it takes metrics", database_url.IN_A_FILE)


def require_address(url: str, place: str) -> None:
    """UsageError for a URL without a host, or with a port that is none."""
    _reject_database(url, place)
    if not url.startswith(_SCHEMES):
        message = f"{place} {shown_url(url)!r}: not an http:// or https:// address"
        hint = "for a saved scrape use --metrics-file"
        if re.match(r"(localhost|[\w.-]+:\d+)(/|$)", url):
            hint = f"did you mean {shown_url(f'http://{url}')}? {hint[0].upper()}{hint[1:]}"
        raise UsageError(message, hint)
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and parts.port != 0 and not re.search(r"[\s\x00-\x1f\x7f]", parts.netloc)
    except ValueError:
        known = False
    if not known:
        message = f"{place} {shown_url(url)!r}: its host or port is not valid"
        raise UsageError(message, "for example http://127.0.0.1:8080/metrics")


def require_header(name: str, value: str, place: str) -> None:
    """UsageError for one that HTTP cannot carry. Its value is not quoted: it is often a key."""
    if not re.fullmatch(_NAME, name):
        raise UsageError(
            f"{place}: one of them has a name that HTTP does not allow", "write letters, digits and dashes"
        )
    if not re.fullmatch(_VALUE, value):
        message = f"{place} {name}: its value has a character that cannot be sent"
        raise UsageError(message, "write printable ASCII characters alone")


def is_token(word: str) -> bool:
    """Whether it can be sent as one."""
    return bool(re.fullmatch(r"[\x21-\x7e]+", word))


def require_authorities(file: str, place: str) -> None:
    """UsageError for a file that holds no certificate to trust."""
    import ssl  # most runs name no certificate

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        message = f"{place} {file}: cannot be used: {_reason(error)}"
        raise UsageError(message, "give a file of PEM certificates") from error


def require_identity(certificate: str, key: str | None, place: str) -> None:
    """UsageError for files that are no certificate with its key."""
    import ssl  # most runs name no certificate

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=_reject_password)
    except (OSError, ValueError) as error:
        message = f"{place} {certificate}: cannot be used: {_reason(error)}"
        hint = "give a PEM certificate, and its key, without a password, in the same file or with --client-key"
        raise UsageError(message, hint) from error


def _reject_password() -> NoReturn:
    """Without this function OpenSSL would ask at the terminal, and wait."""
    raise ValueError("its key has a password")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or "not PEM"
