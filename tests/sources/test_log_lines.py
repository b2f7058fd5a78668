"""Log files of JSON lines: what is a line of the window, what is none, and what of one is read."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmgw_report.errors import SourceError
from llmgw_report.model.database import LogTable
from llmgw_report.sources import log_lines

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT_MS = round(AT.timestamp() * 1000)
HOUR_MS = 3_600_000
TABLE = LogTable(
    time="timestamp",
    columns={"message": "fields.message", "took": "fields.took", "id": "span.request_id"},
    only={"message": ("Handling *", "response failed")},
)
SECRET = "sk-live-0123456789abcdef"


def line(ago: float = 60, message: str = "response failed", **more: object) -> str:
    time = (AT - timedelta(seconds=ago)).isoformat()
    return json.dumps({"timestamp": time, "fields": {"message": message}, **more})


def read(folder: Path, *texts: str | bytes, table: LogTable = TABLE) -> log_lines.LogLines:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"requests.{number}")
        files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    return log_lines.read([str(file) for file in files], table, AT_MS - HOUR_MS, AT_MS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["open", "LF", "CRLF"])
def test_the_lines_of_the_window_are_rows(tmp_path: Path, pack: type[bytes], end: str) -> None:
    lines = (line(2, took=1), line(1, "Handling chat", span={"request_id": "r1"}), line(1, "Body logged"))
    found = read(tmp_path, pack(((end or "\n").join(lines) + end).encode()))
    assert found.rows == ((AT_MS - 2000, "response failed", None, None), (AT_MS - 1000, "Handling chat", None, "r1"))
    assert (found.newest_ms, found.bad) == (AT_MS - 1000, 0)


def test_a_window_begins_after_its_first_instant_and_has_its_last_one(tmp_path: Path) -> None:
    found = read(tmp_path, "\n".join(map(line, (3600, 3599, 0, -1))))
    assert [row[0] for row in found.rows] == [AT_MS - HOUR_MS + 1000, AT_MS]
    assert found.newest_ms == AT_MS


@pytest.mark.parametrize(
    "broken",
    [
        *("{", "[]", "null", "12", "plain text", '{"timestamp": 1}}', '{"a": ' + "[" * 5000 + "]" * 5000 + "}"),
        '{"fields": {"message": "response failed"}}',
        '{"timestamp": null, "fields": {"message": "response failed"}}',
        '{"timestamp": true, "fields": {"message": "response failed"}}',
        '{"timestamp": "yesterday", "fields": {"message": "response failed"}}',
        '{"timestamp": {"at": 1}, "fields": {"message": "response failed"}}',
        '{"timestamp": -5}',
        '{"timestamp": 1e300}',
        '{"timestamp": 0}',
        b'{"timestamp": "2026-03-02T11:59:00Z", "x": "\xff\xfe"}',
        b"\x00\x01\x02",
    ],
    ids=repr,
)
def test_a_line_that_is_none_is_counted_and_costs_no_other(tmp_path: Path, broken: str | bytes) -> None:
    good = line().encode()
    found = read(tmp_path, b"\n".join((good, broken if isinstance(broken, bytes) else broken.encode(), b"", good)))
    assert (len(found.rows), found.bad) == (2, 1)


@pytest.mark.parametrize("length", [2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20])
def test_a_line_of_a_whole_body_is_passed_over(tmp_path: Path, length: int) -> None:
    """Its end must not be taken for a line of its own, nor the line after it for its end."""
    head, tail = line(message="response failed", body="")[:-2], '"}'
    long = head + "x" * (length - len(head) - len(tail)) + tail
    assert len(long) == length
    found = read(tmp_path, "\n".join((line(3), long, line(1))) + "\n")
    short = [row[0] for row in found.rows if row[0] != AT_MS - 60_000]
    assert short == [AT_MS - 3000, AT_MS - 1000]
    assert len(found.rows) == 2 + (length < 2**20)
    assert found.bad == 0


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000], ids=["s", "ms", "us", "ns"])
def test_a_number_is_a_time_in_the_unit_that_it_can_be_of(tmp_path: Path, unit: int) -> None:
    found = read(tmp_path, json.dumps({"timestamp": AT_MS * unit // 1000, "fields": {"message": "response failed"}}))
    assert [row[0] for row in found.rows] == [AT_MS]


@pytest.mark.parametrize(
    "time",
    [
        *("2026-03-02T11:00:30Z", "2026-03-02T11:00:30.000000+00:00", "2026-03-02 11:00:30"),
        *("2026-03-02T19:00:30+08:00", "2026-03-02T11:00:30.000123456Z", "20260302T110030Z"),
    ],
)
def test_a_text_is_a_time_in_its_zone_or_in_utc(tmp_path: Path, time: str) -> None:
    found = read(tmp_path, json.dumps({"timestamp": time, "fields": {"message": "response failed"}}))
    assert [row[0] for row in found.rows] == [AT_MS - HOUR_MS + 30_000]


@given(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.integers(), st.floats(allow_nan=False)))
def test_no_time_stops_the_reading(time: object) -> None:
    assert isinstance(log_lines._milliseconds(time), (int, type(None)))  # noqa: SLF001 - a file for each is slow


@pytest.mark.parametrize("text", ["a table\nof text\n", "x" * 2**21, b"\x00" * 100, '{"time": "2026-03-02T11:59Z"}\n'])
def test_a_file_that_is_no_log_is_an_error_beside_one_that_is(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SourceError, match=r"requests\.1: none of its lines .* time in timestamp"):
        read(tmp_path, line(), text)


def test_files_that_were_rotated_are_one_log(tmp_path: Path) -> None:
    """The newest may be empty yet, and a pattern of the shell may name a file that was named before."""
    found = read(
        tmp_path,
        gzip.compress(line(3).encode()) + gzip.compress(b"\n" + line(2).encode()),
        line(1),
        "",
        gzip.compress(b""),
    )
    assert [row[0] for row in found.rows] == [AT_MS - 3000, AT_MS - 2000, AT_MS - 1000]
    same = str(tmp_path / "requests.1")
    assert len(log_lines.read([same, same], TABLE, AT_MS - HOUR_MS, AT_MS).rows) == 1


@pytest.mark.parametrize("what", ["missing", "folder", "cut"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, what: str) -> None:
    file = tmp_path / what
    if what == "folder":
        file.mkdir()
    elif what == "cut":
        file.write_bytes(gzip.compress("\n".join(map(line, range(1, 900))).encode())[:-20])
    with pytest.raises(SourceError, match=what):
        log_lines.read([str(file)], TABLE, AT_MS - HOUR_MS, AT_MS)


def test_what_no_column_names_is_not_read(tmp_path: Path) -> None:
    """Nor is an object that stands where a column expects a text: a body may be anywhere."""
    hidden: dict[str, Any] = {
        "body": SECRET,
        "fields": {"message": "response failed", "took": {"key": SECRET}, SECRET: SECRET},
    }
    found = read(tmp_path, line(**hidden), line(span={"request_id": [SECRET]}))
    assert len(found.rows) == 2
    assert SECRET not in repr(found)


def test_a_value_is_a_number_or_a_text_of_limited_length(tmp_path: Path) -> None:
    values = (7, 1.5, True, 2**70, "x" * 5000, None)
    texts = [line(fields={"message": "response failed", "took": value}) for value in values]
    found = read(tmp_path, "\n".join(texts))
    assert [row[2] for row in found.rows] == [7, 1.5, 1, None, "x" * 2000, None]


def test_more_lines_than_memory_is_for_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "_MOST_ROWS", 3)
    with pytest.raises(SourceError, match="more than 3 lines in the window"):
        read(tmp_path, "\n".join([line()] * 4))
    assert len(read(tmp_path, "\n".join([line()] * 3 + [line(message="Body logged")] * 9)).rows) == 3
