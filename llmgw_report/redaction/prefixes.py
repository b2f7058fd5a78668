"""How the keys of a vendor begin, and how they go on, as the vendor documents them.

Only what cannot be told by chance alone needs a line: short ones, those of hexadecimal digits or of letters alone.
"""

from collections.abc import Iterator
from re import escape

from llmgw_report.redaction.spans import Span, Text

#: Where a key begins: not inside a word, but right after what JSON writes for a line end or a control character.
BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))"

#: Their keys have a character that is in no word, or are short.
_SHORT = frozenset(
    ("sk-", "1//0", "SG.", "ya29.", "hvs.", "hvb.", "dp.", "hooks.slack.com/", "discord.com/api/webhooks/", "eyJ")
)

#: Beginning, and what follows it.
PREFIXES = {
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
    # Clouds.
    "AIza": r"[\w-]{30,}",
    "ya29.": r"[\w-]{16,}",
    "1//0": r"[\w-]{20,}",
    "GOCSPX-": r"[\w-]{20,}",
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
    # Keepers of secrets.
    "hvs.": r"[\w-]{16,}",
    "hvb.": r"[\w-]{16,}",
    "dp.": r"(?:pt|st|ct|sa|scim)\.(?:[\w-]+\.)?[\w-]{20,}",
    "tskey-": r"[\w-]{16,}",
    "AGE-SECRET-KEY-": r"[0-9A-Z]{20,}",
    # JSON Web Tokens: two texts of JSON and a signature, or five parts if they are encrypted.
    "eyJ": r"[\w-]{6,}(?:\.[\w-]*)+",
}


_RULES = tuple((prefix.lower(), f"{BEGIN}{escape(prefix)}{rest}") for prefix, rest in PREFIXES.items())
_SHORT_RULES = tuple(rule for rule, prefix in zip(_RULES, PREFIXES, strict=True) if prefix in _SHORT)


def spans(text: Text) -> Iterator[Span]:
    """Where they are."""
    long = " ".join(word[0] for word in text.words).lower()
    rules = [rule for rule in _RULES if rule[0] in long or rule in _SHORT_RULES] if long else _SHORT_RULES
    for anchor, pattern in rules:
        for found in text.at(anchor, pattern, 0):
            yield found.span()
