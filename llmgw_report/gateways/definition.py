"""What a `gateway.toml` can say. The reasons for each key are the gateways themselves: see docs/gateways.md."""

from msgspec import Struct, field

from llmgw_report.model.indicator import Quantity, Role, StatusClass
from llmgw_report.model.report import BlindSpot
from llmgw_report.model.status import Health
from llmgw_report.model.table import Access


class Source(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """One metric family that gives one quantity.

    `labels` maps our roles to its label names and `const` sets roles outright; `outcomes` maps globs
    over the status role to what they mean; `states` maps a gauge's value to a health. `scale` turns
    its unit into ours. `idle-zero`: quantiles read 0 when nothing happened lately, which is not fast.
    """

    family: str
    labels: dict[Role, str] = field(default_factory=dict)
    const: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, StatusClass] = field(default_factory=dict)
    states: dict[str, Health] = field(default_factory=dict)
    shapes: dict[Role, str] = field(default_factory=dict)
    scale: float = 1.0
    idle_zero: bool = False
    population: str = "all requests"


class Detect(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """How the product shows itself: every one of `families`, or every column of `tables`, none of `not-tables`.

    Never a prefix (`llm_` belongs to three products) and never a version string (one product kept
    "0.3.0" through eight schemas).
    """

    families: tuple[str, ...] = ()
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_tables: tuple[str, ...] = ()


class Families(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """Families beyond those mapped: `other` are known too, `never` are declared by the product and never emitted.

    `ignore` are globs of families that are not data; `missing` are label values that mean "no value".
    """

    other: tuple[str, ...] = ()
    never: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)


class Gateway(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What we know of one product. `folder` is where it was read from, with its .sql files; `name` is the folder's.

    `keeps` says which witnesses the product has at all: asking for another is not an error of the
    gateway's operator. `reads` lists the columns of each table that queries may read, beside those of
    `detect`; `content-columns` (`table.column`) hold what people said, and no query ever reads them.
    """

    title: str
    about: str
    detect: Detect
    keeps: tuple[str, ...] = ("metrics", "database")
    families: Families = Families()
    metrics: dict[Quantity, tuple[Source, ...]] = field(default_factory=dict)
    blind_spots: tuple[BlindSpot, ...] = ()
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    content_columns: tuple[str, ...] = ()
    name: str = ""
    folder: str = ""

    def access(self) -> Access:
        """What queries on this product's database may read."""
        tables = {**self.detect.tables, **self.reads}
        columns = {table: (*self.detect.tables.get(table, ()), *self.reads.get(table, ())) for table in tables}
        return Access(columns=columns, content=self.content_columns)
