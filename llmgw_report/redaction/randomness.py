"""Finds keys without a known prefix: words that only a random generator writes.

Names change between capitals, small letters and digits seldom, a random text with every second character. Hashes
are random as well and no secrets: digests, UUIDs and ids that say what they identify stay.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from re import ASCII, IGNORECASE, Match

from llmgw_report.redaction.spans import KEY_CHARACTERS, Rule, Searched, Span, expression

#: Of the shortest word that is taken for a secret with no word beside it that announces one.
_WORD_CHARACTERS = 32
#: The same for a word of small letters, capitals and digits without a separator, unless it follows the word of an id.
_SHORT_KEY_CHARACTERS = 24
_ID_BEFORE = (
    r"(?:id|ids|ref|request|trace|span|session|build|commit|digest|etag|hash|object|file)[\"']?\s*[=:#(]?\s*[\"']?\Z"
)
#: A run without a separator that is shorter than this is part of a name: `meta-llama/Llama-3.3-70B-Instruct`.
_RUN_CHARACTERS = 12
#: Ratio of neighbours of different kinds. A random text of 32 letters and digits has 0.6, a name of CamelCase 0.3.
_MIXED_RATIO = 0.36
#: The same where separators leave no run long, which a random text may have as well.
_SHORT_RUN_RATIO, _SHORT_RUN_CHARACTERS = 0.5, 8
#: Of small letters and digits alone, or capitals and digits: 0.3 to 0.4 at random, and no name has a run as long.
_ONE_CASE_RATIO, _ONE_CASE_CHARACTERS = 0.1, 24
#: Beside a word that names a secret.
_NAMED_RATIO = 0.24
#: Characters after that word in which the secret begins, and before it in which `_OTHER_KEYS` may stand.
_AFTER_CHARACTERS, _BEFORE_CHARACTERS = 64, 16

_SEPARATORS = str.maketrans("+/_-=~", "      ")
_DIGEST_LENGTHS = frozenset({16, 24, 32, 40, 56, 64, 96, 128})
_UUID_DASHES = 4
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
#: How the ids of requests, messages, files and the like begin, as vendors document them.
_ID = (
    r"(?:req|request|chatcmpl|cmpl|embd|msg|resp|run|call|fc|rs|ws|item|toolu|tooluse|srvtoolu|batch|msgbatch|gen|file|asst"
    r"|thread|step|vs|trace|span|conv|evt|event|job|ftjob|ft|modr|img|org|proj|user|sha\d*|md5|commit|digest|etag|fp|cache)"
    r"[-_](?:abs[-_])?[A-Za-z0-9_-]+"
)
#: Words that announce a secret.
_NAMES = tuple(
    Rule(anchor, pattern, flags=ASCII | IGNORECASE)
    for anchor, pattern in (
        ("key", r"keys?(?<![\w-]keys)(?![\w-])"),
        ("secret", r"secret(?![\w-])"),
        ("token", r"token(?![\w-])"),
        ("password", r"password(?![\w-])"),
        ("credential", r"credentials?(?![\w-])"),
    )
)
#: Before "key", and the like, where it names no secret: keys of databases and caches.
#: But "Incorrect API key" and `api_key` name one: only these words may have a blank or a dash behind them.
_OTHER_KEYS = (
    r"(?:(?:cache|primary|foreign|partition|sort|row|idempotency|object|redis|unique|index|public"
    r"|unexpected|stop|next|page|special|continuation)[ _-]?"
    r"|(?<!api)(?<=[A-Za-z0-9]))\Z"
)
#: What a key should be shown as, and what ends the sentence.
_STOP = r"hash|digest|sha\d|fingerprint|request|trace|[\r\n]|\\n|\", ?\""


def random_spans(text: Searched) -> Iterator[Span]:
    """The random words, wherever they stand."""
    for word in text.words:
        length = len(word[0])
        long = length >= _WORD_CHARACTERS or (
            length >= _SHORT_KEY_CHARACTERS and _is_mixed(word[0]) and not _names_an_id(text, word.start())
        )
        if long and _is_random(word[0]):
            yield word.span()


def _is_mixed(word: str) -> bool:
    """Whether a word is one run of small letters, capitals and digits, as random as a key."""
    kinds = (str.islower, str.isupper, str.isdigit)
    return word.isalnum() and all(any(map(kind, word)) for kind in kinds) and _changes(word) >= _SHORT_RUN_RATIO


def _names_an_id(text: Searched, start: int) -> bool:
    """Whether the word before says that an id follows: ids of some makers are as random as keys."""
    return bool(expression(_ID_BEFORE, IGNORECASE).search(text, max(0, start - _AFTER_CHARACTERS), start))


def is_key(value: str) -> bool:
    """Whether a value is one random word and no hash; it may be as short as a key can be."""
    return len(value) >= KEY_CHARACTERS and " " not in value and _is_random(value)


def nearby_spans(text: Searched) -> Iterator[Span]:
    """The random words after one that announces a secret."""
    if not text.words:
        return
    for rule in _NAMES:
        for name in text.at(rule):
            words = _after(name, text)
            if words and not expression(_OTHER_KEYS, IGNORECASE).search(
                text, max(0, name.start() - _BEFORE_CHARACTERS), name.start()
            ):
                yield from words


def _after(name: Match[str], text: Searched) -> list[Span]:
    """The random words up to one that announces a hash or an id."""
    end = name.end() + _AFTER_CHARACTERS
    words = [word for word in text.words_in(name.end(), end) if _may_be_named(word[0])]
    stop = expression(_STOP, IGNORECASE).search(text, name.end(), end) if words else None
    return [word.span() for word in words if stop is None or word.start() < stop.start()]


def _may_be_named(word: str) -> bool:
    """Whether a word that is announced as a secret can be one; digests count."""
    runs = [run for run in _runs(_without_uuids(word)) if len(run) >= _RUN_CHARACTERS and not run.isdigit()]
    return any(_changes(run) >= (_NAMED_RATIO if _has_digit(run) else _MIXED_RATIO) for run in runs)


def _is_random(word: str) -> bool:
    if not _has_digit(word) or expression(_ID, 0).fullmatch(word):
        return False
    runs = [run for run in _runs(_without_uuids(word)) if not run.isdigit() and not _is_digest(run)]
    longest, whole = max(runs, key=len, default=""), "".join(runs)
    if whole.islower() or whole.isupper():
        return len(longest) >= _ONE_CASE_CHARACTERS and _has_digit(longest) and _changes(longest) >= _ONE_CASE_RATIO
    limit = _MIXED_RATIO if len(longest) >= _RUN_CHARACTERS else _SHORT_RUN_RATIO
    return len(longest) >= _SHORT_RUN_CHARACTERS and _has_digit(whole) and _changes(whole) >= limit


def _without_uuids(word: str) -> str:
    """The word without UUIDs, which have four dashes; most words have none."""
    return expression(_UUID, 0).sub("", word) if word.count("-") >= _UUID_DASHES else word


def _has_digit(run: str) -> bool:
    return any(char.isdigit() for char in run)


def _runs(word: str) -> Iterable[str]:
    return word.translate(_SEPARATORS).split()


def _is_digest(run: str) -> bool:
    return len(run) in _DIGEST_LENGTHS and all(char in "0123456789abcdef" for char in run.lower())


def _changes(run: str) -> float:
    kinds = [char.isdigit() + 2 * char.isupper() for char in run]
    return sum(first != second for first, second in pairwise(kinds)) / max(len(kinds) - 1, 1)
