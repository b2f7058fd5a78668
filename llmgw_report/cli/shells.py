"""Completion in bash, zsh and fish, also behind the `=` of `--option=value`; imported only while a shell asks.

Click answers with the value alone. Bash ends a word at `=` and hands over the pieces; zsh and fish replace the
whole word, and lose the option.
"""

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

Items = list[CompletionItem[str]]


class Bash(BashComplete):
    """Its words are put together again, and what stands before the last `=` is left out of the answer."""

    before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one to complete, and that one."""
        pieces, last = super().get_completion_args()
        words: list[str] = []
        for piece in [*pieces, last]:
            if words and (piece == "=" or words[-1].endswith("=")):
                words[-1] += piece
            else:
                words.append(piece)
        word = words.pop()
        self.before = word if last == "=" else word.removesuffix(last)
        return words, word

    def format_completion(self, item: CompletionItem[str]) -> str:
        """The part of it that bash inserts."""
        option, _, value = self.before.partition("=")
        taken = value if option.startswith("-") else self.before
        return super().format_completion(CompletionItem(item.value.removeprefix(taken), item.type))


class Whole(ShellComplete):
    """Completion for shells that replace the whole word."""

    def get_completions(self, args: list[str], incomplete: str) -> Items:
        """Click's, behind the option they belong to."""
        items = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if not (equals and option.startswith("--")):
            return items
        return [CompletionItem(f"{option}={item.value}", item.type, item.help) for item in items]


class Zsh(Whole, ZshComplete):
    """Takes the whole word."""


class Fish(Whole, FishComplete):
    """Takes the whole word."""


def install() -> None:
    """Let click use these."""
    for shell in (Bash, Zsh, Fish):
        add_completion_class(shell)
