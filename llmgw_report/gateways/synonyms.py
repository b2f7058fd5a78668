"""Names that gateways share for one thing: of labels, columns, families and values. `--draft-gateway` guesses by them.

The first name of a list that is there is taken. A guess is a guess: what comes of it is checked by a person.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from llmgw_report.model.outcomes import Outcome

#: Role -> labels of a scrape. OpenTelemetry's GenAI conventions come first.
LABELS: Mapping[str, tuple[str, ...]] = {
    "provider": (
        *("gen_ai_provider_name", "gen_ai_system", "provider", "provider_name", "llm_provider", "api_provider"),
        *("backend", "backend_name", "upstream", "upstream_name", "vendor", "custom_llm_provider"),
    ),
    "instance": ("deployment", "deployment_id", "deployment_name", "channel", "account", "worker", "upstream_url"),
    "model": (
        *("gen_ai_original_model", "gen_ai_request_model", "requested_model", "request_model", "model", "model_name"),
        *("llm_model", "model_id"),
    ),
    "api-key": (
        *("api_key_alias", "key_alias", "api_key_name", "key_name", "token_name", "virtual_key_name", "virtual_key"),
        *("consumer", "api_key_id", "key_id", "hashed_api_key", "api_key_hash"),
    ),
    "team": ("team_alias", "team", "team_name", "team_id"),
    "status": (
        *("http_response_status_code", "http_status_code", "status_code", "http_status", "response_status", "code"),
        *("status", "outcome", "result", "success", "error_type", "error_code", "exception_status"),
    ),
    "token-type": ("gen_ai_token_type", "token_type", "type", "kind", "direction"),
    "reason": ("reason", "limit_type", "guardrail", "policy", "scope"),
    "version": ("version", "service_version", "app_version"),
}
#: Labels that only failures have.
OF_FAILURES = frozenset(("error_type", "error_code", "exception_status"))
ENDPOINTS = ("endpoint", "path", "http_route", "route", "handler", "uri", "url")
#: Paths that reach a model; others are of the management, of probes and of mistyped addresses.
MODEL_PATHS = (
    "*/completions|*/messages|*/responses|*/embeddings|*/rerank|*/moderations|*/images/*|*/audio/*|*generateContent*"
)
#: The label with the origin of a series, and the value of those that the gateway counted itself: others are imported.
ORIGIN, OWN = "source", "gateway"
#: Families of the runtime, which every program of that language exports.
RUNTIME = (
    *("go_*", "process_*", "python_*", "promhttp_*", "nodejs_*", "jvm_*", "tokio_*", "otel_scope_info", "scrape_*"),
    *("*_created", "http_client_*", "*_body_size*", "*_request_size*", "*_response_size*"),
)


class FamilyRule(Struct, frozen=True):
    """A family that holds a quantity: one of these `types`, with a name that has `pattern` in it and not `never`."""

    quantity: str
    types: tuple[str, ...]
    pattern: str
    never: str = "^$"


_COUNTER, _GAUGE, _DURATION = ("counter", "untyped"), ("gauge", "untyped"), ("histogram", "summary")
#: In this order: the first that fits decides.
FAMILIES = (
    FamilyRule("process-start", _GAUGE, r"^process_start_time_seconds$"),
    FamilyRule("build-info", ("gauge", "info", "untyped"), r"(build_info|^target_info|_info)$"),
    FamilyRule("time-to-first-token", _DURATION, r"first_(token|byte|chunk)|ttft"),
    FamilyRule("time-per-output-token", _DURATION, r"per_output_token|inter_token|tpot"),
    FamilyRule("queue-time", _DURATION, r"queue\w*_(time|duration|wait|latency)|wait_time", "log|flush|batch"),
    FamilyRule("overhead", _DURATION, r"overhead"),
    FamilyRule("tokens", (*_COUNTER, "histogram"), r"tokens?(_|$)", "per_|time|duration|rate|limit|budget|quota|auth"),
    FamilyRule("cost", (*_COUNTER, "histogram"), r"cost|spend|usd|dollars", "budget|limit|remaining|max|settle|fail"),
    FamilyRule("auth-failures", _COUNTER, r"auth\w*_(fail|error|reject|denied)|unauthori[sz]ed|invalid_key"),
    FamilyRule(
        "policy-rejections",
        _COUNTER,
        r"(budget|quota|rate_?limit|guardrail|policy)\w*_(exceeded|hits?|block|reject|denied|refus|violation|limited)",
        "upstream|provider|backend",
    ),
    FamilyRule("retries", _COUNTER, r"retr(y|ies)"),
    FamilyRule("fallbacks", _COUNTER, r"fallback|failover"),
    FamilyRule("cooldowns", _COUNTER, r"cooldown|cooled"),
    FamilyRule("cache-hits", _COUNTER, r"cache\w*_hits?"),
    FamilyRule("cache-misses", _COUNTER, r"cache\w*_miss"),
    FamilyRule(
        "latency",
        _DURATION,
        r"(request|response|http|call|chat|completion|llm|server|api|proxy)\w*_(duration|latency|time)|^(latency|duration)",
        "upstream|provider|backend|db_|database|redis|flush|queue|log_|cache|connect|gc_|tool|client|auth|lookup",
    ),
    FamilyRule(
        "attempts",
        _COUNTER,
        r"(upstream|provider|backend|deployment)\w*_(requests?|calls?|responses)(_total)?$|attempts?(_total)?$",
        "fail|succe|abandon",
    ),
    FamilyRule(
        "requests",
        _COUNTER,
        r"(requests?|calls?)(_(total|count|success|successful|succeeded|failed|failures?|errors?))*$",
        "token|limit|byte|size|active|cache|webhook|db_|redis|queue|tool|upstream|provider|backend",
    ),
    FamilyRule(
        "in-flight",
        _GAUGE,
        r"in_?flight|(active|concurrent|running|pending)_requests?|requests?_(pending|active|running|in_progress)",
    ),
    FamilyRule("queued", _GAUGE, r"queue(d|_depth|_size|_length)|waiting_requests?", "log|write|batch|event|usage"),
    FamilyRule("sessions", _GAUGE, r"sessions$"),
    FamilyRule("health", _GAUGE, r"(health|healthy|_up|available|reachable)$"),
)
#: Kinds of tokens in a family's name or a label's value, the longer words first.
TOKEN_WORDS: Mapping[str, str] = {
    r"cache_?(creation|write)|cached_write": "cached-write",
    r"cache": "cached-read",
    r"reason": "reasoning",
    r"prompt|input|^in$": "input",
    r"completion|output|generated|^out$": "output",
}
#: Seconds per unit at the end of a name.
UNITS: Mapping[str, float] = {
    r"_(milliseconds?|millis|msecs?|ms)": 1e-3,
    r"_(microseconds?|micros|us)": 1e-6,
    r"_(nanoseconds?|nanos|ns)": 1e-9,
    r"_(seconds?|secs?|s)": 1.0,
}
#: Words for how a request ended; "open" is one that has begun and not ended.
WORDS: Mapping[str, Outcome | str] = {
    r"success(ful)?|succeeded|ok|completed?|done|finished|true|passed": "success",
    r"time[d_-]*out|deadline\w*": "timeout",
    r"cancel\w*|abort\w*|client[_-]?(closed|gone|disconnect)\w*": "canceled",
    r"rate[_-]?limit\w*|throttl\w*|too_many_requests": "rate-limited",
    r"\w*(budget|quota)\w*": "limited",
    r"invalid_request\w*|bad_request|client_error|validation\w*|not_found": "client-error",
    r"(upstream|server|internal|provider|bad_gateway)[_-]?\w*|unavailable|5xx": "server-error",
    r"error|err|fail(ed|ure)?|false|exception|rejected|denied|unauthori[sz]ed|forbidden": "error",
    r"pending|processing|running|started|in[_-]progress|queued|created": "open",
}

#: Column of a row of a request -> columns of databases, in snake case and without a unit at the end.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("timestamp", "created_at", "created", "request_time", "requested_at", "started_at", "start_time", "time"),
        *(
            "begin_time",
            "created_time",
            "start",
            "begin",
            "logged_at",
            "event_time",
            "ts",
            "finished_at",
            "completed_at",
        ),
        "end_time",
    ),
    "code": (
        *("status_code", "http_status", "http_status_code", "response_status", "response_code", "http_code"),
        *("response_status_code", "upstream_status", "code"),
    ),
    "flag": ("success", "is_success", "succeeded", "successful", "is_ok", "ok"),
    "failed": ("is_error", "failed", "is_failed", "has_error"),
    "word": ("status", "outcome", "result", "state"),
    "provider": (
        *("provider", "provider_name", "llm_provider", "custom_llm_provider", "upstream", "upstream_name", "backend"),
        *("vendor", "provider_type", "provider_id", "channel_name", "group_name"),
    ),
    "instance": (
        *("deployment", "deployment_name", "channel_name", "channel", "account", "account_name", "upstream_addr"),
        *("channel_id", "account_id", "account_used", "upstream_id", "deployment_id"),
    ),
    "model": (
        *("model", "model_name", "requested_model", "request_model", "original_model", "llm_model", "model_id"),
        *("resolved_model", "response_model"),
    ),
    "api_key": (
        *("api_key_name", "key_name", "token_name", "virtual_key_name", "api_key_alias", "key_alias", "api_key_id"),
        *("key_id", "virtual_key_id", "token_id", "api_key_hash", "key_hash"),
    ),
    "endpoint": ("endpoint", "path", "request_path", "route", "operation"),
    "stream": ("stream", "is_stream", "streaming", "is_streaming", "streamed"),
    "request_id": ("request_id", "trace_id", "correlation_id", "uuid", "id"),
    "error": (
        *("error_message", "error", "error_msg", "err_msg", "error_text", "error_detail", "error_details", "failure"),
        *("failure_reason", "fail_reason"),
    ),
    "seconds": (
        *("duration", "latency", "response_time", "elapsed", "elapsed_time", "use_time", "request_duration", "millis"),
        *("total_latency", "total_time", "total_duration", "took", "processing_time", "seconds"),
    ),
    "time_to_first_token_seconds": (
        *("time_to_first_token", "ttft", "first_token", "first_token_latency", "first_token_time"),
        *("first_response_time", "ttfb", "first_byte_latency"),
    ),
    "time_per_output_token_seconds": ("time_per_output_token", "tpot", "inter_token_latency"),
    "queue_time_seconds": ("queue_time", "queue_wait", "queue_duration", "wait_time"),
    "overhead_seconds": ("overhead", "gateway_overhead", "proxy_overhead"),
    "input_tokens": ("input_tokens", "prompt_tokens", "tokens_in", "tokens_prompt", "tokens_input", "request_tokens"),
    "output_tokens": (
        *("output_tokens", "completion_tokens", "tokens_out", "tokens_completion", "tokens_output", "answer_tokens"),
        "response_tokens",
    ),
    "cached_read_tokens": (
        *(
            "cached_read_tokens",
            "cache_read_tokens",
            "cache_read_input_tokens",
            "cached_tokens",
            "prompt_cached_tokens",
        ),
        *("cached_prompt_tokens", "cached_input_tokens", "prompt_cache_hit_tokens"),
    ),
    "cached_write_tokens": (
        *("cached_write_tokens", "cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"),
    ),
    "reasoning_tokens": ("reasoning_tokens", "completion_reasoning_tokens", "thinking_tokens"),
    "cost_usd": ("cost_usd", "cost", "total_cost", "usd", "dollars", "spend", "response_cost", "price"),
    "retries": ("retries", "retry_count", "num_retries", "retry_times"),
    "fallbacks": ("fallbacks", "fallback_count", "failover_attempts"),
    "attempts": ("attempts", "attempt_count", "num_attempts"),
}
#: Roles that a number in another unit may fill.
DURATIONS = tuple(name for name in COLUMNS if name.endswith("seconds"))
#: Families of OpenTelemetry's GenAI conventions, by which a request that failed has this label, and a success has not.
CONVENTION, FAILURE = "gen_ai_", "error_type"
#: Columns that hold the name of what another table is about.
NAMES = ("name", "key_name", "display_name", "alias", "key_alias", "label", "title")
#: Columns that part the rows of requests from those of attempts, and the words that do it.
KINDS = ("request_type", "row_type", "attempt_type", "kind", "type", "status")
RETRIES = ("retry", "retried", "attempt", "fallback", "absorbed", "skipped")
#: Words of a row that begins a request, unless one of those that end it is beside: "before_request", "response_start".
BEGINNINGS = frozenset(
    ("before", "pre", "start", "started", "begin", "begun", "received", "incoming", "request", "pending", "opened")
)
ENDINGS = frozenset(
    (
        *("after", "post", "end", "ended", "finish", "finished", "complete", "completed", "done", "final", "response"),
        *("error", "failed", "failure", "success", "stop", "stopped"),
    )
)
#: Tables of sums, which have the same columns.
SUMS = r"daily|hourly|minute|stats?|summar(y|ies)|aggregat|rollup|metrics|pricing|price|limit"


def snake(name: str) -> str:
    """A name of a column in snake case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def without_unit(name: str) -> tuple[str, float | None]:
    """The name without a unit of time at its end, and the seconds that the unit has."""
    for ending, seconds in UNITS.items():
        if found := re.search(rf"{ending}$", name):
            return name[: found.start()], seconds
    return name, None


def outcome_of(value: str) -> Outcome | str | None:
    """How a request ended, by the gateway's own word; None for a word that nobody knows."""
    return next((outcome for word, outcome in WORDS.items() if re.fullmatch(word, value.lower())), None)


def begins(value: str) -> bool:
    """Whether a word is of a row that begins a request."""
    words = set(re.findall("[a-z]+", snake(value).replace("_", " ")))
    return not words.isdisjoint(BEGINNINGS) and words.isdisjoint(ENDINGS)


def is_code(value: str) -> bool:
    """Whether a value is a status of HTTP, or a class of them."""
    return re.fullmatch(r"[1-5](\d\d|xx)", value, re.IGNORECASE) is not None


def token_type(name: str) -> str | None:
    """The kind of tokens that a name or a label's value speaks of."""
    return next((kind for word, kind in TOKEN_WORDS.items() if re.search(word, name.lower())), None)


def first(names: Sequence[str], there: Sequence[str]) -> str | None:
    """The first of the names that is there."""
    return next((name for name in names if name in there), None)
