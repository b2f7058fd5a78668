"""Gateways that serve: none of these may fail, and where nothing is wrong, none may warn."""

from tests.system.cases.inputs import (
    Counted,
    Instance,
    channels,
    family,
    litellm,
    llm_gateway,
    log,
    refused,
    spread,
    state,
    successes,
    summary,
)
from tests.system.cases.kinds import BOTH, LOG, SCRAPE, WHOLE, Case

EARLIER = "--metrics-file old.prom --no-db --at 2026-03-02T11:00:00Z"
YOUNG = "2026-03-02T11:30:00Z"
BUDGETS = "".join(
    family(
        f"litellm_remaining_{name}_budget_metric",
        "gauge",
        *(f'team="t{n}"}} {value}' for n, value in enumerate(values)),
    )
    for name, values in (("team", ("+Inf", "-12.75", "NaN")), ("api_key", ("+Inf",)))
)
HISTOGRAM = "# TYPE litellm_request_total_latency_metric histogram\n" + "".join(
    f"litellm_request_total_latency_metric_{line}\n"
    for line in (
        'bucket{requested_model="gpt-4o",le="1.0"} 1000',
        'bucket{requested_model="gpt-4o",le="+Inf"} 1000',
        'sum{requested_model="gpt-4o"} -35999.5',
        'count{requested_model="gpt-4o"} 1000',
    )
)
SAID = "1,000 of 1,000 requests were answered"

HEALTHY = (
    Case(
        "llm-gateway by its scrape",
        {"m.prom": llm_gateway(Instance({"success": 1000}))},
        WHOLE,
        "pass",
        "serving",
        SAID,
    ),
    Case("llm-gateway by its log", {"o.db": log(*spread(200))}, LOG, "pass", "serving", "200 of 200"),
    Case(
        "llm-gateway by both",
        {"m.prom": llm_gateway(Instance({"success": 200})), "o.db": log(*spread(200), starts=(3590,))},
        f"{BOTH} --preset production",
        "pass",
        "serving",
        "200 of 200",
    ),
    Case(
        "LiteLLM", {"m.prom": litellm(Counted(1000), states=state("0"), started=YOUNG)}, SCRAPE, "pass", "serving", SAID
    ),
    Case(
        "LiteLLM in production",
        {"m.prom": litellm(Counted(1000), states=state("0"), started=YOUNG)},
        f"{SCRAPE} --preset production",
        "pass",
        "serving",
        SAID,
    ),
    Case(
        "a smoke test",
        {"m.prom": llm_gateway(Instance({"success": 5}))},
        f"{SCRAPE} --preset smoke",
        "pass",
        "serving",
        "5 of 5",
    ),
    Case(
        "a list that ends in a comma",
        {"m.prom": llm_gateway(Instance({"success": 1000})).replace('"}', '",}')},
        WHOLE,
        "pass",
        "serving",
        SAID,
    ),
    Case(
        "successes only, which the operator accepts",
        {"o.db": successes(*[0.8] * 400)},
        f"{LOG} --set error-ratio.required=false",
        "pass",
        "serving",
        "400 of 400",
    ),
    Case(
        "nothing happens, which the operator calls good",
        {"o.db": log(*spread(50, since=9000, until=4000))},
        f"{LOG} --idle pass",
        "pass",
        "serving",
        "no request was answered",
    ),
    Case(
        "150 in flight after a deployment",
        {"m.prom": llm_gateway(Instance({"success": 1650}), requests=1800, more=summary("15", "24750", "1650"))},
        f"{WHOLE} --preset production",
        "pass",
        "serving",
        "1,650",
    ),
    Case(
        "one failure of 100,000, whose mark is not gone",
        {
            "m.prom": llm_gateway(
                Instance({"success": 99_999, "failure": 1}, health="0"), Instance({"success": 1000}, "us")
            )
        },
        WHOLE,
        "warn",
        "instance-health instance=oai",
    ),
    Case(
        "a client that asks for a model that nobody routes",
        {
            "m.prom": llm_gateway(Instance({"success": 2000})),
            "o.db": log(*spread(2000), *spread(120, "open", model="nobody"), starts=(3590,)),
        },
        BOTH,
        "warn",
        "model=nobody",
    ),
    Case(
        "one slow request in the last minute",
        {"m.prom": llm_gateway(Instance({"success": 500}), more=summary("31", "600", "500"))},
        WHOLE,
        "pass",
        "serving",
        "500 of 500",
    ),
    Case(
        "an outage that has ended",
        {
            "o.db": log(
                *spread(100, since=3500, until=3000),
                *spread(40, "failed", since=2990, until=2900),
                *spread(200, since=2800),
            )
        },
        LOG,
        "warn",
        "error-ratio:",
        "40 of 340",
    ),
    Case(
        "a budget that is used up is the client's",
        {"m.prom": litellm(Counted(1000), Counted(350, "429", "BudgetExceededError"), states=state("0"), more=BUDGETS)},
        WHOLE,
        "warn",
        "client-error-ratio",
        "350",
    ),
    Case(
        "the proxy's own limits count an attempt without a deployment",
        {
            "m.prom": litellm(
                Counted(985),
                Counted(400, "429", "ProxyRateLimitError", instance=""),
                states=state("0"),
                more=refused(400, "429", "ProxyRateLimitError", ""),
            )
        },
        WHOLE,
        "warn",
        "client-error-ratio",
        "400",
    ),
    Case(
        "a sum of durations below zero",
        {"m.prom": litellm(Counted(1000), more=HISTOGRAM)},
        WHOLE,
        "warn",
        "scrape-readable",
        "a sum of durations that is negative",
    ),
    Case(
        "a deployment that is down under its group's name and healthy under its own",
        {
            "m.prom": litellm(
                Counted(5000),
                Counted(3, "429", "Openai.RateLimitError"),
                states=state("2", name="pool") + state("0"),
                more=refused(3, "429", "Openai.RateLimitError"),
            )
        },
        WHOLE,
        "pass",
        "serving",
        "5,000 of 5,003",
    ),
    Case(
        "1 of 20 after 500 of 100,000 is no regression",
        {
            "old.prom": llm_gateway(Instance({"success": 99_500, "failure": 500})),
            "m.prom": llm_gateway(Instance({"success": 99_519, "failure": 501})),
        },
        f"{SCRAPE} --baseline earlier.json",
        "pass",
        "serving",
        "19 of 20",
        EARLIER,
    ),
    Case(
        "thousands of channels, all of them enabled",
        {"o.db": channels(4000, 0)},
        LOG,
        "pass",
        "instance-health",
        "not tried",
    ),
)
