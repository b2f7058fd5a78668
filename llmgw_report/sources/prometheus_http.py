"""One GET of a metrics endpoint, streamed."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from llmgw_report import __version__
from llmgw_report.config.targets import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.model.message import say
from llmgw_report.sources.prometheus_deadline import Deadline, addresses
from llmgw_report.sources.prometheus_errors import broken, refused, unreachable
from llmgw_report.sources.prometheus_gzip import GZIP, PLAIN, DamagedError, plain
from llmgw_report.sources.prometheus_tls import context

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
