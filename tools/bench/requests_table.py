"""A database of llm-gateway's requests: `python -m tools.bench.requests_table FILE ROWS DAYS [SEED [MODELS KEYS]]`."""

import random
import sqlite3
import sys
from collections.abc import Iterator, Sequence

from tools.bench.vocabulary import DAY_MS, END_MS, KEYS, MODELS, PROVIDERS

TABLE = """CREATE TABLE requests (request_id TEXT PRIMARY KEY, timestamp INTEGER, date INTEGER, hour INTEGER,
api_key_name TEXT, provider TEXT, instance TEXT, model TEXT, endpoint TEXT, status TEXT, error_type TEXT,
error_message TEXT, input_tokens INTEGER, output_tokens INTEGER, total_tokens INTEGER,
cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER, duration_ms INTEGER, input_cost REAL,
output_cost REAL, cache_write_cost REAL, cache_read_cost REAL, total_cost REAL, created_at INTEGER, session_id TEXT);
CREATE INDEX idx_requests_timestamp ON requests (timestamp)"""
#: How many models and keys there are, if nothing else is asked for.
NAMES = (len(MODELS), len(KEYS))
#: One request in so many fails, in one of these ways: with neither tokens nor cost.
FAILS = 50
ERRORS = (
    ("business_error", "rate_limit", "429: too many requests"),
    ("failure", "timeout", "no answer within 60 s"),
    ("failure", "server_error", "500: upstream closed the connection"),
)
SUCCESS = ("success", None, None)


def requests(
    rows: int, days: float, seed: int, models: Sequence[str], keys: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    """Evenly spread, the newest at the end."""
    rng = random.Random(seed)
    for number in range(rows):
        time_ms = END_MS - round((rows - 1 - number) * days * DAY_MS / rows)
        provider = rng.choice(PROVIDERS)
        took = int(rng.lognormvariate(7.1, 0.75)) + 1
        status, *error = rng.choice(ERRORS) if rng.randrange(FAILS) == 0 else SUCCESS
        sent, received = (0, 0) if any(error) else (rng.randint(20, 2000), rng.randint(5, 900))
        places = (rng.choice(keys), provider, f"{provider}-main", rng.choice(models))
        counted = (sent, received, sent + received, 0, rng.choice((0, 0, 512)) if sent else 0, took)
        cost = sent * 2e-6 + received * 8e-6
        named = (f"{rng.getrandbits(128):032x}", time_ms, 20251124, 16, *places, "/v1/chat/completions", status)
        yield (*named, *error, *counted, 0, 0, 0, 0, cost, time_ms, None)


def write(path: str, rows: int, days: float, seed: int = 1, names: tuple[int, ...] = NAMES) -> None:
    """The whole file, left in WAL mode as a gateway leaves it; `names` are how many models and how many keys."""
    models, keys = names
    many = [f"model-{number}" for number in range(models)] if models > len(MODELS) else MODELS[:models]
    database = sqlite3.connect(path)
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLE)
    made = requests(rows, days, seed, many, KEYS[:keys])
    database.executemany(f"INSERT INTO requests VALUES ({', '.join('?' * 25)})", made)
    database.commit()
    database.execute("PRAGMA journal_mode = WAL")
    database.close()


if __name__ == "__main__":
    seed, *asked = map(int, sys.argv[4:] or ["1"])
    write(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), seed, tuple(asked) or NAMES)
