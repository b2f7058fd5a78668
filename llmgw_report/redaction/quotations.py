"""Hides what people wrote and models answered, where an error quotes it.

A gateway that rejects a body, or an upstream that does, writes the body into its error: `"content": "..."` of a chat,
as JSON, as Python prints it, or as JSON inside JSON, and often cut off. The structure around it stays readable.
"""

from re import DOTALL, IGNORECASE, Match

from llmgw_report.redaction.spans import HIDDEN, expression

#: Members of a request or an answer whose text is somebody's words.
_MEMBERS = (
    "content|contents|input|inputs|input_text|output_text|prompt|prompts|messages|text|texts|query|question|questions"
    "|instructions|system|system_prompt|arguments|documents?|completion|reasoning|reasoning_content|thinking|suffix"
)
#: A quoted text up to the same quote, or to the end of what was cut off. One inside the text has a backslash more.
_QUOTED = r"(?P<quote>\\*[\"'])(?P<words>(?:(?!(?<!\\)(?P=quote)).)*)(?P<end>(?P=quote)|\Z)"
_MEMBER = rf"(?P<name>(?P<around>\\*[\"'])(?:{_MEMBERS})(?P=around)\s*[:=]\s*)"
_LIST = r"(?P<open>\[\s*)(?P<items>\\*[\"'][^\]]*)(?P<close>\]|\Z)"
#: "The prompt 'tell me about ...' was rejected": three words or more, for a name or a value is no prompt.
_SENTENCE = (
    r"(?P<name>\b(?:prompt|input|query|question|completion)s?\b[: ]{1,2}(?:\w+[: ]{1,2}){0,2})"
    r"(?P<quote>[\"'`])(?P<words>(?=[^\"`\s]+\s+[^\"`\s]+\s+\S)(?:(?!(?P=quote)(?!\w)).)+)(?P<end>(?P=quote)|\Z)"
)
_SUBJECT = r"\b(?:prompt|input|query|question|user message|completion)s?"
#: How a sentence goes on that says something of a prompt, and does not quote it.
_SAYS = (
    r"(?:an?|and|are|as|at|be\w*|by|can\w*|could|did|do|does|due|exceed\w*|fail\w*|for|from|had|has|have|in|is"
    r"|it|its|must|of|on|only|or|should|than|that|the|to|too|was|we|were|which|will|with|without|would|you|your"
    r"|audio|batch\w*|cach\w*|content|data|field|file|filter\w*|format|guard|id|image|injection|item|json|language"
    r"|length|limit|list|messages?|modality|object|param\w*|policy|schema|shield\w*|size|string|template|text|timeout|tokens?|type"
    r"|validation|value|version"
    r"|accepted|blocked|contain\w*|denied|flagged|provided|refus\w*|rejected|sent|trigger\w*|violat\w*)(?![\w-])"
)
#: "The prompt tell me about ... triggered a filter": what stands between the two is the prompt.
_UNQUOTED = (
    rf"(?P<name>\b(?:the|your|this|user)[ ]{_SUBJECT}[ :]{{1,2}})(?P<quote>)(?P<words>(?!{_SAYS})[^\n\"'`][^\n]*?)"
    r"(?P<end>[ ](?:(?:has|have|was|were|is|are)[ ])?(?:been[ ])?"
    r"(?:accepted|blocked|denied|exceed\w*|filtered|flagged|refus\w*|rejected|trigger\w*|violat\w*)(?![\w-]))"
)
#: "prompt is too long: ..." goes on with figures, or with the prompt.
_TOO_LONG = (
    rf"(?P<name>{_SUBJECT}[ ](?:is|was|are|were)[ ](?:far[ ])?too[ ](?:long|large|big)[ ]*[:-][ ]*)(?P<quote>)"
    r"(?P<words>(?!\W*\d|[^\n]{0,80}(?:\d[\d,]*[ ]*(?:tokens?|characters|bytes|words)|maximum|limit|context))[^\n]+)"
    r"(?P<end>)"
)
#: No end of the quotation: an apostrophe is none.
_INSIDE = r"(?!(?P=quote)(?!\w))"
#: "Error parsing: '...'": three words or more, as above.
_UNREAD = (
    r"(?P<name>\b(?:pars|decod|deseriali[sz]|tokeni[sz]|moderat|classif|translat)\w*[^\"'`\n]{0,40}?[: ][ ]*)"
    rf"(?P<quote>[\"'`])(?P<words>(?=(?:{_INSIDE}\S)+\s+(?:{_INSIDE}\S)+\s+{_INSIDE}\S)(?:{_INSIDE}.)+)(?P<end>(?P=quote)|\Z)"
)
_FLAGS = IGNORECASE | DOTALL
_QUOTES = ("'", '"', "`")
#: Without one of these there is nothing to look for.
_CLUES = (
    *_MEMBERS.replace("?", "").split("|"),
    *("user message", "pars", "decod", "deseriali", "tokeni", "moderat", "classif", "translat"),
)


#: Each pattern, and what a text with it has one of.
_SENTENCES = (
    (_SENTENCE, _QUOTES),
    (_UNQUOTED, ("the ", "your ", "this ", "user ")),
    (_TOO_LONG, ("too ",)),
    (_UNREAD, _QUOTES),
)


def without_quotations(text: str) -> str:
    """The text without the words of prompts and answers that it quotes."""
    lowered = text.lower()
    if not any(clue in lowered for clue in _CLUES):
        return text
    shown = text
    if any(quote in text for quote in _QUOTES):
        shown = expression(_MEMBER + _QUOTED, _FLAGS).sub(_hidden, shown)
        shown = expression(_MEMBER + _LIST, _FLAGS).sub(_hidden_list, shown)
    for pattern, signs in _SENTENCES:
        if any(sign in lowered for sign in signs):
            shown = expression(pattern, _FLAGS).sub(_hidden, shown)
    return shown


def _hidden(found: Match[str]) -> str:
    words = HIDDEN if found["words"].strip() and found["words"].strip() != HIDDEN else found["words"]
    return f"{found['name']}{found['quote']}{words}{found['end']}"


def _hidden_list(found: Match[str]) -> str:
    return f"{found['name']}{found['open']}{HIDDEN}{found['close']}"
