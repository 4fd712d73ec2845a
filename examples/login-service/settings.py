"""How the service is run: command line, secrets in files, and what pinjwt makes of them."""

from __future__ import annotations

import argparse
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pinjwt

COOKIE = "refresh"
#: The only path that the refresh token is sent to.
COOKIE_PATH = "/auth"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Settings:
    """The command line."""

    data: Path
    store: str
    origin: str
    grace: int
    demo: bool


def parse(arguments: list[str] | None = None) -> tuple[Settings, str, int]:
    """Read the command line: the settings, and where to listen."""
    parser = argparse.ArgumentParser(description="A web login on pinjwt's sessions.")
    parser.add_argument(
        "--data", type=Path, default=Path("login-data"), help="where keys and the database are kept"
    )
    parser.add_argument(
        "--store", help="sqlite:FILE (the default, in DATA), postgresql://..., redis://..., memory:"
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--origin", help="the address that browsers use; http://HOST:PORT")
    parser.add_argument(
        "--grace", type=int, default=10, help="seconds in which a used refresh token is forgiven"
    )
    parser.add_argument("--demo", action="store_true", help="let the page play the thief of its own token")
    given = parser.parse_args(arguments)
    settings = Settings(
        data=given.data,
        store=given.store or f"sqlite:{given.data / 'sessions.db'}",
        origin=given.origin or f"http://{given.host}:{given.port}",
        grace=given.grace,
        demo=given.demo,
    )
    return settings, given.host, given.port


def open_ring(settings: Settings) -> pinjwt.KeyRing:
    """Load the signing keys, or make them the first time."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data / "keys.json"
    if path.exists():
        return pinjwt.KeyRing.load(path)
    ring = pinjwt.KeyRing.new(pinjwt.Algorithm.EDDSA, publish=HOUR, token_lifetime=2 * HOUR)
    ring.save(path)
    return ring


def read_pepper(settings: Settings) -> bytes:
    """Read the secret that refresh tokens are made with, or make it the first time; all servers share it."""
    path = settings.data / "pepper"
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()
