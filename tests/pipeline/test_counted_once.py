"""Requests that several files have count once in the trend and the error budget, and those of replicas each time."""

import lzma
import random
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from llmgw_report.model.report import Report
from tests.builders.gateway import Machine, report
from tests.builders.replicas import AT, HOUR_MS, UNTIL_MS, Request, named, of, replica, request_logs

DATA = Path(__file__).parents[1] / "data"
DAY_MS = 24 * HOUR_MS
ASKED = ("--trend-window", "48h", "--slo", "99%")
Figures = tuple[int, dict[float, tuple[int, int]]]
"""Requests of the trend; good and bad ones of each window of the budget, in seconds."""


def figures(document: Report) -> Figures:
    trend, budget = document.sections.trend, document.sections.error_budget
    assert trend is not None
    assert budget is not None
    windows = {one.seconds: (one.good, one.bad) for one in budget.windows}
    return sum(point.requests for point in trend.points), windows


def buckets(document: Report) -> list[tuple[str, int, int | None]]:
    trend = document.sections.trend
    return [(point.time, point.requests, point.errors) for point in (trend.points if trend else ())]


def truth(requests: Iterable[Request], windows: Iterable[float]) -> Figures:
    """The same of these requests, counted one by one."""
    ended = [(UNTIL_MS - one.time_ms, one.failed) for one in requests]
    sides = {
        seconds: [
            sum(failed is side for ago_ms, failed in ended if 0 <= ago_ms < seconds * 1000) for side in (False, True)
        ]
        for seconds in windows
    }
    return sum(0 <= ago_ms < 2 * DAY_MS for ago_ms, _ in ended), {
        one: (good, bad) for one, (good, bad) in sides.items()
    }


def written(folder: Path, files: Sequence[Sequence[Request]]) -> list[Path]:
    return [request_logs(folder / f"{place}.db", its) for place, its in enumerate(files)]


@pytest.mark.parametrize("n", [30, 200])
def test_a_backup_from_before_the_window_counts_in_no_trend_and_no_budget(n: int, tmp_path: Path) -> None:
    """A file of the day before has requests of its own, and the same one as a backup has none."""
    late = replica(0, 10 * n)
    early, rest = ([one._replace(time_ms=one.time_ms - back * HOUR_MS) for one in replica(1, n)] for back in (3, 5))
    live = request_logs(tmp_path / "live.db", [*early, *late])
    backup = request_logs(tmp_path / "backup.db", early)
    rotated = request_logs(tmp_path / "rotated.db", rest)
    asked = ("--trend-window", "24h", "--slo", "99%")
    document = of(*named([live, backup, rotated]), *asked)
    assert [row.problem for row in document.targets] == [None, None, None]
    notes = {one.target: one.notes for one in document.inputs}
    assert notes[str(backup)][-1:] == (f"requests that {live} has too count once in the trend and the error budget",)
    without = of(*named([live, rotated]), *asked)
    assert document.sections.trend is not None
    assert without.sections.trend is not None
    assert document.sections.trend.points == without.sections.trend.points
    assert document.sections.error_budget == without.sections.error_budget
    assert document.verdict.status == without.verdict.status


def _hours(first: int, last: int, seed: int = 0) -> list[Request]:
    """Requests of each of these hours before the instant judged."""
    return [
        one._replace(time_ms=one.time_ms - hour * HOUR_MS)
        for hour in range(last, first - 1, -1)
        for one in replica(hour + 100 * seed, 40 + hour)
    ]


@pytest.mark.parametrize(
    ("parts", "slices"),
    [
        ("archive and live", [(1, 40), (0, 20)]),
        ("behind by less than the window", [(0, 40), (0, 20)]),
        ("rotated, and no hour in both", [(20, 40), (10, 19), (0, 9)]),
        ("rotated, and hours in both", [(16, 40), (4, 30), (0, 17)]),
        ("two archives", [(10, 40), (5, 40), (0, 20)]),
        ("named the other way round", [(0, 20), (5, 40), (10, 40)]),
    ],
)
@pytest.mark.parametrize("unit", [1, 1000])
def test_what_files_have_in_common_before_the_window_counts_once(
    parts: str, slices: list[tuple[int, int]], unit: int, tmp_path: Path
) -> None:
    """Beside another replica; a figure of all is that of one file with each request once."""
    made = [
        [one._replace(time_ms=one.time_ms // unit * unit) for one in _hours(*hours)] for hours in (*slices, (0, 40))
    ]
    *its, all_of_them = made
    if "behind" in parts:
        its[0] = [one for one in its[0] if one.time_ms < UNTIL_MS - HOUR_MS // 4]
    files = [request_logs(tmp_path / f"{place}.db", one) for place, one in enumerate(its)]
    other = request_logs(tmp_path / "other.db", _hours(0, 40, seed=1))
    whole = request_logs(tmp_path / "whole.db", all_of_them)
    document, expected = of(*named([*files, other]), *ASKED), of(*named([whole, other]), *ASKED)
    assert buckets(document) == buckets(expected)
    assert document.sections.error_budget == expected.sections.error_budget
    notes = [note for one in document.inputs for note in one.notes]
    assert bool(notes) is ("no hour" not in parts)


def test_backups_that_were_made_soon_after_one_another(tmp_path: Path) -> None:
    """What the later one has more is less than a bucket of the trend, and the live file has more of that one."""
    requests, until_ms = busy(1, 60), UNTIL_MS - 20 * HOUR_MS
    files = [
        [one for one in requests if one.time_ms < until_ms],
        [one for one in requests if one.time_ms < until_ms + 20 * 60_000],
        [one for one in requests if one.time_ms > UNTIL_MS - 30 * HOUR_MS],
    ]
    found = figures(of(*named(written(tmp_path, files)), *ASKED))
    assert found == truth(requests, found[1])


def test_one_request_of_a_backup_is_in_the_window(tmp_path: Path) -> None:
    requests = [*_hours(1, 20), *replica(0, 30)]
    live = request_logs(tmp_path / "live.db", requests)
    backup = request_logs(tmp_path / "backup.db", requests[:-29])
    document = of(*named([live, backup]), "--slo", "99%")
    assert document.sections.outcomes is not None
    assert document.sections.outcomes.total().outcomes.observed == 30
    assert [bool(row.problem) for row in document.targets] == [False, True]


def busy(seed: int, hours: int, *, first: int = 0, failing: float = 0.0) -> list[Request]:
    """Some ten requests an hour, more by day, to the millisecond."""
    rng = random.Random(seed)  # noqa: S311 - the same requests in every run
    return [
        one._replace(time_ms=one.time_ms - hour * HOUR_MS)
        for hour in range(first, first + hours)
        for one in replica(seed + 7919 * hour, rng.randrange(5, 20), failing=failing)
    ]


def at(times_ms: Iterable[float], seed: int = 0, *, failed: bool = False) -> list[Request]:
    """Requests at these times, each of its own duration, that ended alike; for a seed of 0 all of one duration."""
    some = replica(seed, 1000)
    return [
        some[place % 1000]._replace(
            time_ms=round(time), model="probe", failed=failed, seconds=some[place % 1000].seconds if seed else 0.8
        )
        for place, time in enumerate(times_ms)
    ]


def every(
    minutes: float, *, since_ms: int = UNTIL_MS - 10 * DAY_MS, until_ms: int = UNTIL_MS - 2 * HOUR_MS
) -> list[int]:
    return list(range(since_ms, until_ms, round(60_000 * minutes)))


def _jobs() -> list[float]:
    """Four jobs of each night."""
    return [UNTIL_MS - day * DAY_MS - hour * HOUR_MS for day in range(1, 20) for hour in (5, 6, 6.5, 9)]


def _down() -> list[int]:
    """A probe of every minute, whose prober was down for some other time each day."""
    return [time for time in every(1) if (UNTIL_MS - time) % DAY_MS > (UNTIL_MS - time) // DAY_MS * 7 * 60_000]


def _timetable() -> list[int]:
    """Each hour of five has another number of probes."""
    hours = range(UNTIL_MS - 200 * HOUR_MS, UNTIL_MS - 2 * HOUR_MS, HOUR_MS)
    return [hour + 60_000 * n for place, hour in enumerate(hours) for n in range(1 + place % 5)]


def _probers() -> list[int]:
    """Sixteen probers, each with a period of its own."""
    return sorted(time for seconds in range(7, 71, 4) for time in every(seconds / 60, since_ms=UNTIL_MS - 30 * HOUR_MS))


def _ramp() -> list[int]:
    """A load test that gets faster."""
    since_ms = UNTIL_MS - 10 * HOUR_MS
    return [since_ms + 60_000 * minute + 1000 * n for minute in range(300) for n in range(1 + minute // 8)]


def _coarse(seed: int) -> list[int]:
    """A probe that reaches both replicas in the same millisecond, but for one of ten."""
    rng = random.Random(seed)  # noqa: S311 - the same requests in every run
    return [time + 317 + (rng.random() < 0.1) for time in every(5)]


def _jittered(seed: int) -> list[int]:
    rng = random.Random(seed)  # noqa: S311 - the same requests in every run
    return [time + 317 + rng.randrange(5) for time in every(5)]


REPLICAS = {
    **{f"a probe of every {one} min": (at(every(one), 1), at(every(one), 2)) for one in (0.5, 1, 7, 8, 40, 45, 421)},
    "jobs of the night": (at(_jobs(), 1), at(_jobs(), 2)),
    "a timetable": (at(_timetable(), 1), at(_timetable(), 2)),
    "a probe of every 0.5 min, until now": tuple(at(every(0.5, until_ms=UNTIL_MS), seed) for seed in (1, 2)),
    "a prober that was down": (at(_down(), 1), at(_down(), 2)),
    "a batch, evenly balanced": tuple(
        at((UNTIL_MS - 5 * HOUR_MS + 1000 * (n // 5) for n in range(10_000)), seed) for seed in (1, 2)
    ),
    "a prober that reaches both at nearly the same time": (at(_jittered(1), 1), at(_jittered(2), 2)),
    "probers with periods of their own": (at(_probers()), at(_probers())),
    "a balanced load test that gets faster": (at(_ramp()), at(_ramp())),
    "a prober that reaches both in the same millisecond": (at(_coarse(1)), at(_coarse(2))),
    "every probe of one failed": (at(every(5), 1), at(every(5), 2, failed=True)),
    "busy by day, probes by night": tuple(
        [*at(every(5), seed), *(one for hour in range(6, 200, 24) for one in busy(seed, 8, first=hour, failing=rate))]
        for seed, rate in ((1, 0.0), (2, 0.3))
    ),
    "some requests in the same milliseconds": (
        [*busy(1, 200), *busy(9, 1, first=30)],
        [*busy(2, 200), *busy(9, 1, first=30)],
    ),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", REPLICAS)
def test_what_replicas_have_at_the_same_times_counts_each_time(kind: str, turned: bool, tmp_path: Path) -> None:  # noqa: FBT001 - of two orders
    unit = 1 if any(one.time_ms % 1000 for one in REPLICAS[kind][0]) else 1000
    now = [[one._replace(time_ms=one.time_ms // unit * unit) for one in busy(seed, 1)] for seed in (3, 4)]
    files = [[*its, *recent] for its, recent in zip(REPLICAS[kind], now, strict=True)]
    document = of(*named(written(tmp_path, files[:: -1 if turned else 1])), *ASKED)
    found = figures(document)
    assert found == truth((one for its in files for one in its), found[1])
    assert not any("count" in note for one in document.inputs for note in one.notes)
    assert {one.problem for one in document.targets} == {None}


@pytest.mark.parametrize("turned", [False, True])
def test_a_clone_that_failed_and_was_stopped_is_no_part_of_the_other(turned: bool, tmp_path: Path) -> None:  # noqa: FBT001 - of two orders
    before = busy(1, 200, first=10)
    failed = at((UNTIL_MS - 10 * HOUR_MS + 1 + 3001 * n for n in range(60)), 5, failed=True)
    files = [[*before, *busy(2, 10)], [*before, *failed]]
    found = figures(of(*named(written(tmp_path, files[:: -1 if turned else 1])), *ASKED))
    assert found == truth([*files[0], *failed], found[1])


@pytest.mark.parametrize("n", [50, 49])
def test_two_clones_that_were_stopped_in_one_hour_have_each_its_own(n: int, tmp_path: Path) -> None:
    """Though one has as many requests as the other, or more, that ended alike."""
    before = busy(1, 200, first=10)
    since_ms = UNTIL_MS - 10 * HOUR_MS + 1000
    ends = [
        [
            *at((since_ms + step * place for place in range(30)), seed),
            *at((since_ms + 99 + step * place for place in range(its)), seed + 2, failed=True),
        ]
        for seed, step, its in ((5, 9001, 50), (6, 9101, n))
    ]
    found = figures(of(*named(written(tmp_path, [[*before, *end] for end in ends])), *ASKED))
    assert found == truth([*before, *ends[0], *ends[1]], found[1])


@pytest.mark.parametrize("unit", [1, 1000])
@pytest.mark.parametrize("turned", [False, True])
def test_a_clone_that_went_went_on_by_itself_has_requests_of_its_own(unit: int, turned: bool, tmp_path: Path) -> None:  # noqa: FBT001 - of two orders
    """They have each hour before that in common, and were probed at the same times since: all probes of one failed."""
    before, probed = busy(1, 200, first=50, failing=0.1), every(5, since_ms=UNTIL_MS - 49 * HOUR_MS)
    files = [
        [
            one._replace(time_ms=one.time_ms // unit * unit)
            for one in (*before, *at(probed, seed, failed=seed == 3), *busy(seed, 20, failing=rate))
        ]
        for seed, rate in ((2, 0.0), (3, 0.2))
    ]
    found = figures(of(*named(written(tmp_path, files[:: -1 if turned else 1])), *ASKED))
    assert found == truth([*files[0], *files[1][len(before) :]], found[1])


@pytest.mark.parametrize("name", ["trend", "budget", "tables", "outcomes"])
def test_a_query_of_ones_own_may_have_the_name_of_another(name: str, tmp_path: Path) -> None:
    query = tmp_path / f"{name}.sql"
    query.write_text("-- title: of mine\n-- requires: things\nSELECT 1 AS mine")
    files = [tmp_path / "a.db", tmp_path / "b.db"]
    for file in files:
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE things (at INTEGER)")
    document = of(*named(files), "--query", str(query), "--slo", "99%")
    assert document.verdict.status == "unknown"


def test_a_backup_of_llm_gateways_own_files_from_before_the_window(tmp_path: Path) -> None:
    """Whose query of outcomes needs the answer to another one."""
    content = lzma.decompress((DATA / "llm-gateway-0.3.0.db.xz").read_bytes())
    for name in ("one.db", "other.db"):
        (tmp_path / name).write_bytes(content)
    asked = ("--no-config", "--no-metrics", "--at", "2026-01-12T11:08:07Z", "--trend-window", "72h")
    document = report(*asked, *named([tmp_path / "one.db", tmp_path / "other.db"]), machine=Machine(AT))
    alone = report(*asked, *named([tmp_path / "one.db"]), machine=Machine(AT))
    assert [row.problem for row in document.targets] == [None, None]
    assert document.sections.trend is not None
    assert alone.sections.trend is not None
    assert document.sections.trend.points == alone.sections.trend.points
