"""What a scrape can hold: case, what the report says of it, exit code. docs/robustness.md prints this table."""

from typing import NamedTuple

from tests.process import HEALTHY

BODY = HEALTHY.encode()
REQUESTS = b'llm_requests_total{api_key="k",provider="a",model="m",endpoint="/v1/messages"}'
HISTOGRAM = b"# TYPE llm_request_duration_seconds histogram\n"
GOOD, DAMAGED = "4 samples of 4 families", "1 line of the scrape was left out"


class Odd(NamedTuple):
    """One scrape: `said` is in the report, `requests` is the total that it shows."""

    name: str
    case: str
    said: str
    text: bytes
    code: int = 0
    requests: int | None = 1000


def histogram(*buckets: tuple[bytes, int]) -> bytes:
    name = b"llm_request_duration_seconds"
    lines = b"".join(b'%s_bucket{model="m",le="%s"} %d\n' % (name, le, count) for le, count in buckets)
    return BODY + HISTOGRAM + lines + b'%s_sum{model="m"} 900\n%s_count{model="m"} 400\n' % (name, name)


OPENMETRICS = (
    BODY.replace(b"requests_total counter", b"requests counter")
    + b"""\
# TYPE llm_requests counter
# UNIT llm_requests requests
llm_requests_created 1700000000.5
# TYPE d histogram
d_bucket{le="+Inf"} 4 1772452800.123 # {trace_id="4bf9"} 0.5 1700000000.1
d_count 4
d_sum 5
# EOF"""
)

SCRAPES = (
    Odd("classic", "the classic format", GOOD, BODY),
    Odd("openmetrics", "OpenMetrics: units, creation times, exemplars, timestamps, `# EOF`",
        "8 samples of 5 families", OPENMETRICS),
    Odd("timestamps", "timestamps", GOOD, BODY.replace(b" 1000\n", b" 1000 1772452800000\n")),
    Odd("gauge", "NaN and Inf in a gauge", "6 samples of 5 families",
        BODY + b'# TYPE g gauge\ng{a="1"} NaN\ng{a="2"} -Inf\n'),
    Odd("nan", "NaN in a counter", "a counter that is negative, infinite, 2^63 and more, or not a number",
        BODY + b'llm_requests_total{model="n"} NaN\n'),
    Odd("below", "a counter below zero", "a counter that is negative, infinite, 2^63 and more, or not a number",
        BODY + b'llm_requests_total{model="n"} -5\n'),
    Odd("twice", "a series twice", "1 series of the scrape came twice", BODY + REQUESTS + b" 7\n"),
    Odd("order", "a TYPE line after its samples", GOOD, b"\n".join(sorted(BODY.split(b"\n"),
        reverse=True)).strip() + b"\n"),
    Odd("help", "HELP and TYPE twice", GOOD,
        BODY + b"# HELP llm_requests_total a\n# HELP llm_requests_total b\n"
        + b"# TYPE llm_requests_total counter\n"),
    Odd("type", "a family whose type changes", "contradicts an earlier TYPE line",
        BODY + b"# TYPE llm_requests_total gauge\n"),
    Odd("speed", "a type that nobody knows", "unknown type in a TYPE line", BODY + b"# TYPE x speedometer\n"),
    Odd("escapes", "escapes in a label", "5 samples of 4 families", BODY
        + b'llm_requests_total{model="a\\\\b\\"c\\nd"} 5\n', requests=1005),
    Odd("quoted", "UTF-8 names in quotes", "5 samples of 5 families",
        BODY + '{"my.métrique",model="m","http.status"="200"} 1\n'.encode()),
    Odd("native", "a native histogram as text", DAMAGED, BODY + b'n{a="b"} {count:1,sum:2,schema:3}\n'),
    Odd("falling", "buckets that fall", "its buckets are no distribution", histogram((b"1", 300), (b"5", 200),
        (b"+Inf", 400))),
    Odd("no-inf", "buckets without `+Inf`", "its buckets are no distribution", histogram((b"1", 300), (b"5", 400))),
    Odd("crlf", "lines that end in CRLF", GOOD, BODY.replace(b"\n", b"\r\n")),
    Odd("bom", "a byte order mark", GOOD, b"\xef\xbb\xbf" + BODY),
    Odd("unended", "a last line without an end", "has no line end: truncated?",
        BODY + b'llm_requests_total{model="n"} 5'),
    Odd("words", "a line of words", DAMAGED, BODY + b"hello world\n"),
    Odd("unclosed", "labels that are not closed", "the labels are not closed", BODY + b'a{b="c"\n'),
    Odd("long", "a line of 5 MiB", "longer than 1048576 characters", BODY + b'a{b="' + b"x" * (5 * 2**20) + b'"} 1\n'),
    Odd("values", "5,000 models", "5,004 samples of 4 families",
        BODY.replace(b'"success"} 1000', b'"success"} 6000')
        + b"".join(b'llm_requests_total{model="m%d"} 1\n' % n for n in range(5000)), requests=6000),
    Odd("unrouted", "requests that no instance answered", "5,004 samples of 4 families",
        BODY + b"".join(b'llm_requests_total{model="m%d"} 1\n' % n for n in range(5000)), 1, requests=6000),
    Odd("names", "51,000 metric names", "more than 50,000 different metric names",
        b"".join(b"m%d 1\n" % n for n in range(51_000)), 3, None),
    Odd("nothing", "no line that is one", "no valid sample; line 1 'hello world': not a number",
        b"hello world\n", 3, None),
    Odd("bare", "families and no sample", "metric families are declared, but there is no sample", b"# TYPE a counter\n",
        3, None),
)  # fmt: skip
