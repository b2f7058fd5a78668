"""Finds secrets by the sentence that gives them away: "Incorrect API key provided: ...", "the password is ...".

What a key looks like does not matter here: of 32 hexadecimal digits only the sentence says whether they are a key or
the id of a request.
"""

from collections.abc import Iterator
from re import IGNORECASE

from llmgw_report.redaction.spans import Searched, Span, expression

_END = r"(?![A-Za-z0-9_-])"
#: Names of a secret that a sentence may have as its subject, each with its anchor.
_NAMES = (
    (
        "key",
        r"key(?<=(?:api|ess|ate|ter|ret|ual|ion|ing)[ _-]key)|key(?<=apikey)|key(?<=\bmy key)|key(?<=\byour key)|key(?<=\bthe key)",
    ),
    ("token", r"token(?<![\w-]token)|token(?<=(?:api|ess|uth|rer|esh|ion|_id)[ _-]token)"),
    ("secret", "secret"),
    ("passw", "passw(?:or)?d"),
    ("passphrase", "passphrase"),
    ("credential", "credentials?"),
)
#: "The key is", "token was": then comes a secret, or what became of it.
_STATES = (
    r"(?:none|null|nil|true|false|not|no|now|too|also|only|still|already|yet|never|always|empty|unset|stale|wrong|weak"
    r"|short|long|fine|good|bad|okay|correct|incorrect|valid|invalid|unknown|absent|present|optional|mandatory|missing"
    r"|active|inactive|secret|unique|public|private|longer|older|newer|from|for|the|an?|in|of|on|at|to|by|with|without|and"
    r"|or|as|being|over|under|out|off|about|above|below|[a-z]+(?:ed|en|ing|able|ible|ory|ful|less|wn|ive|al|ous|ent|ant))(?![\w-])"
)
#: No placeholder, and no figure with its unit. The lookahead for a quote is for what JSON and shells put around it.
_OPEN = r"(?:\\*[\"'`])?"
_NONE = r"(?!\[|<|\{|\$|\*{3}|[\d.,e+-]{1,20}(?:ms|s|m|h|%|k)?(?![\w-]))"
_ANY = rf"{_NONE}(?!{_STATES})[^\s\"'`,;<>{{}}()\[\]\\]{{4,}}"
#: With a digit, or a sign that is in no word: no adjective.
_ODD = rf"{_NONE}(?=[^\s\"'`]*[\d!#$%^&*+])(?=[^\s\"'`]*[A-Za-z])[^\s\"'`,;<>{{}}()\[\]\\]{{6,}}"
#: Hexadecimal digits and UUIDs as some vendors use for keys.
_HEXADECIMAL = r"(?:[0-9a-f]{32,}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![\w-])"
_GIVEN = r"(?:provided|given|supplied|received|presented|sent|used|entered|found)"
_WRONG = r"(?:invalid|incorrect|wrong|bad|unknown|unrecogni[sz]ed|expired|revoked|malformed|illegal|disabled|rejected)"
#: Between the name and a secret, by how much that says: anything follows a colon, no adjective follows "is".
_SAID = (
    (rf"s?[ ]{_GIVEN}(?:[ ](?:is|was))?[ ]*:[ ]*", _ANY),
    (rf"[ ](?:{_GIVEN}[ ])?(?:is|was)[ ]*:[ ]*", _ANY),
    (r"[ ](?:is|was)[ ]+", _ODD),
    (rf"[ ]{_GIVEN}[ ]+", _ODD),
    (r"[ ]+(?=\\*[\"'`])", _ODD),
    (r"[ ]+", _HEXADECIMAL),
    (r"[ ]+", rf"{_ODD}(?=\\*[\"'`]?[ ](?:is|was|has)[ ](?:been[ ])?(?:not[ ]|{_WRONG}))"),
)
#: Before the name: "wrong password hunter2". How far back it is looked for.
_WRONG_BEFORE = rf"{_WRONG}[ ](?:[a-z]{{1,10}}[ _-])?\Z"
_BEFORE_CHARACTERS = 32

#: Other languages: what they call a password or a key, and what may stand between it and the value.
_FOREIGN_NAMES = (
    "密码", "密碼", "口令", "密钥", "密鑰", "令牌", "パスワード", "トークン", "비밀번호", "\u043f\u0430\u0440\u043e\u043b\u044c", "passwort", "kennwort",
    "mot de passe", "contraseña", "senha",
)  # fmt: skip
_FOREIGN_LINK = r"\s*(?:无效|错误)?\s*(?:是|为|為|は|が|:|\uff1a|=|ist|lautet|est|es|é|это)[ :\uff1a=]*"
#: No word of these languages that use other letters; in the others an adjective is as likely.
_ASCII_VALUE = rf"{_NONE}(?!{_STATES})[A-Za-z0-9!#$%^&*+_/-][!-~]{{3,}}"


def sentence_spans(text: Searched) -> Iterator[Span]:
    """Values that a sentence says are secrets."""
    for anchor, name in _NAMES:
        for found in text.at(anchor, f"(?:{name}){_END}"):
            yield from _after(text, found.start(), found.end(), anchor)
    if not text.isascii() or any(name in text.lowered for name in _FOREIGN_NAMES if name.isascii()):
        for name in _FOREIGN_NAMES:
            for found in text.at(
                name, rf"{name}(?:{_FOREIGN_LINK}{_OPEN}(?P<secret>{_ASCII_VALUE})|\s*(?P<odd>{_ODD}))"
            ):
                yield found.span("secret" if found["secret"] else "odd")


def _after(text: Searched, start: int, end: int, anchor: str) -> Iterator[Span]:
    """The secret behind a name, by the first link that leads to one."""
    links: tuple[tuple[str, str], ...] = _SAID
    if anchor not in {"key", "token"}:  # a password may be a plain word
        links = (*links, (r"[ ](?:is|was)[ ]+", _ANY))
    before = max(0, start - _BEFORE_CHARACTERS)
    if expression(_WRONG_BEFORE, IGNORECASE).search(text, before, start):
        links = (*links, (r"[ ]+", _ODD))
    for link, value in links:
        found = expression(f"{link}{_OPEN}(?P<secret>{value})", IGNORECASE).match(text, end)
        if found:
            yield found.span("secret")
            return
