"""The stores that come with the library."""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from pathlib import Path
from typing import Union

from . import _abi, _call
from ._errors import argument, from_library
from ._library import library


class NativeStore:
    """A store of the library, for one `Sessions`, which takes it over. Its repr shows no URL."""

    __slots__ = ("__weakref__", "_finalizer", "_store")

    def __init__(self) -> None:
        raise TypeError("open a store with open_store, MemoryStore, SQLiteStore, PostgresStore or RedisStore")

    def _open(self, function: _abi.Function, *arguments: object) -> None:
        self._store = _abi.Store()
        error = _abi.Error()
        if function(*arguments, byref(self._store), byref(error)):
            raise from_library(error)
        self._own()

    def _own(self) -> None:
        self._finalizer = weakref.finalize(self, self._store.release, self._store.context)
        self._finalizer.atexit = False

    @contextmanager
    def _lent(self) -> Iterator[_abi.Store]:
        """Lend the store to a call that takes it over where it succeeds."""
        if self._finalizer.detach() is None:  # one step, so that of two threads one gets it
            raise argument("store", "The store was taken over by other sessions: open it again for these.")
        try:
            yield self._store
        except BaseException:
            self._own()
            raise


class MemoryStore(NativeStore):
    """A store in this process's memory, for tests and demonstrations: it ends with the process."""

    __slots__ = ()

    def __init__(self) -> None:
        self._open(_abi.memory_store)


class SQLiteStore(NativeStore):
    """A store in an SQLite database, for all processes of one machine.

    location  the path of the file, which is made where there is none, or a URL: `sqlite:///absolute/path` or
              `sqlite:relative/path`, percent-encoded, with `?busy_ms=2000` for how long to wait for others
    """

    __slots__ = ()

    def __init__(self, location: str | os.PathLike[str]) -> None:
        path = os.fspath(location)
        if not isinstance(location, str) and path.startswith("sqlite:"):
            path = os.path.join(os.curdir, path)
        encoded = _call.path(path, "location")
        self._open(_opener("sqlite"), encoded, len(encoded))


class PostgresStore(NativeStore):
    """A store in a PostgreSQL database; pinjwt_postgres.h tells what the URL can say."""

    __slots__ = ()

    def __init__(self, url: Url) -> None:
        _open_url(self, "postgres", url)


class RedisStore(NativeStore):
    """A store on Redis or Valkey, single or a cluster, with TLS or without.

    url  `redis://[user[:password]@]host[:port][/database][?options]`, or `rediss://` for TLS; pinjwt_redis.h
         tells the options
    """

    __slots__ = ()

    def __init__(self, url: Url) -> None:
        _open_url(self, "redis", url)


#: A URL may hold a password: a bytearray can be wiped afterwards, and no copy is left.
Url = Union[str, bytes, bytearray]


def _open_url(store: NativeStore, name: str, url: Url) -> None:
    function = _opener(name)
    with _call.lend(url, "url") as lent:
        store._open(function, *lent)


def open_store(url: str) -> NativeStore:
    """Open the store that a URL names: memory:, sqlite:, postgresql:, postgres:, redis: or rediss:."""
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    scheme, colon, _ = url.partition(":")
    if url == "memory:":
        return MemoryStore()
    if scheme == "sqlite" and colon:
        return SQLiteStore(url)
    if scheme in ("postgresql", "postgres"):
        return PostgresStore(url)
    if scheme in ("redis", "rediss"):
        return RedisStore(url)
    raise argument("url", "The URL of a store begins with memory:, sqlite:, postgresql:, redis: or rediss:.")


def _opener(name: str) -> _abi.Function:
    """Return the function that opens such stores, from its library, which is loaded only for this."""
    function = getattr(_load(name), f"pinjwt_{name}_store")
    function.restype = ctypes.c_int
    function.argtypes = _abi.STORE_OPENER
    return function  # type: ignore[no-any-return]


def _load(name: str) -> ctypes.CDLL:
    """Load a store's library from where libpinjwt is, else where the system's loader looks."""
    soname = f"libpinjwt_{name}.so.0"
    beside = Path(library._name).with_name(soname)
    try:
        return ctypes.CDLL(str(beside) if "/" in library._name and beside.is_file() else soname)
    except OSError as error:
        raise ImportError(
            f"pinjwt cannot load {soname}: build it with `make stores` in the checkout, and install what it "
            f"needs; it belongs beside libpinjwt ({error})"
        ) from error
