"""Asks a Prometheus-compatible server: one POST and one JSON answer per question, all under one deadline."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import nan
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec
from msgspec import Struct

from llmgw_report.config.settings import ServerTarget
from llmgw_report.errors import SourceError
from llmgw_report.messages import join, msg
from llmgw_report.model.run import Progress
from llmgw_report.printable import visible
from llmgw_report.redaction import redact
from llmgw_report.sources.prometheus.http import (
    CHECK_PROXY,
    CHECK_RESPONSE,
    CHECK_URL,
    DamagedError,
    Deadline,
    client,
    decompressed,
    unreachable,
)
from llmgw_report.sources.promql.counting import Grid, Points, number, on_grid

#: Of one answer, and of all questions together.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_SERIES = 100_000
MAX_QUESTIONS = 40
ALL_SECONDS = 60.0
_SHOWN_CHARACTERS = 200
#: A server may round the instant of an answer.
_SAME_INSTANT_SECONDS = 1.0
#: Every server accepts parameters that it does not know. Thanos would else answer with a part, and VictoriaMetrics
#: would move the times that were asked for.
_ALWAYS = {"partial_response": "false", "dedup": "true", "nocache": "1", "max_source_resolution": "0s"}
_CHECK = msg("check the address given with --prometheus: it is the part before /api/v1")
_PROXY = msg("check the proxy in front of it")
_FAILS = msg("look at the log of the server and of the proxy in front of it, or try again")
_HINTS = {
    400: msg("check --match and --target-label; a limit of the server on ranges or steps: take a shorter --window"),
    401: msg("give the key with --bearer-token-file or in LLMGW_REPORT_BEARER_TOKEN, or a header with --header"),
    403: msg("this key may not query: give one that may with --bearer-token-file or in LLMGW_REPORT_BEARER_TOKEN"),
    404: _CHECK,
    405: _CHECK,
    422: msg("the query exceeds a limit of the server: take a shorter --window, or match fewer series with --match"),
    429: msg("too many requests: query less often"),
    500: _FAILS,
    502: _FAILS,
    504: _FAILS,
    503: msg("the server is starting, or stopped the query: try again, or take a shorter --window"),
}


#: The words of a scrape that cannot be had are about its own address.
_IS_IT_RUNNING = msg("check that the server is running, and the address given with --prometheus")
_UNREACHABLE: dict[str, str] = {
    CHECK_URL: _IS_IT_RUNNING,
    CHECK_PROXY: _IS_IT_RUNNING,
    CHECK_RESPONSE: msg("check that the server responds, raise --timeout, or take a shorter --window"),
}


Values = list[tuple[float, str]]
#: The first sample of a matrix, if it is no stale one.
_FIRST, _FIRST_BYTES = re.compile(rb'\s*\[\s*\[\s*(\d+(?:\.\d+)?)\s*,\s*"[+\d]'), 80
_NOTHING = msgspec.Raw()


class Answered(Struct, frozen=True):
    """One series of an answer; its samples stay text until they are counted, so that a large answer takes no memory."""

    metric: dict[str, str]
    values: msgspec.Raw = _NOTHING
    value: tuple[float, str] | None = None

    def begins_after(self, time: float) -> bool:
        """Whether its first sample is later, or none; told by its first characters, for most are there in time."""
        found = _FIRST.match(bytes(memoryview(self.values)[:_FIRST_BYTES]))
        return found is None or float(found[1]) > time

    def samples(self) -> Values:
        """Times and values. Raises ValueError if they are of another form."""
        return msgspec.json.decode(self.values, type=Values)


class _Data(Struct, frozen=True):
    resultType: Literal["matrix", "vector"]  # noqa: N815 - as the server has it
    result: list[Answered]


class _Answer(Struct, frozen=True):
    status: str
    data: _Data | None = None
    errorType: str = ""  # noqa: N815
    error: str = ""
    warnings: list[str] = []
    isPartial: bool = False  # noqa: N815


class _Refusal(Struct, frozen=True):
    status: str = ""
    errorType: str = ""  # noqa: N815
    error: str = ""


class Server:
    """One server, and what was asked of it so far; `warnings` are its own."""

    def __init__(self, target: ServerTarget, shown: str, progress: Progress) -> None:
        self._target, self.shown, self._progress = target, shown, progress
        self._deadline = Deadline(ALL_SECONDS)
        self._asked = 0
        self.bytes = 0
        #: Its own clock, as of the newest answer.
        self.clock: float | None = None
        self.warnings: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._client = client(self._target, self.shown)
        except OSError as problem:  # a name server that does not answer
            raise self._unreachable(problem) from None
        self._deadline.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self._deadline.__exit__(*problem)
        self._client.close()

    def over_time(self, query: str, since: float, until: float, step: float) -> list[Answered]:
        """The values of a query at every step."""
        asked = {"start": f"{since:.3f}", "end": f"{until:.3f}", "step": f"{step:.3f}"}
        return self._asked_for("query_range", "matrix", {"query": query, **asked})

    def at(self, query: str, time: float) -> list[Answered]:
        """The values of a query at one instant."""
        found = self._asked_for("query", "vector", {"query": query, "time": f"{time:.3f}"})
        if any(one.value and abs(one.value[0] - time) > _SAME_INSTANT_SECONDS for one in found):
            raise self.failed(msg("it answers with times or values that were not asked for"), _PROXY)
        return found

    def points(self, series: Answered, grid: Grid) -> Points:
        """The samples of one series by their places on the grid that was asked for."""
        try:
            return on_grid(series.samples(), grid.since, grid.step, grid.steps)
        except ValueError:
            reason = msg("it answers with times or values that were not asked for")
            raise self.failed(reason, _PROXY) from None

    def value(self, series: Answered) -> float:
        """The value of one series at an instant."""
        try:
            return number(series.value[1]) if series.value else nan
        except ValueError:
            raise self.failed(msg("it answers with a value that is no number"), _PROXY) from None

    def failed(self, reason: str, hint: str) -> SourceError:
        """An error about what this server says."""
        return SourceError(msg("{source}: {reason}", source=self.shown, reason=reason), hint)

    def _asked_for(self, path: str, kind: str, form: Mapping[str, str]) -> list[Answered]:
        self._asked += 1
        if self._asked > MAX_QUESTIONS:
            reason = msg("reading it takes more than {n} queries", n=MAX_QUESTIONS)
            raise self.failed(reason, msg("name its gateway with --gateway"))
        seconds = max(1, round(self._target.timeout_seconds))
        status, body = self._post(path, {**form, **_ALWAYS, "timeout": f"{seconds}s"})
        answer = self._decoded(status, body)
        if answer.data is None or answer.data.resultType != kind:
            raise self.failed(msg("its answer is not of the kind that was asked for"), _CHECK)
        if any(one.value is None if kind == "vector" else not one.values for one in answer.data.result):
            reason = msg("it answers with series that have no values, such as native histograms")
            raise self.failed(
                reason, msg("have the server store them as classic histograms, or leave them out with --match")
            )
        self.warnings += [visible(redact(one))[:_SHOWN_CHARACTERS] for one in answer.warnings]
        labels = [tuple(sorted(one.metric.items())) for one in answer.data.result]
        if len(set(labels)) < len(labels):
            raise self.failed(msg("it answers with the same series twice"), _PROXY)
        return answer.data.result

    def _decoded(self, status: int, body: bytes) -> _Answer:
        if status != httpx.codes.OK:
            raise self._refused(status, body)
        if body.count(b'"metric"') > MAX_SERIES:
            reason = msg("an answer of more than {n} series", n=MAX_SERIES)
            raise self.failed(reason, msg("match fewer series with --match"))
        try:
            answer = msgspec.json.decode(body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self.failed(msg("its answer is not that of a Prometheus-compatible server"), _CHECK) from None
        if answer.status != "success":
            raise self._refused(status, body)
        if answer.isPartial:
            hint = msg("some of its stores did not answer: try again once they do")
            raise self.failed(msg("its answer is partial"), hint)
        return answer

    def _refused(self, status: int, body: bytes) -> SourceError:
        try:
            said = msgspec.json.decode(body, type=_Refusal)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            said = _Refusal()
        words = visible(redact(join(": ", [said.errorType, said.error])))[:_SHOWN_CHARACTERS]
        phrase = f"HTTP {status} {httpx.codes.get_reason_phrase(status)}".rstrip()
        return self.failed(join(": ", [phrase, words]), _HINTS.get(status, _CHECK))

    def _post(self, path: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises SourceError where there is no whole answer in time."""
        url = _address(self._target.url or "", path)
        trace = {"trace": self._deadline.trace}
        with Deadline(self._target.timeout_seconds, self._deadline) as own:
            try:
                with self._client.stream("POST", url, data=dict(form), extensions=trace) as response:
                    if response.is_redirect:
                        # A token is for the server that it was given for.
                        reason = msg("it redirects to another address")
                        raise self.failed(reason, msg("give that address itself with --prometheus"))
                    body = self._body(response)
                    self.clock = _seconds(response.headers.get("Date", ""))
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError, OSError) as problem:
                raise self._unreachable(problem, late=own.passed) from None
            except DamagedError as problem:
                if self._deadline.passed or own.passed:
                    raise self._unreachable(None, late=True) from None
                raise self.failed(str(problem), _PROXY) from None
            if self._deadline.passed or own.passed:
                raise self._unreachable(None, late=True)
        return response.status_code, body

    def _body(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        for block in decompressed(response, self.shown):
            size += len(block)
            self._progress.scrape_bytes += len(block)
            if size > MAX_ANSWER_BYTES:
                reason = msg("an answer of more than {n} MiB, reading stopped", n=MAX_ANSWER_BYTES // 2**20)
                raise self.failed(reason, msg("match fewer series with --match, or take a shorter --window"))
            parts.append(block)
        self.bytes += size
        return b"".join(parts)

    def _unreachable(self, problem: Exception | None, *, late: bool = False) -> SourceError:
        """The error for no whole answer; `late`: the time of this question was over."""
        all_over = self._deadline.passed
        seconds = ALL_SECONDS if all_over else self._target.timeout_seconds
        error = unreachable(problem, self.shown, seconds, late=all_over or late)
        return SourceError(error.message, _UNREACHABLE.get(error.hint, error.hint))


def _seconds(date: str) -> float | None:
    """The time of a Date header, if it is one."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def _address(base: str, path: str) -> str:
    """The URL of a question below any base, with the base's own parameters, such as `extra_label`."""
    parts = urlsplit(base)
    folder = parts.path.rstrip("/").removesuffix("/api/v1")
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/api/v1/{path}", parts.query, ""))
