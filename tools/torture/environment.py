"""Values of environment variables and of options: what they may be in the help text, made worse.

Each case is a whole command. A URL is only shown: nobody is to be called by a mistake of ours.
"""

import os
import shutil
from pathlib import Path
from random import Random

from tools.torture._campaign import Case, Outcome
from tools.torture._command import FORMATS, command
from tools.torture._corpus import EXAMPLES
from tools.torture._mutate import mutated

CASES = 20_000
SECONDS = 40.0
IN_TESTS = 60

PREFIX = b"LLMGW_REPORT_"
VALUES = {
    "url": (b"http://user:secret@127.0.0.1:8080/metrics?key=secret", b"https://[::1]/metrics", b"127.0.0.1:9"),
    "metrics-file": (b"m.prom", b"-", b"."),
    "gateway": (b"litellm", b"llm-gateway", b"./mine", b".."),
    "query": (b"a.sql", b"a.sql\nb.sql"),
    "header": (b"X-Org: a", b"X-Org: a\nAuthorization: Bearer abc"),
    "bearer-token": (b"abc",),
    "bearer-token-file": (b"m.prom",),
    "ca-file": (b"m.prom",),
    "client-cert": (b"m.prom",),
    "insecure": (b"1", b"no", b"maybe"),
    "db": (b"false", b"yes"),
    "observability": (b"false", b"off", b"0"),
    "timeout": (b"10", b"500ms"),
    "max-scrape-bytes": (b"512MiB", b"1", b"2 GB"),
    "interval": (b"5s",),
    "at": (b"2026-01-09T01:26:40Z", b"1767921600", b"2026-01-09T01:26:40.123+02:00", b"9999-12-31T23:59:59Z"),
    "window": (b"1h", b"3600", b"30d"),
    "trend-window": (b"12h",),
    "bucket": (b"5m",),
    "slow": (b"5s",),
    "top": (b"5", b"1000"),
    "group-by": (b"all", b"api-key"),
    "config": (b"c.toml", b"m.prom"),
    "preset": (b"smoke", b"production"),
    "set": (b"error-ratio.fail=0.02", b"error-ratio.fail=0.02\nlatency-p99.warn=5"),
    "fail-on": (b"never", b"warn"),
    "baseline": (b"m.prom",),
    "slo": (b"99.5%", b"0.995"),
    "slo-window": (b"30d",),
    "rejudge": (b"m.prom",),
    "idle": (b"unknown", b"pass"),
    "environment": (b"eu-prod",),
}


def start(folder: Path) -> Case:
    """One to three values each."""
    shutil.copy(EXAMPLES / "verification" / "metrics.prom", folder / "m.prom")
    (folder / "c.toml").write_text('fail-on = "never"\n')
    (folder / "a.sql").write_text("SELECT 1 AS one")
    every = [value for values in VALUES.values() for value in values]

    def case(random: Random) -> Outcome:
        names = random.sample(sorted(VALUES), random.randint(1, 3))
        given = {name: mutated(random, random.choice(VALUES[name]), every).replace(b"\0", b"") for name in names}
        base = ["--metrics-file=m.prom"] if "metrics-file" not in given and "rejudge" not in given else []
        base += ["--show-config"] if "url" in given else []
        # A process has no other arguments than what the system's encoding makes of its bytes.
        typed = [f"--{name}={os.fsdecode(value)}" for name, value in given.items() if random.random() < 0.3]
        return Outcome(_with(given, [*base, "--no-db", *typed], random.choice(FORMATS)), 1)

    return case


def _with(given: dict[str, bytes], arguments: list[str], name: str) -> int:
    """The exit code with these variables set, which are gone afterwards."""
    variables = {PREFIX + option.replace("-", "_").upper().encode(): value for option, value in given.items()}
    os.environb.update(variables)
    try:
        return command(arguments, name).code
    finally:
        for variable in variables:
            del os.environb[variable]
