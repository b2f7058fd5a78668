"""Which columns look, by their name, as if they held content or a secret: the net below every list of columns."""

import re
from functools import cache

_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+"

#: What people say, what models answer, and what opens doors.
_CONTENT = (
    r"answers?|arg(ument)?s|blob|bod(y|ies)|chat|completions?|contents?|conversations?|data|documents?|embeddings?"
    r"|inputs?|instructions?|json|messages?|outputs?|payloads?|prompts?|questions?|raw|reasoning|request|response"
    r"|snippet|texts?|thinking|transcripts?"
    r"|auth|authorization|bearer|cookies?|credentials?|headers?|jwt|keys?|pass(phrase|wd|words?)|secrets?|token"
)
#: A name that ends in one of these is about the content and not the content itself.
_ABOUT = (
    r"alias|at|bytes|chars|class|code|cost|count|created|currency|date|days?|duration|encoding|finished|format|hash"
    r"|hours?|ids?|index|kind|last|latency|len(gth)?|limit|mode|model|ms|name|number|price|provider|rate|ratio"
    r"|role|score|seconds|sha|size|started|state|status|time|timestamp|tokens|total|ts|type|units|usd|uuid|version"
)


def looks_like_content(column: str) -> bool:
    """Whether `column` says content or a secret. `prompt` does; `prompt_tokens`, `apiKeyName` do not."""
    words = [word.lower() for word in re.findall(_WORD, column)]
    content, about = _expressions()
    return bool(words) and not about.fullmatch(words[-1]) and any(map(content.fullmatch, words))


@cache
def _expressions() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiled when a column is met that no definition lists: most runs meet none."""
    return re.compile(_CONTENT), re.compile(_ABOUT)
