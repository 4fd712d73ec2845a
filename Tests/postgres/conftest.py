"""Servers for the tests of the store in PostgreSQL."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("postgres", "stores", "redis")]

from postgres_server import Server  # noqa: E402


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """For tests that only store; each has a space of its own."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def database(shared_server: Server) -> Server:
    """For tests that do something to the tables; roles are the whole server's."""
    return shared_server.database()


@pytest.fixture
def server() -> Iterator[Server]:
    """For tests that stop it or change what it is set to."""
    started = Server()
    yield started
    started.stop()
