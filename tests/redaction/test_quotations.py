"""What an error quotes of a prompt or an answer is not shown, and what it says itself is."""

import json

import pytest

from llmgw_report.pipeline.sections.log_errors import pattern
from llmgw_report.redaction.quotations import without_quotations

BODY = {"model": "m", "messages": [{"role": "user", "content": 'private "words"'}], "prompt": ["private one", "two"]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(BODY),
        json.dumps({"error": json.dumps(BODY)}),
        json.dumps({"detail": json.dumps({"error": json.dumps(BODY)})}),
        str([{"msg": "Field required", "input": BODY}]),
        json.dumps({"content": [{"type": "text", "text": "private"}]}),
        '400 {"content": "private and cut o',
        "The prompt 'it is my private matter' was rejected",
        'input: "my own private words',
        "The prompt SECRET my private disease triggered filter",
        "The prompt how do I keep my wife's private matter was flagged",
        "400: your input private matters of mine was flagged by the policy",
        "prompt is too long: tell me of my private life",
        "litellm.BadRequestError: input is too large: private words",
        "Error parsing: 'my private words here'",
        'could not decode the answer: "it is private and cut o',
    ],
)
def test_words_of_people_are_not_shown(text: str) -> None:
    shown = without_quotations(text)
    assert "private" not in shown
    assert "[redacted]" in shown
    assert without_quotations(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        '{"error":{"message":"Rate limit reached for model x","type":"requests"}}',
        "upstream said: 'no such model here'",
        "Invalid value for 'messages[0].content': expected a string",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "invalid input: 'abc'",
        "The prompt was rejected by the content policy",
        "The prompt triggered Azure OpenAI's content management policy",
        "The response was filtered due to the prompt triggering content management policy",
        "The prompt you sent to gpt-4o was flagged",
        "The input token count exceeds the maximum number of tokens allowed 1048576",
        "The input length exceeds the context length",
        "the query parameter limit exceeds 100",
        "Your input image was rejected",
        "prompt is too long: maximum is 200000",
        "input is too long: 5,000 characters",
        "prompt is too long - the model has a context of 8k",
        "Error parsing 'model': not a string",
        "error decoding response body: expected value at line 1 column 1",
        '"content": "" is empty',
    ],
)
def test_what_an_error_says_itself_is_shown(text: str) -> None:
    assert without_quotations(text) == text


def test_what_was_cut_off_ends_before_the_word_that_was_cut() -> None:
    key = "sk-proj-" + "aB3dE5gH7jK9" * 4
    message = f"{'x ' * 240}key {key}"[:500]
    assert key[:8] in message
    assert "sk-" not in pattern(f'{{"content": "{"long " * 96}"}} {message[-40:]}')
