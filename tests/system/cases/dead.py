"""Gateways, or parts of one, that do not serve: none of these may pass."""

from tests.system.cases.inputs import (
    Counted,
    Instance,
    Logged,
    channels,
    litellm,
    llm_gateway,
    log,
    refused,
    spread,
    state,
    successes,
)
from tests.system.cases.kinds import BOTH, LOG, SCRAPE, WHOLE, Case

EARLIER = "--metrics-file old.prom --no-db --at 2026-03-02T11:00:00Z"
YESTERDAY = "2026-03-01T12:00:00Z"
NO_DEPLOYMENT = Counted(940, "None", "RouterRateLimitError", instance="None")
GOOD = Instance({"success": 1000})


def suite(text: str) -> dict[str, str]:
    return {"m.prom": llm_gateway(GOOD), "t.xml": text}


DEAD = (
    # -- nothing succeeds
    Case(
        "an upstream rejects every request",
        {"m.prom": llm_gateway(Instance({"business_error": 500})), "o.db": log(*spread(500, "open"), starts=(3600,))},
        BOTH,
        "fail",
        "serving:",
        "0 of 500 requests were answered",
    ),
    Case(
        "900 of 1,000 are rejected and nobody knows whose fault it was",
        {"m.prom": llm_gateway(Instance({"success": 100, "business_error": 900}))},
        WHOLE,
        "fail",
        "unattributed-error-ratio:",
        "900 of 1,000",
    ),
    Case(
        "5 of 5 of a smoke test fail",
        {"m.prom": llm_gateway(Instance({"failure": 5}))},
        f"{SCRAPE} --preset smoke",
        "fail",
        "serving",
        "0 of 5",
    ),
    Case(
        "19 of 19 fail in production",
        {"m.prom": llm_gateway(Instance({"failure": 19}))},
        f"{WHOLE} --preset production",
        "fail",
        "serving",
        "0 of 19",
    ),
    Case(
        "every status is a word that the definition does not know",
        {"m.prom": llm_gateway(Instance({"timeout": 1000}))},
        WHOLE,
        "fail",
        "serving",
        "0 of 1,000",
    ),
    Case(
        "every request times out",
        {"m.prom": litellm(Counted(500, "408", "Openai.Timeout"))},
        WHOLE,
        "fail",
        "serving",
        "0 of 500",
    ),
    Case(
        "the upstream refuses the gateway's own key",
        {"m.prom": litellm(Counted(400, "401", "Openai.AuthenticationError"))},
        WHOLE,
        "fail",
        "serving",
        "0 of 400",
    ),
    Case(
        "the log has an error for every request",
        {"o.db": log(*spread(100, "failed"))},
        f"{LOG} --preset production",
        "fail",
        "serving:",
        "0 of 100 requests were answered",
    ),
    Case("requests begin and none ends", {"o.db": log(*spread(100, "open"))}, LOG, "fail", "serving:", "0 of 97"),
    Case(
        "every row of the requests table is a failure",
        {"o.db": successes(*[0.8] * 100, status="failure")},
        LOG,
        "fail",
        "serving",
        "0 of 100",
    ),
    Case(
        "a process that ends after each request",
        {
            "m.prom": llm_gateway(Instance({}), requests=1),
            "o.db": log(
                *(Logged(25 + 30 * n, "open") for n in range(119)), starts=tuple(30.0 * n for n in range(120, 0, -1))
            ),
        },
        BOTH,
        "fail",
        "serving:",
        "0 of 115",
    ),
    # -- dead now, however good it was
    Case(
        "all have failed since an earlier report, by counters",
        {
            "old.prom": llm_gateway(Instance({"success": 100_000})),
            "m.prom": llm_gateway(Instance({"success": 100_000, "business_error": 6000})),
        },
        f"{SCRAPE} --baseline earlier.json",
        "fail",
        "serving:",
        "0 of 6,000 requests were answered",
        EARLIER,
    ),
    Case(
        "the newest 8 of 508 fail",
        {"o.db": log(*spread(500, until=60), *spread(8, "failed", since=50))},
        LOG,
        "fail",
        "serving:",
        "the newest 8 requests all failed",
    ),
    Case(
        "an outage came back",
        {
            "o.db": log(
                *spread(100, since=3500, until=3000),
                *spread(20, "failed", since=2990, until=2900),
                *spread(100, since=2890, until=2000),
                *spread(20, "failed", since=1990, until=1900),
                *spread(100, since=1890),
            )
        },
        LOG,
        "fail",
        "error-ratio:",
        "40 of 340",
    ),
    # -- a part of it is dead
    Case(
        "no deployment is left for most requests",
        {"m.prom": litellm(Counted(60), NO_DEPLOYMENT, states=state("0"))},
        WHOLE,
        "fail",
        "error-ratio:",
        "940 of 1,000",
    ),
    Case(
        "no deployment is left, and only the status None shows it",
        {"m.prom": litellm(Counted(60), Counted(940, "None"))},
        WHOLE,
        "fail",
        "unattributed-error-ratio:",
        "940 of 1,000",
    ),
    Case(
        "statuses are words that LiteLLM does not have",
        {"m.prom": litellm(Counted(100), Counted(900, "Success"))},
        WHOLE,
        "fail",
        "unattributed-error-ratio:",
        "900 of 1,000",
    ),
    Case(
        "two of five requests time out",
        {"m.prom": litellm(Counted(600), Counted(400, "408", "Openai.Timeout"))},
        WHOLE,
        "fail",
        "error-ratio:",
        "400 of 1,000",
    ),
    Case(
        "a quarter fails, counted without a provider",
        {
            "m.prom": litellm(Counted(900), Counted(300, "500", "InternalServerError")).replace(
                ',api_provider="openai"', ""
            )
        },
        f"{WHOLE} --gateway litellm",
        "fail",
        "error-ratio:",
        "300 of 1,200",
    ),
    Case(
        "one model among many answers nothing",
        {
            "m.prom": litellm(
                Counted(100_000), Counted(900, "500", "Openai.InternalServerError", model="o3", instance="m2")
            )
        },
        WHOLE,
        "fail",
        "serving model=o3",
        "0 of 900",
    ),
    Case(
        "one key among many is answered nothing",
        {"m.prom": litellm(Counted(100_000), Counted(900, "500", "Openai.InternalServerError", key="batch"))},
        WHOLE,
        "fail",
        "serving api-key=batch",
        "0 of 900",
    ),
    Case(
        "one deployment of ten has a dead key",
        {
            "m.prom": litellm(
                *(Counted(100, instance=f"m{n}") for n in range(9)),
                Counted(100, "401", "Openai.AuthenticationError", instance="dead"),
            )
        },
        WHOLE,
        "fail",
        "instance=dead",
        "0 of 100",
    ),
    Case(
        "a deployment fails, the gauge of its last request says otherwise and fallbacks answer",
        {
            "m.prom": litellm(
                Counted(300, instance="a"),
                Counted(700, instance="b"),
                states=state("0", "a") + state("0", "b"),
                more=refused(700, "503", "Openai.ServiceUnavailableError", "a"),
            )
        },
        WHOLE,
        "fail",
        "instance=a",
        "700 of 1,000",
    ),
    Case(
        "most requests reach no instance",
        {"m.prom": llm_gateway(Instance({"success": 50}), requests=10_000)},
        f"{WHOLE} --preset production",
        "fail",
        "unattributed-error-ratio:",
        "9,850 of 9,900",
    ),
    Case(
        "an instance is down and fails its requests",
        {
            "m.prom": llm_gateway(
                Instance({"success": 500, "failure": 500}, "eu", "0"), Instance({"success": 950, "failure": 50}, "us")
            )
        },
        WHOLE,
        "fail",
        "instance-health instance=eu",
        "down",
    ),
    Case(
        "two faults, of which a finding of one explains nothing of the other",
        {
            "m.prom": llm_gateway(
                Instance({"success": 500, "failure": 500}, "eu", "0"),
                Instance({"success": 700, "failure": 300}, "ant", provider="anthropic"),
            )
        },
        WHOLE,
        "fail",
        "error-ratio instance=ant",
        "300 of 1,000",
    ),
    # -- slow
    Case(
        "every request takes a minute",
        {"o.db": successes(*[60.0] * 100)},
        LOG,
        "fail",
        "latency-p99",
        "p99 above 30 s over 100 requests",
    ),
    Case(
        "every request takes a little more than the threshold",
        {"o.db": successes(*[35.0] * 100)},
        LOG,
        "fail",
        "latency-p99",
        "p99 above 30 s over 100 requests",
    ),
    Case(
        "one request in ten takes a minute",
        {"o.db": successes(*[60.0] * 40, *[0.8] * 360)},
        LOG,
        "fail",
        "latency-p99",
        "p99 1 min",
    ),
    # -- tests
    Case(
        "a suite ends with an error that no test has",
        suite('<testsuite name="smoke" tests="3" errors="1"><error message="crashed"/></testsuite>'),
        f"{WHOLE} --tests t.xml",
        "fail",
        "tests-passed",
    ),
    Case(
        "a suite counts failures and lists no test",
        suite('<testsuite name="smoke" tests="5" failures="2"/>'),
        f"{WHOLE} --tests t.xml",
        "fail",
        "tests-passed",
    ),
    Case(
        "suites count failures that none of them has",
        suite('<testsuites tests="0" failures="1"><testsuite name="smoke" tests="0" failures="0"/></testsuites>'),
        f"{WHOLE} --tests t.xml",
        "fail",
        "tests-passed",
    ),
    # -- more instances than a table shows
    Case(
        "the last fifty of 1,200 channels are dead",
        {"o.db": channels(1200, 50)},
        LOG,
        "fail",
        "instance-health instance=ch-1200",
        "no usable instance left",
    ),
    # -- the operator says so
    Case(
        "nothing happens, which the operator calls a failure",
        {"o.db": log(*spread(50, since=9000, until=4000))},
        f"{LOG} --idle fail",
        "fail",
        "serving:",
        "no request was answered",
    ),
)
