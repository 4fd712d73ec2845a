"""Starts a server for each store (or those named) and runs stores.c on it, with SESSIONS rows (100000)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "Tests" / name) for name in ("postgres", "redis", "stores")]

from postgres_server import Server as Database  # noqa: E402
from redis_server import Server as Redis  # noqa: E402
from store_abi import Store, new_row  # noqa: E402

PROGRAM = CHECKOUT / "build" / "bench" / "stores"
SESSIONS = os.environ.get("SESSIONS", "100000")


HEAD = (
    "store      sessions threads rotations    raw/s  ratio  median of rounds (quartiles)   us ours   us raw"
)


def fill(url: str) -> None:
    subprocess.run([PROGRAM, "fill", url, SESSIONS], check=True)


def measure(url: str, *threads: int, sha: str = "") -> None:
    subprocess.run([PROGRAM, "measure", url, SESSIONS, sha, *map(str, threads)], check=True)


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


def set_fsync(database: Database, value: str) -> None:
    """Switch fsync; what was written without it is written out before it counts."""
    database.sql(f"ALTER SYSTEM SET fsync = {value}")
    database.sql("SELECT pg_reload_conf()")
    database.sql("CHECKPOINT")
    while database.sql("SHOW fsync") != value:
        time.sleep(0.1)


def measure_sqlite() -> None:
    with tempfile.TemporaryDirectory(dir=CHECKOUT / "build") as folder:
        fill(f"sqlite:{folder}/sessions.db")
        measure(f"sqlite:{folder}/sessions.db", 1, 16)


def measure_postgres() -> None:
    database = Database("-c", "max_wal_size=4GB", "-c", "shared_buffers=256MB")
    try:
        set_fsync(database, "off")
        # Many threads wait for few connections, which is not what is measured.
        fill(f"{database.url}?pinjwt_deadline_ms=60000")
        set_fsync(database, "on")
        database.sql("VACUUM ANALYZE")
        measure(database.url, 1, 8)
    finally:
        database.stop()


def measure_redis() -> None:
    """Measure with the append-only file synced each second, as Redis does by default."""
    redis = Redis("--appendfsync", "everysec")
    try:
        sha = rotation_script(redis)
        fill(redis.url)
        measure(redis.url, 1, 8, sha=sha)
    finally:
        redis.stop()


def main() -> None:
    bodies = {"sqlite": measure_sqlite, "postgres": measure_postgres, "redis": measure_redis}
    wanted = sys.argv[1:] or list(bodies)
    if unknown := set(wanted) - set(bodies):
        sys.exit(f"There is no store {', '.join(sorted(unknown))}; name some of {', '.join(bodies)}.")
    print(HEAD, flush=True)
    for name in wanted:
        bodies[name]()


if __name__ == "__main__":
    main()
