"""Outcomes of every subject: those of the window, and the lifetime totals of the scrape.

A log that cannot join its rows leaves requests open: they have a row that begins them and none that ends them. A row
that tells when its request began ends that one, others end open ones in count; what a scrape counted ends more; the
rest ends as the definition says. A subject gets for certain only what cannot belong to another.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice, takewhile

from msgspec import Struct, structs

from llmgw_report.gateways import write_delay_seconds
from llmgw_report.gateways.rows import AttemptRecord, OutcomeRecord, TrafficRecord
from llmgw_report.model import timestamp
from llmgw_report.model.moments import Stamped, runs, shared, timed, where
from llmgw_report.model.outcomes import SIDES, Dimension, Outcomes
from llmgw_report.pipeline.event_runs import Key
from llmgw_report.pipeline.measure import Measured
from llmgw_report.pipeline.sections.traffic import started
from llmgw_report.pipeline.tally import (
    LONG_SECONDS,
    TOTAL,
    Counts,
    Dims,
    Names,
    Tally,
    from_indicators,
    from_scrape,
    keys,
    no_counts,
    outcomes,
)
from llmgw_report.redaction import alias

QUERY = "outcomes"
#: Where a request went: the dimensions that a log may lack and a scrape has.
_PLACES = {"provider", "instance"}
#: Whose a request was.
_CALLERS = {"model", "api-key"}
_SHORTEST_WAIT_MS = 120_000
#: The row of a request is written so long before or after the time at which its ending says that it began.
_BEGAN_WITHIN_MS = (-10, 100)


def lifetime_outcomes(measured: Measured) -> Outcomes | None:
    """Totals of the scrape; of the window if the process is younger than it, or where --window all asks for it."""
    if not measured.of("requests") and not measured.of("attempts") and not measured.counts_requests:
        return None
    since_ms = _started_ms(measured)
    tally, counted = from_scrape(
        from_indicators(measured.of("requests")), from_indicators(measured.of("attempts")), _in_flight(measured)
    )
    if measured.of_groups:
        _add_groups(measured, tally)
    windows = measured.windows
    # A process that began later tells nothing about the window.
    young = since_ms is not None and windows.since_ms <= since_ms <= windows.until_ms + timestamp.CLOCKS_DIFFER_MS
    young = young or measured.counted_since_ms is not None
    return outcomes(
        tally,
        source="metrics",
        basis="window" if young else "lifetime",
        evaluated=young or windows.takes_lifetime(since_ms),
        since_ms=since_ms,
        counted=counted,
        successes_only=measured.gateway is not None and not measured.gateway.counts_failures and not _failed(tally),
    )


def _add_groups(measured: Measured, tally: Tally) -> None:
    """Add the models and keys that only all processes together tell apart."""
    requests, attempts = (
        from_indicators([one for one in measured.of_groups if one.quantity == name])
        for name in ("requests", "attempts")
    )
    own, _ = from_scrape(requests, attempts, _in_flight(measured))
    for key, counts in own.counts.items():
        if key and key[0][0] in _CALLERS and key not in tally.counts:
            tally.counts[key] = counts
            tally.estimated.add(key)


def windowed_outcomes(measured: Measured, totals: Outcomes | None) -> Outcomes | None:
    """Requests of the window from rows, closed by the scrape where its process is younger; without any the `totals`."""
    records = measured.table(QUERY, OutcomeRecord)
    if not records and (records is None or (totals and totals.evaluated == "yes")):
        return totals
    found = records or ()
    targets = measured.database.files if measured.database else ()
    if targets:
        from llmgw_report.pipeline.merge import added  # most runs read one database

        # What ends a request is in the database of the process that began it.
        tally = added(_closed(measured, where(found, partial(_is_of, one)), None) for one in targets)
    else:
        tally = _closed(measured, found, _scraped(measured, totals))
    if (attempts := measured.table("attempted", AttemptRecord)) is not None:
        tally.take_attempts(
            ({"provider": row.provider, "instance": row.instance}, row.outcome, _ended(attempts, places))
            for row, places in runs(attempts)
        )
    gateway = measured.gateway
    ended = outcomes(
        tally,
        source="database",
        basis="window",
        since_ms=measured.windows.since_ms,
        successes_only=gateway is not None and gateway.records == "successes" and not _failed(tally, found),
    )
    # No row names the process that wrote it: of each, what a server counted stands beside them.
    watched = [one for one in totals.subjects if "target" in one.subject] if totals and not targets else []
    return structs.replace(ended, subjects=(*ended.subjects, *watched))


def _is_of(target: str, row: OutcomeRecord) -> bool:
    return row.target == target


def _scraped(measured: Measured, totals: Outcomes | None) -> "Scraped | None":
    """What the counters say of the requests of a process that began inside the window."""
    since_ms = _started_ms(measured)
    if totals is None or since_ms is None or since_ms < measured.windows.since_ms:
        return None
    return Scraped(
        requests=from_indicators(measured.of("requests")),
        attempts=from_indicators(measured.of("attempts")),
        since_ms=round(since_ms),
    )


def _closed(measured: Measured, records: Sequence[OutcomeRecord], scraped: "Scraped | None") -> Tally:
    gateway = measured.gateway
    return Closing(records, gateway.open_requests if gateway else "error", scraped, _in_flight_ms(measured)).closed()


def _failed(tally: Tally, rows: Sequence[OutcomeRecord] = ()) -> bool:
    """Whether a failure was counted: a version that records one after all records more than successes.

    The row of a stream was written because its head was a success, however the stream ended.
    """
    failed = sum(n for outcome, n in tally.counts[TOTAL].items() if outcome in SIDES and outcome != "success")
    streams = (places for row, places in runs(rows) if row.streamed and row.outcome not in {"success", None})
    return failed > sum(n for places in streams for _, n in timed(rows, places))


def rows_are_finer(measured: Measured) -> bool:
    """Whether the rows are of the requests that the scrape counted, and say of each where it went.

    A process that began in the window counted none of the requests before that.
    """
    rows, began = measured.table(QUERY, OutcomeRecord) or (), _started_ms(measured)
    if began is None or began < measured.windows.since_ms:
        return False
    if any(at_ms < began for _, places in runs(rows) for at_ms, _ in timed(rows, places)):
        return False
    return any(row.provider or row.instance for row, _ in runs(rows))


def _started_ms(measured: Measured) -> float | None:
    since = started(measured)
    return None if since is None else timestamp.milliseconds(since)


def _in_flight_ms(measured: Measured) -> float:
    """Since when a request without an ending may still be running, or its ending not be written.

    Twice as long as nearly all of them take.
    """
    seconds = [
        row.durations["latency"].percentiles["p99"].seconds or 0.0
        for row in measured.table("traffic", TrafficRecord) or ()
        if row.total
    ]
    late = 1000 * write_delay_seconds(measured.gateway)
    return measured.windows.until_ms - max(_SHORTEST_WAIT_MS, *(2000 * one for one in seconds), 0.0) - late


def _in_flight(measured: Measured) -> float | None:
    """Twice the rate times the mean latency (Little's law), which is taken to be long where it is unknown.

    None where the rate is unknown.
    """
    since_ms = _started_ms(measured)
    seconds = (measured.windows.until_ms - since_ms) / 1000 if since_ms is not None else 0.0
    counted = sum(one.count or 0.0 for one in measured.of("latency"))
    if seconds <= 0:
        return None
    known = sum(one.value for one in measured.of("latency") if one.count)
    mean = known / counted if counted else LONG_SECONDS
    return 2 * mean * sum(one.value for one in measured.of("requests")) / seconds


def _dims(row: OutcomeRecord) -> dict[Dimension, str | None]:
    """The subjects of a row; the name of a key may be the key itself."""
    return {
        "provider": row.provider,
        "instance": row.instance,
        "model": row.model,
        "api-key": alias(row.api_key) if row.api_key else None,
        "target": row.target,
    }


def _ended(rows: Sequence[Stamped], places: range) -> list[tuple[int, int]]:
    """When each of these rows was, in whole milliseconds, and how many requests it stands for."""
    return [(round(at_ms), n) for at_ms, n in timed(rows, places)]


def _since(since_ms: float, ended: Iterable[tuple[float, int]]) -> int:
    return sum(n for at_ms, n in ended if at_ms >= since_ms)


class Scraped(Struct, frozen=True, kw_only=True):
    """What the counters of a process that began at `since_ms` say about the requests since then."""

    requests: Tally
    attempts: Tally
    since_ms: int


class Places:
    """Finds the provider and the instance of a row that names neither, where its scrape leaves only one."""

    def __init__(self, scraped: Scraped) -> None:
        self._providers: dict[Names, set[str | None]] = defaultdict(set)
        self._instances: dict[str | None, set[str | None]] = defaultdict(set)
        for provider, _, *names in scraped.requests.cells:
            self._providers[tuple(names)].add(provider)
        for provider, instance, *_ in scraped.attempts.cells:
            self._instances[provider].add(instance)

    def of(self, names: Names) -> Names:
        """The names, completed as far as there is no choice."""
        provider, instance, *others = names
        if provider is None and len(found := self._providers[tuple(others)]) == 1:
            (provider,) = found
        if instance is None and provider and len(found := self._instances[provider]) == 1:
            (instance,) = found
        return (provider, instance, *others)


class _ByTime:
    """Places of rows, and the times of these: not the rows, of which there may be a million, made when asked for."""

    def __init__(self) -> None:
        self.places, self.times = array("L"), array("d")

    def add(self, rows: Sequence[OutcomeRecord], places: range) -> None:
        self.places.extend(places)
        self.times.extend(at_ms for at_ms, _ in timed(rows, places))

    def in_order(self) -> tuple[Sequence[int], Sequence[float]]:
        """Both in the order of time, and of the rows where it is the same."""
        order = sorted(range(len(self.times)), key=self.times.__getitem__)
        return array("L", [self.places[index] for index in order]), array("d", [self.times[index] for index in order])


class Opened:
    """Requests without an ending, by when they began: the rows of some of these places. Each is taken once."""

    def __init__(self, rows: Sequence[OutcomeRecord], places: "_ByTime") -> None:
        self._rows = rows
        self._places, self._times = places.in_order()
        self._taken = bytearray(len(self._places))

    def take(self, began_ms: float | None, names: Dims) -> OutcomeRecord | None:
        """The request of these names that began then, or None: it writes its row a moment later."""
        if began_ms is None:
            return None
        first, end = (bisect_left(self._times, began_ms + margin) for margin in _BEGAN_WITHIN_MS)
        near = [index for index in range(first, end) if not self._taken[index] and self._may_be(index, names)]
        if not near:
            return None
        nearest = min(near, key=lambda index: abs(self._times[index] - began_ms))
        self._taken[nearest] = True
        return self._row(nearest)

    def left(self) -> list[OutcomeRecord]:
        """Those that nothing has taken."""
        return [self._row(index) for index, taken in enumerate(self._taken) if not taken]

    def _row(self, index: int) -> OutcomeRecord:
        return self._rows[self._places[index]]

    def _may_be(self, index: int, names: Dims) -> bool:
        """Whether no name of the row contradicts those of its ending."""
        own = _dims(shared(self._rows, self._places[index]))
        return all(not one or not names.get(name) or one == names.get(name) for name, one in own.items())


class Closing:
    """Finds an ending for every request that a log leaves open.

    A row that tells when its request began ends that one. Then, in this order: failures without an owner, in count;
    successes that the scrape counted; failures that it counted without an owner; the rest as `without_ending` says.
    Where no scrape counted, a request whose success leaves a row failed, unless it may be in flight; nobody knows of
    the others, such as streams that are never recorded. Where the scrape counts a request once it has ended, those that
    it has not counted may be in flight as well.
    """

    def __init__(
        self, rows: Sequence[OutcomeRecord], without_ending: str, scraped: Scraped | None, in_flight_ms: float
    ) -> None:
        self.tally = Tally()
        self.without_ending, self.scraped = without_ending, scraped
        #: A request that began later may still be running.
        self.in_flight_ms = in_flight_ms
        self.own_successes = self.anonymous = self.anonymous_failures = 0
        #: Streams that may have broken, by whether their success leaves a row.
        self.streams: defaultdict[int, Counter[Key]] = defaultdict(Counter)
        self.has_requests, self.begun = False, 0
        endings, opened = _ByTime(), _ByTime()
        for row, places in runs(rows):
            self.has_requests |= row.kind == "request"
            if scraped and row.kind == "request":
                self.begun += _since(scraped.since_ms, timed(rows, places))
            if row.kind == "request" and row.outcome is not None:
                self._add_all(row, _ended(rows, places))
            else:
                (opened if row.kind == "request" else endings).add(rows, places)
        self.opened = Opened(rows, opened)
        self.anonymous_at_most = len(opened.places)
        self.revoking: list[OutcomeRecord] = []
        for place in endings.in_order()[0]:
            row = rows[place]
            if row.kind == "ending":
                self._end(row)
            else:
                self.revoking.append(row)

    def _add_all(self, row: OutcomeRecord, ended: Sequence[tuple[int, int]]) -> None:
        self.tally.add_all(_dims(row), row.outcome or "unknown", ended)
        if self.scraped and row.outcome == "success":
            self.own_successes += _since(self.scraped.since_ms, ended)
        self._note_stream(row, sum(n for _, n in ended))

    def _add(self, row: OutcomeRecord, dims: Dims) -> None:
        self.tally.add(dims, row.outcome or "unknown", row.requests, round(row.time_ms))
        if self.scraped and row.outcome == "success" and row.time_ms >= self.scraped.since_ms:
            self.own_successes += row.requests

    def _note_stream(self, row: OutcomeRecord, n: int) -> None:
        if row.streamed and row.outcome in {"success", None}:
            self.streams[row.recorded].update(dict.fromkeys(keys(_dims(row)), n))

    def _end(self, row: OutcomeRecord) -> None:
        dims = _dims(row)
        if begun := self.opened.take(row.began_ms, dims):
            self.anonymous_at_most -= 1
            self._add(row, {**_dims(begun), **{name: value for name, value in dims.items() if value}})
        elif self.anonymous < self.anonymous_at_most:
            self.anonymous += 1
            self.anonymous_failures += row.outcome != "success"
            self._add(row, dims)
        elif row.outcome != "success" and self.has_requests:  # one that began before the window
            self._add(row, dims)
        elif row.outcome != "success":  # a log of errors alone, beside which nobody knows of the successes
            self.tally.add(dims, "unobserved")

    def closed(self) -> Tally:
        """The tally with every open request ended."""
        left, since_ms = self.opened.left(), self.scraped.since_ms if self.scraped else None
        before = [row for row in left if since_ms is None or row.time_ms < since_ms]
        after = left[len(before) :]
        if self.anonymous:
            self._in_count(left, self._ends(before, after, self.anonymous))
        else:
            for row in before:
                lost = row.recorded and row.time_ms < self.in_flight_ms
                self.tally.add(_dims(row), "error" if lost else "unobserved", 1, round(row.time_ms))
            self._note_unobserved(before)
            flying = self._in_flight(after)
            for row in flying:
                self.tally.add(_dims(row), "unobserved", 1, round(row.time_ms))
            after = after[: len(after) - len(flying)]
            self._after(after, self._ends([], after, 0))
        for row in left:
            if not row.recorded:
                self._note_stream(row, row.requests)
        self._revoke()
        if self.scraped:
            self._place(self.scraped)
            self._from_scrape(self.scraped, self.tally.counts[TOTAL]["canceled"])
        return self.tally

    def _in_flight(self, after: Sequence[OutcomeRecord]) -> Sequence[OutcomeRecord]:
        """The newest open requests, as far as the scrape has not counted as many as have begun."""
        counted = sum(self.scraped.requests.counts[TOTAL].values()) if self.scraped else 0.0
        waiting = round(self.begun - counted) if counted else 0
        running = takewhile(lambda row: row.recorded and row.time_ms >= self.in_flight_ms, reversed(after))
        return list(islice(running, max(0, waiting)))

    def _ends(self, before: Sequence[OutcomeRecord], after: Sequence[OutcomeRecord], ended: int) -> Counts:
        """How many of the requests that are still open ended how, without `ended` of them."""
        ends = no_counts()
        n = float(len(before) + len(after) - ended)
        ends["unobserved"] = min(n, len(before))
        n -= ends["unobserved"]
        counted = self.scraped.attempts.counts[TOTAL] if self.scraped else ends
        silent = sum(not row.recorded for row in after)
        for outcome, most in (
            ("success", min(silent, round(counted["success"]) - self.own_successes)),
            ("error", round(counted["error"])),
        ):
            ends[outcome] = max(0, min(n, most))
            n -= ends[outcome]
        ends[self.without_ending] += n
        return ends

    def _after(self, after: Sequence[OutcomeRecord], ends: Counts) -> None:
        """End what the scrape counted: request by request if all of a kind ended alike, else in count."""
        silent = [row for row in after if not row.recorded]
        if ends["success"] == len(silent):
            for row in silent:
                self.tally.add(_dims(row), "success", 1, round(row.time_ms))
            after = [row for row in after if row.recorded]
            ends["success"] = 0
        alike = [outcome for outcome, n in ends.items() if n == len(after)]
        if alike:
            for row in after:
                self.tally.add(_dims(row), alike[0], 1, round(row.time_ms))
        else:
            self._in_count(after, ends)

    def _in_count(self, rows: Sequence[OutcomeRecord], ends: Counts) -> None:
        """End some of these requests, nobody knows which: a subject with more of them has failures for certain."""
        self._note_unobserved(rows)
        for row in rows:
            self.tally.add(_dims(row), "unobserved")
        for key, its in Counter(key for row in rows for key in keys(_dims(row)) if key).items():
            sure = max(0, its - (len(rows) - self.anonymous_failures))
            self.tally.counts[key]["unobserved"] -= sure
            self.tally.counts[key]["server-error"] += sure
        total = self.tally.counts[TOTAL]
        total["unobserved"] -= len(rows)
        for outcome, n in ends.items():
            total[outcome] += n

    def _note_unobserved(self, rows: Sequence[OutcomeRecord]) -> None:
        """When the newest request of each subject began that may have succeeded without a row."""
        for row in rows:
            if not row.recorded and row.time_ms < self.in_flight_ms:
                for key in keys(_dims(row)):
                    self.tally.unobserved_at[key] = round(row.time_ms)

    def _revoke(self) -> None:
        """Streams that broke: the success of the head is none, and the end of one that was never recorded is known."""
        total, broken = self.tally.counts[TOTAL], Counter[int]()
        for row in self.revoking:
            unknown = not row.recorded and total["unobserved"] > 0 and self.scraped is None
            revoked = "unobserved" if unknown else "success"
            if total[revoked] > 0:
                total[revoked] -= 1
                broken[row.recorded] += 1
                self.tally.add({}, row.outcome or "unknown", 1, round(row.time_ms))
        for recorded, n in broken.items():
            self._own(self.streams[recorded], n)

    def _own(self, streams: Counter[Key], broken: int) -> None:
        """A subject with more streams than ended well has broken ones for certain."""
        for key, its in streams.items():
            sure = max(0, its - (streams[TOTAL] - broken))
            counts = self.tally.counts[key]
            ended = "success" if counts["success"] >= sure else "unobserved"
            if key != TOTAL and counts[ended] >= sure:
                counts[ended] -= sure
                counts["server-error"] += sure

    def _place(self, scraped: Scraped) -> None:
        """Name the provider and instance of each combination where there is no choice."""
        place = Places(scraped)
        for names in list(self.tally.cells):
            ended = self.tally.cells.pop(names)
            for one, count in ended.items():
                self.tally.cells[place.of(names)][one] += count

    def _from_scrape(self, scraped: Scraped, canceled: float) -> None:
        """Providers and instances, if the log names none; requests without an attempt found no instance.

        A log that names them is the finer source. Beside "alpha" and "beta" the provider of a scrape may be no more
        than the protocol that both speak.
        """
        named = {key[0][0] for key in self.tally.counts if key}
        for key, counted in scraped.attempts.counts.items():
            if not key or key[0][0] not in _PLACES - named:
                continue
            lost = 0.0
            if len(key) == 1 and key[0][0] == "provider":
                lost = max(0.0, scraped.requests.counts[key]["open"] - sum(counted.values()))
            sure = max(0.0, lost - canceled)
            self.tally.counts[key] = no_counts() | counted
            self.tally.counts[key]["server-error"] += sure
            self.tally.counts[key]["unobserved"] += lost - sure
