"""Sessions that are told by numbers, in the one space of a store in SQLite."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Final, NamedTuple

# Here, for the children of the tests too, which have no conftest.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stores"))

import store_abi
from store_abi import Row, Status, StoreError, Verdict

__all__ = ["Refused", "Rotated", "Status", "Store", "Verdict"]

Refused = StoreError
SPACE: Final = b"s" * 16


class Rotated(NamedTuple):
    verdict: Verdict
    generation: int


def selector(number: int) -> bytes:
    return b"tag!" + number.to_bytes(12, "big")


def token(number: int, generation: int) -> bytes:
    return hashlib.sha256(f"{number} {generation}".encode()).digest()


class Store(store_abi.Store):
    """A store, until `close`."""

    def __init__(self, location: str | os.PathLike[str]) -> None:
        text = os.fspath(location)
        super().__init__(text if text.startswith("sqlite:") else f"sqlite:{text}", space=SPACE)

    def login(self, number: int, user: str = "alice") -> None:
        row = Row(selector(number), f"{number:022}".encode(), user.encode(), token(number, 0))
        self.create(row, idle=60_000_000, absolute=600_000_000)

    def refresh(self, number: int, generation: int) -> Rotated:
        following = token(number, generation + 1)
        rotated = self.rotate(
            selector(number), generation, token(number, generation), following, grace=60_000, idle=60_000_000
        )
        return Rotated(rotated.verdict, rotated.session.generation if rotated.session else -1)

    def live(self) -> int:
        return self.statistics()["live"]
