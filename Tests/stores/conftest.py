"""The stores that the suites run on, and a space of its own for each test."""

from __future__ import annotations

import re
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
from store_abi import Store, is_opened_again  # noqa: E402

HOST_STORE = TESTS.parent / "examples" / "c" / "host_store.c"
HOST_LIBRARY = TESTS.parent / "build" / "tests" / "libpinjwt_host.so"
KINDS = ["memory", "host", "sqlite", "postgres", "redis", "redis-tls", "redis-cluster"]
#: Those that processes share.
SHARED_KINDS = KINDS[2:]
Opener = Callable[[Optional[bytes]], Store]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        metavar="LIBRARY:FUNCTION[:TEXT]",
        help="run on this store only: a shared library and its function, called as pinjwt_sqlite_store is; "
        "without a text it is opened once for each test, and shared",
    )


def pytest_configure(config: pytest.Config) -> None:
    own = config.getoption("--store", None)
    if own is not None and not re.fullmatch("[^:]+:[^:]+(:.*)?", own):
        raise pytest.UsageError(f"--store takes LIBRARY:FUNCTION or LIBRARY:FUNCTION:TEXT, not {own!r}.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = metafunc.definition.iter_markers("parametrize")
    if "kind" in metafunc.fixturenames and not any(mark.args[0] == "kind" for mark in marks):
        own = metafunc.config.getoption("--store", None)
        metafunc.parametrize("kind", [f"store:{own}"] if own else KINDS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def kind(request: pytest.FixtureRequest) -> str:
    """One of KINDS, or the store of the command line."""
    return str(request.param)


@pytest.fixture(scope="session")
def url(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One storage of each kind, for the whole run."""
    if kind.startswith("store:"):
        yield kind
    elif kind == "memory":
        yield "memory:"
    elif kind == "host":
        build_host_store(HOST_STORE, HOST_LIBRARY)
        yield f"store:{HOST_LIBRARY}:pinjwt_host_store"
    elif kind == "sqlite":
        yield f"sqlite:{tmp_path_factory.mktemp('sqlite') / 'sessions.db'}"
    elif kind == "postgres":
        database = Database()
        yield database.url
        database.stop()
    elif kind == "redis-tls":
        certificates = Certificates("localhost", "127.0.0.1")
        secured = Server(tls=certificates)
        yield f"{secured.url}?ca_file={certificates.authority}"
        secured.stop()
        certificates.remove()
    else:
        server: Server | Cluster = Server() if kind == "redis" else Cluster()
        yield server.url
        server.stop()


def build_host_store(source: Path, out: Path) -> None:
    """Make a library of the example of a store that a host writes."""
    out.parent.mkdir(exist_ok=True)
    flags = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g", "-O1", "-shared", "-fPIC"]
    built = TESTS.parent / "build"
    folders = [f"-I{built / 'include'}", f"-I{HOST_STORE.parent}", f"-L{built / 'lib'}"]
    libraries = ["-lpinjwt", "-lpthread", f"-Wl,-rpath,{built / 'lib'}"]
    subprocess.run(
        ["cc", *flags, *folders, TESTS / "stores" / "host_library.c", source, "-o", out, *libraries],
        check=True,
    )


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Store]]:
    """Open the store, again and again on the same storage, in the test's space or another."""
    space = secrets.token_bytes(16)
    stores: list[Store] = []

    def another(other: bytes | None = None) -> Store:
        if not is_opened_again(url) and stores:
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
