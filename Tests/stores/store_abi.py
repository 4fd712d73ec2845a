"""The C interface of a store over ctypes: requests go in and answers come out as plain Python values."""

from __future__ import annotations

import ctypes
import enum
import secrets
from collections.abc import Callable
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

STR: Final = 2**64 - 1
DONE: Final = 0x53544F52
FAILED: Final = 0x4641494C
STATE: Final = 0x53544154

BUILT: Final = Path(__file__).resolve().parents[2] / "build" / "lib"


class Status(enum.IntEnum):
    OK = 0
    ARGUMENT = 1
    IO = 6
    STORE = 60
    STORE_STATE = 61


class Verdict(enum.IntEnum):
    ROTATED = 1
    REPLAYED = 2
    ROLLED_FORWARD = 3
    UNKNOWN = 4
    OTHER_CLIENT = 5
    REVOKED = 6
    EXPIRED = 7
    SUPERSEDED = 8
    REUSED = 9
    ROLLED_BACK = 10


class Kind(enum.IntEnum):
    JTI = 1
    SID = 2
    USER = 3
    BEFORE = 4


class Bytes(ctypes.Structure):
    _fields_ = [("data", POINTER(c_uint8)), ("len", c_size_t)]


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("what", c_char * 60), ("message", c_char * 192)]


TEXTS: Final = (
    "selector",
    "sid",
    "user",
    "client",
    "claims",
    "device",
    "address",
    "agent",
    "current",
    "previous",
    "seal",
    "nonce",
    "jti",
)
NUMBERS: Final = ("generation", "version", "created", "rotated", "idle_end", "end", "revoked")


class RowStruct(ctypes.Structure):
    _fields_ = [(name, Bytes) for name in TEXTS] + [(name, c_int64) for name in NUMBERS] + [("reason", c_int)]


class TermsStruct(ctypes.Structure):
    _fields_ = [("keep", c_int64), ("mark", Bytes)]


SessionSink = ctypes.CFUNCTYPE(None, c_void_p, POINTER(RowStruct))


class CreateRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("tag", Bytes),
        ("row", POINTER(RowStruct)),
        ("idle", c_int64),
        ("absolute", c_int64),
        ("cap", c_int64),
        ("denial", TermsStruct),
    ]


class CreateAnswer(ctypes.Structure):
    _fields_ = [("sink", c_void_p), ("created", SessionSink), ("displaced", SessionSink)]


class RotateRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("selector", Bytes),
        ("generation", c_int64),
        ("hash", Bytes),
        ("client", Bytes),
        ("next", Bytes),
        ("seal", Bytes),
        ("nonce", Bytes),
        ("jti", Bytes),
        ("grace", c_int64),
        ("idle", c_int64),
        ("denial", TermsStruct),
    ]


class RotateAnswer(ctypes.Structure):
    _fields_ = [
        ("sink", c_void_p),
        ("session", SessionSink),
        ("verdict", c_int),
        ("previous_jti", c_char * 24),
        ("now", c_int64),
    ]


class RevokeRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("tag", Bytes),
        ("target", c_int),
        ("selector", Bytes),
        ("user", Bytes),
        ("sid", Bytes),
        ("reason", c_int),
        ("limit", c_int64),
        ("denial", TermsStruct),
    ]


class RevokeAnswer(ctypes.Structure):
    _fields_ = [
        ("sink", c_void_p),
        ("revoked", SessionSink),
        ("found", c_int),
        ("more", c_int),
        ("now", c_int64),
    ]


class SweepRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("before", c_int64), ("limit", c_int64)]


class ProgressStruct(ctypes.Structure):
    _fields_ = [("count", c_int64), ("more", c_int)]


class BumpRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("tag", Bytes), ("user", Bytes), ("denial", TermsStruct)]


class DenyRequest(ctypes.Structure):
    _fields_ = [
        ("space", Bytes),
        ("kind", c_int),
        ("key", Bytes),
        ("value", c_int64),
        ("until", c_int64),
        ("denial", TermsStruct),
    ]


class ConsumeRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("key", Bytes), ("until", c_int64)]


class PositionStruct(ctypes.Structure):
    _fields_ = [("epoch", Bytes), ("mark", Bytes), ("sequence", c_int64)]


class EntryStruct(ctypes.Structure):
    _fields_ = [
        ("sequence", c_int64),
        ("kind", c_int),
        ("key", Bytes),
        ("value", c_int64),
        ("until", c_int64),
    ]


class FeedRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("position", PositionStruct), ("limit", c_int64), ("epoch", Bytes)]


EntrySink = ctypes.CFUNCTYPE(None, c_void_p, POINTER(EntryStruct))
PositionSink = ctypes.CFUNCTYPE(None, c_void_p, POINTER(PositionStruct))


class FeedAnswer(ctypes.Structure):
    _fields_ = [
        ("sink", c_void_p),
        ("entry", EntrySink),
        ("position", PositionSink),
        ("more", c_int),
        ("now", c_int64),
    ]


class ListRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("tag", Bytes), ("user", Bytes), ("limit", c_int64)]


class ListAnswer(ctypes.Structure):
    _fields_ = [("sink", c_void_p), ("session", SessionSink)]


class PurgeRequest(ctypes.Structure):
    _fields_ = [("space", Bytes), ("retain", c_int64), ("grace", c_int64), ("limit", c_int64)]


COUNTS: Final = ("live", "revoked", "expired", "denials", "consumed")


class StatisticsStruct(ctypes.Structure):
    _fields_ = [(name, c_int64) for name in COUNTS]


def _function(request: type[Any], answer: type[Any] | None) -> Any:
    arguments: list[Any] = (
        [c_void_p, POINTER(request)] + ([POINTER(answer)] if answer else []) + [POINTER(Error)]
    )
    return ctypes.CFUNCTYPE(c_int, *arguments)


class StoreStruct(ctypes.Structure):
    _fields_ = [
        ("size", c_size_t),
        ("context", c_void_p),
        ("release", ctypes.CFUNCTYPE(None, c_void_p)),
        ("create", _function(CreateRequest, CreateAnswer)),
        ("rotate", _function(RotateRequest, RotateAnswer)),
        ("revoke", _function(RevokeRequest, RevokeAnswer)),
        ("sweep", _function(SweepRequest, ProgressStruct)),
        ("bump", _function(BumpRequest, c_int64)),
        ("deny", _function(DenyRequest, None)),
        ("consume", _function(ConsumeRequest, c_int)),
        ("feed", _function(FeedRequest, FeedAnswer)),
        ("list", _function(ListRequest, ListAnswer)),
        ("purge", _function(PurgeRequest, ProgressStruct)),
        ("statistics", ctypes.CFUNCTYPE(c_int, c_void_p, Bytes, POINTER(StatisticsStruct), POINTER(Error))),
    ]


class StoreError(Exception):
    """A store that did not do it: the status and the sentence."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(f"{status.name}: {message}")
        self.status = status
        self.message = message


@dataclass
class Row:
    selector: bytes
    sid: bytes
    user: bytes
    current: bytes
    client: bytes = b"client"
    claims: bytes = b""
    device: bytes = b""
    address: bytes = b""
    agent: bytes = b""
    previous: bytes = b""
    seal: bytes = b""
    nonce: bytes = b""
    jti: bytes = b"jti-0"
    generation: int = 0
    version: int = 0
    created: int = 0
    rotated: int = 0
    idle_end: int = 0
    end: int = 0
    revoked: int = 0
    reason: int = 0


class Entry(NamedTuple):
    sequence: int
    kind: Kind
    key: bytes
    value: int
    until: int


class Position(NamedTuple):
    epoch: bytes = b""
    mark: bytes = b""
    sequence: int = 0


START: Final = Position()


class Page(NamedTuple):
    entries: list[Entry]
    position: Position
    more: bool
    now: int


class Rotated(NamedTuple):
    verdict: Verdict
    session: Row | None
    previous_jti: bytes
    now: int


class Revoked(NamedTuple):
    sessions: list[Row]
    found: bool
    more: bool
    now: int


def take(lent: Bytes) -> bytes:
    return ctypes.string_at(lent.data, lent.len) if lent.len else b""


def lend(value: bytes) -> Bytes:
    """The buffer is kept alive by the structure: ctypes remembers what a pointer was made from."""
    if not value:
        return Bytes(None, 0)
    buffer = (c_uint8 * len(value)).from_buffer_copy(value)
    return Bytes(ctypes.cast(buffer, POINTER(c_uint8)), len(value))


def row_of(struct: RowStruct) -> Row:
    values: dict[str, Any] = {name: take(getattr(struct, name)) for name in TEXTS}
    values |= {name: getattr(struct, name) for name in NUMBERS}
    return Row(reason=struct.reason, **values)


class RowSink:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.function = SessionSink(lambda _, row: self.rows.append(row_of(row.contents)))


SCHEMES: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgres",
    "redis": "redis",
    "rediss": "redis",
}


def opener_of(url: str) -> tuple[str, str, bytes]:
    """The library of a store, its function that opens one, and the text for that: the URL, or by --store."""
    scheme, _, rest = url.partition(":")
    if scheme == "store":
        library, function, *text = rest.split(":", 2)
        return library, function, "".join(text).encode()
    name = SCHEMES[scheme]
    return str(BUILT / f"libpinjwt_{name}.so"), f"pinjwt_{name}_store", url.encode()


def open_store(url: str, functions: StoreStruct, err: Error) -> int:
    """Fill in the functions of the store that a URL names."""
    if url == "memory:":
        opener = ctypes.CDLL(str(BUILT / "libpinjwt.so")).pinjwt_memory_store
        opener.argtypes = [POINTER(StoreStruct), POINTER(Error)]
        return int(opener(byref(functions), byref(err)))
    library, function, text = opener_of(url)
    opener = getattr(ctypes.CDLL(library), function)
    opener.argtypes = [c_char_p, c_size_t, POINTER(StoreStruct), POINTER(Error)]
    return int(opener(text, len(text), byref(functions), byref(err)))


def is_opened_again(url: str) -> bool:
    """Whether two that are opened by it are one storage; else it is shared by sharing the store."""
    return url != "memory:" and opener_of(url)[2] != b""


class Store:
    """A store, and one space in it."""

    def __init__(self, url: str, *, space: bytes | None = None) -> None:
        self.space = space or secrets.token_bytes(16)
        self._functions = StoreStruct()
        self._owner: Store | None = None
        err = Error()
        status = open_store(url, self._functions, err)
        assert status == err.status
        if status != 0:
            raise StoreError(Status(status), err.message.decode("ascii"))
        assert self._functions.size == ctypes.sizeof(StoreStruct)

    def sharing(self, space: bytes) -> Store:
        """Another space of the same store, which stays the owner."""
        other = object.__new__(Store)
        other.space = space
        other._functions = StoreStruct.from_buffer_copy(self._functions)
        other._owner = self
        return other

    def close(self) -> None:
        if self._owner is not None:
            return
        if self._functions.context:
            self._functions.release(self._functions.context)
            self._functions.context = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, name: str, *arguments: Any) -> None:
        err = Error()
        result = getattr(self._functions, name)(self._functions.context, *arguments, byref(err))
        if result == DONE:
            return
        assert result in (FAILED, STATE)
        message = err.message.decode("ascii")
        assert message.endswith((".", "?")), message
        assert message.count(". ") == 0, message
        raise StoreError(Status.STORE if result == FAILED else Status.STORE_STATE, message)

    def _terms(self, keep: int) -> TermsStruct:
        #: That of the last request which may write denials.
        self.mark = secrets.token_bytes(8)
        return TermsStruct(keep, lend(self.mark))

    def create(
        self, row: Row, *, idle: int = 60_000, absolute: int = 600_000, cap: int = 0, keep: int = 60_000
    ) -> tuple[Row, list[Row]]:
        struct = RowStruct()
        for name in TEXTS:
            setattr(struct, name, lend(getattr(row, name)))
        struct.generation = row.generation
        request = CreateRequest(
            lend(self.space),
            lend(row.selector[:4]),
            ctypes.pointer(struct),
            idle,
            absolute,
            cap,
            self._terms(keep),
        )
        created, displaced = RowSink(), RowSink()
        answer = CreateAnswer(None, created.function, displaced.function)
        self._call("create", byref(request), byref(answer))
        [stored] = created.rows
        return stored, displaced.rows

    def rotate(
        self,
        selector: bytes,
        generation: int,
        token: bytes,
        following: bytes,
        *,
        client: bytes = b"client",
        seal: bytes = bytes(32),
        nonce: bytes = bytes(16),
        jti: bytes = b"jti",
        grace: int = 10_000,
        idle: int = 60_000,
        keep: int = 60_000,
    ) -> Rotated:
        return self.rotate_request(
            RotateRequest(
                lend(self.space),
                lend(selector),
                generation,
                lend(token),
                lend(client),
                lend(following),
                lend(seal),
                lend(nonce),
                lend(jti),
                grace,
                idle,
                self._terms(keep),
            )
        )

    def rotate_request(self, request: RotateRequest) -> Rotated:
        sink = RowSink()
        answer = RotateAnswer(None, sink.function)
        self._call("rotate", byref(request), byref(answer))
        assert len(sink.rows) == (answer.verdict != Verdict.UNKNOWN)
        return Rotated(
            Verdict(answer.verdict), sink.rows[0] if sink.rows else None, answer.previous_jti, answer.now
        )

    def _revoke(
        self,
        tag: bytes,
        target: int,
        reason: int,
        limit: int,
        *,
        selector: bytes = b"",
        user: bytes = b"",
        sid: bytes = b"",
        keep: int,
    ) -> Revoked:
        request = RevokeRequest(
            lend(self.space),
            lend(tag),
            target,
            lend(selector),
            lend(user),
            lend(sid),
            reason,
            limit,
            self._terms(keep),
        )
        sink = RowSink()
        answer = RevokeAnswer(None, sink.function)
        self._call("revoke", byref(request), byref(answer))
        return Revoked(sink.rows, answer.found == 1, answer.more == 1, answer.now)

    def revoke_selector(self, selector: bytes, *, reason: int = 1, keep: int = 60_000) -> Revoked:
        return self._revoke(selector[:4], 1, reason, 1, selector=selector, keep=keep)

    def revoke_sid(
        self, tag: bytes, user: bytes, sid: bytes, *, reason: int = 2, keep: int = 60_000
    ) -> Revoked:
        return self._revoke(tag, 2, reason, 1, user=user, sid=sid, keep=keep)

    def revoke_user(
        self,
        tag: bytes,
        user: bytes,
        *,
        but: bytes = b"",
        limit: int = 100,
        reason: int = 3,
        keep: int = 60_000,
    ) -> Revoked:
        return self._revoke(tag, 3, reason, limit, user=user, sid=but, keep=keep)

    def sweep(self, before: int, *, limit: int = 100) -> tuple[int, bool]:
        request = SweepRequest(lend(self.space), before, limit)
        answer = ProgressStruct()
        self._call("sweep", byref(request), byref(answer))
        return answer.count, answer.more == 1

    def bump(self, tag: bytes, user: bytes, *, keep: int = 60_000) -> int:
        request = BumpRequest(lend(self.space), lend(tag), lend(user), self._terms(keep))
        answer = c_int64()
        self._call("bump", byref(request), byref(answer))
        return answer.value

    def deny(
        self, key: bytes, *, kind: Kind = Kind.JTI, value: int = 0, until: int = 0, keep: int = 60_000
    ) -> None:
        request = DenyRequest(lend(self.space), kind, lend(key), value, until, self._terms(keep))
        self._call("deny", byref(request))

    def consume(self, key: bytes, until: int) -> bool:
        request = ConsumeRequest(lend(self.space), lend(key), until)
        answer = c_int(-1)
        self._call("consume", byref(request), byref(answer))
        assert answer.value in (0, 1)
        return answer.value == 1

    def feed(self, position: Position = START, *, limit: int = 1000) -> Page:
        #: What the feed takes for its epoch if this read makes it.
        self.epoch = secrets.token_bytes(16)
        request = FeedRequest(
            lend(self.space),
            PositionStruct(lend(position.epoch), lend(position.mark), position.sequence),
            limit,
            lend(self.epoch),
        )
        entries: list[Entry] = []
        positions: list[Position] = []

        def add(_: int, entry: Any) -> None:
            e = entry.contents
            entries.append(Entry(e.sequence, Kind(e.kind), take(e.key), e.value, e.until))

        def put(_: int, position: Any) -> None:
            p = position.contents
            positions.append(Position(take(p.epoch), take(p.mark), p.sequence))

        answer = FeedAnswer(None, EntrySink(add), PositionSink(put))
        self._call("feed", byref(request), byref(answer))
        [position] = positions
        return Page(entries, position, answer.more == 1, answer.now)

    def list(self, tag: bytes, user: bytes, *, limit: int = 100) -> list[Row]:
        request = ListRequest(lend(self.space), lend(tag), lend(user), limit)
        sink = RowSink()
        answer = ListAnswer(None, sink.function)
        self._call("list", byref(request), byref(answer))
        return sink.rows

    def purge(self, *, retain: int = 86_400_000, grace: int = 10_000, limit: int = 100) -> tuple[int, bool]:
        request = PurgeRequest(lend(self.space), retain, grace, limit)
        answer = ProgressStruct()
        self._call("purge", byref(request), byref(answer))
        return answer.count, answer.more == 1

    def statistics(self) -> dict[str, int]:
        answer = StatisticsStruct()
        self._call("statistics", lend(self.space), byref(answer))
        return {name: getattr(answer, name) for name in COUNTS}


def to_the_end(step: Callable[[], tuple[int, bool]], *, limit: int = 1_000_000) -> int:
    """Calls sweep or purge until there is no more, and holds them to their limit; how many it were."""
    total = 0
    for _ in range(10_000):
        count, more = step()
        assert 0 <= count <= limit
        total += count
        if not more:
            return total
    raise AssertionError("it never comes to its end")


def new_row(user: bytes = b"user", tag: bytes = b"tag!", **changes: Any) -> Row:
    """A session to be, with random names."""
    values: dict[str, Any] = {
        "selector": tag + secrets.token_bytes(12),
        "sid": secrets.token_urlsafe(16).encode(),
        "user": user,
        "current": secrets.token_bytes(32),
    }
    return Row(**(values | changes))
