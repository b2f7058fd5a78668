"""What is kept of a run: the few figures that are read often, and the counters that the next run subtracts."""

from typing import Literal

import msgspec
from msgspec import Struct, field

from llmgw_report.messages import plain
from llmgw_report.model.outcomes import Outcomes
from llmgw_report.model.run import Clock
from llmgw_report.model.sections import InstanceRow, Latency, Totals
from llmgw_report.model.timestamp import CLOCKS_DIFFER_MS

#: Clocks that say when one process started differ by less.
SAME_START_MS = 1_000


class Reading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The counters of one scrape, by redacted names."""

    traffic: Totals | None = None
    outcomes: Outcomes | None = None
    instances: tuple[InstanceRow, ...] = ()


class Figures(Struct, frozen=True, kw_only=True):
    """Totals of one reading: all None where nothing was counted. `started_ms` is when its process began.

    The run began at `at_ms` and had read them `took_ms` later at most; None where that is not known.
    `good` may fall: a request in flight counts as failed by nobody's fault until it is known to have ended otherwise.
    """

    at_ms: int
    took_ms: int | None = None
    started_ms: int | None = None
    requests: int | None = None
    success: int | None = None
    good: int | None = None
    bad: int | None = None

    @property
    def counts(self) -> tuple[int, ...]:
        """Those that are known."""
        return tuple(one for one in (self.requests, self.success, self.bad) if one is not None)

    def fell(self, now: "Figures") -> bool:
        """Whether a total that can only rise while the process lives is smaller now.

        One that is not there any more is a series that was lost.
        """
        pairs = ((self.requests, now.requests), (self.success, now.success), (self.bad, now.bad))
        return any(old is not None and new is not None and new < old for old, new in pairs)


class PastRun(Figures, frozen=True, kw_only=True):
    """One run of the file. `failing` has the findings that did not pass: since when (ms) and for how many runs."""

    id: int
    gateway: str
    verdict: str
    failing: dict[str, tuple[int, int]] = field(default_factory=dict)


class Timed(Struct, frozen=True, kw_only=True):
    """One reading: its totals, and the latency of all requests that its process had counted."""

    figures: Figures
    latency: Latency = Latency()


class Entry(Struct, frozen=True, kw_only=True):
    """What a run adds to the file. `failing` are fingerprints, `patterns` digests of the log's error patterns.

    `clock` is None for a run that was told its time. `hidden_rows` are the most rows that a pattern outside the
    list can have. `doubtful`: this run found no window, so that what it counts since the run before is in no sum.
    """

    source: str
    gateway: str
    verdict: str
    figures: Figures
    failing: tuple[str, ...]
    reading: Reading
    clock: Clock | None = None
    patterns: tuple[str, ...] = ()
    log_rows: int | None = None
    hidden_rows: int = 0
    doubtful: bool = False


def by_starts(before: Figures, now: Figures) -> Literal["same", "restarted", "another process"] | None:
    """What the start times say of two readings; None where one of them is not known.

    A process that began before the earlier one is no successor of it, and one that ran already at the earlier reading
    is another one. A clock that is ahead shows where a process began after its own reading, and by as much at least
    every start is too late.
    """
    then, start = before.started_ms, now.started_ms
    if then is None or start is None:
        return None
    if abs(start - then) <= SAME_START_MS:
        return "same"
    ahead = max(then - before.at_ms, start - now.at_ms)
    earliest = start - ahead - CLOCKS_DIFFER_MS if ahead > CLOCKS_DIFFER_MS else start
    return "restarted" if start > then and earliest > before.at_ms else "another process"


def step(before: Figures | None, now: Figures) -> tuple[int | None, int | None, int | None]:
    """Requests, good and bad ones between two readings; None where any figure would be a guess.

    After a restart whose time is known the new totals are what was counted. Without a start time a fall may be a
    restart or another process that answers, and then nobody knows.
    """
    if before is None or not now.counts:
        return None, None, None
    course = by_starts(before, now)
    if course == "restarted":
        return now.requests, now.good, now.bad
    if course == "another process":
        return None, None, None
    if before.fell(now):
        return None, None, None
    return tuple(  # type: ignore[return-value]
        None if new is None or old is None else max(0, new - old)
        for old, new in ((before.requests, now.requests), (before.good, now.good), (before.bad, now.bad))
    )


def digest(level: str, pattern: str) -> str:
    """An error pattern without its words, which are of the gateway's log."""
    from hashlib import blake2b  # only a run with an error pays for it

    return blake2b(f"{level}\0{pattern}".encode(), digest_size=12).hexdigest()


def packed(reading: Reading) -> bytes:
    """A reading as the file holds it."""
    from zlib import compress  # only a run with a history pays for it

    return compress(msgspec.json.encode(reading, enc_hook=plain), 1)


def unpacked(body: object) -> Reading:
    """The reading again; ValueError for what is none."""
    return msgspec.json.decode(_inflated(body), type=Reading)  # its own errors are ValueErrors


class _Total(Struct, frozen=True):
    latency: Latency = Latency()


class _Traffic(Struct, frozen=True):
    total: _Total = _Total()


class _WithLatency(Struct, frozen=True):
    traffic: _Traffic | None = None


def unpacked_latency(body: object) -> Latency:
    """The latency of all requests of a reading, without what else it holds: a tenth of the work."""
    found = msgspec.json.decode(_inflated(body), type=_WithLatency).traffic
    return found.total.latency if found else Latency()


def _inflated(body: object) -> bytes:
    from zlib import decompressobj, error

    if not isinstance(body, bytes):
        message = "a reading is no bytes"
        raise ValueError(message)  # noqa: TRY004 - what the file holds, not what the program gave
    unpacking = decompressobj()
    try:
        raw = unpacking.decompress(body, MOST_BYTES)
    except error as problem:
        raise ValueError(str(problem)) from problem
    if unpacking.unconsumed_tail:
        message = "a reading is larger than any scrape's"
        raise ValueError(message)
    return raw


#: Of one reading, unpacked: a thousand groups with all their buckets are a tenth of it.
MOST_BYTES = 64 << 20
