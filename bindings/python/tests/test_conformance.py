"""The conformance suite of all stores, run on one that is written in Python."""

from __future__ import annotations

import ctypes
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from dict_store import DictStore

from pinjwt import _host_store

SUITE = Path(__file__).resolve().parents[3] / "Tests" / "stores"
sys.path.append(str(SUITE))

import store_abi  # noqa: E402

_spec = spec_from_file_location("store_suite", SUITE / "test_conformance.py")
assert _spec is not None
assert _spec.loader is not None
_suite = module_from_spec(_spec)
_spec.loader.exec_module(_suite)
_tests = {name: test for name, test in vars(_suite).items() if name.startswith("test_")}
globals().update(_tests)


@pytest.fixture
def opened() -> Iterator[Callable[..., store_abi.Store]]:
    """Open the store, again and again, in the test's space or another."""
    kept, space = DictStore(), secrets.token_bytes(16)
    with ExitStack() as lent:
        functions = lent.enter_context(_host_store.lent(kept))
        assert ctypes.sizeof(functions) == ctypes.sizeof(store_abi.StoreStruct)

        def another(other: bytes | None = None) -> store_abi.Store:
            store = object.__new__(store_abi.Store)
            store.space = other or space
            store._functions = store_abi.StoreStruct.from_buffer_copy(functions)
            return store

        yield another
        functions.release(functions.context)


@pytest.fixture
def store(opened: Callable[..., store_abi.Store]) -> store_abi.Store:
    return opened()


def test_the_suite_is_here() -> None:
    assert len(_tests) > 30
