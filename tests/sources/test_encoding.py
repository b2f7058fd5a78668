"""Saved scrapes as programs write them: UTF-16, gzip, and files of other kinds."""

import gzip
import os
from pathlib import Path

import pytest

from llmgw_report.config.settings import MetricsTarget
from llmgw_report.errors import SourceError
from llmgw_report.model.scrape import Scrape, Wanted
from llmgw_report.sources.prometheus import scrape

TEXT = "# TYPE up gauge\n" + "".join(f'up{{job="métrique {number}"}} 1\n' for number in range(20_000))


def read(folder: Path, content: bytes, max_bytes: int = 2**29) -> Scrape:
    (folder / "m.prom").write_bytes(content)
    return scrape(MetricsTarget(file=str(folder / "m.prom"), max_bytes=max_bytes), {"up": Wanted(labels=("job",))})


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(TEXT[:1000].encode(), mtime=0) + gzip.compress(TEXT[1000:].encode(), mtime=0),
        gzip.compress(TEXT.encode("utf-16"), mtime=0),
    ],
    ids=["UTF-8", "with a mark", "UTF-16", "big-endian", "gzip", "two streams", "UTF-16 in gzip"],
)
def test_however_it_is_written_it_is_the_same_scrape(content: bytes, tmp_path: Path) -> None:
    found = read(tmp_path, content)
    assert (found.sample_count, found.bad_line_count) == (20_000, 0)
    assert ("métrique 7",) in found.samples["up"]


def test_a_gzip_stream_that_is_cut_has_a_truncated_line(tmp_path: Path) -> None:
    content = gzip.compress(TEXT.encode())
    found = read(tmp_path, content[: len(content) // 2])
    assert 0 < found.sample_count < 20_000
    assert "truncated" in found.bad_lines[0].reason


def test_what_unpacks_to_too_much_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="reading stopped"):
        read(tmp_path, gzip.compress(b"up 1\n" * 10_000_000), max_bytes=2**20)


@pytest.mark.parametrize(
    ("content", "kind", "remedy"),
    [
        (b"SQLite format 3\0" + bytes(100), "an SQLite database instead of metrics", "--db-path"),
        (b"\x1f\x8b", "a damaged gzip file", "save the scrape again"),
        (gzip.compress(b"up 1\n", mtime=0)[:12] + b"no deflate", "a damaged gzip file", "save the scrape again"),
        (b"PK\x03\x04" + bytes(100), "a zip archive instead of metrics", "text format"),
        (b"\x7fELF\0\1", "binary data instead of metrics", "text format"),
        ("up 1\n".encode("utf-16-le"), "binary data instead of metrics", "text format"),
    ],
)
def test_another_kind_of_file_is_named(content: bytes, kind: str, remedy: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=kind) as caught:
        read(tmp_path, content)
    assert remedy in caught.value.hint


def test_the_times_of_samples_and_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "m.prom").write_text("")
    found = read(tmp_path, b'up{job="a"} 1 1767921600000\nup{job="b"} 1 1767921500\nup{job="c"} 1 -5\n')
    assert found.newest_ms == 1767921600000
    os.utime(tmp_path / "m.prom", (1e9 + 5, 1e9 + 5))
    again = scrape(MetricsTarget(file=str(tmp_path / "m.prom")), {})
    assert again.modified_ms == (1e9 + 5) * 1000
