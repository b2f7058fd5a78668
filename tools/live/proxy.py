"""A real LiteLLM proxy on the loopback interface, installed for the occasion and gone afterwards."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

CHECKOUT = Path(__file__).parents[2]
#: Model name -> (provider's model, what it answers). No answer: an upstream that refuses connections.
MODELS: dict[str, tuple[str, str | None]] = {
    "gpt-4": ("openai/gpt-4", "Four words of answer."),
    "claude": ("anthropic/claude-sonnet-4-5", "The answer is rather longer than that of the other models here."),
    "mini": ("openai/gpt-4o-mini", "Yes."),
    "broken": ("openai/gpt-4o", None),
}
REFUSING = "http://127.0.0.1:9/v1"


class Proxy(NamedTuple):
    """Where it listens and the key it was started with."""

    url: str
    key: str


def install(folder: Path) -> Path:
    """The proxy's own environment below `folder`, as the lock says; its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder)
        locked: list[str | Path] = [
            "--require-hashes",
            "--no-deps",
            "--requirement",
            CHECKOUT / "requirements" / "live.txt",
        ]
        subprocess.run([sys.executable, "-m", "pip", "--quiet", "--python", python, "install", *locked], check=True)
    return python


def configuration(key: str) -> dict[str, object]:
    """Nothing is tried twice and no deployment is taken out, so that every request sent is one request counted."""
    models = []
    for name, (model, answer) in MODELS.items():
        upstream = {"mock_response": answer} if answer else {"api_base": REFUSING, "max_retries": 0}
        models.append({"model_name": name, "litellm_params": {"model": model, "api_key": "unused", **upstream}})
    return {
        "model_list": models,
        "litellm_settings": {"callbacks": ["prometheus"], "num_retries": 0, "request_timeout": 20},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": key},
    }


@contextmanager
def running(python: Path, folder: Path) -> Iterator[Proxy]:
    """The proxy, started and answering; its whole process group ends with the block."""
    key = f"sk-{secrets.token_hex(16)}"
    (folder / "config.yaml").write_text(json.dumps(configuration(key)))  # JSON is YAML too
    port = free_port()
    command: list[str | Path] = [
        python.parent / "litellm",
        "--config",
        "config.yaml",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    # Prices from the package: the proxy would fetch a list from the network otherwise.
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    log = folder / "proxy.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_alive(url, process, log)
        yield Proxy(url, key)
    finally:
        stop(process)


def wait_until_alive(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Its first start compiles and imports for a while; SystemExit with its log if it does not come up."""
    for _ in range(120):
        if process.poll() is not None:
            break
        try:
            httpx.get(f"{url}/health/liveliness", timeout=5)
        except httpx.TransportError:
            time.sleep(1)
        else:
            return
    raise SystemExit(f"the proxy did not start:\n{log.read_text(errors='replace')[-4000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it and whatever it started: asked first, killed after ten seconds."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
