"""The stores that the suites run on, and a space of its own for each test."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("stores", "redis", "postgres")]

from postgres_server import Server as Database  # noqa: E402
from redis_server import Certificates, Cluster, Server  # noqa: E402
from store_abi import Store  # noqa: E402

KINDS = ["memory", "host", "sqlite", "postgres", "redis", "redis-tls", "redis-cluster"]
#: Those that processes share.
SHARED_KINDS = KINDS[2:]
Opener = Callable[[Optional[bytes]], Store]


@pytest.fixture(scope="session", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One storage of each kind, for the whole run."""
    if request.param == "memory":
        yield "memory:"
    elif request.param == "host":
        build_host_store()
        yield "host:"
    elif request.param == "sqlite":
        yield f"sqlite:{tmp_path_factory.mktemp('sqlite') / 'sessions.db'}"
    elif request.param == "postgres":
        database = Database()
        yield database.url
        database.stop()
    elif request.param == "redis-tls":
        certificates = Certificates("localhost", "127.0.0.1")
        secured = Server(tls=certificates)
        yield f"{secured.url}?ca_file={certificates.authority}"
        secured.stop()
        certificates.remove()
    else:
        server: Server | Cluster = Server() if request.param == "redis" else Cluster()
        yield server.url
        server.stop()


def build_host_store() -> None:
    """Make a library of the example of a store that a host writes."""
    folder = TESTS.parent / "build"
    (folder / "tests").mkdir(exist_ok=True)
    sources = [TESTS / "stores" / "host_library.c", TESTS.parent / "examples" / "c" / "host_store.c"]
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g", "-O1", "-shared", "-fPIC"]
    libraries = [f"-I{folder / 'include'}", f"-L{folder / 'lib'}", "-lpinjwt", "-lpthread"]
    out = folder / "tests" / "libpinjwt_host.so"
    subprocess.run(
        [*command, *sources, "-o", out, *libraries, f"-Wl,-rpath,{folder / 'lib'}"],
        check=True,
    )


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Store]]:
    """Open the store, again and again on the same storage, in the test's space or another."""
    space = secrets.token_bytes(16)
    stores: list[Store] = []

    def another(other: bytes | None = None) -> Store:
        if url in ("memory:", "host:") and stores:
            # A store in memory is shared by sharing it.
            stores.append(stores[0].sharing(other or space))
        else:
            stores.append(Store(url, space=other or space))
        return stores[-1]

    yield another
    for store in reversed(stores):
        store.close()


@pytest.fixture
def store(opened: Callable[..., Store]) -> Store:
    return opened()
