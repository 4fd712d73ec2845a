"""Makes the binding of this checkout and the server importable, and gives each test a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "bindings" / "python" / "src")]

from keyserver import KeyServer  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A socket that is not closed, or an exception lost in a callback, is a failure."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture
def server() -> Iterator[KeyServer]:
    running = KeyServer()
    yield running
    running.stop()
