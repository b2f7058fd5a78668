"""What a gateway's metrics and logs are full of and nobody has to hide: 1,000 texts, the same in every run."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from uuid import UUID

ALNUM = ascii_letters + digits
DATA = Path(__file__).parent / "data"


def lines(name: str) -> list[str]:
    """One text per line."""
    return (DATA / f"{name}.txt").read_text("utf-8").splitlines()


MODELS, WORDS, MESSAGES, NAMES, PATHS = map(lines, ("models", "words", "messages", "names", "paths"))


def texts() -> Iterator[str]:
    """1,000 of them: names as they are, and messages with ids, figures and hashes in them."""
    random = Random(20260109)  # noqa: S311 - the same in every run
    yield from MODELS
    yield from WORDS
    said: dict[str, None] = {}
    while len(said) < 1000 - len(MODELS) - len(WORDS):
        said |= {message(template, random): None for template in MESSAGES}
    yield from list(said)[: 1000 - len(MODELS) - len(WORDS)]


def message(template: str, random: Random) -> str:
    """One message with everything in it filled in."""

    def some(alphabet: str, length: int) -> str:
        return "".join(random.choices(alphabet, k=length))

    fields = {
        "name": random.choice(NAMES),
        "model": random.choice(MODELS),
        "path": random.choice(PATHS),
        "n": random.randrange(10 ** random.randrange(1, 11)),
        "ip": ".".join(str(random.randrange(256)) for _ in range(4)),
        "uuid": UUID(int=random.getrandbits(128), version=4),
        "lower5": some("bcdfghjklmnpqrstvwxz2456789", 5),
        **{f"hash{length}": some("0123456789abcdef", length) for length in (9, 16, 32, 40, 48, 64)},
        **{f"alnum{length}": some(ALNUM, length) for length in (20, 22, 24, 29)},
    }
    return template.format(**fields)
