"""Parses the text exposition format, wherever its bytes come from."""

from collections.abc import Iterable

from llmgw_report.errors import SourceError
from llmgw_report.messages import msg
from llmgw_report.model.scrape import Interest, Scrape
from llmgw_report.sources.exposition.grammar import whole_lines
from llmgw_report.sources.exposition.reader import Reader

#: Names of metrics and of labels are the program's, not its clients': a gateway has not so many.
_MAX_NAMES = 50_000
#: Some editors and shells write it; it means something only at the very start.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse(blocks: Iterable[bytes], interest: Interest, target: str) -> Scrape:
    """Sum the samples named by `interest` out of an exposition, in the classic or the OpenMetrics text format.

    `blocks` is the body in order, cut anywhere. A line that is not exposition text costs that line and
    is counted. A series that comes twice is dropped the second time, as long as it is one of `interest`
    and one of the first 100,000 or so of those: beyond them only a repetition of a remembered series is
    noticed, because remembering a million of them would take ten times the memory of everything else here.
    Of a label that is kept, the first 1,000 values are told apart, and the others are one more (`OTHER`).
    Series outside `interest` are counted, not compared. A label with an empty value is not the same as
    no label for this comparison. Raises SourceError where there are too many metric names to be one program's.
    """
    reader = Reader(interest)
    for number, lines in enumerate(whole_lines(reader.counted(blocks))):
        reader.read(lines if number else lines.removeprefix(_BYTE_ORDER_MARK))
        if reader.names > _MAX_NAMES:
            raise SourceError(
                f"{target}: more than {_MAX_NAMES:,} different metric names and label sets, reading stopped",
                msg("a gateway has a few hundred: check what answers at that address"),
            )
    return reader.scrape(target)
