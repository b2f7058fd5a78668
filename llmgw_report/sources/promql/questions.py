"""The text of questions: several expressions asked for at once, each under the name that it answers."""

from collections.abc import Iterable, Iterator, Mapping

#: VictoriaMetrics refuses a query of more than 16 KiB.
LONGEST = 12_000
#: The label by which an answer says which of the expressions it answers.
ASKED = "llmgw_asked"


def together(expressions: Mapping[str, str]) -> Iterator[str]:
    """As few queries as are short enough, each of several expressions; no two of them match the same label set."""
    parts: list[str] = []
    for name, expression in expressions.items():
        part = f'label_replace({expression}, "{ASKED}", "{name}", "", "")'
        if parts and sum(map(len, parts)) + len(part) > LONGEST:
            yield " or ".join(parts)
            parts = []
        parts.append(part)
    if parts:
        yield " or ".join(parts)


def patterns(names: Iterable[str]) -> Iterator[str]:
    """Names of samples as the patterns of as few queries as are short enough."""
    short: list[str] = []
    for name in sorted(names):
        if sum(map(len, short)) + len(short) + len(name) > LONGEST:
            yield "|".join(short)
            short = []
        short.append(name)
    if short:
        yield "|".join(short)


def by(*labels: str) -> str:
    """The grouping by some labels, each once; by none all is one group."""
    return f"by ({','.join(dict.fromkeys(labels))})"
