"""The SQLite store through its C interface: enough of it to write sessions and to see what became of them."""

import ctypes
import hashlib
import os
import pathlib
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    byref,
    c_char,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_void_p,
)
from typing import Any, Final, NamedTuple

LIBRARY_FOLDER: Final = pathlib.Path(
    os.environ.get("PINJWT_LIBRARY_FOLDER", str(pathlib.Path(__file__).parents[2] / "build" / "lib"))
)

OK: Final = 0
E_ARGUMENT: Final = 1
E_STORE: Final = 60
E_STORE_STATE: Final = 61
DONE: Final = 0x53544F52
FAILED: Final = 0x4641494C
STATE: Final = 0x53544154
ROTATED: Final = 1
REPLAYED: Final = 2

SPACE: Final = b"s" * 16
MARK: Final = b"m" * 8


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("what", c_char * 60), ("message", c_char * 192)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", POINTER(c_uint8)), ("len", c_size_t)]


def lend(data: bytes) -> Bytes:
    return Bytes(ctypes.cast(ctypes.create_string_buffer(data, len(data)), POINTER(c_uint8)), len(data))


class Row(ctypes.Structure):
    _fields_ = [
        *(
            (name, Bytes)
            for name in ("selector", "sid", "user", "client", "claims", "device", "address", "agent")
        ),
        *((name, Bytes) for name in ("current", "previous", "seal", "nonce", "jti")),
        *(
            (name, c_int64)
            for name in ("generation", "version", "created", "rotated", "idle_end", "end", "revoked")
        ),
        ("reason", c_int),
    ]


RowSink = CFUNCTYPE(None, c_void_p, POINTER(Row))


class Terms(ctypes.Structure):
    _fields_ = [("keep", c_int64), ("mark", Bytes)]


class CreateRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("tag", Bytes),
        ("row", POINTER(Row)),
        ("idle", c_int64),
        ("absolute", c_int64),
        ("cap", c_int64),
        ("denial", Terms),
    ]


class CreateAnswer(ctypes.Structure):
    _fields_ = [("sink", c_void_p), ("created", RowSink), ("displaced", RowSink)]


class RotateRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("selector", Bytes),
        ("generation", c_int64),
        *((name, Bytes) for name in ("hash", "client", "next", "seal", "nonce", "jti")),
        ("grace", c_int64),
        ("idle", c_int64),
        ("denial", Terms),
    ]


class RotateAnswer(ctypes.Structure):
    _fields_ = [
        ("sink", c_void_p),
        ("session", RowSink),
        ("verdict", c_int),
        ("previous_jti", c_char * 24),
        ("now", c_int64),
    ]


class Statistics(ctypes.Structure):
    _fields_ = [(name, c_int64) for name in ("live", "revoked", "expired", "denials", "consumed")]


Operation = CFUNCTYPE(c_uint32, c_void_p, c_void_p, c_void_p, POINTER(Error))
StatisticsOperation = CFUNCTYPE(c_uint32, c_void_p, Bytes, POINTER(Statistics), POINTER(Error))
Release = CFUNCTYPE(None, c_void_p)


class StoreStruct(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("context", c_void_p),
        ("release", Release),
        ("create", Operation),
        ("rotate", Operation),
        *(
            (name, c_void_p)
            for name in ("revoke", "sweep", "bump", "deny", "consume", "feed", "list", "purge")
        ),
        ("statistics", StatisticsOperation),
    ]


_library: Final = ctypes.CDLL(str(LIBRARY_FOLDER / "libpinjwt_sqlite.so"), use_errno=True)
_open: Final[Callable[..., int]] = _library.pinjwt_sqlite_store
_library.pinjwt_sqlite_store.argtypes = [c_char_p, c_size_t, POINTER(StoreStruct), POINTER(Error)]


class Refused(Exception):
    """What a call answered instead: a status of the library or of the store's interface, and the sentence."""

    def __init__(self, status: int, error: Error) -> None:
        self.status = status
        self.message: str = error.message.decode("ascii")
        super().__init__(f"{status}: {self.message}")


class Rotated(NamedTuple):
    verdict: int
    generation: int
    current: bytes


def selector(number: int) -> bytes:
    return b"tag!" + number.to_bytes(12, "big")


def token_hash(number: int, generation: int) -> bytes:
    return hashlib.sha256(f"{number} {generation}".encode()).digest()


class Store:
    """A store, until `release`."""

    def __init__(self, location: str | os.PathLike[str]) -> None:
        self._struct = StoreStruct()
        text = os.fsencode(location)
        error = Error()
        status = _open(text, len(text), byref(self._struct), byref(error))
        assert error.status == status
        if status != OK:
            raise Refused(status, error)

    def release(self) -> None:
        self._struct.release(self._struct.context)

    def login(self, number: int, user: str = "alice", cap: int = 0) -> None:
        row = Row(
            selector=lend(selector(number)),
            sid=lend(f"{number:022}".encode()),
            user=lend(user.encode()),
            client=lend(b"web"),
            current=lend(token_hash(number, 0)),
            jti=lend(b"jti-0"),
        )
        request = CreateRequest(
            lend(SPACE),
            lend(b"tag!"),
            ctypes.pointer(row),
            60_000_000,
            600_000_000,
            cap,
            Terms(60_000, lend(MARK)),
        )
        nothing = RowSink(lambda _sink, _row: None)
        self._call(self._struct.create, request, CreateAnswer(None, nothing, nothing))

    def refresh(self, number: int, generation: int, grace: int = 60_000) -> Rotated:
        request = RotateRequest(
            lend(SPACE),
            lend(selector(number)),
            generation,
            lend(token_hash(number, generation)),
            lend(b"web"),
            lend(token_hash(number, generation + 1)),
            lend(b"s" * 32),
            lend(b"n" * 16),
            lend(b"jti-1"),
            grace,
            60_000_000,
            Terms(60_000, lend(MARK)),
        )
        rows: list[tuple[int, bytes]] = []

        def take(_sink: object, row: Any) -> None:
            rows.append((row[0].generation, ctypes.string_at(row[0].current.data, row[0].current.len)))

        answer = RotateAnswer(session=RowSink(take))
        self._call(self._struct.rotate, request, answer)
        generation, current = rows[0] if rows else (-1, b"")
        return Rotated(answer.verdict, generation, current)

    def live(self) -> int:
        statistics = Statistics()
        error = Error()
        status = self._struct.statistics(self._struct.context, lend(SPACE), byref(statistics), byref(error))
        if status != DONE:
            raise Refused(status, error)
        return int(statistics.live)

    def _call(
        self, operation: Callable[..., int], request: ctypes.Structure, answer: ctypes.Structure
    ) -> None:
        error = Error()
        status = operation(self._struct.context, byref(request), byref(answer), byref(error))
        if status != DONE:
            raise Refused(status, error)
