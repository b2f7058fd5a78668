"""Each source of a fleet's figures: what is in it, which reports are made of it, and what they should say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import NamedTuple

from llmgw_report.model.report import Report
from llmgw_report.model.target import SEVERAL
from tools.fleet import compare
from tools.fleet.command import report
from tools.fleet.line import REQUESTS, Line, Wanted
from tools.fleet.remote_write import bodies
from tools.fleet.samples import Job, Scraped, Workers
from tools.fleet.spend_logs import SpendLogs
from tools.fleet.traffic import (
    BEGIN,
    END,
    FAILING,
    FLEET,
    HOUR,
    MINUTE,
    RESTARTING,
    STEADY,
    Counted,
    Replica,
    Request,
    between,
    counted,
    of,
)
from tools.power import llm_gateway
from tools.power.traffic import Plan, calls

#: Seconds between scrapes, and since when a server scrapes so.
INTERVALS = ((15, BEGIN), (5, END - 110 * MINUTE))
#: Ends of windows of 20 minutes, one of which has the death in it and one the restart.
MOMENTS = (END - 52.4 * MINUTE, END - 23.3 * MINUTE, END - 9.1 * MINUTE)
SHORT = 20 * MINUTE
#: Where a process dies or begins in a short window, what it gets in one step of the report's may be in it or not.
IN_A_STEP = Wanted(REQUESTS.ratio, 15 * STEADY.rate)
#: Of windows that a restart is in: its series are shown for five minutes, where nothing says that they have ended.
AFTER = (END - 28.7 * MINUTE, END - 15.8 * MINUTE)
OBJECTIVE = ("--slo", "99.5%")
STATES = ("ok", "degraded", "down")
PAIR = (Replica(name="litellm-a:4000"), Replica(name="litellm-b:4000"))
PORT = Replica(name="litellm-w:4000")


class Fleet:
    """All requests of all replicas, and the samples of them."""

    @cached_property
    def requests(self) -> Mapping[str, Sequence[Request]]:
        """By replica, in the order of their ends."""
        return {one.name: of(one) for one in (*FLEET, *PAIR, PORT)}

    @cached_property
    def all(self) -> Sequence[Request]:
        """Those of the fleet, in the order of their ends."""
        found = [one for replica in FLEET for one in self.requests[replica.name]]
        return sorted(found, key=lambda one: one.ended)

    def replica(self, replica: Replica) -> Scraped:
        """As a server meets it from the beginning on."""
        return Scraped(replica, self.requests[replica.name], BEGIN - 3 * HOUR)

    @cached_property
    def health(self) -> Mapping[tuple[str, str], str]:
        """The state of each deployment at each replica that answers at the end."""
        found = {one.name: self.replica(one).at(END) for one in FLEET}
        return {
            (place, name): STATES[state] for name, its in found.items() if its for place, state in its.states.items()
        }

    @cached_property
    def samples(self) -> Sequence[bytes]:
        """What one server is sent.

        The fleet twice, an HA pair without deduplication, two workers behind one port, and a replica of another server.
        """
        jobs = [Job(f"litellm-{interval}s", interval, since, END) for interval, since in INTERVALS]
        for job in jobs:
            for replica in FLEET:
                job.add(replica.name, self.replica(replica))
        pair = Job("pair", 15, END - 100 * MINUTE, END)
        workers = Job("workers", 15, END - 100 * MINUTE, END)
        for replica in PAIR:
            for copy in "ab":
                pair.add(replica.name, self.replica(replica), more=f',replica="{copy}"')
            workers.add(replica.name, self.replica(replica))
        workers.add(PORT.name, Workers(self.requests[PORT.name], BEGIN - 3 * HOUR))
        federated = Job("federated", 15, END - 100 * MINUTE, END, markers=False)
        federated.add(RESTARTING.name, self.replica(RESTARTING))
        series = {key: its for job in (*jobs, pair, workers, federated) for key, its in job.series.items()}
        return list(bodies(series, round(1000 * BEGIN), round(1000 * END)))

    def sums(self, replicas: Sequence[Replica], at: float, seconds: float) -> dict[str, Counted]:
        """What each replica counted in the seconds before an instant."""
        return {one.name: counted(between(self.requests[one.name], at - seconds, at)) for one in replicas}


def total(its: Mapping[str, Counted]) -> Counted:
    """The sum over replicas."""
    return Counted(*map(sum, zip(*its.values(), strict=True)))


class Server(NamedTuple):
    """A Prometheus-compatible server that was sent the samples of the fleet."""

    name: str
    url: str
    fleet: Fleet
    folder: Path

    def lines(self) -> Iterator[Line]:
        """Everything that it is asked for."""
        for interval, since in INTERVALS:
            source = f"{self.name}, {interval} s"
            yield from self._hour(source, f'job="litellm-{interval}s"', since)
            for at in MOMENTS:
                its, of_it = self.fleet.sums(FLEET, at, SHORT), _to(at)
                found = self.report(at, f'job="litellm-{interval}s"', "--window", "20m")
                yield from compare.totals(source, of_it, found, total(its))
                yield from compare.targets(source, of_it, found, its, IN_A_STEP)
        yield from self._copies(f"{self.name}, 15 s")
        yield from self._workers(f"{self.name}, 15 s")
        for at in AFTER:
            found, its = self.report(at, 'job="federated"', "--window", "20m"), self.fleet.sums([RESTARTING], at, SHORT)
            yield from compare.targets(f"{self.name}, 15 s", f"federated, {_to(at)}", found, its, IN_A_STEP)

    def report(self, at: float, match: str, *arguments: str | Path) -> Report:
        """What a report says of the targets that match."""
        database = () if "--db-url-file" in arguments else ("--no-db",)
        return report(self.folder, at, "--prometheus", self.url, "--match", match, *database, *arguments)

    def _hour(self, source: str, match: str, scraped: float) -> Iterator[Line]:
        fleet, found = self.fleet, self.report(END, match, "--window", "1h", *OBJECTIVE)
        its = fleet.sums(FLEET, END, HOUR)
        yield from compare.totals(source, "1 h", found, total(its))
        yield from compare.targets(source, "1 h", found, its)
        up = {one.name: "up" if one.serves(END) else "down" for one in FLEET}
        yield from compare.presence(source, found, up, {RESTARTING.name: 1})
        yield from compare.health(source, found, fleet.health)
        yield from compare.verdict(source, "1 h", found, "fail", [FAILING.name])
        traffic = found.sections.traffic
        mine = between(fleet.all, END - HOUR, END)
        yield from compare.latencies(source, "1 h", traffic.total.latency if traffic else None, mine)
        yield from compare.trend(source, found, fleet.all, END - HOUR)
        yield from compare.budget(source, found, compare.spans(fleet.all, END, scraped))

    def _copies(self, source: str) -> Iterator[Line]:
        its = self.fleet.sums(PAIR, END, HOUR)
        found = self.report(END, 'job="pair"', "--window", "1h")
        row = found.sections.traffic.total if found.sections.traffic else None
        once = row is not None and Line("", "", "", row.requests, total(its).requests, REQUESTS).met
        yield Line(source, "HA pair", "as it is", found.verdict.status, "pass" if once else "unknown")
        found = self.report(END, 'job="pair",replica="a"', "--window", "1h")
        yield Line(source, "HA pair", "one copy", found.verdict.status, "pass")
        yield from compare.totals(source, "one copy of the HA pair, 1 h", found, total(its))

    def _workers(self, source: str) -> Iterator[Line]:
        its, of_it = self.fleet.sums(PAIR, END, HOUR), "beside two workers, 1 h"
        found = self.report(END, 'job="workers"', "--window", "1h")
        yield from compare.verdict(source, of_it, found, "unknown", [])
        rows = {row.target: row for row in found.targets}
        yield Line(source, "two workers", "problem", rows[PORT.name].problem, SEVERAL)
        yield Line(source, "two workers", "requests", rows[PORT.name].requests, None)
        yield from compare.totals(source, of_it, found, total(its))
        for name, true in its.items():
            where = f"{name}, {of_it}"
            yield Line(source, "requests of a replica", where, rows[name].requests, true.requests, REQUESTS)


def _to(at: float) -> str:
    return f"20 min to {(END - at) / MINUTE:.0f} min before"


def spend_logs(source: str, file: Path, logs: SpendLogs, folder: Path) -> Iterator[Line]:
    """The rows alone."""
    asked = ("--no-metrics", "--db-url-file", file)
    found = report(folder, END, *asked, "--window", "1h", *OBJECTIVE)
    yield from compare.totals(source, "1 h", found, logs.since(END - HOUR, END))
    traffic = found.sections.traffic
    mine = [one for one in logs.fleet if END - HOUR < one.began <= END]
    yield from compare.latencies(source, "1 h", traffic.total.latency if traffic else None, mine)
    yield from compare.budget(source, found, {each: logs.ended(END - each, END) for each in compare.WINDOWS})
    for at in MOMENTS:
        found = report(folder, at, *asked, "--window", "20m")
        yield from compare.totals(source, _to(at), found, logs.since(at - SHORT, at))


def both(source: str, server: Server, file: Path, logs: SpendLogs) -> Iterator[Line]:
    """The rows beside the metrics of the same requests."""
    found = server.report(END, 'job="litellm-15s"', "--db-url-file", file, "--window", "1h", *OBJECTIVE)
    yield from compare.totals(source, "1 h", found, logs.since(END - HOUR, END))
    yield from compare.targets(source, "1 h", found, server.fleet.sums(FLEET, END, HOUR))
    yield from compare.health(source, found, server.fleet.health)
    yield from compare.verdict(source, "1 h", found, "fail", [FAILING.name])
    agree = [one.status for one in found.findings if one.check == "requests-reconcile"]
    yield Line(source, "requests-reconcile", "1 h", ", ".join(agree), "pass")
    yield from compare.budget(source, found, {each: logs.ended(END - each, END) for each in compare.WINDOWS})


def history(source: str, fleet: Fleet, folder: Path) -> Iterator[Line]:
    """Two scrapes of one replica over HTTP, an hour apart."""
    scraped, first = fleet.replica(FAILING), END - HOUR - 21.7
    with serving() as (url, show):
        asked = ("--url", url, "--no-db", "--history", "history.db", "--window", "1h", *OBJECTIVE)
        for at, run in ((first, "first run"), (END, "second run")):
            process = scraped.at(at)
            show(process.page(at) if process else "")
            found = report(folder, at, *asked)
            yield Line(source, "verdict", run, found.verdict.status, "unknown" if at == first else "fail")
    mine = between(fleet.requests[FAILING.name], first, END)
    yield from compare.totals(source, "since the first run", found, counted(mine))
    traffic = found.sections.traffic
    yield from compare.latencies(source, "since the first run", traffic.total.latency if traffic else None, mine)
    # What was counted between two runs has no finer time.
    longer = {each: its for each, its in compare.spans(mine, END, first).items() if each > HOUR}
    yield from compare.budget(source, found, longer)


@contextmanager
def serving() -> Iterator[tuple[str, Callable[[str], None]]]:
    """The URL of a page of metrics, and what gives the page another text."""
    shown: list[bytes] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(shown[-1])))
            self.end_headers()
            self.wfile.write(shown[-1])

        def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - the name of the parameter overridden
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as listener:
        Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.server_port}/metrics", lambda text: shown.append(text.encode())
        finally:
            listener.shutdown()


def own_log(source: str, folder: Path) -> Iterator[Line]:
    """The log database of an llm-gateway over 30 days, whose last hour is bad."""
    rng, until = Random(3), round(END * 1000)
    month, hour = until - 30 * 86_400_000, until - 3_600_000
    made = calls(rng, 20_000, month, hour) + calls(rng, 3_000, hour, until, plan=Plan(server_errors={"gemini": 0.08}))
    llm_gateway.database(folder / "gateway.db", made, [month], 0, until)
    found = report(folder, END, "--no-metrics", "--db-path", "gateway.db", "--window", "1h", *OBJECTIVE)
    spans = {}
    for seconds in compare.WINDOWS:
        since = until - seconds * 1000
        good = sum(one.outcome == "success" and since < one.ms for one in made if one.ended_ms <= until)
        spans[seconds] = (good, sum(one.outcome == "failure" and since < one.ended_ms <= until for one in made))
    yield from compare.budget(source, found, spans)
