"""Writing families of a scrape."""

from collections.abc import Iterator, Mapping

Labels = tuple[tuple[str, str], ...]


def family(name: str, kind: str, samples: Mapping[Labels, float]) -> Iterator[str]:
    """A type line and one line per sample."""
    yield f"# TYPE {name} {kind}\n"
    for labels, value in sorted(samples.items()):
        yield line(name, labels, value)


def line(name: str, labels: Labels, value: float) -> str:
    """One sample."""
    text = ",".join(f'{key}="{word}"' for key, word in labels)
    return f"{name}{{{text}}} {value!r}\n" if text else f"{name} {value!r}\n"
