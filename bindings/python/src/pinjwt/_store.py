"""Where sessions are kept."""

from __future__ import annotations

import ctypes
import weakref
from ctypes import byref
from pathlib import Path

from . import _abi, _call
from ._errors import argument, from_library
from ._library import library


class Store:
    """A store for one `Sessions`, which takes it over.

    The URL says which: `memory:` ends with the process; `sqlite:/path/to/file.db`; `postgresql://...`;
    `redis://...` or, with TLS, `rediss://...`. The headers pinjwt_sqlite.h, pinjwt_postgres.h and
    pinjwt_redis.h tell what each URL can say.
    """

    __slots__ = ("__weakref__", "_finalizer", "_store")

    def __init__(self, url: str) -> None:
        address = _call.text(url, "url")
        scheme = url.partition(":")[0]
        self._store = _abi.Store()
        error = _abi.Error()
        if scheme == "memory":
            status = _abi.memory_store(byref(self._store), byref(error))
        else:
            status = _opener(scheme)(address, len(address), byref(self._store), byref(error))
        if status:
            raise from_library(error)
        self._finalizer = weakref.finalize(self, self._store.release, self._store.context)
        self._finalizer.atexit = False

    def _lend(self) -> _abi.Store:
        """Return the store for a call that takes it over where it succeeds (`_taken`)."""
        if not self._finalizer.alive:
            raise argument("store", "The store belongs to other sessions already; open it again for these.")
        return self._store

    def _taken(self) -> None:
        self._finalizer.detach()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # the URL may hold a password


_LIBRARIES = {
    "sqlite": "sqlite",
    "postgresql": "postgres",
    "postgres": "postgres",
    "redis": "redis",
    "rediss": "redis",
}


def _opener(scheme: str) -> _abi.Function:
    """Return the function that opens stores of this scheme, from its library beside libpinjwt."""
    name = _LIBRARIES.get(scheme)
    if name is None:
        known = ", ".join(["memory", *_LIBRARIES])
        raise argument("url", f"The URL of a store must begin with one of these and a colon: {known}.")
    soname = f"libpinjwt_{name}.so.0"
    beside = Path(library._name).parent / soname
    try:
        loaded = ctypes.CDLL(str(beside) if beside.is_file() else soname)
    except OSError as error:
        raise ImportError(
            f"pinjwt cannot load {soname}: build it with `make stores`, put it beside libpinjwt ({error})"
        ) from error
    function = getattr(loaded, f"pinjwt_{name}_store")
    function.restype = ctypes.c_int
    function.argtypes = _abi.STORE_OPENER
    return function  # type: ignore[no-any-return]
