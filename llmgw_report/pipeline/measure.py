"""What was read of one gateway, in one vocabulary: indicators of its scrape beside records of its database."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import TypeVar, cast

from msgspec import Struct, structs

from llmgw_report.config.settings import MAX_BUCKETS
from llmgw_report.errors import QueryError
from llmgw_report.gateways.definition import Gateway
from llmgw_report.gateways.meanings import unknown_values
from llmgw_report.gateways.normalise import ScrapeContext, normalise
from llmgw_report.gateways.relation import REQUESTS
from llmgw_report.gateways.rows import RECORDS, HealthRecord, left_out_of, states_in_part, whole
from llmgw_report.messages import join
from llmgw_report.model import timestamp
from llmgw_report.model.contents import UnknownValue
from llmgw_report.model.database import Database, FailedQuery
from llmgw_report.model.indicator import Indicator
from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.quantities import QUANTITIES
from llmgw_report.model.report import Window
from llmgw_report.model.scrape import WRONG_COUNTER, BadLine, Interest, Scrape, merged, spellings
from llmgw_report.model.sections import GroupBy, Latency, RowsLeftOut
from llmgw_report.pipeline import latency
from llmgw_report.pipeline.identify import Identity
from llmgw_report.pipeline.tally import TOTAL, from_indicators, from_scrape

Record = TypeVar("Record", bound=Struct)

#: Without one of these nobody knows how many requests there were.
_OF_REQUESTS = frozenset({"requests", "attempts"})


class Windows(Struct, frozen=True, kw_only=True):
    """The instant that is reported and the windows before it, in milliseconds; half-open, the end included.

    A row after `latest_ms` has an implausible time: it is a minute from now, for clocks that do not quite agree.
    `asked_bucket_ms` is what one bucket should be, where a trend of all rows would have too many of those.
    `burn_windows` are those of the error budget, in seconds; none without an objective.
    """

    until_ms: int
    latest_ms: int
    since_ms: int
    trend_since_ms: int
    bucket_ms: int
    asked_bucket_ms: int | None = None
    slow_ms: int
    top: int
    group_by: GroupBy
    burn_windows: tuple[int, ...] = ()
    whole: bool = False
    process_age_ms: int | None = None

    def beginning(self, since_ms: int) -> "Windows":
        """All windows from then on. Of too many buckets several are one: no figure but the trend is of fewer rows."""
        trend_since_ms = min(since_ms, self.trend_since_ms)
        joined = -(-(self.until_ms - trend_since_ms) // (MAX_BUCKETS * self.bucket_ms))
        return structs.replace(
            self,
            since_ms=since_ms,
            trend_since_ms=trend_since_ms,
            bucket_ms=joined * self.bucket_ms,
            asked_bucket_ms=self.bucket_ms if joined > 1 else None,
        )

    def takes_lifetime(self, since_ms: float | None) -> bool:
        """Whether --window all evaluates the totals of a process that began then."""
        too_old = (
            since_ms is not None and self.process_age_ms is not None and self.until_ms - since_ms > self.process_age_ms
        )
        return self.whole and not too_old

    def window(self) -> Window:
        """The windows as the document has them."""
        return Window(
            since=timestamp.text(self.since_ms),
            until=timestamp.text(self.until_ms),
            seconds=(self.until_ms - self.since_ms) / 1000,
            trend_seconds=(self.until_ms - self.trend_since_ms) / 1000,
            slow_seconds=self.slow_ms / 1000,
            bucket_seconds=self.bucket_ms / 1000,
            whole="yes" if self.whole else "no",
        )


class Counted(Struct, frozen=True, kw_only=True):
    """Requests of one time of a server, how they ended and how long they took.

    `known`: whether it has any series of then.
    """

    requests: int
    outcomes: OutcomeCounts
    known: bool
    latency: Latency = Latency()


class Measured(Struct, frozen=True, kw_only=True):
    """One gateway's scrapes, one of each process, and its database.

    `rows` holds the records of queries that sections are made of, by query. `per_bucket` and `per_span` are what a
    server counted in each bucket of the trend, and in the last seconds of each window of the error budget. `of_groups`
    is about what all processes together counted for each model or key, where these are too many to be told apart
    process by process. `rejected` are the counters that are not known since a line of them was left out, by quantity.
    """

    windows: Windows
    gateway: Gateway | None
    scrapes: tuple[Scrape, ...]
    indicators: tuple[Indicator, ...]
    database: Database | None
    rows: dict[str, Sequence[Struct]]
    failed: tuple[FailedQuery, ...]
    left_out: tuple[RowsLeftOut, ...] = ()
    unknown_values: tuple[UnknownValue, ...] = ()
    per_bucket: tuple[Counted, ...] = ()
    per_span: dict[int, Counted] = {}
    of_groups: tuple[Indicator, ...] = ()
    rejected: dict[str, BadLine] = {}

    def of(self, quantity: str) -> tuple[Indicator, ...]:
        """Indicators of one quantity; empty if the scrape has none of it."""
        return tuple(found for found in self.indicators if found.quantity == quantity)

    def by_group(self, quantity: str) -> tuple[Indicator, ...]:
        """Indicators of one quantity that tell its groups apart."""
        return tuple(one for one in self.of_groups if one.quantity == quantity) or self.of(quantity)

    @property
    def counted_since_ms(self) -> float | None:
        """When the window of the counters begins; None where they are totals of a process."""
        return min((one.since_ms for one in self.scrapes if one.since_ms is not None), default=None)

    @property
    def counts_requests(self) -> bool:
        """Whether the scrape declares a family of requests: without a series of it there was none yet."""
        if self.gateway is None or self.rejected.keys() & _OF_REQUESTS:
            return False
        declared = {spelling for one in self.scrapes for family in one.families for spelling in spellings(family)}
        return any(one.family in declared for one in self.gateway.metrics.get("requests", ()))

    def table(self, query: str, kind: type[Record]) -> Sequence[Record] | None:
        """Records of one query; None if it did not run, which is not the same as no rows."""
        if RECORDS[query] is not kind:
            message = f"{query} has records of {RECORDS[query].__name__}"
            raise TypeError(message)
        return cast("Sequence[Record] | None", self.rows.get(query))

    @property
    def has_relation(self) -> bool:
        """Whether the rows are those of the event relation, one per request."""
        return self.database is not None and REQUESTS in self.database.tables

    def title(self, query: str) -> str:
        """The title of a query that ran: what its rows are, in words."""
        return self.database.tables[query].title if self.database else query


def measure(
    windows: Windows, identity: Identity, scrapes: tuple[Scrape, ...], database: Database | None, wanted: Interest
) -> Measured:
    """Both sources of one gateway; a database of another product is left out.

    Counters and buckets add over processes as they do over series; what a process cannot tell is in no sum.
    """
    if identity.database_problem:
        database = None
    typed, failed, left_out = _typed(database)
    kept = () if identity.metrics_problem else scrapes
    told = [one for one in kept if one.watched is None or one.watched.problem is None]
    contexts = [one for scrape in told if (one := _context(identity.gateway, scrape, wanted, windows))]
    indicators = [one for context in contexts for one in normalise(context)]
    rejected = _rejected(identity.gateway, told, indicators)
    return Measured(
        windows=windows,
        gateway=identity.gateway,
        # Of a known product a scrape that is left out counted nothing, which is not 0.
        scrapes=kept if identity.gateway else scrapes,
        indicators=tuple(one for one in indicators if one.quantity not in rejected),
        database=database,
        rows=typed,
        failed=failed,
        left_out=left_out,
        unknown_values=unknown_values(contexts),
        rejected=rejected,
    )


def _rejected(
    gateway: Gateway | None, scrapes: Sequence[Scrape], indicators: Sequence[Indicator]
) -> dict[str, BadLine]:
    """A rejected line of each counter of which nothing is left but 0: what is not known is not 0.

    Where a family says how requests ended, what is left of it would be a ratio of its own. Only a value that cannot be
    right takes that away, since what a client writes can spoil a line.
    """
    lines = [(_family(line), line) for scrape in scrapes for line in scrape.bad_lines]
    counted = {one.quantity for one in indicators if one.value}
    found: dict[str, BadLine] = {}
    for quantity, mappings in gateway.metrics.items() if gateway and lines else ():
        for one, (name, line) in product(mappings, lines):
            decides = quantity in _OF_REQUESTS and ("status" in one.labels or bool(one.outcomes))
            is_lost = quantity not in counted or (decides and line.reason == WRONG_COUNTER)
            if name in spellings(one.family) and is_lost and QUANTITIES[quantity].kind == "counter":
                found.setdefault(quantity, line)
    return found


def _family(line: BadLine) -> str:
    """The name with which a line of a scrape begins; "" where it has none."""
    return next(iter(line.text.partition("{")[0].split()), "")


def _typed(
    database: Database | None,
) -> tuple[dict[str, Sequence[Struct]], tuple[FailedQuery, ...], tuple[RowsLeftOut, ...]]:
    """Records by query; a query that returns other columns than it has to has failed, a bad row is left out.

    Of states that are more than a report reads those that were read are kept: one that is down stays so.
    """
    left_out: list[RowsLeftOut] = []
    typed: dict[str, Sequence[Struct]] = {}
    failed = list(database.failed) if database else []
    for name, table in database.tables.items() if database else ():
        if name not in RECORDS or not table.builtin:
            bad = left_out_of(table)
            left_out += [bad] if bad else []
            continue
        try:
            typed[name], bad = whole(table, RECORDS[name])
            left_out += [bad] if bad else []
        except QueryError as error:
            failed.append(FailedQuery(name=name, title=table.title, reason=join("; ", [error.message, error.hint])))
            if table.truncated and RECORDS[name] is HealthRecord:
                with suppress(QueryError):
                    typed[name] = states_in_part(table)
    return typed, tuple(failed), tuple(left_out)


def _context(gateway: Gateway | None, scrape: Scrape, wanted: Interest, windows: Windows) -> ScrapeContext | None:
    if gateway is None:
        return None
    return ScrapeContext(gateway=gateway, scrape=scrape, interest=wanted, group_by=windows.group_by)


def with_times(
    measured: Measured, buckets: Sequence[Scrape], spans: Mapping[int, Scrape], wanted: Interest
) -> Measured:
    """What was measured, with the requests of each bucket of the trend and of each window of the error budget."""
    gateway, whole = measured.gateway, merged(measured.scrapes)
    if gateway is None or whole is None:
        return measured

    def counted(scrape: Scrape) -> Counted:
        known = structs.replace(scrape, families=whole.families)
        context = ScrapeContext(gateway=gateway, scrape=known, interest=wanted, group_by="all")
        return _ended(list(normalise(context)))

    return structs.replace(
        measured,
        per_bucket=tuple(map(counted, buckets)),
        per_span={seconds: counted(scrape) for seconds, scrape in spans.items()},
    )


def with_groups(measured: Measured, groups: Scrape | None, wanted: Interest) -> Measured:
    """What was measured, with what all processes together counted for each model or key."""
    gateway, whole = measured.gateway, merged(measured.scrapes)
    if gateway is None or whole is None or groups is None:
        return measured
    known = structs.replace(groups, families=whole.families)
    context = ScrapeContext(gateway=gateway, scrape=known, interest=wanted, group_by=measured.windows.group_by)
    return structs.replace(measured, of_groups=tuple(normalise(context)))


def _ended(found: Sequence[Indicator]) -> Counted:
    requests = [one for one in found if one.quantity == "requests"]
    attempts = [one for one in found if one.quantity == "attempts"]
    tally, _ = from_scrape(from_indicators(requests), from_indicators(attempts), None)
    n = sum(one.value for one in requests or attempts)
    return Counted(
        requests=round(n),
        known=bool(requests or attempts),
        outcomes=OutcomeCounts.of(tally.counts[TOTAL]),
        latency=latency.from_indicators([one for one in found if one.quantity == "latency"], QUANTITIES["latency"]),
    )
