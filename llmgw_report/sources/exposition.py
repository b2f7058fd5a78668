"""Prometheus text in, sums out: streamed, so that memory follows what is asked for and not what is sent."""

from collections.abc import Iterable, Iterator

from llmgw_report.errors import SourceError
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.sources.exposition_blocks import whole_lines
from llmgw_report.sources.exposition_reader import Reader

#: The byte order mark that some editors and shells write; only ever meant at the very start.
_MARK = b"\xef\xbb\xbf"
#: Names of metrics and of labels are the program's, not its clients': a million of them is no gateway.
_SHAPES = 50_000


def parse(blocks: Iterable[bytes], interest: Interest, target: str) -> Scrape:
    """Sum the samples named by `interest` out of an exposition, in the classic or the OpenMetrics text format.

    `blocks` is the body in order, cut anywhere. A line that is not exposition text costs that line and
    is counted. A series that comes twice is dropped the second time, as long as it is one of `interest`
    and one of the first 100,000 or so of those: beyond them only a repetition of a remembered series is
    seen, because remembering a million of them would take ten times the memory of everything else here.
    Of a label that is kept the first 1,000 values are told apart, and the others are one more (`OTHER`).
    Series outside `interest` are counted, not compared. A label with an empty value is not the same as
    no label for this comparison. Raises SourceError where there are too many metric names to be one program's.
    """
    reader, size = Reader(interest), _Size()
    for number, lines in enumerate(whole_lines(size.of(blocks))):
        reader.read(lines if number else lines.removeprefix(_MARK))
        if reader.shapes > _SHAPES:
            message = f"{target}: more than {_SHAPES:,} different metric names and label sets, reading stopped"
            raise SourceError(message, "a gateway has some hundreds: check what answers there")
    return reader.scrape(target, size.total)


class _Size:
    """How much there was, of lines too long to be kept as well."""

    total = 0

    def of(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks, counted as they pass."""
        for block in blocks:
            self.total += len(block)
            yield block
