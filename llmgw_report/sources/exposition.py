"""Prometheus text in, sums out: streamed, so that memory follows what is asked for and not what is sent."""

from collections.abc import Iterable

from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.sources.exposition_blocks import whole_lines
from llmgw_report.sources.exposition_reader import Reader

#: The byte order mark that some editors and shells write; only ever meant at the very start.
_MARK = b"\xef\xbb\xbf"


def parse(blocks: Iterable[bytes], interest: Interest, target: str) -> Scrape:
    """Sum the samples named by `interest` out of an exposition, in the classic or the OpenMetrics text format.

    `blocks` is the body in order, cut anywhere. A line that is not exposition text costs that line and
    is counted. A series that comes twice is dropped the second time, as long as it is one of `interest`
    and one of the first 100,000 or so of those: beyond them only a repetition of a remembered series is
    seen, because remembering a million of them would take ten times the memory of everything else here.
    Series outside `interest` are counted, not compared. A label with an empty value is not the same as
    no label for this comparison.
    """
    reader = Reader(interest)
    size = 0
    for lines in whole_lines(blocks):
        reader.read(lines if size else lines.removeprefix(_MARK))
        size += len(lines)
    return reader.scrape(target, size)
