"""What the report says against what was sent."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from llmgw_report.model.outcomes import OutcomeCounts
from llmgw_report.model.report import Report
from tools.live.proxy import MODELS
from tools.live.traffic import COUNTED_AS, UNKNOWN, Sent


class Line(NamedTuple):
    """One figure: what was sent, and what the report made of it."""

    figure: str
    sent: object
    reported: object
    agrees: bool

    def text(self) -> str:
        """One row of the comparison."""
        return f"{'ok   ' if self.agrees else 'WRONG'}  {self.figure:<44} {self.sent!s:>20} {self.reported!s:>24}"


def same(figure: str, sent: object, reported: object) -> Line:
    """The two must be equal."""
    return Line(figure, sent, reported, sent == reported)


def total(report: Report, sent: list[Sent]) -> Iterator[Line]:
    """The gateway, and the row of totals."""
    yield same("gateway", "litellm", report.gateway.name)
    traffic = report.sections.traffic
    if traffic is None:
        yield same("traffic section", "present", "absent")
        return
    row, failed = traffic.total, [request for request in sent if not request.good]
    yield same("requests", len(sent), row.requests)
    ended = row.outcomes or OutcomeCounts()
    yield same("failed", len(failed), ended.failed)
    yield same("server errors", sum(request.status >= 500 for request in failed), ended.service)
    yield same("client errors", sum(request.status < 500 for request in failed), ended.client)
    yield same("input tokens", sum(request.input_tokens for request in sent), row.input_tokens)
    yield same("output tokens", sum(request.output_tokens for request in sent), row.output_tokens)
    yield from latency(report, [request for request in sent if request.good])


def latency(report: Report, answered: list[Sent]) -> Iterator[Line]:
    """Only answered requests are timed, and the gateway's part cannot be longer than the client waited."""
    traffic = report.sections.traffic
    measured = traffic.total.latency if traffic else None
    count, mean = (measured.count, measured.mean_seconds) if measured else (None, None)
    yield same("requests with a latency", len(answered), count)
    waited = sum(request.seconds for request in answered) / len(answered)
    within = mean is not None and 0 < mean <= waited
    yield Line("mean latency, at most what the client waited", f"{waited:.4f} s", f"{mean} s", within)


def by_model(report: Report, sent: list[Sent]) -> Iterator[Line]:
    """One row per model that a client named."""
    rows = {row.group: row for row in report.sections.traffic.rows} if report.sections.traffic else {}
    for model in sorted({request.model for request in sent}):
        mine = [request for request in sent if request.model == model]
        row = rows.get(COUNTED_AS if model == UNKNOWN else model)
        yield same(f"requests for {model}", len(mine), row and row.requests)
        yield same(
            f"errors for {model}",
            sum(not request.good for request in mine),
            row and row.outcomes and row.outcomes.failed,
        )
        if any(request.good for request in mine):
            tokens = sum(request.output_tokens for request in mine)
            yield same(f"output tokens of {model}", tokens, row and row.output_tokens)


def instances(report: Report, sent: list[Sent]) -> Iterator[Line]:
    """Only the deployment that refuses connections may be anything but healthy."""
    rows = {row.instance: row for row in report.sections.instances}
    for name, (upstream, answer) in MODELS.items():
        row = rows.get(upstream.partition("/")[2])
        health = row.health if row else None
        yield Line(f"health of {name}", "ok" if answer else "not ok", health, (health == "ok") == bool(answer))
        good = sum(request.good for request in sent if request.model == name)
        yield same(f"answered by {name}", good, row and row.outcomes and row.outcomes.success)


def verdict(report: Report, exit_code: int) -> Iterator[Line]:
    """One request in five failed upstream: the gate must close."""
    yield same("exit code", 1, exit_code)
    yield same("exit code in the document", exit_code, report.exit.code)
    status = {finding.check: finding.status for finding in report.findings if finding.status == "fail"}
    yield same("error-ratio", "fail", status.get("error-ratio"))


def clean(printed: Iterable[str], secret: str) -> Iterator[Line]:
    """The key opens the endpoint and appears nowhere; nothing went wrong behind the report."""
    texts = list(printed)
    yield same("documents that show the key", 0, sum(secret in text for text in texts))
    yield same("tracebacks", 0, sum("Traceback" in text for text in texts))
