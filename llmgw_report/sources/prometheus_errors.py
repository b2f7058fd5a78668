"""What went wrong between us and a metrics endpoint, in words, and what to do about it."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from llmgw_report.errors import SourceError
from llmgw_report.model.message import Message, say
from llmgw_report.sources.prometheus_deadline import NameTimeoutError

_CHECK = say("check that the gateway runs, and the address given with --url")
_RETRY_TEXT = 40
_STATUS = {
    401: say("give the key with --bearer-token-file, or a header with --header"),
    403: say("the key may not read metrics: give one that may with --bearer-token-file"),
    404: say("name the path of the metrics endpoint, usually /metrics, with --url"),
    429: say("too many requests: scrape less often"),
    500: say("look into the gateway's own log"),
    502: say("the proxy in front does not reach the gateway: name the gateway itself with --url"),
    503: say("the gateway is starting or overloaded: try again later"),
    504: say("the proxy in front does not reach the gateway: name the gateway itself with --url"),
}


def refused(status: int, retry_after: str, shown: str) -> SourceError:
    """The error for an answer whose status is not 200."""
    wait = f", retry after {retry_after}" if retry_after[:_RETRY_TEXT].isprintable() and retry_after else ""
    wait = wait if len(retry_after) <= _RETRY_TEXT else ""
    wait += " s" if wait and retry_after.isdigit() else ""
    phrase = httpx.codes.get_reason_phrase(status)
    return SourceError(f"{shown}: HTTP {status} {phrase}".rstrip() + wait, _STATUS.get(status, _CHECK))


def broken(what: str, shown: str) -> SourceError:
    """The error for a body that cannot be unpacked."""
    return SourceError(f"{shown}: {what}", say("scrape again; check the proxy in front of the gateway"))


def unreachable(problem: Exception | None, shown: str, seconds: float, *, late: bool) -> SourceError:
    """The error for no answer, or not all of one. `late`: the deadline passed, whatever it then looked like."""
    if isinstance(problem, NameTimeoutError):
        name = say("the host name was not found within {n} s", n=f"{seconds:g}")
        return _late(name, shown, say("check DNS, or give an address"))
    if late or isinstance(problem, httpx.TimeoutException):
        if isinstance(problem, httpx.ConnectTimeout):
            return _late(say("no connection within {n} s", n=f"{seconds:g}"), shown, _CHECK)
        patience = say("check that the gateway is not stuck, or allow more with --timeout")
        return _late(say("no complete answer within {n} s", n=f"{seconds:g}"), shown, patience)
    for cause in _causes(problem):
        if isinstance(cause, ssl.SSLError):
            return SourceError(f"{shown}: {_untrusted(cause)}", _TLS[_untrusted(cause)])
        for kind, what, hint in _KINDS:
            if isinstance(cause, kind):
                return SourceError(f"{shown}: {what}", hint)
    return SourceError(f"{shown}: {type(problem).__name__}", _CHECK)


def _late(reason: Message, shown: str, hint: str) -> SourceError:
    return SourceError(say("{source}: {reason}", source=shown, reason=reason), hint)


#: The first that fits, looking from the outermost exception to the one the system raised.
_KINDS: tuple[tuple[type[BaseException], str, str], ...] = (
    (socket.gaierror, say("the host name is not known"), say("check the host name given with --url, and DNS")),
    (ConnectionRefusedError, say("connection refused"), _CHECK),
    (
        httpx.LocalProtocolError,
        say("a header has a value that cannot be sent"),
        say("check --header and the bearer token file"),
    ),
    (
        UnicodeError,
        say("a header or the URL holds a character that cannot be sent"),
        say("check --header, the token and --url"),
    ),
    (httpx.InvalidURL, say("the URL, or one it redirects to, is not valid"), say("check the address given with --url")),
    (
        httpx.UnsupportedProtocol,
        say("the URL, or one it redirects to, is not valid"),
        say("check the address given with --url"),
    ),
    (
        httpx.RemoteProtocolError,
        say("the answer is cut short or is not HTTP"),
        say("scrape again; use https:// if the endpoint speaks TLS"),
    ),
    (httpx.ReadError, say("the connection broke before the answer was complete"), say("scrape again")),
    (httpx.ConnectError, say("no connection"), _CHECK),
)


_EXPIRED, _NOT_YET, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64  # X509_V_ERR_... of OpenSSL
_TLS: dict[str, str] = {
    say("the server's certificate has expired"): say("renew it; --insecure accepts it until then"),
    say("the server's certificate is not valid yet"): say("check the clocks of both machines"),
    say("the server's certificate is for another host"): say("use the name that it was issued for in --url"),
    say("the server's certificate is not trusted"): say(
        "name its CA with --ca-file, or accept any certificate with --insecure"
    ),
    say("the server wants a certificate from us"): say("give one with --client-cert and --client-key"),
    say("the server does not accept our certificate"): say(
        "check --client-cert: who issued it, and until when it is valid"
    ),
    say("no TLS connection"): say("use http:// if the endpoint does not speak TLS"),
}


def _untrusted(problem: ssl.SSLError) -> str:
    """What went wrong with TLS; a key of `_TLS`."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        known = {_EXPIRED: "has expired", _NOT_YET: "is not valid yet"}
        known |= dict.fromkeys((_OTHER_HOST, _OTHER_ADDRESS), "is for another host")
        return f"the server's certificate {known.get(problem.verify_code, 'is not trusted')}"
    alert = problem.reason or ""
    if "CERTIFICATE_REQUIRED" in alert:
        return say("the server wants a certificate from us")
    if "ALERT" in alert and ("CERTIFICATE" in alert or "UNKNOWN_CA" in alert):
        return say("the server does not accept our certificate")
    return say("no TLS connection")


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The innermost cause first: it is the most precise."""
    chain: list[BaseException] = []
    while problem is not None and problem not in chain:
        chain.append(problem)
        problem = problem.__cause__ or problem.__context__
    yield from reversed(chain)
