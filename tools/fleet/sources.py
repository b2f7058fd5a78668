"""Each source of a fleet's figures: what is in it, which reports are made of it, and what they should say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread

from llmgw_report.sources.promql.counting import SEVERAL
from tools.fleet import compare
from tools.fleet.command import report
from tools.fleet.line import REQUESTS, Line
from tools.fleet.remote_write import bodies
from tools.fleet.samples import Job, Scraped, Workers
from tools.fleet.spend_logs import SpendLogs
from tools.fleet.traffic import (
    BEGIN,
    DYING,
    END,
    FAILED,
    FAILING,
    FLEET,
    HOUR,
    MINUTE,
    RESTARTING,
    STEADY,
    SUCCESS,
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
#: What is not in order; of one that does not answer nobody knows.
HEALTH = {("openai-us", STEADY.name): "down", ("openai-us", DYING.name): "unknown"}
OBJECTIVE = ("--slo", "99.5%")
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
    def samples(self) -> Sequence[bytes]:
        """What one server is sent: the fleet twice, an HA pair without deduplication, two workers behind one port."""
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
        series = {key: its for job in (*jobs, pair, workers) for key, its in job.series.items()}
        return list(bodies(series, round(1000 * BEGIN), round(1000 * END)))

    def sums(self, replicas: Sequence[Replica], at: float, seconds: float) -> dict[str, Counted]:
        """What each replica counted in the seconds before an instant."""
        return {one.name: counted(between(self.requests[one.name], at - seconds, at)) for one in replicas}


def total(its: Mapping[str, Counted]) -> Counted:
    """The sum over replicas."""
    return Counted(*map(sum, zip(*its.values(), strict=True)))


def server(source: str, url: str, fleet: Fleet, folder: Path) -> Iterator[Line]:
    """Everything that a Prometheus-compatible server is asked for."""
    for interval, since in INTERVALS:
        name = f"{source}, {interval} s"
        asked = ("--prometheus", url, "--match", f'job="litellm-{interval}s"', "--no-db")
        yield from _hour(name, asked, fleet, folder, since)
        for at in MOMENTS:
            its, of_it = fleet.sums(FLEET, at, SHORT), f", 20 min to {(at - END) / MINUTE:.0f} min"
            found = report(folder, at, *asked, "--window", "20m")
            yield from compare.totals(name, of_it, found, total(its))
            yield from compare.targets(name, of_it, found, its)
    yield from _copies(f"{source}, 15 s", url, fleet, folder)
    yield from _workers(f"{source}, 15 s", url, fleet, folder)


def _hour(source: str, asked: Sequence[str], fleet: Fleet, folder: Path, scraped: float) -> Iterator[Line]:
    found, its = report(folder, END, *asked, "--window", "1h", *OBJECTIVE), fleet.sums(FLEET, END, HOUR)
    yield from compare.totals(source, ", 1 h", found, total(its))
    yield from compare.targets(source, ", 1 h", found, its)
    up = {one.name: "up" if one.serves(END) else "down" for one in FLEET}
    yield from compare.presence(source, found, up, {RESTARTING.name: 1})
    yield from compare.health(source, found, HEALTH)
    yield from compare.failing(source, found, [FAILING.name])
    hour = between(fleet.all, END - HOUR, END)
    traffic = found.sections.traffic
    yield from compare.percentile(source, ", 1 h", traffic.total.latency if traffic else None, hour)
    yield from compare.trend(source, found, fleet.all, END - HOUR)
    yield from compare.budget(source, found, compare.spans(fleet.all, END, scraped))


def _copies(source: str, url: str, fleet: Fleet, folder: Path) -> Iterator[Line]:
    its = fleet.sums(PAIR, END, HOUR)
    asked = ("--prometheus", url, "--no-db", "--window", "1h", "--match")
    found = report(folder, END, *asked, 'job="pair"')
    row = found.sections.traffic.total.requests if found.sections.traffic else None
    once = row is not None and abs(row - total(its).requests) <= REQUESTS.ratio * total(its).requests
    said = "counted once" if once else found.verdict.status
    yield Line(source, "HA pair", said, said if once else "unknown")
    found = report(folder, END, *asked, 'job="pair",replica="a"')
    yield from compare.totals(source, ", one copy of the HA pair", found, total(its))


def _workers(source: str, url: str, fleet: Fleet, folder: Path) -> Iterator[Line]:
    its = fleet.sums(PAIR, END, HOUR)
    found = report(folder, END, "--prometheus", url, "--match", 'job="workers"', "--no-db", "--window", "1h")
    yield from compare.failing(f"{source}", found, [])
    rows = {row.target: row for row in found.targets}
    yield Line(source, "two workers, requests", rows[PORT.name].requests, None)
    yield Line(source, "two workers, problem", rows[PORT.name].problem, SEVERAL)
    yield from compare.totals(source, ", beside two workers", found, total(its))
    others = {name: rows[name].requests for name in its if name in rows}
    for name, true in its.items():
        yield Line(source, f"requests of {name}, beside two workers", others.get(name), true.requests, REQUESTS)


def spend_logs(source: str, file: Path, logs: SpendLogs, folder: Path) -> Iterator[Line]:
    """The rows alone."""
    asked = ("--no-metrics", "--db-url-file", file)
    found = report(folder, END, *asked, "--window", "1h", *OBJECTIVE)
    yield from compare.totals(source, ", 1 h", found, logs.since(END - HOUR, END))
    traffic = found.sections.traffic
    mine = [one for one in logs.fleet if END - HOUR < one.began <= END]
    yield from compare.percentile(source, ", 1 h", traffic.total.latency if traffic else None, mine)
    spans = {seconds: logs.ended(END - seconds, END) for seconds in compare.WINDOWS}
    yield from compare.budget(source, found, spans)
    for at in MOMENTS:
        found = report(folder, at, *asked, "--window", "20m")
        of_it = f", 20 min to {(at - END) / MINUTE:.0f} min"
        yield from compare.totals(source, of_it, found, logs.since(at - SHORT, at))


def both(source: str, url: str, file: Path, logs: SpendLogs, fleet: Fleet, folder: Path) -> Iterator[Line]:
    """The rows beside the metrics of the same requests."""
    asked = ("--prometheus", url, "--match", 'job="litellm-15s"', "--db-url-file", file)
    found, its = report(folder, END, *asked, "--window", "1h", *OBJECTIVE), fleet.sums(FLEET, END, HOUR)
    yield from compare.totals(source, ", 1 h", found, logs.since(END - HOUR, END))
    yield from compare.targets(source, ", 1 h", found, its)
    yield from compare.health(source, found, HEALTH)
    yield from compare.failing(source, found, [FAILING.name])
    disagree = [one.status for one in found.findings if one.check == "requests-reconcile"]
    yield Line(source, "requests-reconcile", ", ".join(disagree), "pass")
    yield from compare.budget(source, found, {each: logs.ended(END - each, END) for each in compare.WINDOWS})


def history(source: str, fleet: Fleet, folder: Path) -> Iterator[Line]:
    """Two scrapes of one replica over HTTP, an hour apart."""
    scraped, first = fleet.replica(FAILING), END - HOUR - 21.7
    with serving() as (url, show):
        asked = ("--url", url, "--no-db", "--history", "history.db", "--window", "1h", *OBJECTIVE)
        for at in (first, END):
            process = scraped.at(at)
            show(process.page(at) if process else "")
            found = report(folder, at, *asked)
            if at == first:
                yield Line(source, "verdict of the first run", found.verdict.status, "unknown")
    mine = between(fleet.requests[FAILING.name], first, END)
    yield from compare.totals(source, ", since the first run", found, counted(mine))
    yield Line(source, "verdict", found.verdict.status, "fail")
    traffic = found.sections.traffic
    yield from compare.percentile(source, "", traffic.total.latency if traffic else None, mine)
    good, bad = (sum(test(one.outcome) for one in mine) for test in (SUCCESS.__eq__, FAILED.__contains__))
    yield from compare.budget(source, found, {each: (good, bad) for each in compare.WINDOWS if each > HOUR})


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
