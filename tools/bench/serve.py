"""Answer every GET on a free port of the loopback interface with one file: `serve.py FILE` prints its URL."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BODY = Path(sys.argv[1]).read_bytes()


class Metrics(BaseHTTPRequestHandler):
    """A metrics endpoint whose metrics never change."""

    def do_GET(self) -> None:
        """Send the file as exposition text."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - the name of the parameter overridden
        """Say nothing: standard error belongs to the benchmark."""


with ThreadingHTTPServer(("127.0.0.1", 0), Metrics) as server:
    print(f"http://127.0.0.1:{server.server_port}/metrics", flush=True)
    server.serve_forever()
