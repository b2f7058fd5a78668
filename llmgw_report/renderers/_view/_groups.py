"""What is said of groups: once, with the names of all of which it is said."""

from collections.abc import Iterable

from llmgw_report.model.message import Sentence, join, say


def by_group(said_of: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """One sentence per thing said, from pairs of a group and what is said of it; "" is nothing.

    What is said of every group stands without their names.
    """
    groups: dict[str, list[str]] = {}
    for group, said in said_of:
        groups.setdefault(said, []).append(group)
    if len(groups) == 1:
        return tuple(Sentence(said) for said in groups if said)
    pairs = ((_names(names), said) for said, names in groups.items() if said)
    return tuple(Sentence(say("{names}: {said}", names=names, said=said), capital=False) for names, said in pairs)


def _names(names: list[str], most: int = 5) -> str:
    shown = join(", ", names[:most])
    return shown if len(names) <= most else say("{names} and {n} more", names=shown, n=len(names) - most)
