"""A real LiteLLM proxy on the loopback interface, kept in a folder of its own once it is installed."""

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

from tools.live.upstream import Upstream

CHECKOUT = Path(__file__).parents[2]
#: What the proxy charges for a token that was sent, one of them that was cached, and one that came back.
PRICES = {
    "input_cost_per_token": 2e-6,
    "cache_read_input_token_cost": 1e-6,
    "output_cost_per_token": 1e-5,
}
BUDGET_USD = 100.0
#: Deployments with a rate of their own: the traffic is spread by it.
RPM_LIMITS = {"gpt-4o-a": 6000, "gpt-4o-b": 3000}


class Deployment(NamedTuple):
    """One deployment: the name that clients ask for, its id, and the site of the upstream behind it."""

    model: str
    instance: str
    site: str

    @property
    def answers(self) -> bool:
        """Whether its upstream does."""
        return self.site.startswith("good")


DEPLOYMENTS = (
    Deployment("gpt-4o", "gpt-4o-a", "good-a"),
    Deployment("gpt-4o", "gpt-4o-b", "good-b"),
    Deployment("mini", "mini-c", "good-c"),
    Deployment("wobbly", "wobbly-good", "good-w"),
    Deployment("wobbly", "wobbly-dead", "dead-w"),
    Deployment("primary", "primary-e", "dead-e"),
    Deployment("busy", "busy-f", "busy-f"),
    Deployment("hang", "hang-g", "hang-g"),
    Deployment("refused", "refused-h", ""),
)
#: Model -> the one that stands in for it.
FALLBACKS = {"primary": "mini"}
TIMEOUT_SECONDS = 1.5
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


def deployment(one: Deployment, upstream: Upstream) -> dict[str, object]:
    """One entry of the list of models."""
    base = upstream.base(one.site) if one.site else REFUSING
    called = {"model": f"openai/{one.model}", "api_key": "unused", "api_base": base, "max_retries": 0}
    own = {"timeout": TIMEOUT_SECONDS} if one.site.startswith("hang") else {}
    limits = {"rpm": RPM_LIMITS[one.instance]} if one.instance in RPM_LIMITS else {}
    parameters = {**called, **PRICES, **own, **limits}
    return {"model_name": one.model, "litellm_params": parameters, "model_info": {"id": one.instance}}


def configuration(key: str, upstream: Upstream) -> dict[str, object]:
    """Nothing is tried twice; a deployment that fails once is out of use for the rest of the run."""
    return {
        "model_list": [deployment(one, upstream) for one in DEPLOYMENTS],
        "litellm_settings": {
            "callbacks": ["prometheus"],
            "num_retries": 0,
            "request_timeout": 20,
            "cache": True,
            "cache_params": {"type": "local", "mode": "default_off"},
        },
        "router_settings": {
            "num_retries": 0,
            "allowed_fails": 0,
            "cooldown_time": 3600,
            "fallbacks": [{model: [other]} for model, other in FALLBACKS.items()],
            "provider_budget_config": {"openai": {"budget_limit": BUDGET_USD, "time_period": "1d"}},
        },
        "general_settings": {"master_key": key},
    }


@contextmanager
def running(python: Path, folder: Path, upstream: Upstream) -> Iterator[Proxy]:
    """The proxy, started and answering; its whole process group ends with the block."""
    key = f"sk-{secrets.token_hex(16)}"
    (folder / "config.yaml").write_text(json.dumps(configuration(key, upstream)))  # JSON is YAML too
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
