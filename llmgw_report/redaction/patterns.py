"""Finds secrets by their form, vendors' prefixes, and by what gives them away: names, headers, addresses, sentences."""

from collections.abc import Iterator
from functools import lru_cache
from re import IGNORECASE, escape

from llmgw_report.redaction.spans import Rule, Searched, Span, expression

#: How the keys of a vendor begin, and the pattern of what follows.
_PREFIXES = {
    # Language models and what surrounds them.
    "sk-": r"(?=[\w-]{0,64}\d|[\w-]{16})[\w-]{4,}",
    "sk_": r"(?=\w{0,64}\d)\w{16,}",
    "pk-": r"(?=[\w-]{0,64}\d)[\w-]{16,}",
    "pk_": r"(?=\w{0,64}\d)\w{16,}",
    "rk_": r"(?=\w{0,64}\d)\w{16,}",
    "rk-": r"(?=[\w-]{0,64}\d)[\w-]{16,}",
    "sess-": r"(?=[\w-]{0,64}\d)[A-Za-z0-9]{24,}",
    "gsk_": r"\w{20,}",
    "xai-": r"[A-Za-z0-9]{20,}",
    "csk-": r"[A-Za-z0-9]{20,}",
    "pcsk_": r"\w{20,}",
    "tgp_v1_": r"[\w-]{20,}",
    "pplx-": r"[A-Za-z0-9]{20,}",
    "fw_": r"[A-Za-z0-9]{20,}",
    "r8_": r"[A-Za-z0-9]{20,}",
    "nvapi-": r"[\w-]{20,}",
    "hf_": r"[A-Za-z0-9]{20,}",
    "api_org_": r"[A-Za-z0-9]{20,}",
    "jina_": r"\w{20,}",
    "pa-": r"(?=[\w-]{0,64}\d)(?=[\w-]{0,64}[A-Z])[\w-]{24,}",
    "lsv2_": r"\w{20,}",
    "esecret_": r"\w{16,}",
    "tvly-": r"[\w-]{20,}",
    "rpa_": r"[A-Za-z0-9]{20,}",
    "key_": r"(?=\w{0,64}\d)[A-Za-z0-9]{24,}",
    "ak-": r"(?=[A-Za-z0-9]{0,64}\d)[A-Za-z0-9]{16,}",
    "as-": r"(?=[A-Za-z0-9]{0,64}\d)[A-Za-z0-9]{16,}",
    "app-": r"(?=[A-Za-z]{0,24}\d)(?=[a-z\d]{0,24}[A-Z])[A-Za-z0-9]{24}(?![\w-])",
    "LLM|": r"\d{6,}\|[\w-]{16,}",
    # Clouds.
    "AIza": r"[\w-]{30,}",
    "ya29.": r"[\w-]{16,}",
    "1//0": r"[\w-]{20,}",
    "GOCSPX-": r"[\w-]{20,}",
    "LTAI": r"(?=[A-Za-z0-9]{0,24}\d)[A-Za-z0-9]{12,}(?![\w-])",
    "AKIA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ASIA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ABIA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ACCA": r"[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ABSK": r"[A-Za-z0-9+/=]{30,}",
    "dop_v1_": r"[0-9a-f]{40,}",
    "doo_v1_": r"[0-9a-f]{40,}",
    # Code, packages, chat.
    "ghp_": r"\w{20,}",
    "gho_": r"\w{20,}",
    "ghu_": r"\w{20,}",
    "ghs_": r"\w{20,}",
    "ghr_": r"\w{20,}",
    "github_pat_": r"\w{20,}",
    "glpat-": r"[\w.-]{16,}",
    "gldt-": r"[\w-]{16,}",
    "glrt-": r"[\w-]{16,}",
    "glptt-": r"[\w-]{16,}",
    "glcbt-": r"[\w-]{16,}",
    "glagent-": r"[\w-]{16,}",
    "npm_": r"[A-Za-z0-9]{24,}",
    "pypi-": r"[\w-]{30,}",
    "dckr_": r"(?:pat|oat)_[\w-]{20,}",
    "xoxa-": r"[\w-]{10,}",
    "xoxb-": r"[\w-]{10,}",
    "xoxe": r"[.-][\w.-]{10,}",
    "xoxp-": r"[\w-]{10,}",
    "xoxr-": r"[\w-]{10,}",
    "xoxs-": r"[\w-]{10,}",
    "xapp-": r"[\w-]{10,}",
    "hooks.slack.com/": r"[\w/]{10,}",
    "discord.com/api/webhooks/": r"[\w/-]{10,}",
    "webhook.office.com/": r"[\w/@.-]{10,}",
    "outlook.office.com/webhook": r"[\w/@.-]{10,}",
    "outlook.office365.com/webhook": r"[\w/@.-]{10,}",
    "open.feishu.cn/open-apis/bot/": r"[\w/-]{10,}",
    "open.larksuite.com/open-apis/bot/": r"[\w/-]{10,}",
    "hooks.zapier.com/hooks/catch/": r"[\w/-]{6,}",
    "api.telegram.org/bot": r"\d{6,}:[\w-]{20,}",
    # Payment, mail, telephones.
    "whsec_": r"[\w+/=]{16,}",
    "SK": r"[0-9a-f]{32}(?![\w-])",
    "AC": r"[0-9a-f]{32}(?![\w-])",
    "SG.": r"[\w-]{16,}\.[\w-]{16,}",
    "key-": r"[0-9a-f]{32}(?![0-9a-f])",
    "shpat_": r"[0-9a-fA-F]{32}",
    "shpss_": r"[0-9a-fA-F]{32}",
    "sq0": r"[a-z]{3}-[\w-]{20,}",
    # Data and observability.
    "dapi": r"[0-9a-f]{32}(?:-\d+)?",
    "glsa_": r"\w{20,}",
    "glc_": r"[\w+/=]{20,}",
    "sntrys_": r"[\w+/=.-]{20,}",
    "sntryu_": r"[\w+/=.-]{20,}",
    "NRAK-": r"[A-Z0-9]{20,}",
    "sbp_": r"[0-9a-f]{32,}",
    "PMAK-": r"[0-9a-f-]{32,}",
    "lin_api_": r"\w{20,}",
    "ntn_": r"[A-Za-z0-9]{20,}",
    "secret_": r"(?=\w{0,64}\d)[A-Za-z0-9]{24,}",
    "figd_": r"[\w-]{20,}",
    "phc_": r"\w{20,}",
    # Vaults and keys of machines.
    "hvs.": r"[\w-]{16,}",
    "hvb.": r"[\w-]{16,}",
    "dp.": r"(?:pt|st|ct|sa|scim)\.(?:[\w-]+\.)?[\w-]{20,}",
    "tskey-": r"[\w-]{16,}",
    "AGE-SECRET-KEY-": r"[0-9A-Z]{20,}",
    # JSON Web Tokens: two texts of JSON and a signature, or five parts if they are encrypted.
    "eyJ": r"[\w-]{6,}(?:\.[\w-]*)+",
}
#: Those whose keys have a character that is in no word, or are shorter than one.
_SHORT_PREFIXES = frozenset(
    (
        *("sk-", "1//0", "SG.", "ya29.", "hvs.", "hvb.", "dp.", "LLM|", "eyJ"),
        *(prefix for prefix in _PREFIXES if "/" in prefix and "." in prefix),
    )
)
#: Where a key begins: not inside a word, but right after what JSON writes for a line end or a control character.
_BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))"
_VENDOR_RULES = tuple(Rule(prefix, f"{_BEGIN}{escape(prefix)}{rest}", flags=0) for prefix, rest in _PREFIXES.items())
_SHORT_RULES = tuple(rule for rule in _VENDOR_RULES if rule.anchor in _SHORT_PREFIXES)
_LONG_RULES = tuple(rule for rule in _VENDOR_RULES if rule.anchor not in _SHORT_PREFIXES)

_QUOTE = r"\\*[\"'`]"

#: What stands before "key" in the name of a secret.
_KEY_KINDS = (
    "api", "private", "access", "account", "auth", "master", "signing", "encryption", "subscription", "virtual",
    "raw", "shared", "app", "application", "x", "salt", "secret", "service", "server", "client", "license", "webhook",
    "admin", "openai", "anthropic", "azure", "gemini", "mistral", "groq", "cohere", "deepgram", "deepseek", "litellm",
    "openrouter", "portkey", "langfuse", "sambanova", "together",
)  # fmt: skip
#: What stands before KEY in the name of a variable that holds no secret.
_OPEN_KEYS = "PRIMARY|FOREIGN|PUBLIC|CACHE|PARTITION|SORT|ROW|UNIQUE|INDEX|OBJECT|IDEMPOTENCY|REDIS|ROUTING|GROUP|LABEL"
#: What stands before "token" where it is one of a language model, which is counted and no secret.
_MODEL_TOKENS = (
    "max", "min", "stop", "eos", "bos", "pad", "unk", "cls", "sep", "mask", "next", "page", "input", "output",
    "prompt", "completion", "per", "first", "last", "special", "image", "audio", "total", "cached", "reasoning",
    "unexpected", "invalid", "continuation",
)  # fmt: skip
_END = r"(?![\w-])"
_BEFORE_KEY = tuple(f"{word}{sign}" for word in _KEY_KINDS for sign in ("", "_", "-", " "))
_MODEL = tuple(f"{word}{sign}" for word in _MODEL_TOKENS for sign in "_- ")

#: How the name of a secret ends: `aws_secret_access_key`, `x-api-key`, `clientSecret`, `DB_PASSWORD`, `access_token`;
#: not `secret_name`, and not "token" alone.
_SECRET_NAMES = (
    Rule("key", f"key(?:[_-]?id)?{_END}", before=_BEFORE_KEY),
    Rule("secret", f"secret{_END}"),
    Rule("passw", f"passw(?:or)?d{_END}"),
    Rule("passphrase", f"passphrase{_END}"),
    Rule("pwd", f"pwd{_END}"),
    Rule("credential", f"credentials?{_END}"),
    Rule("session", f"session[_-]?id{_END}"),
    Rule("jwt", f"jwt{_END}"),
    Rule("token", f"token{_END}", before=tuple("abcdefghijklmnopqrstuvwxyz_-"), never=_MODEL),
)
_NAMES = (*_SECRET_NAMES, Rule("authorization", "authorization"), Rule("cookie", "cookie"))

#: Words after such a name in a sentence.
_NO_VALUE = (
    r"none|null|nil|true|false|missing|required|invalid|empty|undefined|unset|unknown"
    r"|not|is|was|and|or|has|must|expired|revoked|in|for|from|the|an?|to|of"
    r"|header|given|provided|limit|count|usage"
)
#: What a program writes where there is no secret, and a figure with its unit.
_INNOCENT = rf"(?!\[|<|\{{|\$|\*{{3}}|[\d.,e+-]{{1,20}}(?:ms|s|m|h|%|k)?(?![\w-])|(?:{_NO_VALUE})(?![\w-]))"
#: The same between the group `quote` and its end: a passphrase may begin with any word.
_INNOCENT_QUOTED = rf"(?!\[redacted|(?:{_NO_VALUE})?(?P=quote))"


#: Python writes bytes as b'...'.
_BYTES = rf"(?:b(?={_QUOTE}))?"
#: Between a name and its value: `=`, `:`, `=>`, the quotes around it, and the bracket of a list of headers.
_BETWEEN = rf"(?:{_QUOTE})?\s*+[:=]>?\s*+(?:\[(?!redacted\]))?+{_BYTES}"
#: A quoted value goes up to its quote, blanks included, or to the end of a text that was cut; a bare one to a blank.
_VALUE = (
    rf"(?P<quote>{_QUOTE})?(?P<secret>(?(quote){_INNOCENT_QUOTED}(?:(?!(?P=quote))[^\n])+"
    rf"|{_INNOCENT}[^\s\"'`,;&<>{{}}()\[\]\\]{{4,}}))"
)
_SCHEME = r"(?:(?:bearer|basic|digest|token|apikey|negotiate)[\s+]++)?+"
#: A header as programs print it, `('authorization', 'Bearer ...')`.
_PAIR = rf"{_QUOTE},\s*{_BYTES}{_QUOTE}{_SCHEME}(?P<secret>(?!\[)[^\"'`\\\n]+)"
_OPENED = rf"[(\[{{]\s*b?{_QUOTE}[\w.-]*\Z"
_LINE = rf"{_BETWEEN}(?:{_QUOTE})?+{_SCHEME}(?P<secret>{_INNOCENT}[^\r\n\"'\\]{{6,}})"

#: What follows each name that has its value behind it: `_BETWEEN` or `_PAIR`.
_ASSIGNED = rf"[\w-]*+(?:{_QUOTE})?\s*+[:=,]"

#: The group `secret` of each is one.
_RULES = (
    Rule(
        "-----begin",
        (
            r"(?P<secret>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
            r"[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z))"
        ),
    ),
    *(
        Rule(header, f"{header}(?:{_LINE}|{_PAIR.replace('secret', 'paired')})", _ASSIGNED)
        for header in ("authorization", "cookie")
    ),
    Rule("bearer", r"bearer[\s+]+(?P<secret>(?=\S*\d|\S{20})[\w.~+/=-]{8,})"),
    Rule("basic", r"basic[\s+]+(?P<secret>(?-i:(?=[\w+/]*(?:[a-z][A-Z]|\d)|[\w+/]+=))[\w+/-]{8,}={0,2})"),
    Rule(
        "://",
        (
            # With limits: of a long text with many of them each would be read to its end.
            r"://(?!git@)(?P<secret>(?:[^\s/:@\"'<>\[]{0,128}+:(?!\d{1,5}[/?])[^\s\"'<>@]{0,512}+"
            r"(?:@[^\s\"'<>@/]{0,128}+(?=@)){0,3}+|[^\s/:?#@\"'<>\[\]]{1,512}+)(?=@))"
        ),
        r"\S{0,1100}@",
    ),
    *(
        Rule(
            mark,
            (
                rf"\{mark}[\w.-]*(?:key|token|secret|passw\w*|pwd|sig|signature|credential|auth|jwt|session\w*|code)="
                r"(?P<secret>(?!\[)[^&\s\"'<>#\\]+)"
            ),
            r"[\w.-]*+=",
        )
        for mark in "?&;"
    ),
    # `export DEEPGRAM_KEY=...`, `LITELLM_SALT_KEY: ...`, `key = "..."`
    Rule("_key", rf"(?-i:_KEY)(?<!{'_KEY)(?<!'.join(_OPEN_KEYS.split('|'))}_KEY){_END}{_BETWEEN}{_VALUE}", _ASSIGNED),
    # A name of a column or a label has no digit, unless a program assigns it.
    Rule(
        "key",
        rf"key(?<![\w-]key){_BETWEEN}{_QUOTE}(?P<secret>{_INNOCENT}(?=[^\s\"'`]*\d)[^\s\"'`\\]{{6,}})",
        _ASSIGNED,
    ),
    Rule("key", rf"key(?<![\w-]key)[ ]=[ ]{_QUOTE}(?P<secret>[A-Za-z]{{12,}}){_QUOTE}", _ASSIGNED),
    *(
        name._replace(
            pattern=f"{name.pattern}(?:{_BETWEEN}{_VALUE}|{_PAIR.replace('secret', 'paired')})",
            follows=_ASSIGNED,
        )
        for name in _SECRET_NAMES
    ),
    Rule(
        "token",
        rf"token(?<![\w-]token){_BETWEEN}(?:{_QUOTE})?(?P<secret>(?=\S*\d)(?=\S*[a-z])[\w.~+/=-]{{8,}})",
        _ASSIGNED,
    ),
    Rule("<", r"<[\w:-]*(?:key|token|secret|password)>(?P<secret>(?!\[)[^<\s]+)"),
    Rule(
        " -",
        (
            r" (?:--[\w-]*(?:key|token|secret|passw(?:or)?d|user)[= ]|-u )[\"']?"
            r"(?P<secret>(?!-|\[|[\d.]+(?!\S))[^\s\"']{4,})"
        ),
    ),
)
#: `user:password@host` without a scheme, as Go's drivers have it: `user:password@tcp(db:3306)/logs`.
_USER_INFO = (
    r"(?<![\w/:.@+-])[\w.+-]{1,64}:(?P<secret>(?!\d{1,5}@|\[)[^\s:@/\"'<>()]{3,128})"
    r"@(?!sha\d|md5)(?=[A-Za-z0-9\[][\w.-]*(?:[/:?()\s\"',;]|\Z))"
)
#: An id, a dot and the secret itself: Zhipu's keys.
_PAIRED = r"(?<![.-])[0-9a-f]{24,}\.(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{16,}(?![\w.-]?\w)"
_EMAIL = r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}(?![\w-])"
#: Of the name of a header, before which the bracket of a pair stands.
_NAME_CHARACTERS = 64

#: A document has the same few names again and again.
_REMEMBERED_NAMES = 256
#: "The key is", "token was": then comes a secret, or what became of it.
_STATES = (
    r"(?:none|null|nil|true|false|not|no|now|too|also|only|still|already|yet|never|always|empty|unset|stale|wrong|weak"
    r"|short|long|fine|good|bad|okay|correct|incorrect|valid|invalid|unknown|absent|present|optional|mandatory|missing"
    r"|active|inactive|secret|unique|public|private|longer|older|newer|from|for|the|an?|in|of|on|at|to|by|with|without|and"
    r"|or|as|being|over|under|out|off|about|above|below|[a-z]+(?:ed|en|ing|able|ible|ory|ful|less|wn|ive|al|ous|ent|ant))(?![\w-])"
)
_OPEN = r"(?:\\*[\"'`])?"
#: No placeholder, and no figure with its unit.
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
#: Of these names no plain word is the value, as it may be of a password; and what then follows them.
_NO_WORDS = ("key", "token")
_SAID_OF_WORDS = r"[\w-]*+[ ]"
_SAID_OF_KEYS = rf"(?=[ ])(?:[ ](?:{_GIVEN}|is|was)){{0,2}}[ ]*(?::|{_OPEN}(?:[^\s\"'`]*[\d!#$%^&*+]|[0-9a-f]{{8}}))"
#: Names of a secret that a sentence may have as its subject: "Incorrect API key provided: ...", "the password is ...".
#: What the value looks like does not matter there, for of 32 hexadecimal digits only the sentence says whether they
#: are a key or the id of a request.
_SENTENCE_NAMES = (
    Rule(
        "key",
        (
            r"(?:key(?<=(?:api|ess|ate|ter|ret|ual|ion|ing)[ _-]key)|key(?<=apikey)"
            rf"|key(?<=\bmy key)|key(?<=\byour key)|key(?<=\bthe key)){_END}"
        ),
        _SAID_OF_KEYS,
    ),
    Rule(
        "token",
        rf"(?:token(?<![\w-]token)|token(?<=(?:api|ess|uth|rer|esh|ion|_id)[ _-]token)){_END}",
        _SAID_OF_KEYS,
    ),
    Rule("secret", f"secret{_END}", _SAID_OF_WORDS),
    Rule("passw", f"passw(?:or)?d{_END}", _SAID_OF_WORDS),
    Rule("passphrase", f"passphrase{_END}", _SAID_OF_WORDS),
    Rule("credential", f"credentials?{_END}", _SAID_OF_WORDS),
)
#: Before the name: "wrong password hunter2". How far back it is looked for.
_WRONG_BEFORE = rf"{_WRONG}[ ](?:[a-z]{{1,10}}[ _-])?\Z"
_BEFORE_CHARACTERS = 32

#: Other languages: what they call a password or a key, and what may stand between it and the value.
_FOREIGN_NAMES = (
    "密码", "密碼", "口令", "密钥", "密鑰", "令牌", "パスワード", "トークン", "비밀번호",
    "\u043f\u0430\u0440\u043e\u043b\u044c", "passwort", "kennwort", "mot de passe", "contraseña", "senha",
    "api-schlüssel", "clé api", "clé d'api", "clave api", "clave de api", "chave api", "chave de api", "chiave api",
)  # fmt: skip
_FOREIGN_LINK = r"\s*(?:无效|错误)?\s*(?:是|为|為|は|が|:|\uff1a|=|ist|lautet|est|es|é|это)[ :\uff1a=]*"
#: No word of these languages that use other letters; in the others an adjective is as likely.
_ASCII_VALUE = rf"{_NONE}(?!{_STATES})[A-Za-z0-9!#$%^&*+_/-][!-~]{{3,}}"


def vendor_spans(text: Searched) -> Iterator[Span]:
    """Keys that begin with a vendor's prefix."""
    long = " ".join(word[0] for word in text.words)
    for rule in (*_SHORT_RULES, *(rule for rule in _LONG_RULES if rule.anchor in long)):
        for found in text.at(rule):
            yield found.span()


def named_spans(text: Searched) -> Iterator[Span]:
    """Values beside the name of a secret, in headers, addresses and options, and e-mail addresses."""
    for rule in _RULES:
        for found in text.at(rule):
            if found["secret"] is not None:
                yield found.span("secret")
            elif expression(_OPENED, 0).search(text, max(0, found.start() - _NAME_CHARACTERS), found.start()):
                yield found.span("paired")
    if "@" in text:
        yield from (found.span() for found in expression(_EMAIL, 0).finditer(text))
        yield from (found.span("secret") for found in expression(_USER_INFO, 0).finditer(text))
    before_dots = (word for word in text.words if text.startswith(".", word.end()))
    pairs = (expression(_PAIRED, 0).match(text, word.start()) for word in before_dots)
    yield from (pair.span() for pair in pairs if pair)


def sentence_spans(text: Searched) -> Iterator[Span]:
    """Values that a sentence says are secrets."""
    for rule in _SENTENCE_NAMES:
        for found in text.at(rule):
            yield from _after(text, found.start(), found.end(), rule.anchor)
    if not text.isascii() or any(name in text.lowered for name in _FOREIGN_NAMES if name.isascii()):
        for name in _FOREIGN_NAMES:
            value = rf"{name}(?:{_FOREIGN_LINK}{_OPEN}(?P<secret>{_ASCII_VALUE})|\s*(?P<odd>{_ODD}))"
            for found in text.at(Rule(name, value)):
                yield found.span("secret" if found["secret"] else "odd")


def _after(text: Searched, start: int, end: int, anchor: str) -> Iterator[Span]:
    """The secret behind a name, by the first link that leads to one."""
    links: tuple[tuple[str, str], ...] = _SAID
    if anchor not in _NO_WORDS:
        links = (*links, (r"[ ](?:is|was)[ ]+", _ANY))
    before = max(0, start - _BEFORE_CHARACTERS)
    if expression(_WRONG_BEFORE, IGNORECASE).search(text, before, start):
        links = (*links, (r"[ ]+", _ODD))
    for link, value in links:
        found = expression(f"{link}{_OPEN}(?P<secret>{value})", IGNORECASE).match(text, end)
        if found:
            yield found.span("secret")
            return


@lru_cache(_REMEMBERED_NAMES)
def names_a_secret(name: str) -> bool:
    """Whether a setting or a column of this name holds a secret."""
    read = Searched(name)
    return any(found.end() == len(name) for rule in _NAMES for found in read.at(rule))
