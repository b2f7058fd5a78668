"""What an endpoint can do to us: case, what the report says of it, exit code. docs/robustness.md prints this table."""

from typing import NamedTuple

from tests.system.faults import server
from tests.system.faults.server import BODY, OK, Behaviour, body, packed, status

SECRET = "s3cr3t"


class Fault(NamedTuple):
    """One case: `answer` is sent or done on the path `name`, `options` are added to the command line.

    `url` may hold `{port}` of the server for all, `{other}` of a second one and `{name}` of the path, or of one
    of the TLS servers as in `{tls}`.
    """

    name: str
    case: str
    said: str
    code: int = 3
    answer: bytes | Behaviour = b""
    options: tuple[str, ...] = ()
    url: str = "http://127.0.0.1:{port}/{name}"


def redirect(place: str) -> bytes:
    return status(307, f"Location: {place}")


BOMB = body(server.bomb(), "Content-Encoding: gzip")
LIMIT = ("--max-scrape-bytes", "1MiB")
QUICK = ("--timeout", "400ms")
CA = ("--ca-file", "ca.pem")

FAULTS = (
    Fault("good", "a healthy gateway", "4 samples of 4 families", 0, body(BODY)),
    Fault("refused", "connection refused", "connection refused", url="http://127.0.0.1:{closed}/"),
    Fault("dns", "a host name that nobody knows", "unknown host name", url="http://nowhere.invalid/"),
    Fault("connect", "no connection within --timeout", "no connection within 0.4 s", options=QUICK,
          url="http://127.0.0.1:{full}/"),
    Fault("silent", "no answer within --timeout", "no complete response within 0.4 s", answer=server.waits,
          options=QUICK),
    Fault("drip", "one byte now and then", "no complete response within 0.4 s", answer=server.drips, options=QUICK),
    Fault("endless", "a body that never ends", "more than 1.0 MiB", answer=server.never_ends, options=LIMIT),
    Fault("short", "a body cut short", "the response is truncated", answer=body(BODY, length=9999)),
    Fault("reset", "a connection reset in the body", "the connection broke", answer=server.breaks),
    Fault("chunks", "chunks without an end", "the response is truncated",
          answer=OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nup 1"),
    Fault("long", "a length that is too small", "has no line end: truncated?", 3, body(BODY, length=len(BODY) - 3)),
    Fault("closed", "a body cut short that has no length", "has no line end: truncated?", 3, OK + b"\r\n" + BODY[:-3]),
    Fault("loop", "redirects in a circle", "more than 5 redirects", answer=redirect("/loop")),
    Fault("moved", "a redirect on the same server", "4 samples of 4 families", 0, redirect("/good")),
    Fault("host", "a redirect to another host or port", "redirects to another server",
          answer=redirect("http://127.0.0.1:{other}/x?k=" + SECRET)),
    Fault("scheme", "a redirect to another scheme", "redirects to another server",
          answer=redirect("https://127.0.0.1:{port}/good")),
    Fault("file", "a redirect to a file", "not an http or https URL", answer=redirect("file:///etc/passwd")),
    Fault("401", "401", "HTTP 401 Unauthorized | give the key with --bearer-token-file", answer=status(401)),
    Fault("403", "403", "HTTP 403 Forbidden | this key may not read metrics", answer=status(403)),
    Fault("404", "404", "HTTP 404 Not Found | give the path of the metrics endpoint", answer=status(404)),
    Fault("429", "429 with Retry-After", "HTTP 429 Too Many Requests, retry after 17 s",
          answer=status(429, "Retry-After: 17")),
    Fault("500", "500", "HTTP 500 Internal Server Error | look in the gateway's own log", answer=status(500)),
    Fault("503", "503 with Retry-After", "HTTP 503 Service Unavailable, retry after Wed, 21 Oct 2026 07:28:00 GMT",
          answer=status(503, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT")),
    Fault("204", "a status without a body", "HTTP 204 No Content", answer=b"HTTP/1.1 204 X\r\n\r\n"),
    Fault("login", "a login page", "a web page, perhaps a login page",
          answer=body(b"<!doctype html><title>Sign in</title>")),
    Fault("json", "JSON", "JSON instead of metrics in the Prometheus text format",
          answer=body(b'{"status":"ok"}')),
    Fault("empty", "an empty body", "empty, there is no sample", answer=body(b"")),
    Fault("ssh", "no HTTP at all", "the response is truncated or is not HTTP", answer=b"SSH-2.0-OpenSSH_9.2\r\n"),
    Fault("gzip", "gzip", "4 samples of 4 families", 0, packed(BODY)),
    Fault("torn", "gzip cut short, of the right length", "the compressed response is truncated",
          answer=body(packed(BODY).partition(b"\r\n\r\n")[2][:-20], "Content-Encoding: gzip")),
    Fault("nogzip", "gzip that is none", "the compressed response is damaged",
          answer=body(BODY, "Content-Encoding: gzip")),
    Fault("twice", "gzip within gzip", "is encoded as 'gzip, gzip'", answer=packed(BODY, 2)),
    Fault("brotli", "an encoding that nobody asked for", "is encoded as 'br'",
          answer=body(BODY, "Content-Encoding: br")),
    Fault("bomb", "64 MiB in 65 kB of gzip", "more than 16.0 MiB", answer=BOMB,
          options=("--max-scrape-bytes", "16MiB")),
    Fault("large", "a body over --max-scrape-bytes", "more than 1.0 MiB", answer=body(b"# x\n" * 300_000),
          options=LIMIT),
    Fault("utf8", "bytes that are not UTF-8", "is not UTF-8", 0, body(BODY + b'up{a="\xff"} 1\n')),
    Fault("nul", "a NUL byte", "contains a NUL byte", 0, body(BODY + b'up{a="\0"} 1\n')),
    Fault("tls", "TLS, with --ca-file", "4 samples of 4 families", 0, body(BODY), CA, "https://127.0.0.1:{tls}/good"),
    Fault("expired", "TLS: an expired certificate", "certificate has expired", options=CA,
          url="https://127.0.0.1:{expired}/good"),
    Fault("wrong-host", "TLS: a certificate of another host", "certificate is for another host", options=CA,
          url="https://127.0.0.1:{wrong-host}/good"),
    Fault("self-signed", "TLS: an authority that nobody knows", "certificate is not trusted", options=CA,
          url="https://127.0.0.1:{self-signed}/good"),
    Fault("insecure", "the same, with --insecure", "4 samples of 4 families", 0, options=("--insecure",),
          url="https://127.0.0.1:{self-signed}/good"),
    Fault("plain", "TLS where there is none", "no TLS connection", answer=body(BODY), options=CA,
          url="https://127.0.0.1:{port}/good"),
    Fault("anonymous", "TLS: a client certificate is wanted", "the server requires a client certificate", options=CA,
          url="https://127.0.0.1:{mutual}/good"),
    Fault("mutual", "the same, with --client-cert and --client-key", "4 samples of 4 families", 0,
          options=(*CA, "--client-cert", "client.pem", "--client-key", "client.key"),
          url="https://127.0.0.1:{mutual}/good"),
    Fault("stranger", "TLS: a client certificate of somebody else", "the server rejected the client certificate",
          options=(*CA, "--client-cert", "stranger.pem", "--client-key", "stranger.key"),
          url="https://127.0.0.1:{mutual}/good"),
    Fault("keyless", "a client certificate without its key", "--client-cert client.pem: cannot be used", 2,
          options=(*CA, "--client-cert", "client.pem"), url="https://127.0.0.1:{mutual}/good"),
    Fault("userinfo", "user and password in the URL", "HTTP 401 Unauthorized", answer=status(401),
          url="http://user:" + SECRET + "@127.0.0.1:{port}/401?key=" + SECRET),
    Fault("key", "a key as user in the URL", "connection refused", url="http://" + SECRET + "@127.0.0.1:{closed}/"),
    Fault("no-scheme", "a URL without a scheme", "not an http:// or https:// address", 2, url="127.0.0.1:{port}/good"),
    Fault("no-file", "--ca-file that is not there", "--ca-file nowhere.pem: no such file", 2,
          options=("--ca-file", "nowhere.pem")),
    Fault("empty-ca", "--ca-file that holds no certificate", "--ca-file token: cannot be used", 2,
          options=("--ca-file", "token")),
    Fault("port", "a port that is none", "its host or port is not valid", 2, url="http://127.0.0.1:99999/"),
    Fault("unsendable", "a header that HTTP cannot carry", "has a character that cannot be sent", 2,
          options=("--header", "X-Name: caf\N{LATIN SMALL LETTER E WITH ACUTE}")),
    Fault("no-cert", "--client-key alone", "no --client-cert beside --client-key", 2,
          options=("--client-key", "client.key")),
    Fault("no-size", "a limit that is none", "'soon' is not a size", 2, options=("--max-scrape-bytes", "soon")),
)  # fmt: skip
