"""Servers for the tests of the store on Redis."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "stores")]

from redis_server import Server  # noqa: E402
from store_abi import Store  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A socket that is not closed, or an exception lost in a callback, is a failure."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """For tests that only store; each has a space of its own."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def store(shared_server: Server) -> Iterator[Store]:
    with Store(shared_server.url) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[Server]:
    """For tests that do something to it."""
    started = Server()
    yield started
    started.stop()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
