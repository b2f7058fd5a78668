"""Nothing is proven to fail, and nothing proves that the gateway works: exit 3."""

from tests.system.cases.inputs import Counted, Instance, channels, litellm, llm_gateway, log, spread, successes
from tests.system.cases.kinds import BOTH, LOG, SCRAPE, WHOLE, Case

EARLIER = "--metrics-file m.prom --no-db --at 2026-03-02T11:00:00Z"
GOOD = llm_gateway(Instance({"success": 1000}))
WITHOUT_STATUS = GOOD.replace("status=", "exported_status=")
OLD = "2026-02-01T00:00:00Z"
QUIET = '[server]\nport = 9\n[observability]\ndatabase_path = "./data/o.db"\n'

WITHOUT_ROWID = """
CREATE TABLE other (span_id TEXT PRIMARY KEY, parent_span_id, request_id, name, kind, start_time, end_time, duration_ms,
                    status, attributes) WITHOUT ROWID;
INSERT INTO other SELECT * FROM spans;
DROP TABLE spans;
ALTER TABLE other RENAME TO spans;
"""

UNPROVEN = (
    Case(
        "a scrape of an old process and nothing else",
        {"m.prom": litellm(Counted(100_000), Counted(8000, "500", "Openai.InternalServerError"), started=OLD)},
        SCRAPE,
        "unknown",
        said="--window all",
    ),
    Case("a scrape of a process of unknown age", {"m.prom": GOOD}, SCRAPE, "unknown", said="--window all"),
    Case(
        "a smoke test of an old process",
        {"m.prom": litellm(Counted(100_000), started=OLD)},
        f"{SCRAPE} --preset smoke",
        "unknown",
        said="--interval",
    ),
    Case(
        "restarted a second ago",
        {"m.prom": llm_gateway(Instance({})), "o.db": log(starts=(1,))},
        BOTH,
        "unknown",
        said="no request",
    ),
    Case("not one request", {"m.prom": llm_gateway(Instance({"success": 0}))}, WHOLE, "unknown", said="no request"),
    Case(
        "traffic stopped an hour ago, and saved metrics go on",
        {"o.db": log(*spread(500, since=9000, until=3700))},
        LOG,
        "unknown",
        said="no request",
    ),
    Case(
        "four of four fail",
        {"m.prom": llm_gateway(Instance({"failure": 4}))},
        f"{SCRAPE} --preset smoke",
        "unknown",
        said="too few",
    ),
    Case(
        "the label of the status has another name",
        {"m.prom": WITHOUT_STATUS},
        WHOLE,
        "unknown",
        said="nothing records how the 1,000 requests ended",
    ),
    Case(
        "only a fact about the product is known",
        {"m.prom": llm_gateway(Instance({}, health="NaN"), requests=1000)},
        f"{WHOLE} --preset production",
        "unknown",
        said="nothing records how the 1,000 requests ended",
    ),
    Case(
        "only successes are ever recorded",
        {"o.db": successes(*[0.8] * 400)},
        LOG,
        "unknown",
        said="records successes only",
    ),
    Case(
        "the log has errors only",
        {
            "o.db": log(
                *spread(100), *spread(20, "failed"), change="DELETE FROM logs WHERE level = 'INFO'; DELETE FROM spans;"
            )
        },
        LOG,
        "unknown",
        said="nothing records how the 20 requests ended",
    ),
    Case(
        "the clock of the gateway is an hour behind",
        {"o.db": log(*spread(100, since=7900, until=4300))},
        LOG,
        "unknown",
        said="no request",
    ),
    Case(
        "the clock of the gateway is years ahead",
        {
            "o.db": log(
                *spread(100),
                change="UPDATE logs SET timestamp = timestamp + 1e12; UPDATE spans SET start_time = start_time + 1e12;",
            )
        },
        LOG,
        "unknown",
        said="no request",
    ),
    Case(
        "the database is of another gateway",
        {"m.prom": llm_gateway(Instance({"success": 5000})), "o.db": log(*spread(100, model="other"))},
        BOTH,
        "unknown",
        said="model",
    ),
    Case(
        "the database is yesterday's copy",
        {
            "m.prom": GOOD,
            "o.db": log(
                *spread(100, since=90_000, until=86_500),
                starts=(90_000,),
                change="DELETE FROM metrics_snapshots WHERE timestamp > 1772366400000",
            ),
        },
        BOTH,
        "unknown",
        said="no request in the window",
    ),
    Case(
        "the scrape is a year old",
        {"m.prom": GOOD.replace("} 1000\n", "} 1000 1740916800000\n")},
        WHOLE,
        "unknown",
        said="365 d before the evaluation time",
    ),
    Case(
        "the time that is judged is a year before the process",
        {"m.prom": litellm(Counted(1000), started="2026-03-02T11:30:00Z")},
        f"{WHOLE} --at 2025-03-02T12:00:00Z",
        "unknown",
        said="after the evaluation time",
    ),
    Case(
        "the gateway is dead, its log beside it is good",
        {"config.toml": QUIET, "data/o.db": log(*spread(100, since=3500, until=600))},
        "--preset production",
        "unknown",
        said="connection refused at http://127.0.0.1:9/metrics",
    ),
    Case(
        "an objective that nothing can evaluate",
        {"m.prom": litellm(Counted(1000), started="2026-03-02T11:30:00Z")},
        f"{SCRAPE} --slo 99.9%",
        "unknown",
        said="error-budget",
    ),
    Case(
        "an earlier report of another window",
        {"m.prom": GOOD},
        f"{WHOLE} --baseline earlier.json",
        "unknown",
        said="window",
        earlier=f"{EARLIER} --window 30m",
    ),
    Case(
        "an earlier report of another gateway",
        {"m.prom": litellm(Counted(1000), started="2026-03-02T11:30:00Z"), "old.prom": GOOD},
        f"{SCRAPE} --baseline earlier.json",
        "unknown",
        said="llm-gateway",
        earlier="--metrics-file old.prom --no-db --at 2026-03-02T11:45:00Z",
    ),
    Case(
        "no request since an earlier report",
        {"m.prom": GOOD},
        f"{SCRAPE} --baseline earlier.json",
        "unknown",
        said="no request",
        earlier=EARLIER,
    ),
    Case(
        "spans without row numbers",
        {
            "o.db": log(
                *spread(100),
                change=WITHOUT_ROWID,
            )
        },
        LOG,
        "unknown",
        said="no column rowid",
    ),
    Case(
        "a named database that is cut off",
        {"m.prom": GOOD, "o.db": lambda path: (log(*spread(100))(path), path.write_bytes(path.read_bytes()[:5000]))},
        BOTH + " --window all",
        "unknown",
        said="o.db",
    ),
    Case(
        "more channels than a report reads, and the last fifty are dead",
        {"o.db": channels(10_050, 50)},
        LOG,
        "unknown",
        said="the query health failed",
    ),
)
