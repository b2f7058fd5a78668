"""One GET of a metrics endpoint: deadline, TLS, redirects, gzip, and every error in words."""

import ssl
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from socket import SHUT_RDWR, SOCK_STREAM, gaierror, getaddrinfo, socket
from threading import Thread, Timer
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import httpx

from llmgw_report import __version__
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, msg
from llmgw_report.redaction.urls import shown_url

#: The classic format first: some gateways mix both up when OpenMetrics is wanted.
_ACCEPT = "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"
_MAX_REDIRECTS = 5
#: Where the root of a Prometheus server redirects to: up to version 2, and from 3 on.
_PAGES_OF_PROMETHEUS = ("/graph", "/query")
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})
_ENCODINGS = _GZIP_NAMES | {"", "identity"}
_GZIP_WINDOW_BITS = 16 + zlib.MAX_WBITS
#: One kibibyte of gzip can be a mebibyte of text: a block of the network is not unpacked at once.
_BLOCK_BYTES = 128 * 1024
_RETRY_AFTER_CHARACTERS = 40

CHECK_URL = msg("check that the gateway is running, and the address given with --url")
CHECK_PROXY = msg("the proxy cannot reach the gateway: give the gateway's own address with --url")
CHECK_RESPONSE = msg("check that the gateway responds, or raise --timeout")
_TRY_AGAIN = msg("try again; check the proxy in front of the gateway")
_STATUS_HINTS = {
    401: msg(
        "give the key with --bearer-token-file or in LLMGW_REPORT_BEARER_TOKEN, or a header with --header; "
        "a gateway that has no such route may answer the same: check the path given with --url"
    ),
    403: msg(
        "this key may not read metrics: give one that may with --bearer-token-file or in LLMGW_REPORT_BEARER_TOKEN"
    ),
    404: msg(
        "give the path of the metrics endpoint, usually /metrics, with --url; "
        "the address of a Prometheus server is given with --prometheus"
    ),
    429: msg("too many requests: scrape less often"),
    500: msg("look in the gateway's own log"),
    502: CHECK_PROXY,
    503: msg("the gateway is starting or overloaded: try again later"),
    504: CHECK_PROXY,
}
_INVALID_URL = msg("the URL, or one it redirects to, is not valid"), msg("check the address given with --url")
#: Message and hint by exception; the first that fits, from the one the system raised outwards.
_ERRORS: tuple[tuple[type[BaseException], tuple[str, str]], ...] = (
    (gaierror, (msg("unknown host name"), msg("check the host name given with --url, and DNS"))),
    (ConnectionRefusedError, (msg("connection refused"), CHECK_URL)),
    (
        httpx.LocalProtocolError,
        (msg("a header has a value that cannot be sent"), msg("check --header and the bearer token file")),
    ),
    (
        UnicodeError,
        (msg("a header or the URL has a character that cannot be sent"), msg("check --header, the token and --url")),
    ),
    (httpx.InvalidURL, _INVALID_URL),
    (httpx.UnsupportedProtocol, _INVALID_URL),
    (
        httpx.RemoteProtocolError,
        (
            msg("the response is truncated or is not HTTP"),
            msg("try again; use https:// if the endpoint uses TLS"),
        ),
    ),
    (httpx.ReadError, (msg("the connection broke before the response was complete"), msg("try again"))),
    (httpx.ConnectError, (msg("no connection"), CHECK_URL)),
)

_EXPIRED, _NOT_YET_VALID, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64  # X509_V_ERR_... of OpenSSL
_FOR_ANOTHER_HOST = (
    msg("the server's certificate is for another host"),
    msg("use the name that it was issued for in --url"),
)
_CERTIFICATE_ERRORS = {
    _EXPIRED: (msg("the server's certificate has expired"), msg("renew it; --insecure accepts it until then")),
    _NOT_YET_VALID: (
        msg("the server's certificate is not valid yet"),
        msg("check the clocks of both machines"),
    ),
    _OTHER_HOST: _FOR_ANOTHER_HOST,
    _OTHER_ADDRESS: _FOR_ANOTHER_HOST,
}
_UNTRUSTED = (
    msg("the server's certificate is not trusted"),
    msg("give its CA with --ca-file, or accept any certificate with --insecure"),
)
_CLIENT_CERTIFICATE_REQUIRED = (
    msg("the server requires a client certificate"),
    msg("give one with --client-cert and --client-key"),
)
_CLIENT_CERTIFICATE_REJECTED = (
    msg("the server rejected the client certificate"),
    msg("check the issuer and the expiry date of the --client-cert"),
)
_NO_TLS = msg("no TLS connection"), msg("use http:// if the endpoint does not use TLS")


class Deadline:
    """Cuts the connection `seconds` after the `with` was entered, however the server fills the time.

    httpx limits each read, so a server that sends one byte now and then keeps a client for ever, in the
    headers as well as in the body. As a cut connection can look like the end of a body, whoever reads
    one asks `passed` before believing it.
    """

    def __init__(self, seconds: float, of: "Deadline | None" = None) -> None:
        """One of a part of what another cuts shares its connections, which may stay open between parts."""
        self.passed = False
        self.sockets: list[socket] = of.sockets if of else []
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the socket of every connection made: httpx's `trace` extension."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self.sockets.append(info["return_value"].get_extra_info("socket"))
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        self.passed = True
        for connected in self.sockets:
            with suppress(OSError):
                connected.shutdown(SHUT_RDWR)


class DamagedError(Exception):
    """A body that is not gzip, or not all of it: its text says which."""


class NameTimeoutError(OSError):
    """The name server did not answer in time."""


def require_url(url: str) -> None:
    """Raises SourceError if it is not an http or https URL at all."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        hint = msg("give a URL such as http://127.0.0.1:8080/metrics with --url")
        raise SourceError(msg("the metrics URL is not an http or https URL"), hint)


def get(target: MetricsTarget, shown: str) -> Generator[bytes, None, None]:
    """The body that `target.url` answers with, decompressed, in the blocks it comes in.

    Raises SourceError for everything but a complete body with status 200, and once
    `target.timeout_seconds` have passed since the start.
    """
    with Deadline(target.timeout_seconds) as deadline:
        try:
            with client(target, shown) as asking, _answer(asking, target.url or "", shown, deadline) as response:
                yield from decompressed(response, shown)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, OSError) as problem:
            # `from None`: httpx and h11 quote headers, and with them tokens, in their own messages.
            raise unreachable(problem, shown, target.timeout_seconds, late=deadline.passed) from None
        except DamagedError as problem:
            late = unreachable(None, shown, target.timeout_seconds, late=True) if deadline.passed else None
            raise late or SourceError(f"{shown}: {problem}", _TRY_AGAIN) from None
        if deadline.passed:
            raise unreachable(None, shown, target.timeout_seconds, late=True)


def client(target: MetricsTarget, shown: str) -> httpx.Client:
    """What asks the target, with its credentials."""
    url = urlsplit(target.url or "")
    headers = [("Accept", _ACCEPT), ("Accept-Encoding", "gzip"), ("User-Agent", f"llmgw-report/{__version__}")]
    if target.bearer_token:
        headers.append(("Authorization", f"Bearer {target.bearer_token}"))
    given = {name.lower() for name, _ in target.headers}
    headers = [header for header in headers if header[0].lower() not in given]
    addresses = _address_count(url.hostname or "", target.timeout_seconds)
    return httpx.Client(
        verify=_tls_context(target, shown, url.scheme),
        # A proxy variable or a .netrc must not decide where a key is sent; Prometheus ignores both, too.
        trust_env=False,
        # One address after the other is tried, and each may take so long.
        timeout=httpx.Timeout(target.timeout_seconds, connect=target.timeout_seconds / max(1, addresses)),
        headers=[*headers, *target.headers],
    )


def _address_count(host: str, seconds: float) -> int:
    """How many addresses `host` has; 0 where it is not known. Raises NameTimeoutError after `seconds`.

    The look-up of a name cannot be interrupted and heeds no timeout of ours, so that a name server that
    does not answer would hold up the run for as long as the system likes.
    """
    with suppress(ValueError):
        ip_address(host)
        return 1
    counts: list[int] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            counts.append(len(getaddrinfo(host, None, type=SOCK_STREAM)))

    looking = Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(seconds)
    if looking.is_alive():
        raise NameTimeoutError
    return sum(counts)


def _tls_context(target: MetricsTarget, shown: str, scheme: str) -> ssl.SSLContext:
    """What a connection to `target` is made with. Raises SourceError for a file without a certificate or key."""
    if scheme == "http":
        # Loading the certificate store takes three interpreter starts. An empty one trusts nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if target.insecure or target.ca_file is None:
        context = httpx.create_ssl_context(verify=not target.insecure, trust_env=False)
    else:
        try:
            context = ssl.create_default_context(cafile=target.ca_file)
        except (OSError, ssl.SSLError) as problem:
            hint = msg("give a file of PEM certificates with --ca-file")
            raise SourceError(f"{shown}: the CA file {target.ca_file} cannot be used: {problem}", hint) from problem
    if target.client_cert:
        try:
            context.load_cert_chain(target.client_cert, target.client_key, password=_reject_password)
        except (OSError, ssl.SSLError, ValueError) as problem:
            hint = msg("give a PEM certificate with --client-cert, and its key, without a password, with --client-key")
            message = f"{shown}: the client certificate {target.client_cert} cannot be used: {problem}"
            raise SourceError(message, hint) from problem
    return context


def _reject_password() -> NoReturn:
    """Without this function OpenSSL would ask at the terminal, and wait."""
    raise ValueError("its key has a password")


@contextmanager
def _answer(client: httpx.Client, url: str, shown: str, deadline: Deadline) -> Iterator[httpx.Response]:
    """The response with status 200 behind at most five redirects, all on the same server."""
    place = httpx.URL(url)
    for _ in range(_MAX_REDIRECTS + 1):
        with client.stream("GET", place, extensions={"trace": deadline.trace}) as response:
            if not response.has_redirect_location:
                if response.status_code != httpx.codes.OK:
                    raise _bad_status(response.status_code, response.headers.get("Retry-After", ""), shown)
                yield response
                return
            _refuse_pages_of_prometheus(place, response.headers["Location"], shown)
            place = _redirected(place, response.headers["Location"], shown)
    raise SourceError(f"{shown}: more than {_MAX_REDIRECTS} redirects", msg("give the final address with --url"))


def _refuse_pages_of_prometheus(place: httpx.URL, location: str, shown: str) -> None:
    """The root of a Prometheus server leads to its page of queries, and no endpoint of metrics does."""
    if place.join(location).path.rstrip("/").endswith(_PAGES_OF_PROMETHEUS):
        hint = msg("give its address with --prometheus instead of --url")
        raise SourceError(msg("{source}: this is a Prometheus server, not its target", source=shown), hint)


def _redirected(place: httpx.URL, location: str, shown: str) -> httpx.URL:
    """A token is for the server it was given for: no redirect carries it, or us, to another one."""
    target = place.join(location)
    if (target.scheme, target.host, _port(target)) != (place.scheme, place.host, _port(place)):
        require_url(str(target))
        message = f"{shown}: redirects to another server, {shown_url(str(target))}"
        raise SourceError(message, msg("give that address itself with --url"))
    return target.copy_with(userinfo=place.userinfo)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def decompressed(response: httpx.Response, shown: str) -> Iterator[bytes]:
    """The body. Raises SourceError for an encoding that was not asked for, two in a row included."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        message = f"{shown}: the response is encoded as {encoding[:40]!r}, but only gzip was requested"
        raise SourceError(message, _TRY_AGAIN)
    return _gunzipped(response.iter_raw()) if encoding in _GZIP_NAMES else response.iter_raw()


def _gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip, whose members may be several; the end of the last one must be there. Raises DamagedError."""
    unpack = zlib.decompressobj(_GZIP_WINDOW_BITS)
    for rest in blocks:
        more = True
        while more:
            if unpack.eof and rest:
                unpack = zlib.decompressobj(_GZIP_WINDOW_BITS)
            try:
                piece = unpack.decompress(rest, _BLOCK_BYTES)
            except zlib.error:
                raise DamagedError(msg("the compressed response is damaged")) from None
            if piece:
                yield piece
            rest = unpack.unconsumed_tail or unpack.unused_data  # noqa: PLW2901 - what is left of it
            # A full block may be part of what the input so far stands for, even if none of it is left.
            more = bool(rest) or (len(piece) == _BLOCK_BYTES and not unpack.eof)
    if not unpack.eof:
        raise DamagedError(msg("the compressed response is truncated"))


def _bad_status(status: int, retry_after: str, shown: str) -> SourceError:
    """The error for a response whose status is not 200."""
    wait = ""
    if retry_after.isprintable() and 0 < len(retry_after) <= _RETRY_AFTER_CHARACTERS:
        wait = f", retry after {retry_after}{' s' if retry_after.isdigit() else ''}"
    phrase = httpx.codes.get_reason_phrase(status)
    return SourceError(f"{shown}: HTTP {status} {phrase}".rstrip() + wait, _STATUS_HINTS.get(status, CHECK_URL))


def unreachable(problem: Exception | None, shown: str, seconds: float, *, late: bool) -> SourceError:
    """The error for no response, or not all of one. `late`: the deadline passed, whatever it then looked like."""
    if isinstance(problem, NameTimeoutError):
        name = msg("the host name was not resolved within {n} s", n=f"{seconds:g}")
        return _late(name, shown, msg("check DNS, or give an IP address"))
    if late or isinstance(problem, httpx.TimeoutException):
        if isinstance(problem, httpx.ConnectTimeout):
            return _late(msg("no connection within {n} s", n=f"{seconds:g}"), shown, CHECK_URL)
        return _late(msg("no complete response within {n} s", n=f"{seconds:g}"), shown, CHECK_RESPONSE)
    for cause in _causes(problem):
        if isinstance(cause, ssl.SSLError):
            reason, hint = _tls_error(cause)
            return SourceError(f"{shown}: {reason}", hint)
        for kind, (reason, hint) in _ERRORS:
            if isinstance(cause, kind):
                return SourceError(f"{shown}: {reason}", hint)
    return SourceError(f"{shown}: {type(problem).__name__}", CHECK_URL)


def _late(reason: Message, shown: str, hint: str) -> SourceError:
    return SourceError(msg("{source}: {reason}", source=shown, reason=reason), hint)


def _tls_error(problem: ssl.SSLError) -> tuple[str, str]:
    """What went wrong with TLS, and what to do."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return _CERTIFICATE_ERRORS.get(problem.verify_code, _UNTRUSTED)
    alert = problem.reason or ""
    if "CERTIFICATE_REQUIRED" in alert:
        return _CLIENT_CERTIFICATE_REQUIRED
    if "ALERT" in alert and ("CERTIFICATE" in alert or "UNKNOWN_CA" in alert):
        return _CLIENT_CERTIFICATE_REJECTED
    return _NO_TLS


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """The innermost cause first: it is the most precise."""
    chain: list[BaseException] = []
    while problem is not None and problem not in chain:
        chain.append(problem)
        problem = problem.__cause__ or problem.__context__
    yield from reversed(chain)
