"""Reads what a check file declares: its facts, its documentation and its functions."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import msgspec
from msgspec import Struct

from llmgw_report import plugins
from llmgw_report.model.finding import Category, Finding, KeyFigure, Reads, Threshold, Unit
from llmgw_report.model.report import Snapshot

#: How much of a finding's figure each subject contributes; () is what no subject is known for.
Contributions = Mapping[tuple[tuple[str, str], ...], int]


class CheckFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the rest of the program may know about a check. Each is a constant of the check file, in capitals.

    CATEGORY               what it is about
    UNIT                   what its thresholds are in
    READS                  the quantities and queries that it cannot do without
    DOES_WITHOUT           queries among those whose failure takes nothing from its verdict: they only say more of its
                           findings, or it reports the failure itself. Where any other fails, nothing of it passes
    ASKED_FOR              it applies only where an option asks for it; without one a failed query is nothing to it
    DEFAULT                its thresholds; `severity` caps it, `required` makes the verdict UNKNOWN without it
    PROVES_SERVICE         evaluating it is evidence about the gateway's service. Without the constant it is not:
                           that a source could be read must never turn a gateway without traffic into a PASS
    EACH_SUBJECT_REQUIRED  each of its findings is a question of its own: an answered one does not answer the others
    KEY_FIGURE             the figure in the head of the report that takes the colour of its result
    EXPLAINS_OTHERS        its bad findings are the cause of other checks' bad findings about the same subject
    EXPLAINS_RATIOS        its failures are the cause of what ratios of failures say of the same subject
    SINGLES_OUT            its bad findings are about what differs from its like: what other checks say of such a
                           subject does not follow from the sum of all
    EVALUATES_WAIVERS      it runs after the waivers have been applied, and cannot be waived itself
    WARN_IS_EXPIRING       its threshold for warn is when a waiver counts as expiring

    A constant for the file's own use begins with an underscore, so that a misspelt fact is noticed.
    """

    category: Category
    unit: Unit
    reads: Reads
    default: Threshold
    does_without: Reads = ()
    asked_for: bool = False
    proves_service: bool = False
    each_subject_required: bool = False
    key_figure: KeyFigure | None = None
    explains_others: bool = False
    explains_ratios: bool = False
    singles_out: bool = False
    evaluates_waivers: bool = False
    warn_is_expiring: bool = False


#: Constant -> fact.
_FACTS = {field.upper(): field for field in CheckFacts.__struct_fields__}
#: The parts of a check's docstring, after its title.
SECTIONS = ("What it measures", "Why it matters", "What to do", "Limitations")


class Page(Struct, frozen=True, kw_only=True):
    """The docstring of a check: what `--explain` prints, and the texts of its findings."""

    title: str
    measures: str
    why: str
    do: str
    limitations: str


class Check(CheckFacts, frozen=True, kw_only=True):
    """One check: its facts, its page and its functions.

    `contributions(finding, snapshot)` yields, one kind of subject after the other, how much each subject adds to the
    figure of a finding; among them its root cause is looked for. It is optional.
    """

    slug: str
    page: Page

    @property
    def evaluate(self) -> Callable[[Snapshot, Threshold], Iterator[Finding]]:
        """Its function, as its module has it."""
        found: Callable[[Snapshot, Threshold], Iterator[Finding]] = plugins.load("checks", self.slug).check
        return found

    @property
    def contributions(self) -> Callable[[Finding, Snapshot], Iterator[Contributions]] | None:
        """The optional function of its module."""
        return getattr(plugins.load("checks", self.slug), "contributions", None)


def every() -> tuple[Check, ...]:
    """All checks, by slug."""
    return tuple(map(load, plugins.modules("checks")))


def declared(slug: str) -> Check:
    """One check; `msgspec.ValidationError` for a fact that is missing or of the wrong type."""
    module = plugins.load("checks", slug)
    constants = vars(module)
    found = {field: constants[name] for name, field in _FACTS.items() if name in constants}
    return msgspec.convert({**found, "slug": slug, "page": page(_docstring(module))}, Check)


@cache
def load(slug: str) -> Check:
    """The same for all who ask: a run looks at each check several times."""
    return declared(slug)


def _docstring(module: ModuleType) -> str | None:
    """Its docstring, from its source where Python was told to leave docstrings out (-OO)."""
    if module.__doc__ is None and module.__file__:
        import ast  # few runs are without

        return ast.get_docstring(ast.parse(Path(module.__file__).read_text("utf-8")))
    return module.__doc__


def page(docstring: str | None) -> Page:
    """Parse a check's docstring; a part that is missing is empty."""
    title, *paragraphs = (" ".join(block.split()) for block in (docstring or "").strip().split("\n\n"))
    parts = dict.fromkeys(SECTIONS, "")
    for paragraph in paragraphs:
        name, colon, text = paragraph.partition(": ")
        if colon and name in parts:
            parts[name] = text[:1].upper() + text[1:]
    measures, why, do, limitations = (parts[name] for name in SECTIONS)
    return Page(title=title.rstrip("."), measures=measures, why=why, do=do, limitations=limitations)
