"""What went wrong between us and a metrics endpoint, in words, and what to do about it."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from llmgw_report.errors import SourceError

_CHECK = "check that the gateway runs, and the address given with --url"
_RETRY_TEXT = 40
_STATUS = {
    401: "give the key with --bearer-token-file, or a header with --header",
    403: "the key may not read metrics: give one that may with --bearer-token-file",
    404: "name the path of the metrics endpoint, usually /metrics, with --url",
    429: "too many requests: scrape less often",
    500: "look into the gateway's own log",
    502: "the proxy in front does not reach the gateway: name the gateway itself with --url",
    503: "the gateway is starting or overloaded: try again later",
    504: "the proxy in front does not reach the gateway: name the gateway itself with --url",
}


def refused(status: int, retry_after: str, shown: str) -> SourceError:
    """The error for an answer whose status is not 200."""
    wait = f", retry after {retry_after}" if retry_after[:_RETRY_TEXT].isprintable() and retry_after else ""
    wait = wait if len(retry_after) <= _RETRY_TEXT else ""
    wait += " s" if wait and retry_after.isdigit() else ""
    phrase = httpx.codes.get_reason_phrase(status)
    return SourceError(f"{shown}: HTTP {status} {phrase}".rstrip() + wait, _STATUS.get(status, _CHECK))


def unreachable(problem: Exception | None, shown: str, seconds: float, *, late: bool) -> SourceError:
    """The error for no answer, or not all of one. `late`: the deadline passed, whatever it then looked like."""
    if late or isinstance(problem, httpx.TimeoutException):
        connecting = isinstance(problem, httpx.ConnectTimeout)
        what = "no connection" if connecting else "no complete answer"
        hint = _CHECK if connecting else "check that the gateway is not stuck, or allow more with --timeout"
        return SourceError(f"{shown}: {what} within {seconds:g} s", hint)
    for cause in _causes(problem):
        for kind, what, hint in _KINDS:
            if isinstance(cause, kind):
                return SourceError(f"{shown}: {what}", hint)
    return SourceError(f"{shown}: {type(problem).__name__}", _CHECK)


#: The first that fits, looking from the outermost exception to the one the system raised.
_KINDS: tuple[tuple[type[BaseException], str, str], ...] = (
    (socket.gaierror, "the host name is not known", "check the host name given with --url, and DNS"),
    (ConnectionRefusedError, "connection refused", _CHECK),
    (
        ssl.SSLCertVerificationError,
        "the server's certificate is not trusted",
        "name its CA with --ca-file, or accept any certificate with --insecure",
    ),
    (ssl.SSLError, "no TLS connection", "use http:// if the endpoint does not speak TLS"),
    (httpx.LocalProtocolError, "a header has a value that cannot be sent", "check --header and the bearer token file"),
    (UnicodeError, "a header or the URL holds a character that cannot be sent", "check --header, the token and --url"),
    (httpx.InvalidURL, "the URL, or one it redirects to, is not valid", "check the address given with --url"),
    (httpx.UnsupportedProtocol, "the URL, or one it redirects to, is not valid", "check the address given with --url"),
    (httpx.DecodingError, "the compressed answer is damaged", "check the proxy in front of the gateway"),
    (
        httpx.RemoteProtocolError,
        "the answer is cut short or is not HTTP",
        "scrape again; use https:// if the endpoint speaks TLS",
    ),
    (httpx.ReadError, "the connection broke before the answer was complete", "scrape again"),
    (httpx.ConnectError, "no connection", _CHECK),
)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The innermost cause first: it is the most precise."""
    chain: list[BaseException] = []
    while problem is not None and problem not in chain:
        chain.append(problem)
        problem = problem.__cause__ or problem.__context__
    yield from reversed(chain)
