"""The stores that the suites run on, and a space of its own for each test."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from store_abi import Store

KINDS = ["memory"]
Opener = Callable[[Optional[bytes]], Store]


@pytest.fixture(scope="session", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "memory":
        yield "memory:"


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Store]]:
    """Open the store, again and again on the same storage, in the test's space or another."""
    space = secrets.token_bytes(16)
    stores: list[Store] = []

    def another(other: bytes | None = None) -> Store:
        if url == "memory:" and stores:
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
