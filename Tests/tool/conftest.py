"""Says early that the tool has not been built."""

from __future__ import annotations

import pytest

from tool import PATH


def pytest_configure() -> None:
    if not PATH.exists():
        pytest.exit(f"{PATH} is missing; make it with: make tool", returncode=2)
