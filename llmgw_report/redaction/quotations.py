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
_FLAGS = IGNORECASE | DOTALL
#: Without one of these there is nothing to look for.
_CLUES = tuple(_MEMBERS.replace("?", "").split("|"))


def without_quotations(text: str) -> str:
    """The text without the words of prompts and answers that it quotes."""
    lowered = text.lower()
    if not any(clue in lowered for clue in _CLUES):
        return text
    shown = expression(_MEMBER + _QUOTED, _FLAGS).sub(_hidden, text)
    shown = expression(_MEMBER + _LIST, _FLAGS).sub(_hidden_list, shown)
    return expression(_SENTENCE, _FLAGS).sub(_hidden, shown)


def _hidden(found: Match[str]) -> str:
    words = HIDDEN if found["words"].strip() else found["words"]
    return f"{found['name']}{found['quote']}{words}{found['end']}"


def _hidden_list(found: Match[str]) -> str:
    return f"{found['name']}{found['open']}{HIDDEN}{found['close']}"
