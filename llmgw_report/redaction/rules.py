"""What stands beside a secret, whatever the secret looks like: names, headers, addresses, options."""

from collections.abc import Iterator
from re import IGNORECASE

from llmgw_report.redaction.spans import Span, Text, expression
from llmgw_report.redaction.vocabulary import INNOCENT, INNOCENT_QUOTED, QUOTE, SECRET_NAMES

#: Python writes bytes as b'...'.
_BYTES = rf"(?:b(?={QUOTE}))?"
#: Between a name and its value: `=`, `:`, `=>`, the quotes around it, and the bracket of a list of headers.
_BETWEEN = rf"(?:{QUOTE})?\s*+[:=]>?\s*+(?:\[(?!redacted\]))?+{_BYTES}"
#: A quoted value goes up to its quote, blanks included, or to the end of a text that was cut; a bare one to a blank.
_VALUE = (
    rf"(?P<quote>{QUOTE})?(?P<secret>(?(quote){INNOCENT_QUOTED}(?:(?!(?P=quote))[^\n])+"
    rf"|{INNOCENT}[^\s\"'`,;&<>{{}}()\[\]\\]{{4,}}))"
)
_SCHEME = r"(?:(?:bearer|basic|digest|token|apikey|negotiate)[\s+]++)?+"
#: A header as programs print it, `('authorization', 'Bearer ...')`.
_PAIR = rf"{QUOTE},\s*{_BYTES}{QUOTE}{_SCHEME}(?P<secret>(?!\[)[^\"'`\\\n]+)"
_OPENED = rf"[(\[{{]\s*b?{QUOTE}[\w.-]*\Z"
LONGEST_NAME = 64
_LINE = rf"{_BETWEEN}(?:{QUOTE})?+{_SCHEME}(?P<secret>{INNOCENT}[^\r\n\"'\\]{{6,}})"

#: Anchor, and from there on a pattern whose group `secret` is one.
RULES = (
    (
        "-----begin",
        (
            r"(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
            r"[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z))"
        ),
    ),
    *((header, f"{header}(?:{_LINE}|{_PAIR.replace('secret', 'paired')})") for header in ("authorization", "cookie")),
    ("bearer", r"bearer[\s+]+(?P<secret>(?=\S*\d|\S{20})[\w.~+/=-]{8,})"),
    ("basic", r"basic[\s+]+(?P<secret>(?-i:(?=[\w+/]*(?:[a-z][A-Z]|\d)|[\w+/]+=))[\w+/-]{8,}={0,2})"),
    (
        "://",
        (
            # Bounded: of a long text with many of them each would be read to its end.
            r"://(?!git@)(?P<secret>(?:[^\s/:@\"'<>\[]{0,128}+:(?!\d{1,5}[/?])[^\s\"'<>@]{0,512}+"
            r"(?:@[^\s\"'<>@/]{0,128}+(?=@)){0,3}+|[^\s/:?#@\"'<>\[\]]{1,512}+)(?=@))"
        ),
    ),
    *(
        (
            mark,
            (
                rf"\{mark}[\w.-]*(?:key|token|secret|passw\w*|pwd|sig|signature|credential|auth|jwt|session\w*|code)="
                r"(?P<secret>(?!\[)[^&\s\"'<>#\\]+)"
            ),
        )
        for mark in "?&;"
    ),
    *((anchor, f"{name}(?:{_BETWEEN}{_VALUE}|{_PAIR.replace('secret', 'paired')})") for anchor, name in SECRET_NAMES),
    ("token", rf"token(?<![\w-]token){_BETWEEN}(?:{QUOTE})?(?P<secret>(?=\S*\d)(?=\S*[a-z])[\w.~+/=-]{{8,}})"),
    ("<", r"<[\w:-]*(?:key|token|secret|password)>(?P<secret>(?!\[)[^<\s]+)"),
    (
        " -",
        (
            r" (?:--[\w-]*(?:key|token|secret|passw(?:or)?d|user)[= ]|-u )[\"']?"
            r"(?P<secret>(?!-|\[|[\d.]+(?!\S))[^\s\"']{4,})"
        ),
    ),
)
_EMAIL = r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}(?![\w-])"


def spans(text: Text) -> Iterator[Span]:
    """Where they are."""
    for anchor, pattern in RULES:
        for found in text.at(anchor, pattern):
            if found["secret"] is not None:
                yield found.span("secret")
            elif expression(_OPENED, 0).search(text, max(0, found.start() - LONGEST_NAME), found.start()):
                yield found.span("paired")
    if "@" in text:
        yield from (found.span() for found in expression(_EMAIL, 0).finditer(text))


def names_a_secret(name: str) -> bool:
    """Whether what has this name is a secret."""
    read = Text(name)
    names = (*SECRET_NAMES, ("authorization", "authorization"), ("cookie", "cookie"))
    return any(found.end() == len(name) for anchor, pattern in names for found in read.at(anchor, pattern, IGNORECASE))
