"""Messages that differ only by request are one pattern; those that say another thing are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.gateways.rows import ErrorRecord
from llmgw_report.model.sections import ErrorPattern
from llmgw_report.pipeline.measure import Measured, Windows
from llmgw_report.pipeline.sections.log_errors import began_inside, error_patterns, pattern


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("timed out after 60s", "timed out after {n}s"),
        ("retry 3 of 5", "retry {n} of {n}"),
        ("upstream request failed: status 502", "upstream request failed: status 502"),
        ('{"error": {"message": "no", "code":"503"}}', '{"error": {"message": "no", "code":"503"}}'),
        ("503 provider_error after 12 s", "503 provider_error after {n} s"),
        ("500 server_error: try 3", "500 server_error: try {n}"),
        ("Upstream 429", "Upstream 429"),
        ("HTTPException: 502: no answer", "HTTPException: 502: no answer"),
        ("TimeoutError: 450 ms", "TimeoutError: {n} ms"),
        ("Upstream error (502 Bad Gateway): 7 tries", "Upstream error (502 Bad Gateway): {n} tries"),
        (
            "response failed: Status code: 529 <unknown status code>",
            "response failed: Status code: 529 <unknown status code>",
        ),
        ('"status_code": 404, "n": 12', '"status_code": 404, "n": {n}'),
        ("answered with 450 ms of silence", "answered with {n} ms of silence"),
        ("a batch of 432 rows, line 1 column 517", "a batch of {n} rows, line {n} column {n}"),
        ("HTTP/1.1 429 from https://api.example.com/v1?x=1", "HTTP/1.1 429 from {url}"),
        ("no answer (https://api.example.com/v1): timed out", "no answer ({url}): timed out"),
        ("request 296e8e2a-90cd-439d-b873-09d086b99f4d lost", "request {uuid} lost"),
        ("connect to 10.0.0.7:443 refused", "connect to {address} refused"),
        ("model gpt-4 is unknown", "model gpt-4 is unknown"),
        ("claude-haiku-4-5-20251001 overloaded", "claude-haiku-4-5-20251001 overloaded"),
        ("digest 9a9c531c55e52cac does not match", "digest {hash} does not match"),
        ("chatcmpl-8f3kd92hf9 aborted at 2026-01-09T01:26:40.123Z", "{id} aborted at {time}"),
    ],
)
def test_a_pattern(message: str, expected: str) -> None:
    assert pattern(message) == expected


@given(st.text(max_size=400))
def test_a_pattern_is_its_own_pattern(message: str) -> None:
    assert pattern(pattern(message)) == pattern(message)
    assert len(pattern(message)) <= 300


@given(st.integers(400, 599), st.integers(400, 599))
def test_other_statuses_make_other_patterns(first: int, second: int) -> None:
    """Of a refused key, an unknown model and a broken provider a gateway may write the same text."""
    texts = ("{} provider_error: no answer", '{{"code":"{}"}}', "upstream {}", "Status code: {} <unknown status code>")
    for text in texts:
        same = pattern(text.format(first)) == pattern(text.format(second))
        assert same == (first == second), text


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_do_not_make_another_pattern(first: int, second: int) -> None:
    assert pattern(f"waited {first} ms") == pattern(f"waited {second} ms")


@pytest.mark.parametrize(
    ("per_bucket", "inside"),
    [
        ((), False),
        ((0, 0, 0), False),
        ((3, 0, 0), False),
        ((0, 1, 0), True),
        ((0, 1, 0, 1), False),
        ((0, 0, 1, 0, 1), True),
        ((0, 0, 0, 2, 5, 1), True),
    ],
)
def test_what_comes_once_in_a_while_may_have_begun_before_the_window(
    per_bucket: tuple[int, ...], *, inside: bool
) -> None:
    assert began_inside(per_bucket) is inside


HOUR_MS = 3_600_000
WINDOWS = Windows(
    until_ms=2 * HOUR_MS,
    latest_ms=2 * HOUR_MS,
    since_ms=HOUR_MS,
    trend_since_ms=0,
    bucket_ms=HOUR_MS // 2,
    slow_ms=5000,
    top=5,
    group_by="provider",
)


def row(message: str, providers: str | None, *, began_ms: float | None = None) -> ErrorRecord:
    return ErrorRecord(
        level="ERROR",
        message=message,
        count=3,
        providers=providers,
        instances=None,
        first_ms=HOUR_MS + 60_000,
        last_ms=2 * HOUR_MS,
        buckets="[[0, 2], 1]",
        began_ms=began_ms,
    )


def one_of(*rows: ErrorRecord) -> ErrorPattern:
    measured = Measured(
        windows=WINDOWS,
        gateway=None,
        scrapes=(),
        indicators=(),
        database=None,
        rows={"error_patterns": rows},
        failed=(),
    )
    (found,) = error_patterns(measured)
    return found


@pytest.mark.parametrize(
    ("providers", "names", "counts"),
    [
        ('[["b", 1], ["a", 1], [null, 7], ["b", 2]]', ("a", "b"), {"b": 3, "a": 1}),
        ('["b", "a", null]', ("a", "b"), {}),
        ('["a", ["b", 2]]', ("a", "b"), {}),
        ("[]", (), {}),
        (None, (), {}),
    ],
    ids=["counted", "named", "one is not counted", "none", "not recorded"],
)
def test_a_pattern_has_the_rows_of_each_provider_where_all_are_counted(
    providers: str | None, names: tuple[str, ...], counts: dict[str, int]
) -> None:
    found = one_of(row("no answer", providers))
    assert (found.providers, found.provider_counts) == (names, counts)
    assert list(found.provider_counts) == list(counts)
    assert found.per_bucket == (2, 1)


def test_rows_of_several_messages_are_counted_together() -> None:
    found = one_of(row("waited 1 s", '[["a", 3]]'), row("waited 2 s", '[["a", 1], ["b", 2]]'))
    assert (found.count, found.provider_counts, found.per_bucket) == (6, {"a": 4, "b": 2}, (4, 2))


@pytest.mark.parametrize(
    ("message", "began"), [("no answer", "1970-01-01T00:30:00Z"), ("waited 7 s", None)], ids=["equal", "alike"]
)
def test_the_beginning_of_equal_messages_is_not_that_of_messages_alike(message: str, began: str | None) -> None:
    assert one_of(row(message, None, began_ms=HOUR_MS / 2)).began == began
