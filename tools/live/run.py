"""Run the command beside a real LiteLLM proxy and compare every figure with what happened: `make live`.

The proxy is installed once, into `.venv-live` (about 750 MB) or the folder that LIVE_VENV names. It runs on the
loopback interface before an upstream of known behaviour: two deployments of one model, a fallback, deployments that are
taken out of use, the proxy's cache, streams, a budget of the provider, rates of deployments, prices.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from llmgw_report.model.report import Report
from tools.live import compare, proxy, traffic, upstream
from tools.live.compare import Line
from tools.live.upstream import Upstream
from tools.temporary import temporary

COMMAND = (sys.executable, "-m", "llmgw_report")
FORMATS = ("json", "md", "html")


def report(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, document and last words of one run of the installed command."""
    done = subprocess.run(
        [*COMMAND, "--no-config", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def compared(gateway: proxy.Proxy, above: Upstream, folder: Path) -> Iterator[Line]:
    """Traffic, reports, and every figure that both sides know."""
    sent = traffic.send_all(gateway)
    traffic.wait_until_counted(gateway, len(sent))
    token = folder / "token"
    token.write_text(gateway.key)
    asked = ("--url", f"{gateway.url}/metrics", "--bearer-token-file", str(token))
    runs = {name: report(folder, *asked, "--format", name) for name in FORMATS}
    code, document, errors = runs["json"]
    print(errors, end="")
    read = msgspec.json.decode(document, type=Report)
    yield from compare.total(read, sent)
    yield from compare.fallbacks(read, sent)
    yield from compare.instances(read, above)
    yield from compare.limits(read)
    yield from compare.verdict(read, code)
    _, document, _ = report(folder, *asked, "--format", "json", "--group-by", "model")
    yield from compare.by_model(msgspec.json.decode(document, type=Report), sent)
    yield from compare.clean([text for run in runs.values() for text in run[1:]], gateway.key)
    yield compare.same("exit code of every format", {code}, {run[0] for run in runs.values()})
    yield from without_key(gateway, folder)


def without_key(gateway: proxy.Proxy, folder: Path) -> Iterator[Line]:
    """The endpoint asks for a key, so a report without one must say which option gives it."""
    code, document, _ = report(folder, "--url", f"{gateway.url}/metrics", "--format", "md")
    yield compare.same("exit code without the key", 3, code)
    remedy = "--bearer-token-file"
    yield compare.same("the remedy it names", remedy, remedy if remedy in document else None)


def main() -> None:
    """Print the comparison; exit 1 if one figure is wrong."""
    with temporary("live") as folder:
        print("installing the proxy", flush=True)
        python = proxy.install(Path(os.environ.get("LIVE_VENV") or proxy.CHECKOUT / ".venv-live").absolute())
        print("starting the proxy", flush=True)
        with upstream.running() as above, proxy.running(python, folder, above) as gateway:
            lines = list(compared(gateway, above, folder))
    print(f"\n{'':<5}  {'figure':<48} {'truth':>26} {'report':>20}")
    print("\n".join(line.text() for line in lines))
    states = Counter(line.state for line in lines)
    print("\n".join(f"gap: {name}: {reason}" for name, reason in compare.GAPS.items()))
    print(f"{states['ok']} of {len(lines)} figures agree, {states['gap']} gaps are known, {states['WRONG']} are wrong")
    sys.exit(states["WRONG"] > 0)


if __name__ == "__main__":
    main()
