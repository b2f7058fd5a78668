"""Run the command beside a real LiteLLM proxy and compare every figure with the traffic sent: `make live`.

Set LIVE_VENV to a folder to keep the proxy's installation (about 750 MB) for the next time.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from llmgw_report.model.report import Report
from tools.live import compare, proxy, traffic
from tools.live.compare import Line

COMMAND = Path(sys.executable).parent / "llmgw-report"
FORMATS = ("json", "md", "html")


def report(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, document and last words of one run of the installed command."""
    command: list[str | Path] = [COMMAND, "--no-config", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def compared(gateway: proxy.Proxy, folder: Path) -> Iterator[Line]:
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
    yield from compare.instances(read, sent)
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
    # As with Ctrl-C: what was started is stopped, and what was written is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="llmgw-report-live-") as name:
        folder = Path(name)
        print("installing the proxy", flush=True)
        python = proxy.install(Path(os.environ.get("LIVE_VENV") or folder / "venv"))
        print("starting the proxy", flush=True)
        with proxy.running(python, folder) as gateway:
            lines = list(compared(gateway, folder))
    print(f"\n       {'figure':<44} {'sent':>20} {'reported':>24}")
    print("\n".join(line.text() for line in lines))
    wrong = sum(not line.agrees for line in lines)
    print(f"\n{len(lines) - wrong} of {len(lines)} figures agree")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
