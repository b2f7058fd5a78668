"""What was typed can be read by every user of the machine while the run lasts: a credential belongs elsewhere."""

from collections.abc import Iterator
from pathlib import Path

from llmgw_report import resources
from llmgw_report.cli.layers import Origins, Typed
from llmgw_report.errors import UsageError
from llmgw_report.redaction import names_a_secret, redact

FILE = "@"
ELSEWHERE = "every user of this machine can read it in the list of processes"


def headers(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Name and value of each; `@FILE` stands for the lines of a file. UsageError for one that is no header."""
    lines = (line for word in words for line in (_lines(word) if word.startswith(FILE) else (word,)))
    return tuple(map(_header, lines))


def exposed(typed: Typed, origins: Origins) -> Iterator[str]:
    """One line for each credential among the words of the call. The run goes on: it may be the only user's machine."""
    for word in typed["header"] if "header" not in origins else ():
        name = word.partition(":")[0].strip()
        if not word.startswith(FILE) and names_a_secret(name):
            yield f"Hint: --header {name} was typed, and {ELSEWHERE}; write --header {FILE}FILE"
    url = typed["url"]
    if url and "url" not in origins and redact(url) != url:
        yield f"Hint: --url with a credential was typed, and {ELSEWHERE}; set LLMGW_REPORT_URL"


def _lines(word: str) -> tuple[str, ...]:
    """Those of the file; an empty one says nothing."""
    path = word.removeprefix(FILE)
    try:
        text = resources.text(Path(path))
    except (OSError, ValueError) as error:
        message = f"--header {FILE}{path}: {getattr(error, 'strerror', None) or 'not text'}"
        raise UsageError(message, "name a readable file with one 'Name: value' in each line") from error
    return tuple(line for line in text.splitlines() if line.strip())


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        message = "--header: one of them is not 'Name: value'"  # not quoted: what it holds is often a key
        raise UsageError(message, "for example --header 'X-Scope-OrgID: team-a'")
    return name.strip(), value.strip()
