"""What only a random generator writes.

Names change between capitals, small letters and digits seldom, a random text with every second character. Hashes
are random as well and no secrets: digests, UUIDs and ids that say what they are of stay.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from re import ASCII, IGNORECASE, Match

from llmgw_report.redaction.spans import SHORTEST, Span, Text, expression

#: Characters of the shortest word that is taken for a secret without anything beside it that says so.
LONG = 32
#: A run without a separator that is shorter than this is part of a name: `meta-llama/Llama-3.3-70B-Instruct`.
RUN = 12
#: Share of neighbours of different kinds. A random text of 32 letters and digits has 0.6, a name of CamelCase 0.3.
MIXED = 0.36
#: Where separators fall so that no run is long, which chance does as well.
MIXED_SHORT, SHORT_RUN = 0.5, 8
#: Small letters and digits alone, or capitals and digits: 0.3 to 0.4 at random, and no name has a run as long.
SINGLE, SINGLE_RUN = 0.1, 24
#: Beside a word that names a secret.
NAMED = 0.24

_DIGEST_LENGTHS = frozenset({16, 24, 32, 40, 56, 64, 96, 128})
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
#: How the ids of requests, messages, files and the like begin, as vendors document them.
_ID = (
    r"(?:req|request|chatcmpl|cmpl|embd|msg|resp|run|call|fc|rs|ws|item|toolu|tooluse|srvtoolu|batch|msgbatch|gen|file|asst"
    r"|thread|step|vs|trace|span|conv|evt|event|job|ftjob|ft|modr|img|org|proj|user|sha\d*|md5|commit|digest|etag|fp|cache)"
    r"[-_](?:abs[-_])?[A-Za-z0-9_-]+"
)


def random_spans(text: Text) -> Iterator[Span]:
    """Where the random words are."""
    return (word.span() for word in text.words if len(word[0]) >= LONG and _is_random(word[0]))


def is_key(value: str) -> bool:
    """Whether the value is random and no hash: one word, and as short as a key can be."""
    return len(value) >= SHORTEST and " " not in value and _is_random(value)


def is_random_or_digest(word: str) -> bool:
    """Whether a word beside which something says that it is a secret can be one."""
    runs = [run for run in _runs(expression(_UUID, 0).sub("", word)) if len(run) >= RUN and not run.isdigit()]
    return any(_changes(run) >= (NAMED if _has_digit(run) else MIXED) for run in runs)


def _is_random(word: str) -> bool:
    if expression(_ID, 0).fullmatch(word):
        return False
    runs = [run for run in _runs(expression(_UUID, 0).sub("", word)) if not run.isdigit() and not _is_digest(run)]
    longest, whole = max(runs, key=len, default=""), "".join(runs)
    if whole.islower() or whole.isupper():
        return len(longest) >= SINGLE_RUN and _has_digit(longest) and _changes(longest) >= SINGLE
    limit = MIXED if len(longest) >= RUN else MIXED_SHORT
    return len(longest) >= SHORT_RUN and _has_digit(whole) and _changes(whole) >= limit


def _has_digit(run: str) -> bool:
    return any(char.isdigit() for char in run)


def _runs(word: str) -> Iterable[str]:
    return word.translate(_SEPARATORS).split()


def _is_digest(run: str) -> bool:
    return len(run) in _DIGEST_LENGTHS and all(char in "0123456789abcdef" for char in run.lower())


def _changes(run: str) -> float:
    kinds = [char.isdigit() + 2 * char.isupper() for char in run]
    return sum(first != second for first, second in pairwise(kinds)) / max(len(kinds) - 1, 1)


_SEPARATORS = str.maketrans("+/_-=~", "      ")


#: Characters after the name in which a secret begins.
REACH = 64

_NAMES = {
    "key": r"keys?(?<![\w-]keys)(?![\w-])",
    "secret": r"secret(?![\w-])",
    "token": r"token(?![\w-])",
    "password": r"password(?![\w-])",
    "credential": r"credentials?(?![\w-])",
}
#: Keys of databases and caches are no secrets.
_NO_NAME = r"(?:cache|primary|foreign|partition|sort|row|idempotency|object|redis|unique|index|public|[\w-])[ _-]?\Z"
#: What a key should be shown as, and what is no part of the sentence any more.
_STOP = r"hash|digest|sha\d|fingerprint|request|trace|[\r\n]|\\n"


def nearby_spans(text: Text) -> Iterator[Span]:
    """Where such words are."""
    if not text.words:
        return
    for anchor, pattern in _NAMES.items():
        for name in text.at(anchor, pattern, ASCII | IGNORECASE):
            if not expression(_NO_NAME, IGNORECASE).search(text, max(0, name.start() - 16), name.start()):
                yield from _after(name, text)


def _after(name: Match[str], text: Text) -> Iterator[Span]:
    """Up to the first word that says that a hash or an id follows."""
    stop = expression(_STOP, IGNORECASE).search(text, name.end(), name.end() + REACH)
    end = stop.start() if stop else name.end() + REACH
    for word in text.words:
        if name.end() < word.start() < end and is_random_or_digest(word[0]):
            yield word.span()
