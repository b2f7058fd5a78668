"""LiteLLM's spend logs in a PostgreSQL that runs here."""

import re
from collections.abc import Iterator

from tools.bench.evidence import proven
from tools.bench.measure import Command, interleave
from tools.bench.place import CHECKOUT, Place, install
from tools.bench.row import BARE, Row, seconds
from tools.bench.vocabulary import END, END_MS
from tools.fleet import postgres

#: Hours of the window -> seconds. The table has 30 days.
BUDGETS = {1: 1, 24: 4}
PEAK_MIB = 64
ROWS = f"""INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, prompt_tokens, completion_tokens,
  "startTime", "endTime", model, model_id, model_group, custom_llm_provider, cache_hit, status, metadata, response)
SELECT md5(n::text), 'acompletion', md5((n % 40)::text) || md5((n % 40)::text), 0.0004 * (1 + n % 17),
  20 + n::bigint * 7 % 1980, 5 + n::bigint * 11 % 895,
  at, at + (200 + n::bigint * 37 % 9000) * interval '1 millisecond',
  'openai/gpt-4o', 'deployment-' || n % 6,
  (ARRAY['gpt-4o', 'claude-sonnet-4', 'o3-mini'])[1 + n % 3],
  (ARRAY['openai', 'anthropic', 'azure'])[1 + n % 3], 'None',
  CASE WHEN n % 100 = 0 THEN 'failure' ELSE 'success' END,
  jsonb_build_object('user_api_key_alias', 'team-' || n % 40, 'status', 'success', 'attempted_retries', 0,
    'usage_object', jsonb_build_object('prompt_tokens_details', jsonb_build_object('cached_tokens', n % 512)),
    'requester_metadata', jsonb_build_object('note', repeat('n', 200))) || CASE WHEN n % 100 > 0 THEN '{{{{}}}}'::jsonb
    ELSE jsonb_build_object('error_information', jsonb_build_object('error_class', 'InternalServerError',
      'error_code', '500', 'error_message', 'upstream closed connection ' || n)) END,
  jsonb_build_object('content', repeat('r', 300))
FROM (SELECT n, (to_timestamp({END_MS} / 1000.0) AT TIME ZONE 'UTC') - (n - 0.5) * interval '30 days' / {{rows}} AS at
  FROM generate_series(1, {{rows}}) AS n) AS each"""


def spend_logs(place: Place) -> Iterator[Row]:
    """The whole command for each window, with all that it says of the rows."""
    rows = max(1000, place.rows * 3 // 10)
    name = f"{rows:,} spend-log rows"
    if not postgres.PLACES:
        yield Row(name, None, "x", note="no PostgreSQL on this machine")
        return
    install(place, *_locked("psycopg", "psycopg-binary"))
    with postgres.Postgres.running() as server:
        database = server.database(postgres.SCHEMA, postgres.GRANT, ROWS.format(rows=rows), "VACUUM ANALYZE")
        url = place.folder / "postgres.txt"
        url.write_text(server.url(database))
        for hours, budget in BUDGETS.items():
            words = ("--no-config", "--no-metrics", "--at", END, "--window", f"{hours}h", "--fail-on", "never")
            ours = proven([place.command, *words, "-f", "json", "--db-url-file", url], place.folder)
            commands: dict[str, Command] = {"ours": ours, BARE: [place.python, "-c", "pass"]}
            rounds = place.rounds(5)
            samples = interleave(commands, rounds, folder=place.folder)
            yield seconds(f"{name}, {hours} h", samples, "ours", budget, rounds)
            yield Row(f"{name}, {hours} h, peak memory", samples.peak("ours"), "MiB", PEAK_MIB, n=rounds)


def _locked(*names: str) -> list[str]:
    """The lines of the locked packages, each with its hashes."""
    text = (CHECKOUT / "requirements" / "dev.txt").read_text("utf-8")
    return [line for name in names for line in re.findall(rf"^{name}==.*(?:\n    .*)*", text, re.MULTILINE)]
