"""One GET of a metrics endpoint, streamed."""

import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from socket import SHUT_RDWR, SOCK_STREAM, gaierror, getaddrinfo, socket
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError, create_default_context
from threading import Thread, Timer
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import httpx

from llmgw_report import __version__
from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import Message, say


class Deadline:
    """Cuts the connection `seconds` after the `with` was entered, however the server fills the time.

    httpx limits each read, so a server that sends one byte now and then keeps a client for ever, in the
    headers as well as in the body. As a cut connection can look like the end of a body, whoever reads
    one asks `passed` before believing it.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket] = []
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
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.passed:
                self._cut()

    def _cut(self) -> None:
        self.passed = True
        for connected in self._sockets:
            with suppress(OSError):
                connected.shutdown(SHUT_RDWR)


def addresses(host: str, seconds: float) -> int:
    """How many addresses `host` has; 0 where it is not known. Raises TimeoutError after `seconds`.

    The look-up of a name cannot be interrupted and heeds no timeout of ours, so that a name server that
    does not answer would hold up the run for as long as the system likes.
    """
    with suppress(ValueError):
        ip_address(host)
        return 1
    found: list[int] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            found.append(len(getaddrinfo(host, None, type=SOCK_STREAM)))

    looking = Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(seconds)
    if looking.is_alive():
        raise NameTimeoutError
    return sum(found)


class NameTimeoutError(OSError):
    """The name server did not answer in time."""


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
    (gaierror, say("the host name is not known"), say("check the host name given with --url, and DNS")),
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


#: One kibibyte of gzip can be a mebibyte of text: a block of the network is not unpacked at once.
_BLOCK_BYTES = 128 * 1024
_GZIP = 16 + zlib.MAX_WBITS

PLAIN = frozenset({"", "identity"})
GZIP = frozenset({"gzip", "x-gzip"})


class DamagedError(Exception):
    """Not gzip, or not all of it: `str` of it says which."""


def plain(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`blocks` without the `encoding`, one of PLAIN and GZIP, that they came in. Raises DamagedError."""
    return gunzipped(blocks) if encoding in GZIP else iter(blocks)


def gunzipped(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip made of it, whose members may be several; the end of the last one must be there."""
    unpack = zlib.decompressobj(_GZIP)
    for rest in blocks:
        more = True
        while more:
            if unpack.eof and rest:
                unpack = zlib.decompressobj(_GZIP)
            piece = _unpacked(unpack, rest)
            if piece:
                yield piece
            rest = unpack.unconsumed_tail or unpack.unused_data  # noqa: PLW2901 - what is left of it
            # A full block may be part of what the input so far stands for, even if none of it is left.
            more = bool(rest) or (len(piece) == _BLOCK_BYTES and not unpack.eof)
    if not unpack.eof:
        raise DamagedError("the compressed answer is cut short")


def _unpacked(unpack: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return unpack.decompress(packed, _BLOCK_BYTES)
    except zlib.error:
        raise DamagedError("the compressed answer is damaged") from None


def context(target: MetricsTarget, shown: str, scheme: str) -> SSLContext:
    """What a connection to `target` is made with. Raises SourceError for a file that holds no certificate or key."""
    if scheme == "http":
        # Loading the certificate store takes three interpreter starts. An empty one trusts nobody.
        return SSLContext(PROTOCOL_TLS_CLIENT)
    made = _trusting(target, shown)
    if target.client_cert:
        _present(made, target.client_cert, target.client_key, shown)
    return made


def _trusting(target: MetricsTarget, shown: str) -> SSLContext:
    if target.insecure or target.ca_file is None:
        return httpx.create_ssl_context(verify=not target.insecure, trust_env=False)
    try:
        return create_default_context(cafile=target.ca_file)
    except (OSError, SSLError) as problem:
        hint = "give a file of PEM certificates with --ca-file"
        raise SourceError(f"{shown}: the CA file {target.ca_file} cannot be used: {problem}", hint) from problem


def _present(made: SSLContext, certificate: str, key: str | None, shown: str) -> None:
    try:
        made.load_cert_chain(certificate, key, password=_encrypted)
    except (OSError, SSLError, ValueError) as problem:
        hint = "give a PEM certificate with --client-cert, and its key, without a password, with --client-key"
        raise SourceError(f"{shown}: the client certificate {certificate} cannot be used: {problem}", hint) from problem


def _encrypted() -> NoReturn:
    """Without this function OpenSSL would ask at the terminal, and wait."""
    raise ValueError("its key has a password")


#: The classic format first: some gateways mix both up when OpenMetrics is wanted.
_ACCEPT = "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"
_REDIRECTS = 5


def shown_url(url: str) -> str:
    """The URL without user, password, query and fragment: what may be shown.

    Raises SourceError if it is not an http or https URL at all.
    """
    hint = "give a URL such as http://127.0.0.1:8080/metrics with --url"
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SourceError(say("the metrics URL is not an http or https URL"), hint)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return "".join(character if character.isprintable() else "?" for character in shown)


def get(target: MetricsTarget, shown: str) -> Iterator[bytes]:
    """The body that `target.url` answers with, decompressed, in the blocks it comes in.

    Raises SourceError for everything but a complete body with status 200, and once
    `target.timeout_seconds` have passed since the start.
    """
    with Deadline(target.timeout_seconds) as deadline:
        try:
            with _client(target, shown) as client, _answer(client, target.url or "", shown, deadline) as response:
                yield from plain(response.iter_raw(), _encoding(response, shown))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, OSError) as problem:
            # `from None`: httpx and h11 quote headers, and with them tokens, in their own messages.
            raise unreachable(problem, shown, target.timeout_seconds, late=deadline.passed) from None
        except DamagedError as problem:
            late = unreachable(None, shown, target.timeout_seconds, late=True) if deadline.passed else None
            raise late or broken(str(problem), shown) from None
        if deadline.passed:
            raise unreachable(None, shown, target.timeout_seconds, late=True)


def _client(target: MetricsTarget, shown: str) -> httpx.Client:
    url = urlsplit(target.url or "")
    headers = [("Accept", _ACCEPT), ("Accept-Encoding", "gzip"), ("User-Agent", f"llmgw-report/{__version__}")]
    if target.bearer_token:
        headers.append(("Authorization", f"Bearer {target.bearer_token}"))
    given = {name.lower() for name, _ in target.headers}
    headers = [header for header in headers if header[0].lower() not in given]
    found = addresses(url.hostname or "", target.timeout_seconds)
    return httpx.Client(
        verify=context(target, shown, url.scheme),
        # A variable for the way out, or a .netrc, must not decide where a key is sent; Prometheus ignores both, too.
        trust_env=False,
        # One after the other is tried, and each may take so long.
        timeout=httpx.Timeout(target.timeout_seconds, connect=target.timeout_seconds / max(1, found)),
        headers=[*headers, *target.headers],
    )


def _encoding(response: httpx.Response, shown: str) -> str:
    """How the body is packed. Raises SourceError for what was not asked for, twice packed included."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in PLAIN | GZIP:
        return str(encoding)
    raise broken(f"the answer is encoded as {encoding[:40]!r}, and only gzip was asked for", shown)


@contextmanager
def _answer(client: httpx.Client, url: str, shown: str, deadline: Deadline) -> Iterator[httpx.Response]:
    """The response with status 200 behind at most five redirects, all on the same server."""
    place = httpx.URL(url)
    for _ in range(_REDIRECTS + 1):
        with client.stream("GET", place, extensions={"trace": deadline.trace}) as response:
            if not response.has_redirect_location:
                if response.status_code != httpx.codes.OK:
                    raise refused(response.status_code, response.headers.get("Retry-After", ""), shown)
                yield response
                return
            place = _next_place(place, response.headers["Location"], shown)
    raise SourceError(f"{shown}: more than {_REDIRECTS} redirects", say("name the address it ends at with --url"))


def _next_place(place: httpx.URL, location: str, shown: str) -> httpx.URL:
    """A token is for the server it was given for: no redirect carries it, or us, to another one."""
    target = place.join(location)
    if (target.scheme, target.host, _port(target)) != (place.scheme, place.host, _port(place)):
        elsewhere = shown_url(str(target))
        raise SourceError(
            f"{shown}: redirects to another server, {elsewhere}", say("name that address itself with --url")
        )
    return target.copy_with(userinfo=place.userinfo)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
