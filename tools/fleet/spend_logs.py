"""The rows of `LiteLLM_SpendLogs`: those of the fleet's requests, and as many of the month before as there shall be."""

import json
import random
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from math import log
from typing import Any

from tools.fleet.postgres import GRANT, SCHEMA, Postgres
from tools.fleet.samples import EXCEPTIONS, hashed
from tools.fleet.traffic import (
    BEGIN,
    CLIENT,
    DEPLOYMENTS,
    END,
    FAILED,
    MEDIAN,
    MISTAKES,
    OWN,
    SPREAD,
    SUCCESS,
    UPSTREAM,
    USUAL,
    Counted,
    Request,
    counted,
)

DAYS = 31
#: Rows are written in batches: what ended since the last one is not there yet.
LAST_WRITTEN = END - 4
#: A client that goes away leaves a row of the status `success`.
CANCELED = "canceled"
CANCELED_RATIO = 0.005
_COPY = (
    'COPY "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens,'
    ' "startTime", "endTime", model, model_id, model_group, custom_llm_provider, metadata, cache_hit, messages, status)'
    " FROM STDIN"
)
_MESSAGES = {
    UPSTREAM: "The server had an error while processing your request",
    OWN: "Internal server error: connection pool exhausted",
    CLIENT: "max_tokens is too large",
}


class SpendLogs:
    """Rows as they are copied into a table, and what they hold."""

    def __init__(self, fleet: Sequence[Request], rows: int) -> None:
        self.fleet = sorted((one for one in fleet if one.ended <= LAST_WRITTEN), key=lambda one: one.began)
        own = len(self.fleet) + sum(one.retried for one in self.fleet)
        self._before = max(0, rows - own)
        self.rows = own + self._before
        self._good, self._bad = array("d"), array("d")

    def copy(self, server: Postgres) -> str:
        """A new database that holds them, whose session has another zone than UTC."""
        name = server.database(SCHEMA, GRANT)
        with server.connect(name) as connection:
            connection.execute("ALTER ROLE reader SET timezone = 'Asia/Shanghai'")
            with connection.cursor().copy(_COPY) as copy:
                for text in self._lines():
                    copy.write(text)
            connection.execute("ANALYZE")
        return name

    def since(self, since: float, until: float) -> Counted:
        """The sums of the fleet's requests that began in (since, until]: all requests of that time."""
        return counted(one for one in self.fleet if since < one.began <= until)

    def ended(self, since: float, until: float) -> tuple[int, int]:
        """Good and bad requests that began in (since, until], those of the month before among them."""
        good, bad = (bisect_right(its, until) - bisect_right(its, since) for its in (self._good, self._bad))
        return good, bad

    def _lines(self) -> Iterator[str]:
        for number, one in enumerate(chain(self._month(), self.fleet)):
            if one.outcome in FAILED:
                self._bad.append(one.began)
            elif one.outcome == SUCCESS:
                self._good.append(one.began)
            identity = f"chatcmpl-{number:032x}"
            if one.retried:
                yield _line(f"{identity}-attempt-1", one, UPSTREAM)
            yield _line(identity, one, one.outcome)

    def _month(self) -> Iterator[Request]:
        """Requests of the time before the fleet's, at equal distances."""
        rng = random.Random(0)
        first = END - DAYS * 86_400
        distance = (BEGIN - 600 - first) / max(1, self._before)
        for number in range(self._before):
            chance = rng.random()
            outcome = next((name for name, limit in _LIMITS if chance < limit), SUCCESS)
            began = round(first + number * distance, 3)
            ended = round(began + rng.lognormvariate(log(MEDIAN), SPREAD), 3)
            yield Request(began, ended, rng.choice(DEPLOYMENTS), outcome, 400, 150, retried=False)


_LIMITS = (
    (UPSTREAM, USUAL),
    (CLIENT, USUAL + MISTAKES),
    (CANCELED, USUAL + MISTAKES + CANCELED_RATIO),
)


def _line(identity: str, one: Request, outcome: str) -> str:
    place, good = one.deployment, outcome in {SUCCESS, CANCELED}
    tokens = (one.input_tokens, one.output_tokens) if good else (0, 0)
    values = (
        identity,
        "acompletion",
        hashed(place.key),
        0.002 if good else 0,
        sum(tokens),
        *tokens,
        _time(one.began),
        _time(one.ended),
        f"{place.provider}/{place.model}",
        "" if outcome == OWN else place.name,
        place.model,
        place.provider,
        _metadata(place.key, outcome),
        "None",
        '{"role": "user"}',
        "success" if good else "failure",
    )
    return "\t".join(map(str, values)) + "\n"


def _metadata(key: str, outcome: str) -> str:
    more: dict[str, Any] = {"user_api_key_alias": key, "attempted_retries": 0, "attempted_fallbacks": 0}
    more["status"] = "success" if outcome in {SUCCESS, CANCELED} else "failure"
    if outcome in EXCEPTIONS:
        code, name = EXCEPTIONS[outcome]
        said = {"error_class": name, "error_code": code, "error_message": _MESSAGES[outcome], "traceback": ""}
        more["error_information"] = said
    elif outcome == CANCELED:
        more["error_information"] = {"error_class": "ClientDisconnected", "error_code": "499", "error_message": ""}
    return json.dumps(more)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
