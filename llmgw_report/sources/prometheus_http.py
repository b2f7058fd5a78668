"""One GET of a metrics endpoint, streamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError, create_default_context
from urllib.parse import urlsplit

import httpx

from llmgw_report import __version__
from llmgw_report.config.targets import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.sources.prometheus_deadline import Deadline
from llmgw_report.sources.prometheus_errors import refused, unreachable

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
        raise SourceError("the metrics URL is not an http or https URL", hint)
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
                yield from response.iter_bytes()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, OSError) as problem:
            # `from None`: httpx and h11 quote headers, and with them tokens, in their own messages.
            raise unreachable(problem, shown, target.timeout_seconds, late=deadline.passed) from None
        if deadline.passed:
            raise unreachable(None, shown, target.timeout_seconds, late=True)


def _client(target: MetricsTarget, shown: str) -> httpx.Client:
    url = urlsplit(target.url or "")
    headers = [("Accept", _ACCEPT), ("User-Agent", f"llmgw-report/{__version__}")]
    if target.bearer_token:
        headers.append(("Authorization", f"Bearer {target.bearer_token}"))
    given = {name.lower() for name, _ in target.headers}
    headers = [header for header in headers if header[0].lower() not in given]
    # trust_env=False: a proxy variable would make it load the certificate store, and reach elsewhere.
    return httpx.Client(
        verify=_tls(target, shown, url.scheme),
        trust_env=False,
        timeout=target.timeout_seconds,
        headers=[*headers, *target.headers],
    )


def _tls(target: MetricsTarget, shown: str, scheme: str) -> SSLContext | bool:
    if scheme == "http":
        # Loading the certificate store takes three interpreter starts. An empty one trusts nobody.
        return SSLContext(PROTOCOL_TLS_CLIENT)
    if target.insecure:
        return False
    if target.ca_file is None:
        return True
    try:
        return create_default_context(cafile=target.ca_file)
    except (OSError, SSLError) as problem:
        hint = "give a file of PEM certificates with --ca-file"
        raise SourceError(f"{shown}: the CA file {target.ca_file} cannot be used: {problem}", hint) from problem


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
    raise SourceError(f"{shown}: more than {_REDIRECTS} redirects", "name the address it ends at with --url")


def _next_place(place: httpx.URL, location: str, shown: str) -> httpx.URL:
    """A token is for the server it was given for: no redirect carries it, or us, to another one."""
    target = place.join(location)
    if (target.scheme, target.host, _port(target)) != (place.scheme, place.host, _port(place)):
        elsewhere = shown_url(str(target))
        raise SourceError(f"{shown}: redirects to another server, {elsewhere}", "name that address itself with --url")
    return target.copy_with(userinfo=place.userinfo)


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
