"""The services that the tests use, on each store."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("login", "postgres", "redis")]

from login_service import Service  # noqa: E402
from postgres_server import Server as Database  # noqa: E402
from redis_server import Server as Redis  # noqa: E402


@pytest.fixture(scope="session", params=["sqlite", "postgres", "redis"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on each store, which forgives nothing."""
    data = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        started = Service(data, "--grace", "0")
        yield started
        started.stop()
        return
    server: Database | Redis = Database() if request.param == "postgres" else Redis()
    started = Service(data, "--grace", "0", "--store", server.url)
    yield started
    started.stop()
    server.stop()
