"""Words that name a secret, and words that stand where one would and are none."""

QUOTE = r"\\*[\"'`]"

_KEYS = (
    *("api", "private", "access", "account", "auth", "master", "signing", "encryption", "subscription", "virtual"),
    *("raw", "shared", "app", "application"),
)
#: Tokens of a language model are counted and have names of their own.
_MODEL_TOKENS = (
    *("max", "min", "stop", "eos", "bos", "pad", "unk", "cls", "sep", "mask", "next", "page", "input", "output"),
    *("prompt", "completion", "per", "first", "last", "special", "image", "audio", "total", "cached", "reasoning"),
    *("unexpected", "invalid", "continuation"),
)
_END = r"(?![\w-])"
_KEY = "|".join(f"(?<={word}[ _-]key)|(?<={word}key)" for word in (*_KEYS, "x"))

#: How the name of a secret ends, each with its anchor: `aws_secret_access_key`, `x-api-key`, `clientSecret`,
#: `DB_PASSWORD`, `access_token`; a `secret_name` is none, and "token" alone is no name.
SECRET_NAMES = (
    ("key", f"key(?:{_KEY})(?:[_-]?id)?{_END}"),
    ("secret", f"secret{_END}"),
    ("passw", f"passw(?:or)?d{_END}"),
    ("passphrase", f"passphrase{_END}"),
    ("pwd", f"pwd{_END}"),
    ("credential", f"credentials?{_END}"),
    ("session", f"session[_-]?id{_END}"),
    ("jwt", f"jwt{_END}"),
    ("token", "token(?<=[a-z_-]token)" + "".join(f"(?<!{word}[ _-]token)" for word in _MODEL_TOKENS) + _END),
)

_NOTHING = (
    *(
        "none",
        "null",
        "nil",
        "true",
        "false",
        "missing",
        "required",
        "invalid",
        "empty",
        "undefined",
        "unset",
        "unknown",
    ),
    *(
        "not",
        "is",
        "was",
        "and",
        "or",
        "has",
        "must",
        "expired",
        "revoked",
        "in",
        "for",
        "from",
        "the",
        "an?",
        "to",
        "of",
    ),
    *("header", "given", "provided", "limit", "count", "usage"),
)
#: What a program writes where there is no secret, and a figure with its unit.
INNOCENT = rf"(?!\[|<|\{{|\$|\*{{3}}|[\d.,e+-]+(?:ms|s|m|h|%|k)?(?![\w-])|(?:{'|'.join(_NOTHING)})(?![\w-]))"
#: The same between the group `quote` and its end: a passphrase may begin with any word.
INNOCENT_QUOTED = rf"(?!\[redacted|(?:{'|'.join(_NOTHING)})?(?P=quote))"
