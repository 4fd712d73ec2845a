"""Finds what the tests share with those of the other stores, by the module that knows where it is."""

from __future__ import annotations

import sqlite_abi

__all__ = ["sqlite_abi"]
