"""Good input to begin with: what the examples hold, in pieces small enough that most changes matter."""

import re
from pathlib import Path
from random import Random

from llmgw_report import gateways

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Sample lines that a piece of a large family keeps.
_LINES = 4

#: What the examples' gateways do not write, and others do.
_ODD = (
    b"""# TYPE a_seconds histogram
# UNIT a_seconds seconds
a_seconds_bucket{le="1.0"} 3 1.5 # {trace_id="4bf9"} 0.5 1.2
a_seconds_bucket{le="+Inf"} 4
a_seconds_count 4
a_seconds_sum 5
a_seconds_created 1700000000.123
# EOF
""",
    b'{"my.metric",model="m","http.status"="200"} 1\n# TYPE "my.metric" gauge\n',
    b'# TYPE n histogram\nn_count 0\nn_sum 0\nn{a="b"} {count:1,sum:2,schema:3,zero_threshold:1e-128}\n',
    b'# TYPE s stateset\ns{s="on"} 1\n# TYPE g gaugehistogram\ng_bucket{le="+Inf"} 1\ng_gcount 1\ng_gsum -1\n',
    b'esc{a="back\\\\slash",b="quote\\"",c="line\\nend",d="odd\\q"} 1 1700000000000\n',
    b'x{a="1"} NaN\nx{a="2"} +Inf\nx{a="3"} -Inf\nx{a="4"} -5\nx{a="1"} 7\n# TYPE x counter\n# TYPE x gauge\n',
    b'cr{a="1"} 1\r\ncr{a="2"} 2\r\n# HELP cr text\r\n# HELP cr other text',
    b'"quoted" 1\n{a="b"} 1\n{} 1\nm{,} 1\nm{a="b",} 1\nm {a = "b"}\t1 # c\n',
)


class Scrapes:
    """Small scrapes: what one gateway is recognised by, and a few families more."""

    def __init__(self) -> None:
        scrapes = [_blocks(file.read_bytes()) for file in sorted(EXAMPLES.glob("*/metrics.prom"))]
        signs = {name.encode() for one in gateways.load_all() for name in one.detect.families}
        self._signs = [[block for block in blocks if _name(block) in signs] for blocks in scrapes]
        self._blocks = scrapes
        self.others = [*_ODD, *(block for blocks in scrapes for block in blocks)]
        self.words = sorted(set(re.findall(rb"[A-Za-z_:][A-Za-z0-9_:.-]{2,}", b"".join(self.others))))

    def one(self, random: Random) -> bytes:
        """Any of them."""
        which = random.randrange(len(self._blocks))
        more = random.sample(self._blocks[which], min(random.randint(1, 3), len(self._blocks[which])))
        odd = [random.choice(_ODD)] if random.random() < 0.3 else []
        blocks = [*self._signs[which], *more, *odd]
        random.shuffle(blocks)
        return b"".join(_some(block, random) for block in blocks)


def _blocks(scrape: bytes) -> list[bytes]:
    """The families of a scrape, each with its comments."""
    return [block for block in re.split(rb"(?m)^(?=# HELP )", scrape) if block]


def _name(block: bytes) -> bytes:
    return block.split(b" ", 3)[2]


def _some(block: bytes, random: Random) -> bytes:
    """The comments and some consecutive samples."""
    lines = block.splitlines(keepends=True)
    head = [line for line in lines if line.startswith(b"#")]
    rest = lines[len(head) :]
    start = random.randint(0, max(0, len(rest) - _LINES))
    return b"".join((*head, *rest[start : start + _LINES]))
