"""An upstream of known behaviour for the proxy: OpenAI's chat completions, answered as the path says.

`/good/v1/chat/completions` answers, `/dead/...` is a 500, `/busy/...` a 429, `/hang/...` never ends in time. Every
answer has the same tokens, so that what was sent is known without asking anybody.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Tokens of one answer, and the parts of them that were cached and thought.
INPUT, CACHED, OUTPUT, REASONING = 50, 32, 20, 5
FIRST_TOKEN_SECONDS = 0.15
HANGS_SECONDS = 4.0
USAGE = {
    "prompt_tokens": INPUT,
    "completion_tokens": OUTPUT,
    "total_tokens": INPUT + OUTPUT,
    "prompt_tokens_details": {"cached_tokens": CACHED},
    "completion_tokens_details": {"reasoning_tokens": REASONING},
}
_REJECTIONS = {"dead": (500, "the model is on fire"), "busy": (429, "slow down")}


class Upstream:
    """Where it listens, and what was asked of it: site and answer -> requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answered: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def base(self, site: str) -> str:
        """The base URL of one site."""
        return f"http://127.0.0.1:{self.port}/{site}/v1"

    def note(self, site: str, status: int) -> None:
        """Count one answer."""
        with self._lock:
            self.answered[site, status] += 1


@contextmanager
def running() -> Iterator[Upstream]:
    """The upstream, listening on a free port of the loopback interface."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    upstream = Upstream(server.server_address[1])
    server.upstream = upstream  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        """One answer, by the site in the path."""
        upstream: Upstream = self.server.upstream  # type: ignore[attr-defined]
        site = self.path.split("/")[1]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = site.partition("-")[0]
        status, problem = _REJECTIONS.get(kind, (200, ""))
        upstream.note(site, status)
        if kind == "hang":
            time.sleep(HANGS_SECONDS)
        try:
            if problem:
                self._send(status, {"error": {"message": problem, "type": "mock", "code": str(status)}})
            elif body.get("stream"):
                self._stream(body)
            else:
                message = {"role": "assistant", "content": "Four words of answer."}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._send(200, {**_head(body), "object": "chat.completion", "choices": [choice], "usage": USAGE})
        except OSError:  # the proxy did not wait
            self.close_connection = True

    def _send(self, status: int, document: dict[str, Any]) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _stream(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        time.sleep(FIRST_TOKEN_SECONDS)
        head = {**_head(body), "object": "chat.completion.chunk"}
        for word in ("Four ", "words ", "of ", "answer."):
            self._event({**head, "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
        self._event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if body.get("stream_options", {}).get("include_usage"):
            self._event({**head, "choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _event(self, document: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(document)}\n\n".encode())
        self.wfile.flush()


def _head(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"chatcmpl-{time.time_ns()}", "created": int(time.time()), "model": body["model"]}
