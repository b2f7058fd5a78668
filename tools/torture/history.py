"""Two cron jobs that keep one history for ten minutes beside a gateway that counts, restarts and is known to the digit.

Each starts a report about every second; one run of twenty is killed at some moment. The gateway notes what it
answered and when, so that each window is compared with the truth: what a report subtracted is a scrape that was
answered when the report says, and no window has a request more than there were. It is a crash where a window is wrong,
a run fails, a run that ended is not in the file, or the file is damaged.
"""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from statistics import median
from threading import Lock, Thread
from typing import Any, NamedTuple

from llmgw_report.model import timestamp
from tools.torture._campaign import Crash, Result, Slowest, random

CASES = 1_100
SECONDS = 600.0
IN_TESTS = 0

CHECKOUT = Path(__file__).parents[2]
RATE = 200
RESTART_SECONDS = 60.0
EVERY_SECONDS = 1.0
KILLED = 0.05
#: From when a run begins until its scrape is answered, on a machine that has other work to do.
LATE_SECONDS = 10.0
DEFINITION = """\
title = "Counting gateway"
about = "Counts every request."
[detect]
families = ["counting_requests_total"]
[[metrics.requests]]
family = "counting_requests_total"
labels = { status = "code" }
outcomes = [{ when = { code = "200" }, outcome = "success" }, { when = { code = "500" }, outcome = "server-error" }]
[[metrics.process-start]]
family = "process_start_time_seconds"
"""
PAGE = """\
# TYPE counting_requests_total counter
counting_requests_total{{code="200"}} {count}
# TYPE process_start_time_seconds gauge
process_start_time_seconds {start:.3f}
"""


class Answer(NamedTuple):
    """One scrape: when, how many requests there had been in all, and before the process that answered began."""

    at: float
    total: int
    before: int


class Counting:
    """A gateway of an even rate whose process starts again every minute; every answer has another count."""

    def __init__(self) -> None:
        self.began = self.start = time.time()
        self.before = 0
        self.answers: list[Answer] = []
        self.lock = Lock()

    def page(self) -> bytes:
        """The counters now."""
        with self.lock:
            now = time.time()
            total = int((now - self.began) * RATE) + len(self.answers)
            if now - self.start > RESTART_SECONDS:
                self.start, self.before = now - 0.01, total - 1
            self.answers.append(Answer(now, total, self.before))
            return PAGE.format(count=total - self.before, start=self.start).encode()


class Ended(NamedTuple):
    """A run that ended: its exit code, how long it took, what it wrote."""

    code: int
    seconds: float
    document: Any
    words: str


class Job(Thread):
    """One of the two cron jobs."""

    def __init__(self, command: list[str], runs: int, chance: Random) -> None:
        super().__init__()
        self.command, self.runs, self.chance = command, runs, chance
        self.ended: list[Ended] = []
        self.killed = 0

    def run(self) -> None:
        """A run about every second."""
        for _ in range(self.runs):
            began = time.perf_counter()
            self._once()
            time.sleep(max(0.0, EVERY_SECONDS * self.chance.uniform(0.8, 1.2) - (time.perf_counter() - began)))

    def _once(self) -> None:
        began, dies = time.perf_counter(), self.chance.random() < KILLED
        limit = self.chance.uniform(0.02, 0.3) if dies else None
        with subprocess.Popen(
            self.command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                out, words = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.killed += 1
                return
        document = json.loads(out) if out else None
        self.ended.append(Ended(process.returncode, time.perf_counter() - began, document, words))


def campaign(seed: int, cases: int, folder: Path) -> Result:
    """Half of the runs by each job."""
    gateway, file = Counting(), folder / "history.db"
    with _served(gateway) as server:
        jobs = [Job(_command(folder, file, server), max(1, cases // 2), random(seed, place)) for place in range(2)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
        server.shutdown()
    ended = [one for job in jobs for one in job.ended]
    killed = sum(job.killed for job in jobs)
    crashes = [*_windows(ended, gateway.answers), *_file(file, ended), *_failures(ended)]
    return Result(
        cases=len(ended) + killed,
        commands=len(ended) + killed,
        crashes=tuple(Crash(0, text) for text in crashes),
        slowest=max(Slowest(one.seconds, place) for place, one in enumerate(ended)),
        peak=max(one.document["timings"]["peak_rss_bytes"] for one in ended if one.document),
        notes=tuple(_notes(file, ended, killed, crashes)),
    )


def _served(gateway: Counting) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = gateway.page()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _command(folder: Path, file: Path, server: ThreadingHTTPServer) -> list[str]:
    definition = folder / "counting"
    definition.mkdir(exist_ok=True)
    (definition / "gateway.toml").write_text(DEFINITION, "utf-8")
    url = f"http://127.0.0.1:{server.server_address[1]}/metrics"
    words = f"--no-config --no-db --gateway {definition} --url {url} --history {file} --window 30s --format json"
    return [sys.executable, "-m", "llmgw_report", *words.split()]


def _failures(ended: list[Ended]) -> Iterator[str]:
    """Exit 3 is the first run's, and that of one which was overtaken at once."""
    for one in ended:
        if one.code not in {0, 3}:
            yield f"exit {one.code}: {one.words}"


def _windows(ended: list[Ended], answers: list[Answer]) -> Iterator[str]:
    """Every window that was evaluated, against what the gateway answered."""
    for sections, at in ((one.document["sections"], one.document["at"]) for one in ended if one.document):
        found, traffic = sections["outcomes"], sections["traffic"]
        if found["evaluated"] != "yes":
            continue
        counted = next(one for one in found["subjects"] if not one["subject"])["outcomes"]["success"]
        own = (traffic["lifetime"] or traffic)["total"]["requests"]
        if found["since"] == sections["history"]["since"]:
            yield from wrong(answers, own, counted, (timestamp.milliseconds(found["since"]) or 0) / 1000, at)
        elif counted != own:  # a process that is younger than the window
            yield f"{at}: {counted} requests of a process that has counted {own}"


def wrong(answers: list[Answer], own: int, counted: int, since: float, at: str) -> Iterator[str]:
    """What is wrong with a window of so many requests, by a process that had counted `own`."""
    until = (timestamp.milliseconds(at) or 0) / 1000
    mine = [one for one in answers if one.total - one.before == own and 0 <= one.at - until < LATE_SECONDS]
    base = [one for one in answers if 0 <= one.at - since < LATE_SECONDS]
    if not mine or not base:
        yield f"{at}: no scrape of {own} was answered"
        return
    now = mine[0]
    # Of a process that ended, what it counted after its last scrape is lost; that one was seconds before its end.
    lost = RATE * LATE_SECONDS if any(one.before != now.before for one in base) else 0
    if not any(0 <= now.total - one.total - counted <= lost for one in base):
        yield f"{at}: {counted} requests since {since}, and there were {[now.total - one.total for one in base]}"


def _file(file: Path, ended: list[Ended]) -> Iterator[str]:
    with closing(sqlite3.connect(file)) as database:
        state = database.execute("PRAGMA integrity_check").fetchone()[0]
        kept = {at for (at,) in database.execute("SELECT at_ms FROM run")}
    if state != "ok":
        yield f"the file is damaged: {state}"
    missing = [one for one in ended if one.document and timestamp.milliseconds(one.document["at"]) not in kept]
    if missing:
        yield f"{len(missing)} runs that ended are not in the file"


def _notes(file: Path, ended: list[Ended], killed: int, crashes: list[str]) -> Iterator[str]:
    seconds = sorted(one.seconds for one in ended)
    judged = [one for one in ended if one.document and one.document["sections"]["history"]["since"]]
    restarts = sum(one.document["sections"]["history"]["restarts"] > 0 for one in judged)
    locked = sum("locked" in one.words for one in ended)
    wrong = sum(not one.startswith("exit ") for one in crashes)
    yield f"{len(ended)} runs ended, {killed} were killed; failures: {sum(one.code not in {0, 3} for one in ended)}"
    yield f"{len(judged)} windows from the file, {restarts} across a restart; wrong: {wrong}; busy: {locked}"
    yield f"a run took {1000 * median(seconds):.0f} ms, p99 {1000 * seconds[int(0.99 * (len(seconds) - 1))]:.0f} ms"
    yield f"the file has {file.stat().st_size / 2**20:.1f} MiB"
