"""Starts a server for each store and runs stores.c on it, with SESSIONS rows (100000)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "Tests" / name) for name in ("postgres", "redis", "stores")]

from postgres_server import Server as Database  # noqa: E402
from redis_server import Server as Redis  # noqa: E402
from store_abi import Store, new_row  # noqa: E402

PROGRAM = CHECKOUT / "build" / "bench" / "stores"
SESSIONS = os.environ.get("SESSIONS", "100000")


def run(url: str, threads: int, *more: str) -> None:
    subprocess.run([PROGRAM, url, SESSIONS, str(threads), *more], check=True)


def rotation_script(server: Redis) -> str:
    """Return the SHA of the script that rotates, as the store sends it."""
    watching = subprocess.Popen(
        ["redis-cli", "-p", str(server.port), "monitor"], stdout=subprocess.PIPE, text=True
    )
    assert watching.stdout is not None
    assert watching.stdout.readline().strip() == "OK"
    with Store(server.url) as store:
        row, _ = store.create(new_row())
        store.rotate(row.selector, 0, row.current, bytes(32))
    with server.client() as client:
        client("ECHO", "that is all")
    sha = ""
    for line in watching.stdout:
        words = line.split('"')
        if "EVALSHA" in words:
            sha = words[words.index("EVALSHA") + 2]
        if "that is all" in words:
            break
    watching.kill()
    watching.wait()
    return sha


def main() -> None:
    for threads in (1, 16):
        with tempfile.TemporaryDirectory(dir=CHECKOUT / "build") as folder:
            run(f"sqlite:{folder}/sessions.db", threads)
    for threads in (1, 8):
        database = Database("-c", "max_wal_size=4GB")
        run(database.url, threads)
        database.stop()
    for threads in (1, 8):
        redis = Redis()
        run(redis.url, threads, rotation_script(redis))
        redis.stop()


if __name__ == "__main__":
    main()
