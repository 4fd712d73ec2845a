"""The example as a user runs it, and requests to it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = CHECKOUT / "examples" / "login-service" / "main.py"
HEADER = "X-Login-Service"
COOKIE = "__Secure-refresh"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Answer(NamedTuple):
    status: int
    body: Any
    cookie: str | None
    headers: dict[str, str]


class Service:
    """The service in a process of its own."""

    def __init__(self, data: Path, *options: str) -> None:
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log = data / "log"
        data.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, PROGRAM, "--data", str(data), "--port", str(self.port), *options],
                env={**os.environ, "PYTHONPATH": str(CHECKOUT / "bindings" / "python" / "src")},
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 30
        while True:
            try:
                self.send("GET", "/config")
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        cookie: str | None = None,
        access: str | None = None,
        **headers: str | None,
    ) -> Answer:
        """Send what the page would; `headers` are changes to its headers, None for those to leave out."""
        given: dict[str, str | None] = {
            "Origin": self.origin,
            HEADER: "1",
            "Content-Type": "application/json",
            "Cookie": None if cookie is None else f"{COOKIE}={cookie}",
            "Authorization": None if access is None else f"Bearer {access}",
        }
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(
                method,
                path,
                None if body is None else json.dumps(body),
                {name: value for name, value in given.items() if value is not None},
            )
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        set_cookie = response.getheader("Set-Cookie")
        value = set_cookie.split(";")[0].partition("=")[2] if set_cookie else None
        kind = response.getheader("Content-Type") or ""
        parsed = json.loads(text) if text and "json" in kind else text.decode()
        return Answer(response.status, parsed, value, dict(response.getheaders()))

    def sign_in(self, user: str = "alice", password: str = "wonderland", **more: object) -> Answer:
        return self.send("POST", "/auth/login", {"user": user, "password": password, **more})

    def events(self) -> list[dict[str, Any]]:
        """The events that were logged."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]
