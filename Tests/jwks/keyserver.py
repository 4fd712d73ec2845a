"""A real HTTP server on 127.0.0.1 that behaves as a test wants, and counts its requests."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Writes the answer to one request.
Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A test that ends while a slow answer is still being written does not wait for it.
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


class KeyServer:
    """Starts at once; `answer` may be changed at any time."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answer: Answer = answers(b"not set", 500)
        self.paths: list[str] = []
        self.agents: list[str] = []
        self.hosts: list[str] = []
        self._context = context
        self._port = 0
        self._server: _Server | None = None
        self.start()

    @property
    def count(self) -> int:
        return len(self.paths)

    @property
    def url(self) -> str:
        scheme = "http" if self._context is None else "https"
        return f"{scheme}://127.0.0.1:{self._port}/keys"

    def start(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.paths.append(self.path)
                owner.agents.append(self.headers.get("User-Agent", ""))
                owner.hosts.append(self.headers.get("Host", ""))
                owner.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = _Server(("127.0.0.1", self._port), Handler)
        if self._context is not None:
            server.socket = self._context.wrap_socket(server.socket, server_side=True)
        self._port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Go down: connections are refused from now on, on the same port until `start`."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def answers(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    """Answer with a document."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def slow(seconds: float, then: Answer) -> Answer:
    """Say nothing for a while."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        then(handler)

    return answer


def endless(total: int, length: bool) -> Answer:
    """Send very much, with its length or without; `sent` of the answer is how much was taken."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if length:
            handler.send_header("Content-Length", str(total))
        handler.send_header("Connection", "close")
        handler.end_headers()
        chunk = b" " * 65536
        for _ in range(total // len(chunk)):
            handler.wfile.write(chunk)
            sent[0] += len(chunk)

    sent = [0]
    answer.sent = sent  # type: ignore[attr-defined]
    return answer


def drips(body: bytes, interval: float) -> Answer:
    """Send one byte after another."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for byte in body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(interval)

    return answer


def drips_headers(interval: float) -> Answer:
    """Never come to the end of the headers."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(interval)

    return answer


def says(raw: bytes) -> Answer:
    """Send these bytes and hang up, whatever HTTP thinks of them."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(raw)
        handler.close_connection = True

    return answer
